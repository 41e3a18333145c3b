"""Values are put side by side whose other axes differ.

## Why

`torch.cat` puts values side by side along one axis; all others must be the same, and
`torch.stack` needs all of them to be. A class token of another width than the tokens
cannot be put in front of them, and features of two layers that are joined along the
sequence must be equally wide. Often it is the axis that is wrong: `dim=1` for `dim=-1`.

## Bad

```python
class Fusion(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.local, self.wide = nn.Linear(dim, dim), nn.Linear(dim, 2 * dim)
        self.out = nn.Linear(3 * dim, dim)

    def forward(self, x):
        b, n, _ = x.shape
        return self.out(torch.cat([self.local(x), self.wide(x)], dim=1))
```

## Good

```python
class Fusion(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.local, self.wide = nn.Linear(dim, dim), nn.Linear(dim, 2 * dim)
        self.out = nn.Linear(3 * dim, dim)

    def forward(self, x):
        b, n, _ = x.shape
        return self.out(torch.cat([self.local(x), self.wide(x)], dim=-1))
```

## Not flagged

Lengths and batches that only the run knows: a memory in front of the keys, tokens of
two inputs. Values whose number of axes is not known, joined along an axis that is
counted from the front. Settings whose defaults make the widths equal.

## Seen in

Megatron-DeepSpeed pull request 112: cached keys and new ones are put together along the
batch, where their lengths differ.
"""

from collections.abc import Iterator

from blocklint.analysis import Block
from blocklint.analysis.shapes import Meets
from blocklint.claims import claim_of
from blocklint.rule import Basis, Claim, Severity, rule


@rule("BL410", Severity.ERROR, Basis.CRASH)
def check(block: Block) -> Iterator[Claim]:
    """Claim that values are concatenated or stacked that differ in another axis."""
    for found in block.mismatches(Meets.JOINED):
        text = "{node} joins {wanted} and {given}"
        yield claim_of(block, found, text)
