"""Draws the streams themselves, and the lines from one stream into another's branch."""

from collections.abc import Iterator, Sequence

from blocklint.analysis.streams import Reading, Stream
from blocklint.frozen import dataclass
from blocklint.reporters.inspection.text import shape_text
from blocklint.reporters.pictures.branches import (
    Placed,
    Point,
    addition,
    middle_of,
)
from blocklint.reporters.pictures.cells import GAP, SMALL, Cell, cells_of, known
from blocklint.reporters.pictures.items import Box, Group, Item, Line, Mark, Text
from blocklint.reporters.pictures.joins import RADIUS
from blocklint.reporters.pictures.lanes import SHAPE, Lane
from blocklint.reporters.pictures.levels import LOOP, Level, is_early
from blocklint.reporters.pictures.words import shorten

START = 52.0  # where the lowest row begins: below are names and shapes
_FOOT = 24.0  # where lines begin
_NAME = 88.0  # half the room of a name


@dataclass(frozen=True)
class Scene:
    """Streams with their lanes and rows; `levels` are by stream and addition."""

    streams: tuple[Stream, ...]
    lanes: tuple[Lane, ...]
    levels: tuple[tuple[Level, ...], ...]
    top: float

    def source(self, reading: Reading) -> tuple[float, float]:
        """The column of a stream that is read, and the lowest height to read it at."""
        level = self.levels[reading.stream]
        low = level[reading.joins - 1].high if reading.joins else _FOOT
        return self.lanes[reading.stream].x, low

    def taken(self, number: int, place: int, tap: int) -> tuple[Point, ...]:
        """Where the branches of an addition leave their stream.

        A value of before an earlier addition is led past it beyond the columns.
        """
        lane, level = self.lanes[number], self.levels[number][place]
        if tap == place:
            return ((lane.x, level.tap),)
        below = self.levels[number][tap].crossing
        return ((lane.x, below), (lane.side, below), (lane.side, level.tap))


def stream_line(scene: Scene, number: int, placed: Sequence[Placed]) -> Iterator[Item]:
    """The line of one stream, with the ways past additions that it is not added at."""
    stream, lane = scene.streams[number], scene.lanes[number]
    low = _FOOT
    for place, each in enumerate(placed):
        join, level = each.plan.join, each.level
        if join.base == place:
            continue
        yield Line(((lane.x, low), (lane.x, level.tap)), "stream")
        start = scene.levels[number][join.base].crossing
        past = ((lane.x, start), (lane.bypass, start))
        if each.plan.before:
            low = level.tap + 8
            ends: tuple[Point, ...] = ((lane.bypass, low), (lane.x, low))
        else:
            low = level.add
            side = RADIUS if lane.mirrored else -RADIUS
            ends = ((lane.bypass, low), (lane.x + side, low))
        line = Line((*past, *ends), "bypass", arrow=not each.plan.before)
        yield Group(("bypass",), (line,), "an older value of the stream")
    yield Line(((lane.x, low), (lane.x, scene.top)), "stream", arrow=True)
    yield from _foot(stream, lane)


def _foot(stream: Stream, lane: Lane) -> Iterator[Item]:
    """The name of a stream, and the shape that it starts with."""
    name = shorten(stream.name, 2 * _NAME, 12, bold=True)
    text = Text(lane.x, 8, name, 12, "ink", "middle", True, whole=stream.name)
    yield Group(("stream-name",), (text,))
    if known(stream.shape):
        whole = shape_text(stream.shape)
        short = shorten(whole, SHAPE if lane.columns else _NAME - 8, SMALL, mono=True)
        anchor = "end" if lane.mirrored else "start"
        x = lane.x - 8 if lane.mirrored else lane.x + 8
        text = Text(x, _FOOT + 4, short, SMALL, "muted", anchor, mono=True, whole=whole)
        yield Group(("shape",), (text,))


