"""A sub-layer is fed from something else than the stream that it joins.

## Why

After `x = norm1(x + y)`, with `y` the result of the self-attention, the cross-attention
is to be queried with `x`. Queried with `y`, it sees the raw branch: no stream, no norm.
Queried with the block's input, it runs beside the self-attention and knows nothing of
it. Shapes agree, training goes on, and the block is not the one of the paper.

## Bad

```python
class DecoderLayer(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.self_attn = nn.MultiheadAttention(d, 4)
        self.cross_attn = nn.MultiheadAttention(d, 4)
        self.norm1, self.norm2 = nn.LayerNorm(d), nn.LayerNorm(d)

    def forward(self, x, memory):
        y, _ = self.self_attn(x, x, x)
        x = self.norm1(x + y)
        y, _ = self.cross_attn(y, memory, memory)
        return self.norm2(x + y)
```

## Good

```python
class DecoderLayer(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.self_attn = nn.MultiheadAttention(d, 4)
        self.cross_attn = nn.MultiheadAttention(d, 4)
        self.norm1, self.norm2 = nn.LayerNorm(d), nn.LayerNorm(d)

    def forward(self, x, memory):
        y, _ = self.self_attn(x, x, x)
        x = self.norm1(x + y)
        y, _ = self.cross_attn(x, memory, memory)
        return self.norm2(x + y)
```

## Not flagged

Parallel branches, which read one value and are summed with it (GPT-J, PaLM), attention
to two sources side by side among them. Streams that attend to each other. A sub-layer
that goes on with what attention gave, without a norm, and is part of its branch.

## Seen in

mlx issue 3382.
"""

from collections.abc import Iterator

from blocklint import cst
from blocklint.analysis import Block, Role
from blocklint.analysis.queries import Fed, Queries, Query
from blocklint.analysis.wiring import place_in_class
from blocklint.rule import Basis, Claim, Related, Severity, rule

_CALLS = frozenset([Role.ATTENTION, Role.CROSS_ATTENTION, Role.FFN])


@rule("BL206", Severity.WARNING, Basis.WIRING)
def check(block: Block) -> Iterator[Claim]:
    """Claim that a branch reads another value than the newest one of its stream."""
    seen: set[cst.CSTNode] = set()
    for variant in block.variants:
        for query in Queries(variant.graph).astray():
            place = query.add.place
            if place is None or place.syntax in seen:
                continue
            if _is_certain(query):
                seen.add(place.syntax)
                yield _claim(query)


def _is_certain(query: Query) -> bool:
    """Whether no parallel block could be meant.

    A norm between the two sums makes them follow each other. Where there is none, the
    norm of a pre-norm site shows it, if it norms what the self-attention gave.
    """
    if query.normed:
        return query.role in _CALLS
    is_raw = query.fed is Fed.RAW and query.entry_normed
    return is_raw and query.role is Role.CROSS_ATTENTION


def _claim(query: Query) -> Claim:
    message = (
        f"this {query.role.value} reads {query.fed.value}, and joins what came of it"
    )
    marked = [
        (place_in_class(query.branch), "the sub-layer"),
        (query.newest.place, "the stream that it joins"),
    ]
    return Claim(query.add, message, tuple(Related(p, t) for p, t in marked if p))
