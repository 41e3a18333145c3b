"""A table of positions has fewer rows than there are positions.

## Why

A learned position is looked up by its number, so the table needs a row for each number
that may come. A class token, registers or an offset make one more place than there are
patches, and a longest sequence that is set at two places grows at one of them only. It
raises an index error, on a GPU as an assertion far from here, or in the first batch
that is long enough.

## Bad

```python
class Embeddings(nn.Module):
    def __init__(self, dim, num_patches):
        super().__init__()
        self.cls = nn.Parameter(torch.zeros(1, 1, dim))
        self.pos = nn.Embedding(num_patches, dim)
        self.register_buffer("ids", torch.arange(num_patches + 1).unsqueeze(0))

    def forward(self, patches):
        cls = self.cls.expand(patches.shape[0], -1, -1)
        return torch.cat([cls, patches], dim=1) + self.pos(self.ids)
```

## Good

```python
class Embeddings(nn.Module):
    def __init__(self, dim, num_patches):
        super().__init__()
        self.cls = nn.Parameter(torch.zeros(1, 1, dim))
        self.pos = nn.Embedding(num_patches + 1, dim)
        self.register_buffer("ids", torch.arange(num_patches + 1).unsqueeze(0))

    def forward(self, patches):
        cls = self.cls.expand(patches.shape[0], -1, -1)
        return torch.cat([cls, patches], dim=1) + self.pos(self.ids)
```

## Not flagged

Lengths of the run, unless an `assert` or a `raise` lets them grow beyond the table.
Relative positions and others that are worked out from `arange`. Two settings of which
one has no default; with defaults by which the table is too short it is a warning.

## Seen in

pytorch-seq2seq issue 89: index 100 of a table of positions that ends before it. In
transformers issue 32154 inputs that are longer than the table fail only later, where
positions are added.
"""

from collections.abc import Iterator

from blocklint.analysis import Block
from blocklint.analysis.shapes import Meets
from blocklint.claims import claim_of
from blocklint.rule import Basis, Claim, Severity, rule


@rule("BL409", Severity.ERROR, Basis.CRASH)
def check(block: Block) -> Iterator[Claim]:
    """Claim that more positions are looked up than a table has rows."""
    for found in block.mismatches(Meets.POSITIONS):
        text = "{node} has {wanted_size} rows{made}, is asked for {given_size}"
        yield claim_of(block, found, text)
