"""One sample of a batch has an effect on the result of another.

## Why

What a block computes for one sequence must not depend on the others that happen to be
in the batch. Where it does, an axis is mixed up: a softmax runs over the batch,
attention gets (batch, seq, d) without `batch_first`, heads were split off the wrong
axis. Shapes fit all the same, and the loss goes down, for the others hold hints. The
probe nudges one sample by a finite amount and looks at the results of the rest, in eval
mode.

## Bad

```python
class Block(nn.Module):
    def __init__(self, d=32):
        super().__init__()
        self.norm, self.positions = nn.LayerNorm(d), nn.Parameter(torch.zeros(1, 64, d))
        self.attn = nn.MultiheadAttention(d, 4)

    def forward(self, x):
        x = x + self.positions[:, : x.shape[1]]
        h = self.norm(x)
        return x + self.attn(h, h, h, need_weights=False)[0]
```

## Good

```python
class Block(nn.Module):
    def __init__(self, d=32):
        super().__init__()
        self.norm, self.positions = nn.LayerNorm(d), nn.Parameter(torch.zeros(1, 64, d))
        self.attn = nn.MultiheadAttention(d, 4, batch_first=True)

    def forward(self, x):
        x = x + self.positions[:, : x.shape[1]]
        h = self.norm(x)
        return x + self.attn(h, h, h, need_weights=False)[0]
```

## Not flagged

Batch norms, which use stored statistics in eval mode. Experts with a capacity, which
one sample may fill for another, are flagged and may be meant. Blocks in which only the
first axis mixes and nothing shows that it is the batch: they may be made for
(sequence, batch, width).

## Seen in

labml issue 146 and fastNLP issue 254 (softmax over the batch); OmDet issue 19, AEMatter
issue 3 and TabFormer issue 14 (`batch_first` forgotten).
"""

import re
from collections.abc import Iterator

from blocklint.analysis import Block
from blocklint.analysis.layouts import layouts_of
from blocklint.analysis.run import Run
from blocklint.regex import Regex
from blocklint.rule import Claim, Severity, rule

# `batch, length, width = x.shape`: whoever unpacks a shape says what is what.
_NAMED = Regex(
    r"\b(batch(_size)?|bsz|bs|b)\s*,\s*\w+\s*,\s*\w+\s*=\s*\w+\.(shape|size\(\))",
    re.IGNORECASE,
)


@rule("BL503", Severity.WARNING)
def check(block: Block, run: Run) -> Iterator[Claim]:
    """Claim that a nudge of one sample moved the result of another."""
    mixes = run.probes.get("mixes-tokens", False)
    if run.probes.get("batch-leak") and (mixes or _is_batch_first(block)):
        message = "a nudge of one sample of the batch moves the results of others"
        yield Claim(block.place, f"{block.name}: {message}")


def _is_batch_first(block: Block) -> bool:
    """Whether the code shows that the first axis of the stream is the batch.

    A block that lets only the first axis mix may have been written for
    (sequence, batch, width), and the run cannot tell.
    """
    if _NAMED.search(block.statement.chunk.text):
        return True
    layouts = layouts_of(block.default.graph)
    streams = [value for site in block.sites for value in (site.stream, site.add)]
    found = [layout for value in streams if (layout := layouts.of(value))]
    return any(batch_first for batch_first, _ in found)
