"""A tuple is used where a tensor is needed.

## Why

`nn.MultiheadAttention` returns its output and the attention weights, even with
`need_weights=False`; `nn.LSTM` and `nn.GRU` return their outputs and a state. Adding
that tuple to the stream, or handing it to a norm, raises a TypeError the first time
the code runs. It is what remains when one attention class is replaced by another.

## Bad

```python
class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.norm, self.attn = nn.LayerNorm(d), nn.MultiheadAttention(d, 4)

    def forward(self, x):
        y = self.norm(x)
        return x + self.attn(y, y, y)
```

## Good

```python
class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.norm, self.attn = nn.LayerNorm(d), nn.MultiheadAttention(d, 4)

    def forward(self, x):
        y = self.norm(x)
        return x + self.attn(y, y, y)[0]
```

## Not flagged

A class of the project that returns a tuple only sometimes: every `return` of its
`forward` must be a tuple of the same length. Wrappers that take the first element.
A method that asks anywhere whether something is a tuple, `isinstance(x, tuple)`.
Layers outside the project other than those of torch. Sums of two tuples.

## Seen in

The code of learners, mostly: it stops at the first batch. No published package is
known to have it.
"""

from collections.abc import Iterator

from blocklint import cst
from blocklint.analysis import Block
from blocklint.graph import Argument, BlockGraph, Node, Op, Scope
from blocklint.regex import Regex
from blocklint.rule import Basis, Claim, Related, Severity, rule
from blocklint.trees import find_all

_RECURRENT = frozenset(["LSTM", "GRU", "RNN"])
_TAKES_A_TENSOR = Regex(
    r"^(Linear|Dropout\d?d?|Conv\dd|(Layer|RMS|Group)Norm|BatchNorm\dd|ReLU|GELU|SiLU|"
    r"Tanh|Sigmoid|Softmax|Embedding|dropout|relu|gelu|silu|softmax|layer_norm|linear)$"
)
_ARITHMETIC = ("+", "scale", "arithmetic", "matmul", "linear")


@rule("BL309", Severity.ERROR, Basis.CRASH)
def check(block: Block) -> Iterator[Claim]:
    """Claim that a sub-layer's tuple meets something that takes only tensors."""
    for variant in block.variants:
        for node in block.own_nodes(variant.graph):
            for argument in _operands(node):
                found = _maker(argument, node)
                meets = found and _meets_tensor(node, found[1], variant.graph)
                if found and meets and not _is_asked(node):
                    yield _claim(node, *found)


def _operands(node: Node) -> Iterator[Argument]:
    """What a node needs to be tensors."""
    called = node.call.made.of_torch if node.call.made else node.call.of_torch
    if _TAKES_A_TENSOR.search(called):
        yield from node.call.positional[:1]
    elif node.op is Op.ADD:
        yield from node.reads
    elif node.kind in _ARITHMETIC and not called:
        yield from node.call.positional


def _meets_tensor(node: Node, made: Node, graph: BlockGraph) -> bool:
    """Whether the tuple is handed on alone, or meets what it was computed from.

    Anything else that it is added to may be a tuple as well.
    """
    if node.call.made or node.call.of_torch:
        return True
    return any(
        read is not made and (read.op is Op.NORM or graph.reaches(read, made))
        for read in node.reads
    )


def _is_asked(node: Node) -> bool:
    """Whether the code around asks if it has a tuple: `isinstance(x, tuple)`."""
    if node.place is None:
        return False
    around = [n for n in node.place.around() if isinstance(n, cst.FunctionDef)]
    return any(_asks(call) for each in around for call in find_all(each, cst.Call))


def _asks(call: cst.Call) -> bool:
    match call:
        case cst.Call(cst.Name("isinstance"), [_, cst.Arg(kinds)]):
            return any(name.value == "tuple" for name in find_all(kinds, cst.Name))
    return False


def _maker(argument: Argument, node: Node) -> tuple[str, Node, Scope | None] | None:
    """Which module certainly gave a tuple: its name, and what it computed."""
    match argument:
        case Node(op=Op.LAYER) as layer if _class(layer) in _RECURRENT:
            return layer.name, layer, None
        case (Node() as first, *_, _) as whole:
            return _of_attention(whole, first, node) or _of_project(whole, first, node)
    return None


def _home(node: Node) -> Scope:
    """The module whose code made a node; a stock layer has a scope of its own."""
    parent = node.scope.parent
    return parent.module if parent and not node.scope.owner else node.scope.module


def _class(node: Node) -> str:
    return node.call.made.of_torch if node.call.made else ""


def _of_attention(
    whole: tuple[Argument, ...], first: Node, node: Node
) -> tuple[str, Node, Scope | None] | None:
    """`attention, weights`, as torch's own module returns them to this very code."""
    match whole:
        case (_, Node(name="weights", reads=(source,))) if source is first:
            if _home(first) is _home(node) and _class(first) == "MultiheadAttention":
                return first.name, first, None
    return None


def _of_project(
    whole: tuple[Argument, ...], first: Node, node: Node
) -> tuple[str, Node, Scope | None] | None:
    """A module of the project, every return of which is a tuple of this length."""
    depth = len(_home(node).chain)
    inner = [s for s in first.scope.chain[depth:] if not s.helper][:1]
    if not inner or first.place is None:
        return None
    classes = find_all(first.place.chunk.tree, cst.ClassDef)
    owners = [each for each in classes if each.name.value == inner[0].owner]
    for function in (f for c in owners for f in find_all(c, cst.FunctionDef)):
        if function.name.value == "forward" and _always_returns(function, len(whole)):
            return inner[0].name, first, inner[0]
    return None


def _always_returns(function: cst.CSTNode, length: int) -> bool:
    """Whether each `return` is a tuple of a length, written out."""
    if find_all(function, cst.Yield):
        return False
    returns = find_all(function, cst.Return)
    return bool(returns) and all(_length(each.value) == length for each in returns)


def _length(value: cst.BaseExpression | None) -> int | None:
    """How many items a tuple has that is written out without a star."""
    match value:
        case cst.Tuple(items) if all(isinstance(each, cst.Element) for each in items):
            return len(items)
    return None


def _claim(node: Node, name: str, made: Node, scope: Scope | None) -> Claim:
    what = "is added" if node.op is Op.ADD or node.name == "shift" else "is handed on"
    message = f"{name} returns a tuple, which {what} as if it were a tensor"
    place = scope.place if scope else made.place
    related = (Related(place, "returns a tuple"),) if place else ()
    return Claim(node, message, related)
