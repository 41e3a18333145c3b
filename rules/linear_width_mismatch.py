"""A layer is made for another width than it gets.

## Why

A linear layer, a convolution or an attention has weights for one width, and raises for
every other one. Two layers in a row that disagree cannot run at all; where their widths
are two settings, the module runs as long as both happen to be chosen alike, and breaks
for the first user who changes one of them.

## Bad

```python
class FeedForward(nn.Module):
    def __init__(self, d_model):
        super().__init__()
        self.norm = nn.LayerNorm(d_model)
        self.fc1 = nn.Linear(d_model, 4 * d_model)
        self.fc2 = nn.Linear(d_model, d_model)

    def forward(self, x):
        return x + self.fc2(F.gelu(self.fc1(self.norm(x))))
```

## Good

```python
class FeedForward(nn.Module):
    def __init__(self, d_model):
        super().__init__()
        self.norm = nn.LayerNorm(d_model)
        self.fc1 = nn.Linear(d_model, 4 * d_model)
        self.fc2 = nn.Linear(4 * d_model, d_model)

    def forward(self, x):
        return x + self.fc2(F.gelu(self.fc1(self.norm(x))))
```

## Not flagged

Settings whose defaults, or an `assert`, make both widths the same. A width that only
the run knows, that of a value from a function that cannot be followed or behind an
activation that is given from outside, which may halve it. Two settings of which only
one has a default, or that a longer expression names.

Two settings that meet are a warning, not an error, where nothing makes them equal: not
the class, its other wirings, or the code of the file that makes it. So is one that is
None by default, and another one then, if nothing fits once it is given. So is a length
that a layer reads as its width, if the value has that width at another axis: a
transpose is missing, or is one too many.

## Seen in

transformers issue 37321: the second layer of an MLP is made for the width that it
gives, which is the one it gets only as long as two settings agree. vanilla-llama pull
request 8: an output projection the wrong way round, for heads that make up the width.
"""

from collections.abc import Iterator

from blocklint.analysis import Block
from blocklint.analysis.shapes import Meets
from blocklint.claims import claim_of
from blocklint.rule import Basis, Claim, Severity, rule


@rule("BL401", Severity.ERROR, Basis.CRASH)
def check(block: Block) -> Iterator[Claim]:
    """Claim that a layer gets a width that it is not made for."""
    for found in block.mismatches(Meets.LINEAR):
        text = "{node} expects {wanted_size}{made}, gets {given}"
        yield claim_of(block, found, text)
