"""A block works with one batch size or one length only.

## Why

A size of the first example went into the code or into what the block remembers: a mask
of one length, a scale for one batch. It works in the notebook that it was written in,
and fails with the last batch of an epoch, with one prompt at inference, or on two
machines. The trace runs the block with one batch and length, then with another.

## Bad

```python
class Block(nn.Module):
    def __init__(self, d=32):
        super().__init__()
        self.norm, self.mlp = nn.LayerNorm(d), nn.Linear(d, d)
        self.keep = None

    def forward(self, x):
        if self.keep is None:
            self.keep = torch.ones(x.shape[0], 1, 1)
        return x + self.mlp(self.norm(x)) * self.keep
```

## Good

```python
class Block(nn.Module):
    def __init__(self, d=32):
        super().__init__()
        self.norm, self.mlp = nn.LayerNorm(d), nn.Linear(d, d)

    def forward(self, x):
        keep = torch.ones(x.shape[0], 1, 1)
        return x + self.mlp(self.norm(x)) * keep
```

## Not flagged

Lengths that a setting chooses: a table of positions, a window, the resolution of an
image. What a block refuses on purpose, by `raise` or `assert`.

## Seen in

FuxiCTR issue 23 and geometric-algebra-transformer issue 8, where a norm is made for the
length of the first input.
"""

from collections.abc import Iterator

from blocklint.analysis import Block
from blocklint.analysis.run import Problem, Run
from blocklint.regex import Regex
from blocklint.rule import Claim, Severity, rule

_WANTED = Regex(r"shape '\[([-\d, ]+)\]'")


@rule("BL408", Severity.WARNING)
def check(block: Block, run: Run) -> Iterator[Claim]:
    """Claim that a second batch and length did not fit where the first ones did."""
    second = run.resized
    problem = second.problem if second else None
    if second is None or problem is None or not problem.is_of_shapes:
        return
    message = _message(problem)
    if message:
        given = " and ".join(f"{name} {n}" for name, n in second.sizes.items())
        yield Claim(problem.place or block.place, f"with {given}, {message}")


def _message(problem: Problem) -> str:
    """What does not fit; empty if no number is at fault.

    Sizes that the run chose or the constructor knows have names, and a 1 fits
    everything. A reshape names the shape that it was asked for in its message alone.
    """
    named = f"`{problem.operation}`" if problem.operation else "an operation"
    shapes = " and ".join(f"[{', '.join(shape)}]" for shape in problem.shapes)
    if wanted := _WANTED.search(problem.message):
        return f"{named} makes [{wanted[1]}] of {shapes}"
    sizes = [size for shape in problem.shapes for size in shape]
    fixed = [size for size in sizes if size.isdecimal() and int(size) > 1]
    listed = " and ".join(dict.fromkeys(fixed))
    return f"{named} gets {shapes}: {listed} is fixed" if fixed else ""
