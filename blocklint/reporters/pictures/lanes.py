"""Where the streams of a picture stand: from left to right, each with its branches."""

from collections.abc import Sequence

from blocklint.analysis.streams import Stream
from blocklint.frozen import dataclass
from blocklint.reporters.inspection.text import shape_text
from blocklint.reporters.pictures.cells import SMALL, Cell, cells_of
from blocklint.reporters.pictures.joins import JoinPlan
from blocklint.reporters.pictures.notes import WIDE
from blocklint.reporters.pictures.words import width

MARGIN = 16.0
BETWEEN = 28.0  # columns
_BESIDE = 18.0  # the line on either side
SHAPE = 190.0  # the widest shape at the foot of a line
_READ_ONLY = 92.0  # half the room of a stream that has no additions


@dataclass(frozen=True)
class Lane:
    """A stream's `x`, the middles of its columns, and where else things stand.

    `side` is a way up beyond the columns, `bypass` one on the other side of the line,
    where the notes are; `left` and `right` are what the lane takes up without them.
    """

    x: float
    columns: tuple[float, ...]
    side: float
    bypass: float
    left: float
    right: float
    notes: float | None = None
    mirrored: bool = False

    @property
    def middle(self) -> float:
        """The middle of its columns."""
        return (self.columns[0] + self.columns[-1]) / 2


@dataclass(frozen=True)
class _Room:
    """The distances of a lane from its line, towards the columns and away from them."""

    columns: tuple[float, ...]
    away: float
    back: float


def lanes_of(
    streams: Sequence[Stream], plans: Sequence[Sequence[JoinPlan]]
) -> tuple[tuple[Lane, ...], float]:
    """A lane for each stream, and the width of all.

    Of two streams with additions the second is drawn as in a mirror, so that their
    branches meet in the middle.
    """
    lanes: list[Lane] = []
    x = MARGIN
    own = sum(bool(each) for each in plans)
    for number, (stream, each) in enumerate(zip(streams, plans, strict=True)):
        if not each:
            x += _READ_ONLY
            lanes.append(Lane(x, (), x, x, x, x))
            x += _READ_ONLY
            continue
        mirrored = own == 2 and number == 1  # noqa: PLR2004
        room = _room(stream, each, mirrored)
        lane, x = (_mirrored if mirrored else _plain)(room, x)
        lanes.append(lane)
    return tuple(lanes), x + MARGIN


def _plain(room: _Room, x: float) -> tuple[Lane, float]:
    line = x + WIDE + room.back + 10
    lane = Lane(
        line,
        tuple(line + each for each in room.columns),
        line + room.away,
        line - room.back + 8,
        line - room.back,
        line + room.away + 8,
        x,
    )
    return lane, lane.right + BETWEEN / 2


def _mirrored(room: _Room, x: float) -> tuple[Lane, float]:
    line = x + room.away + 8
    lane = Lane(
        line,
        tuple(line - each for each in room.columns),
        line - room.away,
        line + room.back - 8,
        x,
        line + room.back,
        line + room.back + 10,
        True,
    )
    return lane, line + room.back + 10 + WIDE


def _room(stream: Stream, plans: Sequence[JoinPlan], mirrored: bool) -> _Room:
    end = cells_of(stream.end, stream.shape)
    on_line = [*end, *(c for plan in plans for c in (*plan.before, *plan.after))]
    half = max((_half(cell) for cell in on_line), default=20.0)
    named = max((cell.to_the_right for cell in on_line), default=20.0)
    at = (half if mirrored else max(half, named)) + _BESIDE
    columns: list[float] = []
    for number in range(max(len(plan.columns) for plan in plans)):
        cells = [cell for plan in plans for cell in _cells_in(plan, number)]
        left = max(_half(cell) for cell in cells)
        right = max(cell.to_the_right for cell in cells)
        near, away = (right, left) if mirrored else (left, right)
        columns.append(at + near)
        at += near + away + BETWEEN
    foot = 8 + min(width(shape_text(stream.shape), SMALL, mono=True), SHAPE)
    return _Room(
        tuple(columns),
        max(at - BETWEEN + 14, foot),
        (max(half, named) if mirrored else half) + _BESIDE,
    )


def _cells_in(plan: JoinPlan, number: int) -> list[Cell]:
    """The cells of a column; those that all share are counted with each."""
    own = plan.columns[number] if number < len(plan.columns) else ()
    return [*own, *plan.trunk, *plan.tail]


def _half(cell: Cell) -> float:
    return cell.width / 2
