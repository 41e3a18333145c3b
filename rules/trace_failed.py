"""A block could not be run.

## Why

`--trace` runs a block to see its data flow and its shapes. A block that does not run is
one of which the run says nothing: its findings stay untested. The reason is said here,
so that a missing package, a constructor that needs an argument, or an input that could
not be guessed does not look like a clean bill.

## Bad

```python
class Block(nn.Module):
    def __init__(self, d=32):
        super().__init__()
        self.norm, self.mlp = nn.LayerNorm(d), nn.Linear(d, d)

    def forward(self, x):
        if x.ndim:
            raise NotImplementedError("the mlp is yet to come")
        return x + self.mlp(self.norm(x))
```

## Good

```python
class Block(nn.Module):
    def __init__(self, d=32):
        super().__init__()
        self.norm, self.mlp = nn.LayerNorm(d), nn.Linear(d, d)

    def forward(self, x):
        return x + self.mlp(self.norm(x))
```

## Not flagged

Blocks that run only up to an operation whose shapes can never fit, which are
`trace-shape-error`'s. Blocks that the project lists, which are `expectation-failed`'s.

## Seen in

Blocks that take an object of the library around them, a cache or a router for
instance, which cannot be guessed. `[[tool.blocklint.trace]]` says how to make one.
"""

from collections.abc import Iterator

from blocklint.analysis import Block
from blocklint.analysis.misfit import never_fits
from blocklint.analysis.run import Run
from blocklint.rule import Claim, Related, Severity, rule


@rule("BL500", Severity.NOTE)
def check(block: Block, run: Run) -> Iterator[Claim]:
    """Claim that a block did not run to its end, and why."""
    problem = run.problem
    if problem is None or never_fits(run) or run.configured:
        return
    related = (Related(problem.place, "it ends here"),) if problem.place else ()
    message = f"{block.name} could not be run: {problem.reason}"
    yield Claim(block.place, message, related)
