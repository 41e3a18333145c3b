"""Two values are combined whose axes are not in line.

## Why

Values of different shapes are lined up at their last axes. Where an `unsqueeze` is
missing, is at the wrong place, or a `transpose` was forgotten, the batch of one value
meets the sequence of the other: a bias of shape (batch, keys) is put to the queries of
scores, positions of shape (length, 1, width) to the samples of a batch. It raises for
most sizes, and silently computes something else where both are the same, or where one
is 1, as in a test with a single sample. A mean over the last axis without `keepdim` is
not in line with what it is a mean of.

## Bad

```python
class Encoder(nn.Module):
    def __init__(self, vocab, dim, max_len=512):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.pos = nn.Parameter(torch.zeros(max_len, 1, dim))

    def forward(self, ids):
        b, n = ids.shape
        return self.embed(ids) + self.pos[:n]
```

## Good

```python
class Encoder(nn.Module):
    def __init__(self, vocab, dim, max_len=512):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.pos = nn.Parameter(torch.zeros(1, max_len, dim))

    def forward(self, ids):
        b, n = ids.shape
        return self.embed(ids) + self.pos[:, :n]
```

## Not flagged

Axes of size one, which are meant to be stretched. A square value that is added to
itself turned round. Masks and other inputs whose axes the code does not show, and
sizes of two inputs.

## Seen in

influenza_transformer issue 9: positions that are cut to the length lie along the batch.
In vit-pytorch issue 293 it is a given mask of (batch, keys), which no code shows: its
batch meets the queries of scores of (batch, heads, queries, keys).
"""

from collections.abc import Iterator

from blocklint.analysis import Block
from blocklint.analysis.shapes import Meets
from blocklint.claims import claim_of
from blocklint.rule import Claim, Severity, rule


@rule("BL407", Severity.WARNING)
def check(block: Block) -> Iterator[Claim]:
    """Claim that an axis meets another one although it is in the other value too."""
    for found in block.mismatches(Meets.SHIFTED):
        text = "{wanted} meets {given}: they fit only where they are equal or one is 1"
        yield claim_of(block, found, text)
    for found in block.mismatches(Meets.LOST):
        text = "{given} meets a mean over that axis, which is gone: keepdim is missing"
        yield claim_of(block, found, text)
