"""One wiring of a block as a picture: its parts at their places, and a description."""

from collections.abc import Sequence

from blocklint.analysis import Placement
from blocklint.frozen import dataclass
from blocklint.report import BlockFacts, VariantFacts
from blocklint.reporters.pictures.branches import Placed, drawn
from blocklint.reporters.pictures.cells import (
    GAP,
    cells_of,
    stack_height,
    unknown_cell,
)
from blocklint.reporters.pictures.items import Group, Item, Line, flipped, moved
from blocklint.reporters.pictures.joins import JoinPlan, made_joint, plan_of
from blocklint.reporters.pictures.lanes import lanes_of
from blocklint.reporters.pictures.levels import ABOVE_ADD, levels_of
from blocklint.reporters.pictures.rows import Rows, rows_of
from blocklint.reporters.pictures.telling import told
from blocklint.reporters.pictures.wires import (
    START,
    Scene,
    end_of_stream,
    loops,
    on_stream,
    read_line,
    readings,
    stream_line,
)

_PAIR = 2
Plans = list[list[JoinPlan]]


@dataclass(frozen=True)
class Picture:
    """Items with `y` counted downwards, the room they take, and what they show."""

    items: tuple[Item, ...]
    width: float
    height: float
    title: str
    description: str


def picture_of(block: BlockFacts, variant: VariantFacts) -> Picture:
    """A wiring from bottom to top; a box that says so if nothing of it is known."""
    when = f", when {variant.when}" if variant.when is not None else ""
    title = f"{block.name}{when}"
    if all(site.placement is Placement.UNKNOWN for site in variant.sites):
        items, width, height = _unknown()
    else:
        items, width, height = _known(block, variant)
    return Picture(flipped(items, height), width, height, title, told(block, variant))


def _unknown() -> tuple[tuple[Item, ...], float, float]:
    """A stream through a box."""
    cell = unknown_cell()
    width, x = 320.0, 160.0
    height = cell.height + 80
    line = Line(((x, 6), (x, height - 6)), "stream", arrow=True)
    return (line, cell.drawn(x, 36, True, "stream")), width, height


def _known(
    block: BlockFacts, variant: VariantFacts
) -> tuple[tuple[Item, ...], float, float]:
    streams = variant.streams
    plans: Plans = [
        [plan_of(join, stream, variant, block) for join in stream.joins]
        for stream in streams
    ]
    rows = rows_of(streams)
    pairs = _joined(plans, rows)
    lanes, width = lanes_of(streams, plans)
    in_rows = [
        [plans[s][j] for (s, j), row in rows.items() if row == number]
        for number in range(max(rows.values()) + 1)
    ]
    levels = levels_of(in_rows, START)
    above = max(stack_height(cells_of(s.end, s.shape)) for s in streams)
    top = levels[-1].high + above + GAP
    by_stream = tuple(
        tuple(levels[rows[s, j]] for j in range(len(each)))
        for s, each in enumerate(plans)
    )
    scene = Scene(streams, lanes, by_stream, top)
    placed = [_placed(scene, plans, pairs, s) for s in range(len(streams))]
    return tuple(_items(scene, placed, levels[-1].high)), width, top + 8


def _joined(plans: Plans, rows: Rows) -> dict[tuple[int, int], tuple[int, int]]:
    """The pairs of additions, of two streams, that share a sub-layer in one row."""
    found: dict[tuple[int, int], tuple[int, int]] = {}
    if sum(bool(each) for each in plans) != _PAIR:
        return found
    for j, one in enumerate(plans[0]):
        for k, two in enumerate(plans[1]):
            both = made_joint(one, two) if rows[0, j] == rows[1, k] else None
            if both is not None:
                plans[0][j], plans[1][k] = both
                found |= {(0, j): (1, k), (1, k): (0, j)}
    return found


def _placed(
    scene: Scene,
    plans: Plans,
    pairs: dict[tuple[int, int], tuple[int, int]],
    number: int,
) -> list[Placed]:
    """The additions of one stream at their places."""
    found: list[Placed] = []
    for place, plan in enumerate(plans[number]):
        tap = min(branch.tap for branch in plan.join.branches)
        other = pairs.get((number, place))
        found.append(
            Placed(
                plan,
                scene.lanes[number],
                scene.levels[number][place],
                scene.taken(number, place, tap),
                scene.lanes[other[0]] if other else None,
                other is not None and other[0] < number,
            )
        )
    return found


def _items(scene: Scene, placed: Sequence[Sequence[Placed]], last: float) -> list[Item]:
    """Everything, what lies below first."""
    items: list[Item] = []
    reads: list[Item] = []
    for number, each in enumerate(placed):
        items += loops(scene, number, each)
        for one in each:
            shared = _shared(placed, number, one)
            reads += readings(scene, one, shared)
    for number, each in enumerate(placed):
        if each:
            items += stream_line(scene, number, each)
        else:
            items += read_line(scene, number, reads)
    items += reads
    for number, each in enumerate(placed):
        for place, one in enumerate(each):
            items.append(_site(one, place))
        items += end_of_stream(scene, number, last)
    return items


def _shared(
    placed: Sequence[Sequence[Placed]], number: int, one: Placed
) -> frozenset[int]:
    """The streams whose value comes in through the box that an addition shares."""
    if one.partner is None:
        return frozenset()
    return frozenset(n for n in range(len(placed)) if n != number)


def _site(placed: Placed, place: int) -> Group:
    """One addition: its branches, what stands on the line, and the notes."""
    items = [*drawn(placed), *on_stream(placed, place)]
    if placed.lane.notes is not None:
        high = placed.level.add + ABOVE_ADD
        items += moved(placed.plan.notes.items, placed.lane.notes, high)
    names = [f"is-{site.placement.value}" for site in placed.plan.sites]
    optional = ["optional"] if placed.dashed else []
    return Group(("join", *dict.fromkeys(names), *optional), tuple(items))
