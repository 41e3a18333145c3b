"""Means that lost their axis: `x - x.mean(-1)`, without `keepdim`."""

from collections.abc import Iterator

from blocklint.analysis.shapes.views import SAME
from blocklint.graph import Node, Op
from blocklint.graph.formulas import FAR, leaves_out

_ELEMENTWISE = frozenset(["scale", "+", "arithmetic", "shift", "dropout", "identity"])

_SUMS = frozenset(["sum", "prod", "amax", "amin", "norm"])  # an axis of these is gone


def has_lost_axis(value: Node, other: Node) -> bool:
    """Whether `other` is made of a mean of `value` over its last axis, left out.

    The last axis of the mean is another one than that of the value.
    """
    for node in _elementwise(other):
        if node.kind == "stat" and leaves_out(node):
            sources = {e.index for read in node.reads for e in _elementwise(read)}
            if any(each.index in sources for each in _elementwise(value)):
                return True
    return False


def _elementwise(value: Node) -> Iterator[Node]:
    """A value and what it is made of without any axis being moved."""
    pending, seen = [value], set[int]()
    while pending and len(seen) < FAR:
        node = pending.pop()
        if node.index not in seen:
            seen.add(node.index)
            yield node
            keeps = node.kind in _ELEMENTWISE or node.name.rstrip("_") in SAME
            keeps = keeps and node.name not in _SUMS
            if node.op is Op.ADD or (node.op is Op.VIEW and keeps):
                pending.extend(node.reads)
