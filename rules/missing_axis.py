"""An operation names an axis that its operand does not have.

## Why

`permute(0, 2, 1, 3)` is for four axes, and raises where a value has three because its
heads were not split, or were merged before. The same goes for a `transpose`, an einops
pattern or an einsum that names more axes than there are, or not all of them.

## Bad

```python
class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.q, self.k = nn.Linear(dim, dim), nn.Linear(dim, dim)

    def forward(self, x):
        b, n, c = x.shape
        q = self.q(x).permute(0, 2, 1, 3)
        k = self.k(x).permute(0, 2, 1, 3)
        return (q @ k.transpose(-2, -1)).softmax(dim=-1)
```

## Good

```python
class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.q, self.k = nn.Linear(dim, dim), nn.Linear(dim, dim)

    def forward(self, x):
        b, n, c = x.shape
        q = self.q(x).view(b, n, self.heads, -1).permute(0, 2, 1, 3)
        k = self.k(x).view(b, n, self.heads, -1).permute(0, 2, 1, 3)
        return (q @ k.transpose(-2, -1)).softmax(dim=-1)
```

## Not flagged

Inputs whose number of axes nothing shows: a mask may have two, three or four. Values
that have one number of axes in one branch and another one in the next. Axes that are
counted from the end of a value that may have more in front.

## Seen in

zeta issue 122: a pattern for four axes is put to tokens, which have three.
practical-pytorch issue 82: two vectors are joined along a second axis.
"""

from collections.abc import Iterator

from blocklint.analysis import Block
from blocklint.analysis.shapes import Meets
from blocklint.claims import claim_of
from blocklint.rule import Basis, Claim, Severity, rule


@rule("BL411", Severity.ERROR, Basis.CRASH)
def check(block: Block) -> Iterator[Claim]:
    """Claim that a value has fewer or more axes than the code names."""
    for found in block.mismatches(Meets.AXES):
        text = "{node} needs {wanted_size} axes, gets {given}"
        yield claim_of(block, found, text)
