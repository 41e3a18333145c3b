"""Two linear layers of an ffn follow each other with no activation between them.

## Why

`fc2(fc1(x))` without anything nonlinear in between is one linear layer, at the price
of two: the wide hidden layer adds parameters and computes nothing that a matrix of
width by width could not. The block still trains, and all that the ffn should
contribute is missing.

## Bad

```python
class FeedForward(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)
        self.dropout = nn.Dropout(0.1)

    def forward(self, x):
        return self.fc2(self.dropout(self.fc1(x)))
```

## Good

```python
class FeedForward(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)
        self.dropout = nn.Dropout(0.1)

    def forward(self, x):
        return self.fc2(self.dropout(F.gelu(self.fc1(x))))
```

## Not flagged

Hidden layers that are narrower than their input, or not certainly wider: low-rank
factors, adapters, embeddings in two factors. Layers of one width, as a value
projection and an output projection. Three linear layers in a row, and three times the
width, which is room for query, key and value. A norm, a product, an attention or a
reshape in between. A hidden value that something else reads too. An activation that a
setting leaves out.

## Seen in

The code of learners, mostly. No published package is known to have it.
"""

import re
from collections.abc import Iterator

from blocklint import cst
from blocklint.analysis import Block
from blocklint.graph import Argument, BlockGraph, Dim, Node, Op
from blocklint.regex import Regex
from blocklint.rule import Claim, Related, Severity, rule

_WIDE = Regex(r"ff|feed_?forward|intermediate|mlp|expan|mult", re.IGNORECASE)
_ACTIVATION = Regex(
    r"act(?!ual|or)|lu\b|relu|gelu|silu|swish|tanh|sigmoid|glu|nonlin", re.IGNORECASE
)
_QUERY_KEY_VALUE = 3  # what a width is multiplied by for these, and not for an ffn


@rule("BL312", Severity.WARNING)
def check(block: Block) -> Iterator[Claim]:
    """Claim that an ffn is linear under every setting."""
    first, *others = [dict(_pairs(block, v.graph)) for v in block.variants]
    for key, (one, two) in first.items():
        if all(key in each for each in others) and not _may_activate(block):
            message = f"{two.name} follows {one.name} with no activation between them"
            related = (Related(one.place, "the first layer"),) if one.place else ()
            yield Claim(two, message, related)


def _may_activate(block: Block) -> bool:
    """Whether a condition anywhere in the class has to do with an activation."""
    chunk = block.statement.chunk
    conditions = block.statement.find(cst.If, cst.IfExp)
    return any(_ACTIVATION.search(chunk.code(c)) for c in conditions)


def _pairs(
    block: Block, graph: BlockGraph
) -> Iterator[tuple[tuple[str, str, int], tuple[Node, Node]]]:
    """The second layers that read a wider first one, by names and place."""
    for node in block.own_nodes(graph):
        before = _before(node, graph)
        if before is None or not node.place or not _widens(before, node):
            continue
        after = any(map(_is_linear, graph.readers(node)))
        if not after and not any(map(_is_linear, before.reads)):
            yield (before.name, node.name, id(node.place.syntax)), (before, node)


def _before(node: Node, graph: BlockGraph) -> Node | None:
    """The linear layer whose result, and nothing but dropout, a linear layer reads."""
    if not _is_linear(node) or len(node.reads) != 1:
        return None
    (value,) = node.reads
    while len(graph.readers(value)) == 1:
        if _is_linear(value):
            return value
        if value.op is not Op.VIEW or value.kind != "dropout" or len(value.reads) != 1:
            return None
        (value,) = value.reads
    return None


def _is_linear(node: Node) -> bool:
    return node.call.made is not None and node.call.made.of_torch == "Linear"


def _widens(one: Node, two: Node) -> bool:
    """Whether the first layer goes to a wider hidden layer, the second one back."""
    if one.call.made is None or two.call.made is None:
        return False
    inner = _dim(one.call.made.get(0, "in_features"))
    hidden = _dim(one.call.made.get(1, "out_features"))
    back = _dim(two.call.made.get(0, "in_features"))
    outer = _dim(two.call.made.get(1, "out_features"))
    if inner is None or hidden is None or back != hidden or outer != inner:
        return False
    return _is_wider(hidden, inner)


def _is_wider(hidden: Dim, inner: Dim) -> bool:
    """By a constant factor, or by settings that are only ever given for an ffn."""
    ratio = hidden / inner
    if ratio is None:
        return False
    if ratio.constant is not None:
        return ratio.constant > 1 and ratio.constant != _QUERY_KEY_VALUE
    factors = [atom for atom in ratio.atoms if (ratio.power_of(atom) or 0) > 0]
    return bool(factors) and all(
        isinstance(atom, str) and _WIDE.search(atom) for atom in factors
    )


def _dim(value: Argument) -> Dim | None:
    match value:
        case Dim():
            return value
        case int() if value > 0:
            return Dim.of(value)
    return None
