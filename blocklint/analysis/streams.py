"""The streams of a block with all that stands on them and beside them, in order.

It is what a picture shows: each stream is a line, each addition a place on it where
branches join, and a norm stands where the data flow meets it.
"""

from dataclasses import field
from enum import Enum

from blocklint.frozen import dataclass


class StepKind(Enum):
    """What a value meets on its way."""

    NORM = "norm"
    SUBLAYER = "sub-layer"
    SCALE = "scale"
    SUM = "sum"


@dataclass(frozen=True)
class Step:
    """A norm, a sub-layer or a factor that a value meets on a stream or a branch.

    Or a sum inside of a branch, with the stream's value of that name. `role` is what a
    step computes, or the class of a norm. `shape` is that of what comes
    out, as in `Sublayer`. Steps with the same `call` are one call of one module.
    """

    kind: StepKind
    role: str
    name: str
    shape: tuple[str, ...] = ()
    call: int = 0


@dataclass(frozen=True)
class Reading:
    """A value of another stream that a branch reads: the one after so many joins.

    `call` is that of the step of the branch that reads it.
    """

    stream: int
    joins: int
    call: int = -1


@dataclass(frozen=True)
class Branch:
    """One branch of an addition; `site` is the number of its site in the variant.

    It takes the value that its stream has after `tap` joins, and before the steps that
    stand on the stream from there to the addition, if it is `early`.
    """

    site: int
    steps: tuple[Step, ...]
    tap: int
    early: bool = False
    reads: tuple[Reading, ...] = ()


@dataclass(frozen=True)
class Join:
    """One addition: to what the stream is after `base` joins, branches are added.

    `before` are steps on the stream below it, `after` those above that belong to it.
    A loop may begin (`opens`) or end (`closes`) here.
    """

    branches: tuple[Branch, ...]
    base: int
    before: tuple[Step, ...] = ()
    after: tuple[Step, ...] = ()
    optional: bool = False
    opens: bool = False
    closes: bool = False


@dataclass(frozen=True)
class Stream:
    """A line of a picture, from what is given to what is returned.

    One without joins is only read, as the encoder's output in a decoder. `end` are the
    steps that stand on the stream after its last addition.
    """

    name: str
    shape: tuple[str, ...] = ()
    joins: tuple[Join, ...] = field(default=())
    end: tuple[Step, ...] = ()
