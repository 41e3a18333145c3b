"""What a worker measured of stacks of one block, read as text that is not trusted.

    STACKS = {"how": "Block()", "weight": "ffn.2.weight", "zeroed": ["attn.q.weight"],
              "sizes": {"batch": 8, "seq": 32, "width": 256}, "weights": 789760,
              "words": 1000, "runs": [RUN, ...],
              "left_out": [{"depth": 48, "reason": "it needs about 90 s, ..."}]}
    RUN = {"depth": 6, "seed": 0, "last": 0.18, "first": 0.61, "gradients": [...],
           "stream": [...], "loss": 7.1, "bare": 9.8}

`runs` has every seed of every depth that was measured. A number may be null, where it
was not finite.
"""

from collections.abc import Mapping

from blocklint.frontends.traced.fields import Fields, Misfit, number, text, whole
from blocklint.frozen import dataclass

DEEPEST = 1000
MOST_RUNS = 10_000


@dataclass(frozen=True)
class StackRun:
    """One stack with one seed, once forward and once back; None is not finite.

    `last` and `first` are the gradient norms of one weight in the last layer and in the
    first, `gradients` those of all weights of a layer, `stream` the mean squares of
    what each layer returns. `loss` is the cross entropy with a final norm, `bare`
    without one.
    """

    depth: int
    seed: int
    last: float | None
    first: float | None
    gradients: tuple[float | None, ...]
    stream: tuple[float | None, ...]
    loss: float | None
    bare: float | None


@dataclass(frozen=True)
class LeftOut:
    """A depth that was asked for and not measured."""

    depth: int
    reason: str


@dataclass(frozen=True)
class Stacks:
    """Every stack of one block: how instances are made, and what was measured.

    `weight` is the one whose gradient is `last` and `first`; `zeroed` are those that
    were set to zero. `weights` is how many numbers the weights of one layer are, and
    `words` how many tokens there are to choose from.
    """

    how: str
    weight: str
    zeroed: tuple[str, ...]
    sizes: Mapping[str, int]
    weights: int
    words: int
    runs: tuple[StackRun, ...]
    left_out: tuple[LeftOut, ...] = ()

    @property
    def depths(self) -> tuple[int, ...]:
        """The depths that were measured, the lowest first."""
        return tuple(sorted({run.depth for run in self.runs}))

    def at(self, depth: int) -> tuple[StackRun, ...]:
        """The runs of one depth, one a seed."""
        return tuple(run for run in self.runs if run.depth == depth)


def read_stacks(value: object) -> Stacks:
    """Read STACKS. Raises Misfit for what is none."""
    stacks = Fields(value)
    found = Stacks(
        how=stacks.text("how"),
        weight=stacks.text("weight"),
        zeroed=stacks.each("zeroed", text),
        sizes=stacks.table("sizes", whole),
        weights=stacks.whole("weights"),
        words=stacks.whole("words", 2),
        runs=stacks.each("runs", _run),
        left_out=stacks.each("left_out", _left_out),
    )
    if not 0 < len(found.runs) <= MOST_RUNS:
        raise Misfit("runs", f"are {len(found.runs)}, not from 1 to {MOST_RUNS}")
    return found


def _run(value: object) -> StackRun:
    run = Fields(value)
    depth = run.whole("depth", 1, DEEPEST + 1)
    found = StackRun(
        depth,
        run.whole("seed"),
        _finite(run.get("last"), "last"),
        _finite(run.get("first"), "first"),
        run.each("gradients", _finite),
        run.each("stream", _finite),
        _finite(run.get("loss"), "loss"),
        _finite(run.get("bare"), "bare"),
    )
    if not len(found.gradients) == len(found.stream) == depth:
        raise Misfit("stream", f"does not have the {depth} layers of its run")
    return found


def _finite(value: object, key: str = "") -> float | None:
    return None if value is None else number(value, key)


def _left_out(value: object) -> LeftOut:
    left_out = Fields(value)
    return LeftOut(left_out.whole("depth", 1, DEEPEST + 1), left_out.text("reason"))
