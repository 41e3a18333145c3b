"""Sizes that some run could make equal, and that no code means to be equal.

A length that is an axis of a value beside a number of heads is not meant to be that
number. It is not the width of a layer either, if the value has that width at another
axis: a transpose was forgotten, or is one too many. And the batch is no length.
"""

from blocklint.analysis.shapes import Meeting, Meets, Shapes
from blocklint.analysis.shapes.astray import is_astray, is_length_of
from blocklint.graph import Dim, Node, Op, Size
from blocklint.graph.relations import difference_of


def are_unmeant(shapes: Shapes, meeting: Meeting) -> bool:
    """Whether two sizes are of things that are never as many, but by chance."""
    if is_astray(shapes, meeting):
        return True
    if meeting.kind is Meets.ADDED:
        return False  # a bias is given with as many places as it is added to
    if not all(_is_given(shapes, side.of) for side in (meeting.wanted, meeting.given)):
        return False
    wanted, given = (
        shapes.sizes.written(side.size) for side in (meeting.wanted, meeting.given)
    )
    found = _equated(wanted, given)
    if found is None:
        return False
    length, other = found
    if not is_length_of(shapes, length):
        return False
    return other in shapes.beside(length) or _are_batch(length, other)


def _is_given(shapes: Shapes, node: Node | None) -> bool:
    """Whether a value is computed from the inputs; a weight is made for any size."""
    return node is None or shapes.graph.is_made_of(Op.INPUT, node)


def _equated(one: Dim, two: Dim) -> tuple[Size, Dim] | None:
    """A size of the run, and what it would have to be for two numbers to be equal."""
    difference = difference_of(one, two)
    if difference is None:
        return None
    sizes = [atom for atom in difference.atoms if isinstance(atom, Size)]
    for size in sorted(sizes, key=str)[:2]:
        at_none = difference.replaced({size: Dim.of(0)})
        if at_none is None:
            continue
        factor = (difference - at_none) / Dim.of(size)
        if factor is None or size in factor.atoms:
            continue
        other = at_none * Dim.of(-1) / factor
        if other is not None:
            return size, other
    return None


def _are_batch(length: Size, other: Dim) -> bool:
    """Whether the two axes of a batch of sequences are to be equally long."""
    return any(other == Dim.of(Size(length.node, axis)) for axis in (0, 1))
