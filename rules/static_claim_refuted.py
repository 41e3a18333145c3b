"""What ran is not what the code says at first sight.

## Why

blocklint reads the code, and a trace runs it. Where the two disagree on the sites of a
block, or on a single finding, one of them is wrong. Mostly that is blocklint, which
then has a bug that deserves a report; sometimes the code misleads every reader: a
method is replaced after it was defined, a hook changes a result, a flag is turned round
on the way.

## Bad

```python
class Block(nn.Module):
    def __init__(self, d=32):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(d, d), nn.GELU(), nn.Linear(d, d))
        self.norm = nn.LayerNorm(d)

    def forward(self, x):
        return self.norm(x + self.mlp(x))


def forward(self, x):
    return x + self.mlp(self.norm(x))


setattr(Block, "forward", forward)
```

## Good

```python
class Block(nn.Module):
    def __init__(self, d=32):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(d, d), nn.GELU(), nn.Linear(d, d))
        self.norm = nn.LayerNorm(d)

    def forward(self, x):
        return x + self.mlp(self.norm(x))
```

## Not flagged

Blocks of which the code has several wirings, if one of them is the one that ran, and
sites that only run when an optional input is given. Blocks that could not be followed,
by either way.

## Seen in

NeMo issue 4350: a post-norm branch that computed its norm and left the stream as it
was, which reads right and runs wrong.
"""

from collections.abc import Iterator

from blocklint.analysis import Block, Variant
from blocklint.analysis.run import Run
from blocklint.rule import Claim, Severity, parts_of, rule


@rule("BL507", Severity.WARNING)
def check(block: Block, run: Run) -> Iterator[Claim]:
    """Claim that the sites that ran are others than those that were read.

    That a run refutes a single finding is claimed by the engine, beside the finding.
    """
    if run.agrees is False and run.wiring is not None and not run.problem:
        read = run.static or block.default
        message = f"read as {_sites(read)}; ran as {_sites(run.wiring)}"
        yield Claim(block.place, message, parts_of(*run.wiring.sites))


def _sites(variant: Variant) -> str:
    """Role and placement of each site, in order."""
    listed = [f"{site.role.value} {site.placement.value}" for site in variant.sites]
    return ", ".join(listed) or "no block"
