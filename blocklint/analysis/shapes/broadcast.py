"""Shapes of what is computed elementwise from several values."""

from collections.abc import Sequence
from itertools import pairwise

from blocklint.analysis.shapes.lost import has_lost_axis
from blocklint.analysis.shapes.shape import (
    NOTHING,
    Known,
    Meeting,
    Meets,
    Shape,
    Side,
    is_of_run,
)
from blocklint.graph import Dim, Node, Size

ONE = Dim.of(1)
_TOKENS = 3  # axes of a batch of sequences


def broadcast(known: Known, node: Node, values: Sequence[Node]) -> Shape:
    """The common shape of some values; axes of one are stretched."""
    shapes = [(value, known.of(value)) for value in values]
    if not shapes:
        return NOTHING
    for one, other in pairwise(shapes):
        _meet(known, node, one, other)
    shapes = [(value, known.of(value)) for value in values]
    return merged(known, node, [shape for _, shape in shapes])


def merged(known: Known, node: Node, shapes: Sequence[Shape]) -> Shape:
    """The shape that values of these shapes are stretched to."""
    if all(shape == shapes[0] for shape in shapes):
        return shapes[0]
    if any(shape == NOTHING for shape in shapes):
        shapes = [*(s for s in shapes if s != NOTHING), NOTHING]
    longest = max(len(shape.axes) for shape in shapes)
    axes = []
    for axis in range(-longest, 0):
        sizes = [shape.at(axis) for shape in shapes]
        unseen = any(
            size is None and shape.open
            for size, shape in zip(sizes, shapes, strict=True)
        )
        found = _widest([size for size in sizes if size is not None])
        if unseen and found.constant == 1:
            found = known.own(node, axis)
        axes.append(found)
    whole = any(map(starts_with_batch, shapes))
    return Shape(tuple(axes), not whole and any(shape.open for shape in shapes))


def starts_with_batch(shape: Shape) -> bool:
    """Whether a shape begins with the first axis of some value: there are no more."""
    if shape.rank is None or shape.rank < _TOKENS:
        return False
    (atom, *rest) = shape.axes[0].atoms or {None}
    return not rest and isinstance(atom, Size) and atom.axis == 0


def _meet(
    known: Known, node: Node, one: tuple[Node, Shape], other: tuple[Node, Shape]
) -> None:
    (left, first), (right, second) = one, other
    sides = Side(first.at(-1) or ONE, left, -1), Side(second.at(-1) or ONE, right, -1)
    if has_lost_axis(right, left):
        known.meet(Meeting(Meets.LOST, node, *sides))
        return
    if has_lost_axis(left, right):
        known.meet(Meeting(Meets.LOST, node, *sides[::-1]))
        return
    for axis in range(-min(len(first.axes), len(second.axes)), 0):
        sizes = first.axes[axis], second.axes[axis]
        if any(size.constant == 1 for size in sizes):
            continue
        sides = Side(sizes[0], left, axis), Side(sizes[1], right, axis)
        kind = Meets.SHIFTED if _are_shifted(first, second, axis) else Meets.ADDED
        known.meet(Meeting(kind, node, *sides))


def _are_shifted(first: Shape, second: Shape, axis: int) -> bool:
    """Whether an axis of the one meets another one, and stands elsewhere in the other.

    `(batch, n, d) + (n, 1, d)`. What is added to a square of its own is meant.
    """
    one, two = first.at(axis), second.at(axis)
    if one is None or two is None or one == two:
        return False
    if _are_of_square(one, two, len(first.axes) < _TOKENS):
        return False
    sides = (one, second, two), (two, first, one)
    return any(
        size in other.axes and (is_of_run(size) or (size.atoms and _is_batch(met)))
        for size, other, met in sides
    )


def _is_batch(size: Dim) -> bool:
    """Whether this is the first axis of some value, that of the batch."""
    return is_of_run(size) and all(
        isinstance(atom, Size) and atom.axis == 0 for atom in size.atoms
    )


def _are_of_square(one: Dim, two: Dim, flat: bool) -> bool:
    """Whether two sizes are axes of one value, neither of which is its batch."""
    atoms = [a for a in one.atoms | two.atoms if isinstance(a, Size)]
    same = len({atom.node for atom in atoms}) == 1
    bare = is_of_run(one) and is_of_run(two)
    return same and bare and (flat or all(atom.axis != 0 for atom in atoms))


def _widest(sizes: list[Dim]) -> Dim:
    """The size that the others are stretched to; a fixed one tells the most."""
    wide = [size for size in sizes if size.constant != 1]
    fixed = [size for size in wide if size.is_fixed]
    return (fixed or wide or sizes)[0]
