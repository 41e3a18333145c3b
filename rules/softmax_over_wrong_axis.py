"""Attention scores are normalised over another axis than the values are summed over.

## Why

`softmax(q @ k^T) @ v` is a weighted mean of the values: for each query, the weights of
all keys sum to one. With `softmax(dim=1)` on scores of shape `(batch, heads, queries,
keys)` it is the heads that sum to one, with `dim=0` the samples of the batch, with
`dim=-2` the queries. The output is then no mean of the values any more, and with the
batch axis one sample's result depends on the others. Nothing fails.

## Bad

```python
class Attention(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.q, self.k = nn.Linear(dim, 64), nn.Linear(dim, 64)
        self.v = nn.Linear(dim, 64)

    def forward(self, x):
        q, k, v = self.q(x), self.k(x), self.v(x)
        weights = torch.softmax(q @ k.transpose(-2, -1) / 8, dim=-2)
        return weights @ v
```

## Good

```python
class Attention(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.q, self.k = nn.Linear(dim, 64), nn.Linear(dim, 64)
        self.v = nn.Linear(dim, 64)

    def forward(self, x):
        q, k, v = self.q(x), self.k(x), self.v(x)
        weights = torch.softmax(q @ k.transpose(-2, -1) / 8, dim=-1)
        return weights @ v
```

## Not flagged

Weights that are transposed before the values are summed, so that the axes agree. Slot
attention and its kin, which let the queries compete and divide by a sum afterwards, or
take a softmax over either axis. Linear attention, whose softmax is of the keys. Routers
of experts. Scores whose number of axes the code does not tell.

## Seen in

labml.ai annotated papers issue 146 (the heads of a U-Net's attention) and fastNLP
issue 254.
"""

from collections.abc import Iterator

from blocklint.analysis import Attention, Block
from blocklint.rule import Claim, Related, Severity, rule

_NAMES = {-1: "last axis", -2: "last axis but one"}


@rule("BL303", Severity.WARNING)
def check(block: Block) -> Iterator[Claim]:
    """Claim that a softmax does not run over the keys."""
    for attention in block.default.attentions:
        softmax, axes = attention.softmax, attention.mixed_axis
        if softmax is None or axes is None or not softmax.is_own:
            continue
        normed, summed = axes
        if normed != summed and not _competes(attention, block):
            message = (
                f"the softmax runs over the {_name(normed)} of the scores, "
                f"the values are summed over the {_name(summed)}"
            )
            place = attention.mix.place
            related = (Related(place, "the values are summed here"),) if place else ()
            yield Claim(softmax, message, related)


def _competes(attention: Attention, block: Block) -> bool:
    """Whether the same scores get a softmax over each of two axes."""
    graph = block.default.graph
    return attention.scores is not None and any(
        node.kind == "softmax"
        and node is not attention.softmax
        and graph.reaches(attention.scores, node)
        and attention.softmax is not None
        and not graph.reaches(attention.softmax, node)
        for node in graph.nodes
    )


def _name(axis: int) -> str:
    return _NAMES.get(axis, f"axis {axis}")
