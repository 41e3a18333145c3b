"""The two sides of a matrix product do not fit.

## Why

A product of matrices sums over the last axis of the left one and the last but one of
the right one; queries and keys must have heads of one width, probabilities and values
the same number of tokens. All axes before these must be equal or one: with fewer heads
for keys than for queries, the keys have to be repeated first.

## Bad

```python
class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.q, self.kv = nn.Linear(dim, dim), nn.Linear(dim, dim)

    def forward(self, x):
        b, n, c = x.shape
        k, v = self.kv(x).chunk(2, dim=-1)
        q = self.q(x).view(b, n, self.heads, -1).transpose(1, 2)
        k = k.view(b, n, self.heads, -1).transpose(1, 2)
        v = v.view(b, n, self.heads, -1).transpose(1, 2)
        return (q @ k.transpose(-2, -1) * q.shape[-1] ** -0.5).softmax(dim=-1) @ v
```

## Good

```python
class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.q, self.kv = nn.Linear(dim, dim), nn.Linear(dim, 2 * dim)

    def forward(self, x):
        b, n, c = x.shape
        k, v = self.kv(x).chunk(2, dim=-1)
        q = self.q(x).view(b, n, self.heads, -1).transpose(1, 2)
        k = k.view(b, n, self.heads, -1).transpose(1, 2)
        v = v.view(b, n, self.heads, -1).transpose(1, 2)
        return (q @ k.transpose(-2, -1) * q.shape[-1] ** -0.5).softmax(dim=-1) @ v
```

## Not flagged

One head of keys for all queries, which is stretched. Fewer heads of keys that
`repeat_interleave` or `expand` repeats, or that `enable_gqa=True` leaves to torch.
Products over tokens, whose number only the run knows, as in linear attention.
Probabilities over a memory of another length. A weight that is made for a length.

A setting that is None by default, and another one then, is a warning where nothing
fits once it has a value: `n_kv_heads` of keys that are not repeated for all heads.

What fits for one length only is a warning: keys that are not turned, so that the length
meets a width, the length against the number of heads, or against the batch.

## Seen in

attention-learn-to-route issue 23: the output weights are made for the width of keys and
multiplied with heads that have the width of values.
"""

from collections.abc import Iterator

from blocklint.analysis import Block
from blocklint.analysis.shapes import Meets
from blocklint.claims import claim_of
from blocklint.rule import Basis, Claim, Severity, rule

_MATRIX = -2


@rule("BL405", Severity.ERROR, Basis.CRASH)
def check(block: Block) -> Iterator[Claim]:
    """Claim that a product sums over axes of different sizes."""
    for found in block.mismatches(Meets.PRODUCT):
        # Before the last two axes there are no sums: matrix meets matrix there.
        outer = found.wanted.axis is not None and found.wanted.axis < _MATRIX
        verb = "pairs" if outer else "multiplies"
        yield claim_of(block, found, f"{{node}} {verb} {{wanted}} with {{given}}")
