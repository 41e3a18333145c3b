"""What a shape is, and what the functions that work one out are given."""

from typing import Protocol

from blocklint.frozen import dataclass
from blocklint.graph import UNKNOWN, Argument, Call, Dim, Node, Size
from blocklint.graph.dims import Atom
from blocklint.kinds import Kinds
from blocklint.lazy import cached_property


@dataclass(frozen=True)
class Shape:
    """The sizes of a value's axes; one that is `open` may have more axes in front."""

    axes: tuple[Dim, ...]
    open: bool = False

    @property
    def rank(self) -> int | None:
        """How many axes there are, if that is known."""
        return None if self.open else len(self.axes)

    @cached_property
    def atoms(self) -> frozenset[Atom]:
        """The settings and sizes that the sizes are made of."""
        return frozenset().union(*[size.atoms for size in self.axes])

    def index(self, axis: object) -> int | None:
        """The position among the known axes of what the code calls axis `axis`."""
        if not isinstance(axis, int) or isinstance(axis, bool):
            return None
        found = axis + len(self.axes) if axis < 0 else axis
        known = 0 <= found < len(self.axes) and (axis < 0 or not self.open)
        return found if known else None

    def at(self, axis: object) -> Dim | None:
        """The size of one axis, where it is known."""
        index = self.index(axis)
        return self.axes[index] if index is not None else None

    def but(self, index: int, *sizes: Dim) -> "Shape":
        """The same with other axes in the place of one."""
        return Shape((*self.axes[:index], *sizes, *self.axes[index + 1 :]), self.open)

    def ending(self, size: Dim) -> "Shape":
        """The same with another size of the last axis."""
        return Shape((*self.axes[:-1], size), self.open)

    def lacks(self, axis: object) -> bool:
        """Whether the code names an axis that there certainly is not."""
        if not isinstance(axis, int) or isinstance(axis, bool) or self.open:
            return False
        return not -len(self.axes) <= axis < len(self.axes)


NOTHING = Shape((), open=True)  # nothing is known of it


class Meets(Kinds):
    """Where two sizes have to be equal."""

    LINEAR = "a layer and what it reads"
    NORM = "a norm and what it reads"
    ADDED = "the two sides of an addition"
    SPLIT = "an axis and the pieces that it is cut into"
    PRODUCT = "the two sides of a product"
    JOINED = "values that are put side by side"
    AXES = "the axes that are named and those that there are"
    POSITIONS = "a table and the positions that are looked up in it"
    SHIFTED = "two values of which one has an axis at another place"
    LOST = "a value and what is reduced from it, without the axis"


@dataclass(frozen=True, slots=True)
class Side:
    """A size, and whose it is: that of a value's axis, or of the module at the node."""

    size: Dim
    of: Node | None = None
    axis: int | None = None


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two sizes that the code makes equal at a node."""

    kind: Meets
    node: Node
    wanted: Side
    given: Side
    divides: bool = False  # `given` needs only be a multiple of `wanted`


class Known(Protocol):
    """The shapes of earlier nodes, and arguments with their sizes written out."""

    def of(self, node: Node, /) -> Shape: ...
    def grown(self, node: Node, count: int, /) -> Shape: ...
    def dim(self, argument: Argument, /) -> Dim | None: ...
    def dims(self, arguments: tuple[Argument, ...], /) -> list[Dim] | None: ...
    def own(self, node: Node, axis: int, /) -> Dim: ...
    def meet(self, meeting: Meeting, /) -> None: ...


def is_of_run(size: Dim | None) -> bool:
    """Whether this is the size of an axis of some value and no more."""
    return size is not None and isinstance(size.bare, Size)


def operand(node: Node, position: int = 0, name: str = "") -> Node | None:
    """An argument of a call that is a value of the graph."""
    found = node.call.get(position, name)
    return found if isinstance(found, Node) else None


def source(node: Node) -> Node | None:
    """The value that a node is mainly computed from: what it is called with first."""
    if given := node.call.positional:
        return given[0] if isinstance(given[0], Node) else None
    return node.reads[0] if node.reads else None


def axis_of(argument: Argument, rank: int) -> int | None:
    """An axis counted from zero; None if it is unknown or not there."""
    if not isinstance(argument, int) or isinstance(argument, bool):
        return None
    found = argument + rank if argument < 0 else argument
    return found if 0 <= found < rank else None


def called(node: Node) -> Call:
    """The call with its operand in front, whether a function's or a module's.

    `nn.Flatten(2)(x)` has the arguments of `torch.flatten(x, 2)`.
    """
    made = node.call.made
    if made is None:
        return node.call
    first = source(node)
    operands: tuple[Argument, ...] = (first if first is not None else UNKNOWN,)
    return Call((*operands, *made.positional), made.named, made.partial)
