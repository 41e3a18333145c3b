"""Reshapes that tear tokens apart: an axis is moved without a transpose."""

from blocklint.analysis.shapes.infer import Shapes
from blocklint.analysis.shapes.shape import Shape, operand
from blocklint.frozen import dataclass
from blocklint.graph import Dim, Node, Size
from blocklint.graph.dims import product

_RESHAPES = frozenset(["view", "reshape"])
_MATRIX = 2


@dataclass(frozen=True)
class Scrambled:
    """A reshape after which an axis holds something else than before.

    The memory order of a value is that of its axes, and a reshape keeps it. So an axis
    that is as long as before holds the same things only if as many numbers stand in
    front of it. `factor` is how many times more there are: a number of heads.
    """

    before: Shape
    after: Shape
    axis: int
    new_axis: int
    factor: Dim

    @property
    def splits(self) -> bool:
        """Whether heads were split off in front of the axis, rather than merged."""
        return all(power > 0 for powers, _ in self.factor.terms for _, power in powers)


def scrambled(shapes: Shapes, node: Node) -> Scrambled | None:
    """How a reshape moves an axis of run-time size across a fixed one, if it does.

    Where the factor itself is known only at run time, as in the skewing of relative
    positions, it is meant.
    """
    if node.name not in _RESHAPES:
        return None
    source = operand(node)
    if source is None or shapes.of(source).open or shapes.of(node).open:
        return None
    before, after = shapes.of(source), shapes.of(node)
    old, sizes = before.axes, after.axes
    if not _fits(old, sizes):
        return None
    for axis, size in enumerate(old):
        if not _is_run_time(size) or old.count(size) + sizes.count(size) != _MATRIX:
            continue
        if size in sizes:
            new = sizes.index(size)
            factor = product(sizes[:new]) / product(old[:axis])
            if factor is not None and factor != Dim.of(1) and factor.is_fixed:
                return Scrambled(before, after, axis, new, factor)
    return None


def _fits(before: tuple[Dim, ...], after: tuple[Dim, ...]) -> bool:
    """Whether both hold as many numbers; a last size of its own is whatever fits.

    If they do not, the shape was not understood.
    """
    last = after[-1]
    rest = (*before, *after[:-1])
    own = _is_run_time(last) and not any(last.atoms & size.atoms for size in rest)
    return own or product(before) == product(after)


def _is_run_time(size: Dim) -> bool:
    return any(size == Dim.of(atom) for atom in size.atoms if isinstance(atom, Size))
