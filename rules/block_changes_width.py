"""A block returns another width than it was given.

## Why

A Transformer block maps m tokens of width d to m tokens of width d, so that blocks can
be stacked and the residual stream runs through all of them. A block whose result is
wider or narrower than its input ends the stream: its last step is missing, or one too
many, such as an `ffn` without its second layer, or a head that belongs to the model.

## Bad

```python
class Block(nn.Module):
    def __init__(self, d=32):
        super().__init__()
        self.norm1, self.attn = nn.LayerNorm(d), nn.MultiheadAttention(
            d, 4, batch_first=True
        )
        self.norm2, self.fc1 = nn.LayerNorm(d), nn.Linear(d, 4 * d)
        self.fc2 = nn.Linear(4 * d, d)

    def forward(self, x):
        h = self.norm1(x)
        x = x + self.attn(h, h, h)[0]
        return F.gelu(self.fc1(x + self.fc2(F.gelu(self.fc1(self.norm2(x))))))
```

## Good

```python
class Block(nn.Module):
    def __init__(self, d=32):
        super().__init__()
        self.norm1, self.attn = nn.LayerNorm(d), nn.MultiheadAttention(
            d, 4, batch_first=True
        )
        self.norm2, self.fc1 = nn.LayerNorm(d), nn.Linear(d, 4 * d)
        self.fc2 = nn.Linear(4 * d, d)

    def forward(self, x):
        h = self.norm1(x)
        x = x + self.attn(h, h, h)[0]
        return x + self.fc2(F.gelu(self.fc1(self.norm2(x))))
```

## Not flagged

Blocks between two stages, which pool tokens or take a width for their output
(`dim_out`, `out_channels`). Models with a read-out (`vocab_size`, `num_classes`).
Widths that stand in no relation to the one that came in. Convolutional blocks and
images. Blocks of which no attention or ffn joins a stream. Stages that follow one
another, and blocks that put several values side by side in the end.

## Seen in

The textbook definition, m x d in and m x d out (*Foundations of Large Language Models*,
arXiv 2501.09223), which stacking takes for granted.
"""

import re
from collections.abc import Iterator

from blocklint.analysis import Block, Role, Variant
from blocklint.analysis.run import Run
from blocklint.graph import Op
from blocklint.graph.residuals import same_value
from blocklint.regex import Regex
from blocklint.rule import Claim, Severity, rule

_MEANT = Regex(
    r"out|next|class|vocab|label|target|token|proj|embed(?!_?dim$)|latent|bottleneck",
    re.IGNORECASE,
)
_TOKENS = 3  # axes of a batch of token rows
_ROLES = frozenset([Role.ATTENTION, Role.CROSS_ATTENTION, Role.FFN, Role.MIXER])


@rule("BL502", Severity.WARNING)
def check(block: Block, run: Run) -> Iterator[Claim]:
    """Claim that tokens leave a block wider or narrower than they came in."""
    taken, returned = run.taken, run.returned
    if run.problem or run.wiring is None or len(taken) != len(returned):
        return
    joins = any(site.role in _ROLES for site in run.wiring.sites)
    if not joins or len(taken) != _TOKENS or taken[:-1] != returned[:-1]:
        return
    width, other = taken[-1], returned[-1]
    if width == other or "seq" in (width, other) or _is_wider_on_purpose(run.wiring):
        return
    if not other.isdecimal() and not _MEANT.search(other):
        before, after = (f"[{', '.join(shape)}]" for shape in (taken, returned))
        yield Claim(block.place, f"{block.name} takes {before} and returns {after}")


def _is_wider_on_purpose(wiring: Variant) -> bool:
    """Whether stages follow one another, or values are put side by side at the end."""
    if any(node.scope.of_list for node in wiring.graph.nodes):
        return True
    results = [value for out in wiring.graph.of(Op.OUTPUT) for value in same_value(out)]
    return any(value.name in ("cat", "concat", "stack") for value in results)
