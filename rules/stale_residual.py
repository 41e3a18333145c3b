"""A site adds to an older stream value, so an earlier sub-layer's result is lost.

## Why

`y = x + attn(norm1(x)); out = x + mlp(norm2(y))` looks like two residual sites and is
one: the second sum goes back to `x`, and what attention computed reaches the output
only through the mlp. The stream carries no attention at all, whatever the depth, and
neither does the gradient on the identity path. The block still trains, since the mlp
sees the sum, so nothing but a comparison of results shows it.

## Bad

```python
class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.attn, self.norm1 = Attention(d), nn.LayerNorm(d)
        self.mlp, self.norm2 = MLP(d), nn.LayerNorm(d)

    def forward(self, x):
        y = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(y))
```

## Good

```python
class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.attn, self.norm1 = Attention(d), nn.LayerNorm(d)
        self.mlp, self.norm2 = MLP(d), nn.LayerNorm(d)

    def forward(self, x):
        y = x + self.attn(self.norm1(x))
        return y + self.mlp(self.norm2(y))
```

## Not flagged

Parallel blocks, in which attention and ffn read the same value and are both added. An
earlier sum that reaches the output, or an attribute, in any other way as well: long
skips, dense connections, residuals of residuals. Streams side by side. A residual
inside a branch that starts at a norm of the stream, or in a network that is a sub-layer
of its own. One function that is evaluated twice, as methods of numerics do.

## Seen in

transformer-tensorflow2.0 issue 14. Published packages too: both blocks of AuraFlow in
`diffusers`, whose attention never reaches the stream.
"""

from collections.abc import Iterator

from blocklint import cst
from blocklint.analysis import Block
from blocklint.analysis.wiring import Stale, Wiring, place_in_class
from blocklint.graph import Node
from blocklint.rule import Basis, Claim, Edit, Fix, Related, Severity, rule
from blocklint.source import Place
from blocklint.syntax import Bindings, changed_in_place


@rule("BL202", Severity.WARNING, Basis.WIRING)
def check(block: Block) -> Iterator[Claim]:
    """Claim that a sum leaves out what an earlier sum has joined."""
    seen: set[cst.CSTNode] = set()
    for variant in block.variants:
        for stale in Wiring(variant.graph).stale():
            place = place_in_class(stale.add)
            if changed_in_place(stale.lost.place):
                continue  # then the older name holds the newer value as well
            if place is not None and place.syntax not in seen:
                seen.add(place.syntax)
                yield _claim(stale, place)


def _claim(stale: Stale, place: Place) -> Claim:
    lost = place_in_class(stale.lost)
    message = (
        f"this {stale.role.value} joins an older stream value: the sum that it reads, "
        f"with the result of the {stale.lost_role.value}, is lost"
    )
    related = (Related(lost, "this sum is lost"),) if lost else ()
    return Claim(place, message, related, _fix(stale))


def _fix(stale: Stale) -> Fix | None:
    """Put the name of the newer value in the place of the older one."""
    old, newer = _operand(stale.add, stale.stream), stale.lost.place
    if old is None or newer is None or stale.add.place is None:
        return None
    here, there = Bindings(stale.add.place), Bindings(newer)
    name = _holder(there, newer, _is_normed(here, stale.add.place))
    if name is None or not there.runs_before(here):
        return None
    if there.is_bound_between(name, here):
        return None
    edit = Edit(Place(stale.add.place.chunk, old), name)
    return Fix(f"add to {name} instead of {old.value}", (edit,), safe=False)


def _operand(add: Node, stream: Node) -> cst.Name | None:
    """The name that a plain sum of two uses for its stream."""
    match add.place, add.reads:
        case Place(syntax=cst.BinaryOperation(left=cst.Name() as left)), (one, _):
            if one is stream:
                return left
    match add.place, add.reads:
        case Place(syntax=cst.BinaryOperation(right=cst.Name() as right)), (_, two):
            if two is stream:
                return right
    return None


def _holder(bindings: Bindings, add: Place, normed: bool) -> str | None:
    """The local name that holds a sum, or its norm in a block that norms its sums."""
    value = bindings.value
    if normed:
        value = _argument(value)
    match bindings.targets:
        case (cst.Name(name),) if value is add.syntax:
            return name
    return None


def _is_normed(bindings: Bindings, add: Place) -> bool:
    """Whether a sum is at once the only argument of a call."""
    value = bindings.value
    match bindings.statement:
        case cst.Return(cst.BaseExpression() as returned):
            value = returned
    return value is not add.syntax and _argument(value) is add.syntax


def _argument(value: cst.BaseExpression | None) -> cst.BaseExpression | None:
    match value:
        case cst.Call(args=[cst.Arg(inner)]):
            return inner
    return None
