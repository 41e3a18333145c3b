"""Where the rows of a picture stand: from bottom to top, as high as what is in them."""

from collections.abc import Sequence

from blocklint.frozen import dataclass
from blocklint.reporters.pictures.cells import GAP, stack_height
from blocklint.reporters.pictures.joins import RADIUS, JoinPlan

ABOVE_ADD = 10.0  # how far the notes begin above the middle of an addition
_LANE = 12.0  # for lines that cross a row below its taps
LOOP = 24.0  # for the words on a loop


@dataclass(frozen=True)
class Level:
    """The heights of one row: where it begins, where branches are taken, and join."""

    low: float
    tap: float
    add: float
    high: float

    @property
    def crossing(self) -> float:
        """Where lines cross that come from another stream, or lead to a later row."""
        return self.tap - _LANE


def levels_of(rows: Sequence[Sequence[JoinPlan]], start: float) -> tuple[Level, ...]:
    """A level for each row of additions, from a height on."""
    levels: list[Level] = []
    low = start
    for plans in rows:
        level = _level(plans, low)
        levels.append(level)
        low = level.high
    return tuple(levels)


def is_early(plan: JoinPlan, place: int) -> bool:
    """Whether its branch leaves the line below what stands on it."""
    early = any(branch.early for branch in plan.join.branches)
    return early or plan.join.base != place


def _level(plans: Sequence[JoinPlan], low: float) -> Level:
    opens = 12 if any(plan.join.opens for plan in plans) else 0
    early = [any(b.early for b in plan.join.branches) for plan in plans]
    below = max(
        0 if at_once else stack_height(plan.before)
        for plan, at_once in zip(plans, early, strict=True)
    )
    tap = low + opens + below + _LANE + 14
    above = max(
        stack_height(plan.before) if at_once else 0
        for plan, at_once in zip(plans, early, strict=True)
    )
    body = max(plan.body for plan in plans)
    add = tap + max(GAP + body, above + GAP + RADIUS)
    notes = max(plan.notes.height for plan in plans)
    add = max(add, low + opens + notes - ABOVE_ADD + 8)
    over = max(stack_height(plan.after) for plan in plans)
    closes = LOOP if any(plan.join.closes for plan in plans) else 0
    return Level(low, tap, add, add + RADIUS + max(over + GAP / 2, 6) + closes)
