"""Dropout falls on the stream instead of on a branch.

## Why

In `x = dropout(x + attn(x))` the identity path itself is dropped, and what is left is
scaled up, at every site again. After 24 sites at a rate of 0.1 one value in thirteen
has come through, and the gradient has lost as much. Dropout is meant for what a
sub-layer adds: `x + dropout(attn(x))`, as the paper says, "to the output of each
sub-layer, before it is added to the sub-layer input and normalized".

## Bad

```python
class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.attn, self.norm1 = nn.MultiheadAttention(d, 4), nn.LayerNorm(d)
        self.mlp, self.norm2 = MLP(d), nn.LayerNorm(d)
        self.dropout = nn.Dropout(0.1)

    def forward(self, x):
        y = self.norm1(x)
        x = self.dropout(x + self.attn(y, y, y)[0])
        return x + self.mlp(self.norm2(x))
```

## Good

```python
class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.attn, self.norm1 = nn.MultiheadAttention(d, 4), nn.LayerNorm(d)
        self.mlp, self.norm2 = MLP(d), nn.LayerNorm(d)
        self.dropout = nn.Dropout(0.1)

    def forward(self, x):
        y = self.norm1(x)
        x = x + self.dropout(self.attn(y, y, y)[0])
        return x + self.mlp(self.norm2(x))
```

## Not flagged

Dropout of a sum of embeddings, and of what a model returns. Dropout of what a branch
reads. Drop-path. Dropout after the last site of a block that is not known to stand in
a row of its like.

## Seen in

hyunwoongko/transformer issue 8, where dropout follows the norm of the sum.
"""

from collections.abc import Iterator

from blocklint import cst
from blocklint.analysis import Block, Role, Site, Variant
from blocklint.analysis.wiring import modules_of
from blocklint.graph import BlockGraph, Node, Op
from blocklint.graph.residuals import same_value
from blocklint.rule import Claim, Related, Severity, rule


@rule("BL213", Severity.WARNING)
def check(block: Block) -> Iterator[Claim]:
    """Claim that the stream goes on through a dropout of a sum."""
    seen: set[cst.CSTNode] = set()
    for variant in block.variants:
        for site, dropout in _dropped(block, variant):
            place = dropout.place
            if place is None or place.syntax in seen:
                continue
            seen.add(place.syntax)
            message = (
                f"dropout falls on the stream after this {site.role.value}, "
                "not on what it adds"
            )
            added = site.add.place
            related = (Related(added, "the addition"),) if added else ()
            yield Claim(dropout, message, related)


def _dropped(block: Block, variant: Variant) -> Iterator[tuple[Site, Node]]:
    """The sites of this very class that only a dropout reads, as the stream."""
    last: list[tuple[Site, Node]] = []
    certain = False
    for site in variant.sites:
        dropout = _only_dropout(variant.graph, site.add)
        if dropout is None or len(modules_of(site.add)) > 1:
            continue
        if _goes_on(variant, dropout):
            certain = True
            yield site, dropout
        elif _is_what(variant.graph, Op.OUTPUT, dropout):
            last.append((site, dropout))
            certain = certain or _is_wrapper(variant)
    if last and (certain or block.is_repeated):
        yield from last


def _only_dropout(graph: BlockGraph, value: Node) -> Node | None:
    """The dropout that alone reads a sum, or the norm of it."""
    readers = graph.readers(value)
    if len(readers) == 1 and readers[0].op is Op.NORM:
        readers = graph.readers(readers[0])
    match readers:
        case [Node(op=Op.VIEW, kind="dropout", name=name) as dropout]:
            return None if "path" in name.lower() else dropout
    return None


def _goes_on(variant: Variant, value: Node) -> bool:
    """Whether another site joins a value, or the next round of a loop takes it."""
    joined = any(value in same_value(site.stream) for site in variant.sites)
    return joined or _is_what(variant.graph, Op.EXIT, value)


def _is_what(graph: BlockGraph, op: Op, value: Node) -> bool:
    return any(value in same_value(end) for end in graph.of(op))


def _is_wrapper(variant: Variant) -> bool:
    """Whether a class is nothing but the sum around a sub-layer that it is given."""
    match variant.sites:
        case (Site(role=Role.OTHER, sublayer=Node() as given),):
            return given.scope.passed
    return False
