"""A norm is made for another width than it gets.

## Why

A layer norm has one scale for each feature and raises where there are more or fewer of
them. The usual cause is a norm that was moved: before a projection it needs the width
that goes in, behind it the one that comes out, and in front of a head that of the
stream and not of the embedding.

## Bad

```python
class Merging(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm = nn.LayerNorm(4 * dim)
        self.reduction = nn.Linear(4 * dim, 2 * dim, bias=False)

    def forward(self, x):
        return self.norm(self.reduction(x))
```

## Good

```python
class Merging(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm = nn.LayerNorm(2 * dim)
        self.reduction = nn.Linear(4 * dim, 2 * dim, bias=False)

    def forward(self, x):
        return self.norm(self.reduction(x))
```

## Not flagged

A norm over one head's features, put on queries and keys that are split. A norm without
weights that is told the shape at run time. Settings whose defaults, or an `assert`,
make both widths the same; two that nothing makes equal are a warning. Norms over the
wrong axes, of the right size, are `norm-over-wrong-axes`.

## Seen in

reformer-pytorch pull request 129 and routing-transformer issue 15: the last norm is
made for the width of the embedding or of the stream, and gets the other one.
"""

from collections.abc import Iterator

from blocklint.analysis import Block
from blocklint.analysis.shapes import Meets
from blocklint.claims import claim_of
from blocklint.rule import Basis, Claim, Severity, rule


@rule("BL403", Severity.ERROR, Basis.CRASH)
def check(block: Block) -> Iterator[Claim]:
    """Claim that a norm gets a width that it is not made for."""
    for found in block.mismatches(Meets.NORM):
        text = "{node} expects {wanted_size}{made}, gets {given}"
        yield claim_of(block, found, text)
