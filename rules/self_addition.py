"""A value is added to itself where a residual is meant.

## Why

`x, _ = attn(x, x, x); x = x + x` was meant to add attention's result to the stream. But
the name of the stream was already given to the result, so the sum is twice the result:
the block has no residual at this sub-layer, and no gradient passes it by. Nothing
fails, and a norm further on even hides the factor of two.

## Bad

```python
class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.attn = nn.MultiheadAttention(d, 4)
        self.ffn, self.norm = nn.Linear(d, d), nn.LayerNorm(d)

    def forward(self, x):
        x, _ = self.attn(x, x, x)
        x = x + x
        return x + self.ffn(self.norm(x))
```

## Good

```python
class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.norm1, self.attn = nn.LayerNorm(d), nn.MultiheadAttention(d, 4)
        self.norm2, self.ffn = nn.LayerNorm(d), nn.Linear(d, d)

    def forward(self, x):
        y = self.norm1(x)
        y, _ = self.attn(y, y, y)
        x = x + y
        return x + self.ffn(self.norm2(x))
```

## Not flagged

`2 * x`. A value and its transpose, its mirror image, a slice or a piece of it, a scaled
copy of it. Sums of masks and positions with themselves, where no sub-layer is near.

## Seen in

BitNet issue 32. A published package too: the decoder layer of `ml_decoder` in `timm`
adds dropout of its query to the query, where the result of a self-attention once was.
"""

from collections.abc import Iterator

from blocklint import cst
from blocklint.analysis import Block
from blocklint.analysis.wiring import modules_of, place_in_class, unchanged
from blocklint.graph import BlockGraph, Node, Op
from blocklint.rule import Claim, Edit, Fix, Related, Severity, rule
from blocklint.source import Place
from blocklint.syntax import Bindings, free_name

_VALUES = frozenset([Op.LAYER, Op.BLOCK, Op.NORM, Op.ADD, Op.INPUT])


@rule("BL203", Severity.WARNING)
def check(block: Block) -> Iterator[Claim]:
    """Claim that a sum has one value on both sides."""
    seen: set[cst.CSTNode] = set()
    for variant in block.variants:
        for add in variant.graph.of(Op.ADD):
            place = add.place
            if place is None or place.syntax in seen or add.scope.parent is not None:
                continue
            if _is_doubled(variant.graph, add):
                seen.add(place.syntax)
                yield _claim(variant.graph, add, place)


def _is_doubled(graph: BlockGraph, add: Node) -> bool:
    values = {unchanged(read) for read in add.reads}
    if len(values) != 1 or _name(add) is None:
        return False
    value = values.pop()
    if value.op is Op.INPUT:
        return any(n.kind.endswith("attention") for n in graph.of(Op.LAYER))
    return value.op in _VALUES


def _name(add: Node) -> str | None:
    """The one name that both sides of a plain sum are written with."""
    match add.place:
        case Place(syntax=cst.BinaryOperation(left, cst.Add(), right)):
            sides = left, right
        case Place(syntax=cst.AugAssign(left, cst.AddAssign(), right)):
            sides = left, right
        case Place(syntax=cst.Call(args=[cst.Arg(left), cst.Arg(right)])):
            sides = left, right
        case _:
            return None
    names = {_written(side) for side in sides}
    return names.pop() if len(names) == 1 else None


def _written(side: cst.BaseExpression) -> str | None:
    """The name of a value, or of what a call of one argument takes."""
    match side:
        case cst.Name(name):
            return name
        case cst.Call(args=[cst.Arg(cst.Name(name))]):
            return name
    return None


def _claim(graph: BlockGraph, add: Node, place: Place) -> Claim:
    name = _name(add)
    value = unchanged(add.reads[0])
    message = f"{name} is added to itself: no residual joins the stream here"
    related: tuple[Related, ...] = ()
    made = place_in_class(value)
    if made is not None and value.op in (Op.LAYER, Op.BLOCK):
        inner = modules_of(value)[1:]
        source = inner[0].name if inner else value.name
        message = f"{name} holds the result of {source} and is added to itself"
        related = (Related(made, "the sub-layer"),)
    return Claim(place, message, related, _fix(graph, add, place))


def _fix(graph: BlockGraph, add: Node, place: Place) -> Fix | None:
    """Give the result a name of its own, where the name's older value still stands."""
    value = unchanged(add.reads[0])
    here, made = Bindings(place), place_in_class(value)
    match place.syntax, here.targets:
        case cst.BinaryOperation(cst.Name(name), _, right), (cst.Name(target),):
            if name != target or made is None:
                return None
        case _:
            return None
    there = Bindings(made)
    bound = _target(there, name)
    if bound is None or not there.runs_before(here):
        return None
    if not _is_next(there, here, name) or _was_normed(graph, there, name):
        return None
    free = free_name(place, "y", "out", "branch")
    edits = (
        Edit(Place(place.chunk, bound), free),
        Edit(Place(place.chunk, _named(right)), free),
    )
    return Fix(f"add the result to the older {name}", edits, safe=False)


def _target(bindings: Bindings, name: str) -> cst.Name | None:
    """Where a statement that also reads a name binds it anew."""
    reads = [o for o in bindings.own(name) if not o.binds]
    binds = [o for o in bindings.own(name) if o.binds]
    return binds[0].syntax if reads and len(binds) == 1 else None


def _was_normed(graph: BlockGraph, there: Bindings, name: str) -> bool:
    """Whether the older value is a norm of the stream: no value to go back to."""
    old = there.last_value(name)
    norms = (norm.place for norm in graph.of(Op.NORM))
    return any(place is not None and place.syntax is old for place in norms)


def _is_next(there: Bindings, here: Bindings, name: str) -> bool:
    """Whether the sum is where the name is mentioned next, and all that follows."""
    own = [each.syntax for each in here.own(name)]
    return [each.syntax for each in there.after(name)][: len(own)] == own


def _named(side: cst.BaseExpression) -> cst.Name:
    match side:
        case cst.Call(args=[cst.Arg(cst.Name() as name)]):
            return name
    assert isinstance(side, cst.Name)
    return side
