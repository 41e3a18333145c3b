"""One addition as it is to be drawn: branches as columns of cells, and its notes."""

from collections.abc import Sequence
from dataclasses import replace

from blocklint.analysis import Placement
from blocklint.analysis.streams import Branch, Join, Step, StepKind, Stream
from blocklint.frozen import dataclass
from blocklint.report import BlockFacts, SiteFacts, VariantFacts
from blocklint.reporters.pictures.cells import (
    GAP,
    Cell,
    cells_of,
    cells_of_branch,
    stack_height,
)
from blocklint.reporters.pictures.notes import Notes, notes_on

RADIUS = 11.0  # of the circle of an addition
INNER = 9.0  # of one that sums branches before they join


@dataclass(frozen=True)
class JoinPlan:
    """What stands at an addition, not yet at its place.

    `trunk` are the cells that all branches share at their start, `tail` those at their
    end. A sub-layer that two streams share is the cell number `joint` of the only
    column, and `lift` is what is left free below it, to have both at one height.
    """

    join: Join
    sites: tuple[SiteFacts, ...]
    trunk: tuple[Cell, ...]
    columns: tuple[tuple[Cell, ...], ...]
    tail: tuple[Cell, ...]
    before: tuple[Cell, ...]
    after: tuple[Cell, ...]
    notes: Notes
    joint: int | None = None
    lift: float = 0.0

    @property
    def body(self) -> float:
        """How high its branches are."""
        columns = max(stack_height(column) for column in self.columns)
        return stack_height(self.trunk) + columns + self.lift + self.tail_height

    @property
    def tail_height(self) -> float:
        """How high that is what follows where its branches are summed up."""
        return stack_height(self.tail) + 2 * INNER + GAP if self.tail else 0.0

    def heights(self, column: int, low: float) -> list[float]:
        """The lower edges of a column's cells, the first gap starting at `low`."""
        found: list[float] = []
        y = low
        for number, cell in enumerate(self.columns[column]):
            y += self.lift if number == self.joint else 0
            found.append(y)
            y += cell.height + GAP
        return found


def plan_of(
    join: Join, stream: Stream, variant: VariantFacts, block: BlockFacts
) -> JoinPlan:
    """An addition with its cells and its notes."""
    sites = tuple(variant.sites[branch.site] for branch in join.branches)
    trunk, middle, tail = _shared(join.branches)
    shape = stream.shape
    columns = tuple(
        tuple(
            cells_of_branch(branch, shape, site.placement is Placement.UNKNOWN)
            if len(join.branches) == 1
            else cells_of(steps, shape)
        )
        for branch, site, steps in zip(join.branches, sites, middle, strict=True)
    )
    return JoinPlan(
        join,
        sites,
        cells_of(trunk, shape),
        columns,
        cells_of(tail, shape),
        cells_of(join.before, shape),
        cells_of(join.after, shape),
        notes_on(sites, block),
    )


def _shared(
    branches: Sequence[Branch],
) -> tuple[Sequence[Step], list[Sequence[Step]], Sequence[Step]]:
    """What all branches begin with, what each has for itself, what all end with."""
    each = [branch.steps for branch in branches]
    if len(each) == 1:
        return (), [each[0]], ()
    start = _alike(each)
    rest = [steps[start:] for steps in each]
    end = _alike([steps[::-1] for steps in rest])
    stop = [len(steps) - end for steps in rest]
    middle = [steps[:at] for steps, at in zip(rest, stop, strict=True)]
    return each[0][:start], list(middle), rest[0][stop[0] :]


def _alike(each: Sequence[Sequence[Step]]) -> int:
    """How many steps, none of them a sub-layer, all begin with."""
    count = 0
    for steps in zip(*each, strict=False):
        same = len({(step.kind, step.call) for step in steps}) == 1
        if not same or steps[0].kind is StepKind.SUBLAYER:
            break
        count += 1
    return count


def made_joint(one: JoinPlan, two: JoinPlan) -> tuple[JoinPlan, JoinPlan] | None:
    """Both with a sub-layer that they share at the same height; None if they do not."""
    if len(one.columns) > 1 or len(two.columns) > 1:
        return None
    calls = [
        {cell.call: n for n, cell in enumerate(plan.columns[0]) if _is_sublayer(cell)}
        for plan in (one, two)
    ]
    shared = [call for call in calls[0] if call in calls[1]]
    if not shared:
        return None
    at = [each[shared[0]] for each in calls]
    low = [
        stack_height(plan.columns[0][:n])
        for plan, n in zip((one, two), at, strict=True)
    ]
    top = max(plan.columns[0][n].height for plan, n in zip((one, two), at, strict=True))
    first, second = (
        replace(
            plan,
            joint=n,
            lift=max(low) - own,
            columns=(_with_height(plan.columns[0], n, top),),
        )
        for plan, n, own in zip((one, two), at, low, strict=True)
    )
    return first, second


def _is_sublayer(cell: Cell) -> bool:
    return cell.call is not None and cell.call[0] is StepKind.SUBLAYER


def _with_height(cells: tuple[Cell, ...], at: int, height: float) -> tuple[Cell, ...]:
    changed = replace(cells[at], height=height)
    return (*cells[:at], changed, *cells[at + 1 :])
