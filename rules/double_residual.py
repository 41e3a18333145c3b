"""A sub-module adds its input, and so does the block that calls it.

## Why

Where `ff.forward` returns `x + net(x)` and the block computes `x + ff(x)`, the stream
is doubled at every block: `2 * x + net(x)`. After twelve blocks the input stands in the
sum four thousand times and hides what the branches add. One of the two residuals was
meant.

## Bad

```python
class FeedForward(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.norm, self.up = nn.LayerNorm(d), nn.Linear(d, 4 * d)
        self.down = nn.Linear(4 * d, d)

    def forward(self, x):
        return x + self.down(torch.relu(self.up(self.norm(x))))


class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.norm, self.attn = nn.LayerNorm(d), nn.MultiheadAttention(d, 4)
        self.ff = FeedForward(d)

    def forward(self, x):
        y = self.norm(x)
        x = x + self.attn(y, y, y)[0]
        return x + self.ff(x)
```

## Good

```python
class FeedForward(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.norm, self.up = nn.LayerNorm(d), nn.Linear(d, 4 * d)
        self.down = nn.Linear(4 * d, d)

    def forward(self, x):
        return x + self.down(torch.relu(self.up(self.norm(x))))


class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.norm, self.attn = nn.LayerNorm(d), nn.MultiheadAttention(d, 4)
        self.ff = FeedForward(d)

    def forward(self, x):
        y = self.norm(x)
        x = x + self.attn(y, y, y)[0]
        return self.ff(x)
```

## Not flagged

A sub-module that adds a normed or projected copy of its input. One with several sums:
a network that is a branch as a whole. A branch that is scaled (residuals of residuals,
LayerScale). A sub-module that is chosen while the module runs.

## Seen in

darknet-pytorch issue 2. A published package too: the cross-attention of BLT in
`transformers` adds its query, and so do the encoder and the decoder that call it.
"""

from collections.abc import Iterator

from blocklint import cst
from blocklint.analysis import Block
from blocklint.analysis.wiring import Doubled, Wiring, modules_of
from blocklint.rule import Basis, Claim, Related, Severity, rule


@rule("BL204", Severity.WARNING, Basis.WIRING)
def check(block: Block) -> Iterator[Claim]:
    """Claim that one value is added by a block and by the sub-module it calls."""
    seen: set[cst.CSTNode] = set()
    for variant in block.variants:
        for doubled in Wiring(variant.graph).doubled():
            place = doubled.add.place
            if place is not None and place.syntax not in seen:
                seen.add(place.syntax)
                yield _claim(doubled)


def _claim(doubled: Doubled) -> Claim:
    called = modules_of(doubled.inner)[1]
    message = f"{called.name} has a residual of its own, and its input is added again"
    marked = [
        (doubled.inner.place, "the residual inside"),
        (called.place, "the sub-module"),
    ]
    return Claim(doubled.add, message, tuple(Related(p, t) for p, t in marked if p))
