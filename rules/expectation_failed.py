"""A block is not what its project says that it is.

## Why

`expect` in `[[tool.blocklint.trace]]` says which placement, which roles and which
output a block has. It is a test that a project writes in three lines, and this is how
it fails: the block runs and shows something else, or it does not run at all.

## Bad

```toml
[[tool.blocklint.trace]]
target = "example.py:Block"
init = "Block(32)"
inputs = { x = "float32[batch, seq, 32]" }
expect = { placement = "pre" }
```

```python
class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(d, d), nn.GELU(), nn.Linear(d, d))
        self.norm = nn.LayerNorm(d)

    def forward(self, x):
        return self.norm(x + self.mlp(x))
```

## Good

```python
class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(d, d), nn.GELU(), nn.Linear(d, d))
        self.norm = nn.LayerNorm(d)

    def forward(self, x):
        return x + self.mlp(self.norm(x))
```

## Not flagged

Blocks of which the project expects nothing. Listed blocks that end at shapes which do
not fit, which are `trace-shape-error`'s.

## Seen in

pytorch issue 61165: a `norm_first` that did not do what it said, which one such line
would have shown.
"""

from collections.abc import Iterator

from blocklint.analysis import Block
from blocklint.analysis.misfit import never_fits
from blocklint.analysis.run import Run
from blocklint.rule import Claim, Related, Severity, rule


@rule("BL506", Severity.ERROR)
def check(block: Block, run: Run) -> Iterator[Claim]:
    """Claim each thing that was expected of a block and that its run did not show."""
    for unmet in run.unmet:
        verb = "are" if unmet.what == "roles" else "is"
        message = (
            f"the {unmet.what} {verb} {unmet.found}, expected {verb} {unmet.expected}"
        )
        yield Claim(block.place, message)
    problem = run.problem
    if run.configured and problem is not None and not never_fits(run):
        related = (Related(problem.place, "it ends here"),) if problem.place else ()
        message = f"{block.name} is listed to be run, and could not be"
        yield Claim(block.place, f"{message}: {problem.reason}", related)