def read_line(scene: Scene, number: int, readers: Sequence[Item]) -> Iterator[Item]:
    """The line of a stream that is only read, up to where it is read last."""
    ends = [
        line.points[0][1]
        for item in readers
        if isinstance(item, Group)
        for line in item.items
        if isinstance(line, Line) and line.points[0][0] == scene.lanes[number].x
    ]
    lane = scene.lanes[number]
    if ends:
        yield Line(((lane.x, _FOOT), (lane.x, max(ends))), "stream")
    yield from _foot(scene.streams[number], lane)


def on_stream(placed: Placed, place: int) -> Iterator[Item]:
    """What stands on the line at one addition: norms, the circle, a finding's sign."""
    x, level, plan = placed.lane.x, placed.level, placed.plan
    low = (
        level.tap
        if is_early(plan, place)
        else level.low + (12 if plan.join.opens else 0) + GAP / 2
    )
    yield from _on_line(plan.before, x, low + (GAP if is_early(plan, place) else 0))
    yield addition(x, level.add, RADIUS, placed.dashed, "on-stream")
    yield from _on_line(plan.after, x, level.add + RADIUS + GAP / 2, placed.dashed)
    findings = [f for site in plan.sites for f in site.findings]
    if findings:
        order = ("error", "warning", "note")
        gravest = min((f.severity.value for f in findings), key=order.index)
        back = RADIUS + 10 if placed.lane.mirrored else -RADIUS - 10
        yield Mark(x + back, level.add + 12, gravest)


def end_of_stream(scene: Scene, number: int, low: float) -> Iterator[Item]:
    """What stands on the line after the last addition."""
    stream = scene.streams[number]
    cells = cells_of(stream.end, stream.shape)
    yield from _on_line(cells, scene.lanes[number].x, low + GAP / 2)


def _on_line(
    cells: Sequence[Cell], x: float, low: float, dashed: bool = False
) -> Iterator[Item]:
    for cell in cells:
        yield cell.drawn(x, low, dashed, "stream")
        low += cell.height + GAP


def readings(scene: Scene, placed: Placed, shared: frozenset[int]) -> Iterator[Item]:
    """The lines from other streams into the branches of one addition."""
    for column, branch in enumerate(placed.plan.join.branches):
        for reading in branch.reads:
            found = middle_of(placed, column, reading.call)
            if found is None or reading.stream in shared:
                continue
            points = _way(scene, placed, column, reading, found)
            line = Line(points, "read", placed.dashed, arrow=True)
            title = f"reads {scene.streams[reading.stream].name}"
            yield Group(("reading",), (line,), title)


def _way(
    scene: Scene,
    placed: Placed,
    column: int,
    reading: Reading,
    found: tuple[float, float, Cell],
) -> tuple[Point, ...]:
    """Straight into the box if nothing stands between, else from below and beside."""
    x, y, cell = found
    source = scene.lanes[reading.stream].x
    side = 1 if source > x else -1
    into = (x + side * cell.width / 2, y)
    busy = (
        any(level.low < y < level.high for level in scene.levels[reading.stream])
        or (side > 0) is placed.lane.mirrored
    )
    if not busy and column == len(placed.plan.columns) - 1:
        return ((source, y), into)
    reach = cell.to_the_right if side > 0 else cell.width / 2
    beside = x + side * (max(reach, cell.width / 2) + 12)
    # Each stream crosses at a height of its own, so that no two lines are one.
    crossing = placed.level.crossing - 6 * (reading.stream % 2)
    return ((source, crossing), (beside, crossing), (beside, y), into)


def loops(scene: Scene, number: int, placed: Sequence[Placed]) -> Iterator[Item]:
    """A frame around the additions that a loop repeats."""
    lane = scene.lanes[number]
    start: float | None = None
    for each in placed:
        if each.plan.join.opens and start is None:
            start = each.level.low
        if each.plan.join.closes and start is not None:
            low, high = start + 2, each.level.high - 4
            box = Box(
                lane.left, low, lane.right - lane.left, high - low, "loop", 10, True
            )
            x = lane.right - 10
            text = Text(x, high - LOOP + 9, "in a loop", SMALL, "muted", "end")
            yield Group(("loop",), (box, text), "in a loop")
            start = None
