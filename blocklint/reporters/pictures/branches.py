"""Draws the branches of one addition, from where they are taken to where they join."""

from collections.abc import Iterator, Sequence

from blocklint.analysis.streams import StepKind
from blocklint.frozen import dataclass
from blocklint.reporters.pictures.cells import GAP, Cell, edge, stack_height
from blocklint.reporters.pictures.items import Circle, Group, Item, Line
from blocklint.reporters.pictures.joins import INNER, RADIUS, JoinPlan
from blocklint.reporters.pictures.lanes import Lane
from blocklint.reporters.pictures.levels import Level

Point = tuple[float, float]


@dataclass(frozen=True)
class Placed:
    """An addition at its place; `taken` is where its branches leave the stream.

    `partner` is the lane of the stream that shares its joint sub-layer, and draws
    nothing itself where `is_second`.
    """

    plan: JoinPlan
    lane: Lane
    level: Level
    taken: tuple[Point, ...]
    partner: Lane | None = None
    is_second: bool = False

    @property
    def dashed(self) -> bool:
        return self.plan.join.optional

    @property
    def low(self) -> float:
        """Where the lowest gap of the columns begins."""
        return self.level.tap + stack_height(self.plan.trunk)

    @property
    def centres(self) -> tuple[float, ...]:
        """The middles of its columns: one stands where the first one does."""
        return self.lane.columns[: len(self.plan.columns)]

    @property
    def middle(self) -> float:
        """The middle of its columns."""
        return (self.centres[0] + self.centres[-1]) / 2


def drawn(placed: Placed) -> Iterator[Item]:
    """All that belongs to the branches of an addition."""
    plan = placed.plan
    yield from _start(placed)
    if plan.trunk:
        yield from _stack(placed, plan.trunk, placed.middle, placed.level.tap)
    for number, centre in enumerate(placed.centres):
        heights = plan.heights(number, placed.low + GAP)
        yield from _column(placed, plan.columns[number], centre, heights)
    yield from _end(placed)


def middle_of(
    placed: Placed, column: int, call: int
) -> tuple[float, float, Cell] | None:
    """A sub-layer of a column, that of a call if it is there: its middle, its box."""
    heights = placed.plan.heights(column, placed.low + GAP)
    found = [
        (placed.centres[column], low + cell.height / 2, cell)
        for cell, low in zip(placed.plan.columns[column], heights, strict=True)
        if "sub-layer" in cell.kinds or "unknown" in cell.kinds
    ]
    called = (each for each in found if each[2].call == (StepKind.SUBLAYER, call))
    return next(called, found[0] if found else None)


def _start(placed: Placed) -> Iterator[Item]:
    """From the stream to the first cells: at once, or by way of a shared trunk."""
    dashed, tap = placed.dashed, placed.level.tap
    farthest = placed.middle if placed.plan.trunk else placed.centres[-1]
    points = (*placed.taken, (farthest, tap))
    yield Group(("tap",), (Line(points, "branch", dashed), _dot(placed.taken[0])))
    if placed.plan.trunk:
        fork = placed.low + GAP / 2
        yield _arrow(((placed.middle, tap), (placed.middle, tap + GAP)), dashed)
        ends = ((placed.centres[0], fork), (placed.centres[-1], fork))
        yield Line(ends, "branch", dashed)
        yield Line(
            ((placed.middle, placed.low), (placed.middle, fork)), "branch", dashed
        )


def _column(
    placed: Placed, cells: Sequence[Cell], x: float, heights: Sequence[float]
) -> Iterator[Item]:
    dashed = placed.dashed
    start = placed.low + GAP / 2 if placed.plan.trunk else placed.level.tap
    for number, (cell, low) in enumerate(zip(cells, heights, strict=True)):
        if number == 0:
            yield _arrow(((x, start), (x, low)), dashed)
        if not (number == placed.plan.joint and placed.is_second):
            yield _cell(placed, cell, x, low, number)
        above = heights[number + 1] if number + 1 < len(cells) else _top(placed)
        yield from edge(x, low + cell.height, above, dashed, cell.label)
    if not cells:
        yield Line(((x, start), (x, _top(placed))), "branch", dashed)


def _cell(placed: Placed, cell: Cell, x: float, low: float, number: int) -> Item:
    """A cell at its place; one that two streams share reaches from one to the other."""
    if number == placed.plan.joint and placed.partner is not None:
        other = placed.partner.columns[0]
        wide = max(abs(other - x) + cell.width, cell.width)
        joint = cell.widened(wide)
        return joint.drawn((x + other) / 2, low, placed.dashed, "both-branches")
    return cell.drawn(x, low, placed.dashed, "branch")


def _stack(
    placed: Placed, cells: Sequence[Cell], x: float, low: float
) -> Iterator[Item]:
    """Shared cells on each other, the first one a gap above `low`."""
    y = low + GAP
    for number, cell in enumerate(cells):
        yield cell.drawn(x, y, placed.dashed, "branch")
        top = y + cell.height
        if number + 1 < len(cells):
            yield from edge(x, top, top + GAP, placed.dashed, cell.label)
        y = top + GAP


def _top(placed: Placed) -> float:
    """How far up the columns lead: to the addition, or to where they are summed up."""
    if not placed.plan.tail:
        return placed.level.add
    columns = max(stack_height(column) for column in placed.plan.columns)
    return placed.low + GAP + columns


def _end(placed: Placed) -> Iterator[Item]:
    """From the last cells into the addition on the stream."""
    dashed, add = placed.dashed, placed.level.add
    side = -RADIUS if placed.lane.mirrored else RADIUS
    into = (placed.lane.x + side, add)
    if not placed.plan.tail:
        yield _arrow(((placed.centres[-1], add), into), dashed)
        return
    merge, x = _top(placed), placed.middle
    for centre in placed.centres:
        toward = -INNER if centre < x else INNER
        yield _arrow(((centre, merge), (x + toward, merge)), dashed)
    yield addition(x, merge, INNER, dashed, "on-branch")
    low = merge + INNER - GAP / 2
    yield Line(((x, merge + INNER), (x, low + GAP)), "branch", dashed)
    yield from _stack(placed, placed.plan.tail, x, low)
    top = low + stack_height(placed.plan.tail)
    yield _arrow(((x, top), (x, add), into), dashed)


def addition(x: float, y: float, radius: float, dashed: bool, on: str) -> Group:
    """A circle with a plus."""
    arm = radius * 0.55
    plus = (
        Line(((x - arm, y), (x + arm, y)), "plus"),
        Line(((x, y - arm), (x, y + arm)), "plus"),
    )
    circle = Circle(x, y, radius, "add", dashed)
    return Group(("addition", on), (circle, *plus), "addition")


def _dot(point: Point) -> Item:
    return Circle(*point, 2.5, "dot")


def _arrow(points: tuple[Point, ...], dashed: bool) -> Line:
    return Line(points, "branch", dashed, arrow=True)
