"""Attention scores are not scaled.

## Why

The product of a query and a key of width d has a variance of d where theirs is one. A
softmax of such scores is nearly one-hot from the start, and its gradient nearly zero;
hence the factor 1 / sqrt(d) of Vaswani et al. 2017 (arXiv 1706.03762). Some models
leave it out on purpose and make up for it in the initialisation of the query's weights;
then say so with a suppression.

## Bad

```python
class Attention(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.q, self.k = nn.Linear(dim, 64), nn.Linear(dim, 64)
        self.v = nn.Linear(dim, 64)

    def forward(self, x):
        q, k, v = self.q(x), self.k(x), self.v(x)
        return torch.softmax(q @ k.transpose(-2, -1), dim=-1) @ v
```

## Good

```python
class Attention(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.scale = 64 ** -0.5
        self.q, self.k = nn.Linear(dim, 64), nn.Linear(dim, 64)
        self.v = nn.Linear(dim, 64)

    def forward(self, x):
        q, k, v = self.q(x), self.k(x), self.v(x)
        return torch.softmax(q @ k.transpose(-2, -1) * self.scale, dim=-1) @ v
```

## Not flagged

Queries or keys that are scaled or normed instead of the scores, a learned temperature,
torch's own attention function (which scales), scores that are added up from several
products, queries that are no output of a linear layer, and everything that goes through
code which cannot be seen.

## Seen in

tiny-transformers issue 71.
"""

from collections.abc import Iterator

from blocklint.analysis import Block
from blocklint.graph import Dim
from blocklint.rule import Claim, Severity, rule


@rule("BL304", Severity.WARNING)
def check(block: Block) -> Iterator[Claim]:
    """Claim that nothing is multiplied with scores, query or key."""
    for attention in block.default.attentions:
        scores, scaling = attention.scores, attention.scaling
        if scores is None or not scores.is_own or scaling.nodes:
            continue
        if scaling.factor == Dim.of(1):
            yield Claim(scores, "the scores of this attention reach softmax unscaled")
