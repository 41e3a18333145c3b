"""A norm of a Transformer block runs over the tokens.

## Why

`nn.LayerNorm(x.shape[1:])` on `(batch, tokens, width)` takes mean and variance over all
tokens together: every token then depends on all others, padding and the future
included, whatever the mask says, and the weights fix the length of the sequence. A norm
of a block is meant to treat each token by itself, over the last axis. BatchNorm and
InstanceNorm take their channels from axis 1, which holds the tokens here.

## Bad

```python
class Block(nn.Module):
    def __init__(self, length, dim):
        super().__init__()
        self.norm1 = nn.LayerNorm([length, dim])
        self.norm2 = nn.LayerNorm([length, dim])
        self.attn = nn.MultiheadAttention(dim, 4, batch_first=True)
        self.up, self.down = nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)

    def forward(self, x):
        y = self.norm1(x)
        x = x + self.attn(y, y, y)[0]
        return x + self.down(F.gelu(self.up(self.norm2(x))))
```

## Good

```python
class Block(nn.Module):
    def __init__(self, length, dim):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, 4, batch_first=True)
        self.up, self.down = nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)

    def forward(self, x):
        y = self.norm1(x)
        x = x + self.attn(y, y, y)[0]
        return x + self.down(F.gelu(self.up(self.norm2(x))))
```

## Not flagged

Norms over heads and their width, inside attention. Norms of images and feature maps,
and of blocks without attention. Channels that were brought to axis 1 before. A norm
over several axes of which all but the last have one element.

## Seen in

geometric-algebra-transformer issue 8 and FuxiCTR issue 23.
"""

from collections.abc import Iterator

from blocklint.analysis import Block, Role
from blocklint.analysis.shapes import Shapes
from blocklint.graph import Argument, AxisSizes, Dim, Node
from blocklint.rule import Claim, Severity, rule

_ATTENDS = frozenset([Role.ATTENTION, Role.CROSS_ATTENTION])
_CHANNELS_FIRST = frozenset(["BatchNorm1d", "InstanceNorm1d"])
_SEQUENCE = 3  # axes: batch, tokens, width


@rule("BL313", Severity.WARNING)
def check(block: Block) -> Iterator[Claim]:
    """Claim that a norm at a site takes its statistics over the tokens."""
    sites = block.sites
    if not any(site.role in _ATTENDS for site in sites):
        return
    for norm in dict.fromkeys(norm for site in sites for norm in site.norms):
        if norm.is_own and (axes := _wrong_axes(norm, block.default.shapes)):
            yield Claim(norm, f"{norm.name} takes its statistics over {axes}")


def _wrong_axes(norm: Node, shapes: Shapes) -> str | None:
    made = norm.call.made
    if norm.name == "layer_norm" or (made is not None and made.name == "LayerNorm"):
        given = made.get(0, "normalized_shape") if made else norm.call.get(1, "")
        return _several(given)
    if made is not None and made.name in _CHANNELS_FIRST:
        return _channels(norm, shapes.dim(made.get(0, "num_features")), shapes)
    return None


def _several(given: Argument) -> str | None:
    """The axes of a `normalized_shape` that is more than the width of a token."""
    if isinstance(given, AxisSizes):
        given = (given,)
    if not isinstance(given, tuple):
        return None
    runs = [each for each in given if isinstance(each, AxisSizes)]
    if any(run.start == 1 and run.stop is None for run in runs):
        return "all axes but the batch"
    if runs or sum(size != 1 for size in given) <= 1:
        return None
    return f"{len(given)} axes, tokens and width together"


def _channels(norm: Node, channels: Dim | None, shapes: Shapes) -> str | None:
    shape = shapes.of(norm)
    if channels is None or shape.rank != _SEQUENCE:
        return None
    wrong = shape.at(-1) == channels and shape.at(1) != channels
    return "axis 1, which holds the tokens" if wrong else None
