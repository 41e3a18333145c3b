"""Sizes that fit by chance at most: a length where a width or a count is asked for."""

from typing import Protocol

from blocklint.analysis.shapes import products
from blocklint.analysis.shapes.shape import Known, Meeting, Meets, Side, is_of_run
from blocklint.analysis.shapes.sizes import Sizes
from blocklint.graph import BlockGraph, Dim, Op, Size

_ROWS = 2  # the axis, from the end, over which a product sums the right side
_TOKENS = 3  # axes of a batch of sequences: the first two are no width


class Found(Known, Protocol):
    """Shapes with the graph that they are of, and what is known of its sizes."""

    graph: BlockGraph
    sizes: Sizes


def is_astray(found: Found, meeting: Meeting) -> bool:
    """Whether a length meets a width that its value has at another axis.

    Or whether the batch, or all tokens, are unpacked into so many names.
    """
    sides = [(meeting.given, meeting.wanted), (meeting.wanted, meeting.given)]
    match meeting.kind:
        case Meets.LINEAR | Meets.NORM:
            sides = sides[:1]
        case Meets.SPLIT if "of" in meeting.node.call.named:
            return _is_length(found, meeting.given.size)
        case Meets.PRODUCT if meeting.node.name in products.MULTIPLY:
            sides = sides[1:] if meeting.wanted.axis == -_ROWS else []
        case _:
            return False
    return any(_is_other_axis(found, side, other.size) for side, other in sides)


def is_length_of(found: Found, size: Size) -> bool:
    """Whether a size is that of the batch, or of the tokens, of an input."""
    node = found.graph.nodes[size.node]
    tokens = node.op is Op.INPUT and found.of(node).rank == _TOKENS
    return tokens and size.axis in (0, 1)


def _is_length(found: Found, size: Dim) -> bool:
    size = found.sizes.written(size)
    (atom, *_) = size.atoms or {None}
    return is_of_run(size) and isinstance(atom, Size) and is_length_of(found, atom)


def _is_other_axis(found: Found, side: Side, width: Dim) -> bool:
    size, width = found.sizes.written(side.size), found.sizes.written(width)
    runs = size.atoms and all(isinstance(atom, Size) for atom in size.atoms)
    if side.of is None or side.axis is None or not runs:
        return False
    axes = found.of(side.of).axes
    at = side.axis if side.axis < 0 else side.axis - len(axes)
    others = (s for i, s in enumerate(axes, -len(axes)) if i != at)
    return width.is_fixed and width.constant != 1 and width in others
