"""An operation gets shapes that do not fit together.

## Why

The block cannot work as it is written: it raises at this line for the sizes that its
own constructor chose. The widths of two layers that follow each other differ, heads do
not divide the width, or a residual is added to a branch of another width. The trace
stops there; its report shows what ran before.

## Bad

```python
class Block(nn.Module):
    def __init__(self, d=32):
        super().__init__()
        self.norm = nn.LayerNorm(d)
        self.fc1, self.fc2 = nn.Linear(d, 4 * d), nn.Linear(d, d)

    def forward(self, x):
        return x + self.fc2(F.gelu(self.fc1(self.norm(x))))
```

## Good

```python
class Block(nn.Module):
    def __init__(self, d=32):
        super().__init__()
        self.norm = nn.LayerNorm(d)
        self.fc1, self.fc2 = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)

    def forward(self, x):
        return x + self.fc2(F.gelu(self.fc1(self.norm(x))))
```

## Not flagged

What a block raises on purpose, by `raise` or `assert`. Shapes that another batch,
another length or other settings might make fit, as far as those were guessed: a table
for a fixed number of tokens, two widths that should be chosen alike. Such a block is
`trace-failed`.

## Seen in

mmaction2 issue 1271 and detr issue 499: a width that the number of heads does not
divide.
"""

from collections.abc import Iterator

from blocklint.analysis import Block
from blocklint.analysis.misfit import never_fits
from blocklint.analysis.run import Problem, Run
from blocklint.rule import Claim, Severity, rule

_PAIR = 2


@rule("BL501", Severity.ERROR)
def check(block: Block, run: Run) -> Iterator[Claim]:
    """Claim that the line at which a run ended cannot work."""
    problem = run.problem
    if problem is not None and never_fits(run):
        yield Claim(problem.place or block.place, _message(problem))


def _message(problem: Problem) -> str:
    """Both shapes and the operation; of a linear layer the width that it is for."""
    first, *others = (f"[{', '.join(shape)}]" for shape in problem.shapes)
    named = f"`{problem.operation}`" if problem.operation else "an operation"
    if problem.operation == "linear" and len(problem.shapes) >= _PAIR:
        weight = problem.shapes[1]
        return f"{named} gets {first} and a weight for {weight[-1] if weight else '?'}"
    if not others:
        reason = problem.message.strip().partition("\n")[0]
        return f"{named} gets {first}: {reason}"
    return f"{named} gets {' and '.join([first, *others])}, which do not fit"
