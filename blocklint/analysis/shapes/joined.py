"""Shapes of values that are put side by side, or on top of each other."""

from blocklint.analysis.shapes.shape import NOTHING, Known, Meeting, Meets, Shape, Side
from blocklint.analysis.shapes.views import View, unsqueeze
from blocklint.graph import UNKNOWN, Argument, Call, Dim, Node, Several

_EMPTY = Shape((Dim.of(0),))


def stacked(known: Known, node: Node, call: Call, shape: Shape) -> Shape:
    """`torch.stack([a, b], dim)`."""
    parts, count = _parts(known, call)
    at = call.get(1, "dim", 0)
    first = _joined(known, node, parts, None)
    if not isinstance(at, int) or first is None:
        return NOTHING
    whole = Call((UNKNOWN, at))
    found = unsqueeze(known, node, whole, first)
    index = found.index(at)
    if index is None:
        return NOTHING
    return found.but(index, count if count is not None else known.own(node, index))


def concatenated(known: Known, node: Node, call: Call, shape: Shape) -> Shape:
    """`torch.cat([a, b], dim)`: all axes but one are the same."""
    parts, count = _parts(known, call)
    at = call.get(1, "dim", 0)
    at = call.named.get("axis", at)
    first = _joined(known, node, parts, at)
    index = first.index(at) if first is not None else None
    if first is None or index is None:
        return NOTHING
    sizes = [known.of(p).at(at) if isinstance(p, Node) else None for p in parts]
    found = [size for size in sizes if size is not None]
    total = Dim.of(0)
    for size in found:
        total = total + size
    whole = len(found) == len(parts)
    times = count / Dim.of(len(parts)) if parts and count is not None else None
    if not whole or times is None:
        return first.but(index, known.own(node, index))
    return first.but(index, total * times)


def _parts(known: Known, call: Call) -> tuple[tuple[Argument, ...], Dim | None]:
    """What is joined, and how many; torch passes over empty values of one axis."""
    given = call.get(0, "tensors")
    if isinstance(given, Several):
        return (given.item,), given.count
    every = given if isinstance(given, tuple) else ()
    parts = tuple(p for p in every if not isinstance(p, Node) or known.of(p) != _EMPTY)
    return parts, Dim.of(len(parts))


def _joined(
    known: Known, node: Node, parts: tuple[Argument, ...], along: Argument
) -> Shape | None:
    """The shape of the best known part; notes where the others must be like it."""
    values = [part for part in parts if isinstance(part, Node)]
    best = max(values, key=lambda v: _telling(known.of(v)), default=None)
    if best is None:
        return None
    shape = known.of(best)
    at = shape.index(along)
    for other in values:
        against = known.of(other)
        same = against.rank == shape.rank and shape.rank is not None
        if other is best or not (same or (isinstance(along, int) and along < 0)):
            continue
        for i in range(-min(len(shape.axes), len(against.axes)), 0):
            if at is None or i != at - len(shape.axes):
                sides = Side(shape.axes[i], best, i), Side(against.axes[i], other, i)
                known.meet(Meeting(Meets.JOINED, node, *sides))
    return known.of(best)


def _telling(shape: Shape) -> tuple[bool, int]:
    return not shape.open, len(shape.axes)


JOINS: dict[str, View] = {
    "cat": concatenated,
    "concat": concatenated,
    "concatenate": concatenated,
    "stack": stacked,
}
