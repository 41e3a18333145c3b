"""Change: something that is another than before, in words."""

from enum import Enum

from blocklint.frozen import dataclass


class Status(Enum):
    """How the two versions of a class compare."""

    SAME = "same"
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Place:
    """Where a version of something stands; its file, under the name it is shown by."""

    path: str
    line: int


@dataclass(frozen=True)
class Change:
    """One change: its kind, what it is in words, and where both versions stand.

    `before` and `after` are formulas or words for both versions, where there are such.
    """

    kind: str
    message: str
    old: Place | None = None
    new: Place | None = None
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Ran:
    """Both versions of a class, run with the same weights and the same inputs.

    `largest` is the largest difference of what they return, `scale` the largest number
    in it; `parts_at` names the first site where they part, None if they never do.
    `weights` says how weights were matched. `reason` says why nothing is known.
    """

    largest: float | None = None
    scale: float | None = None
    parts_at: str | None = None
    weights: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Comparison:
    """One class in both versions: `old` or `new` is None where it is not there.

    `name` is what it is called now, `was` what it was called. `reason` says why the
    status is unknown. `ran` is what came of running both, if that was asked for.
    """

    name: str
    was: str
    old: Place | None
    new: Place | None
    status: Status
    changes: tuple[Change, ...] = ()
    reason: str = ""
    is_block: bool = True
    ran: Ran | None = None
