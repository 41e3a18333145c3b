"""What a class does to the shape of what it is given: for classes called as a whole.

A norm of the project, or a block taken from a list, is one node of the graph. What it
is made for, and what it gives back, its own graph tells in terms of its settings.
"""

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from blocklint.analysis.shapes.layers import needs
from blocklint.analysis.shapes.shape import NOTHING, Known, Meets, Shape, source
from blocklint.frozen import dataclass
from blocklint.graph import NO_FACTS, UNKNOWN, Argument, Call, Dim, Node, Op, Size
from blocklint.graph.dims import Atom

if TYPE_CHECKING:
    from blocklint.analysis.shapes.infer import Shapes


@dataclass(frozen=True)
class Signature:
    """The sizes that a class needs of its first input, by axis, and what it returns.

    Sizes are in terms of the constructor's `parameters` and of the input's own axes.
    They hold as long as the settings are as `assumed`, or whatever they are if that is
    `settled`, and as long as those are `equal` that were taken to be; `defaults` are
    those of others.
    """

    parameters: tuple[str, ...]
    taken: int
    needed: Mapping[int, Dim]
    returned: Shape
    assumed: Mapping[str, object]
    defaults: Mapping[str, int | float]
    equal: tuple[tuple[Dim, Dim], ...] = ()
    settled: Callable[[], bool] = field(default=lambda: False, repr=False)

    def is_like(self, other: "Signature | None") -> bool:
        """Whether another wiring of the class does the same to shapes."""
        if other is None:
            return False
        same = self.needed == other.needed and self.taken == other.taken
        return same and self.returned == other.returned

    def holds(self, made: Call) -> bool:
        """Whether an object is made as the class was read, or to the same effect."""
        assumed = all(
            _is_as_assumed(made.get(self.parameters.index(name), name, None), answer)
            for name, answer in self.assumed.items()
            if name in self.parameters
        )
        return assumed or self.settled()


Signatures = Callable[[Node], Signature | None]


def no_signature(node: Node) -> Signature | None:
    """Of classes that nobody can look up."""
    return None


def signature_of(shapes: "Shapes") -> Signature | None:
    """The signature of the class whose graph this is; None without input or output."""
    graph = shapes.graph
    taken = next(graph.of(Op.INPUT), None)
    given = next(graph.of(Op.OUTPUT), None)
    if taken is None or given is None:
        return None
    needed = {
        axis: size
        for axis, size in shapes.sizes.learnt(taken).items()
        if size.is_fixed and (axis < 0 or shapes.of(taken).rank is not None)
    }
    rank = shapes.of(taken).rank
    from_end = {a - rank if rank and a >= 0 else a: s for a, s in needed.items()}
    return Signature(
        graph.parameters,
        taken.index,
        from_end,
        shapes.of(given),
        graph.assumed,
        graph.facts.defaults,
        graph.facts.equal,
    )


def _is_as_assumed(given: Argument, answer: object) -> bool:
    """Whether an argument, None if left out, leaves an answer as it is."""
    if given is None or isinstance(given, bool | int | float | str):
        return given is None or given == answer
    return given is not UNKNOWN and not isinstance(answer, bool | int | float | str)


def applied(known: Known, node: Node, signature: Signature) -> Shape:
    """The shape that a class gives back where it is called; notes what it needs."""
    made, value = node.call.made, source(node)
    holds = made is not None and signature.holds(made)
    if made is None or value is None or not holds or _differ(known, made, signature):
        return known.of(value) if value is not None and node.op is Op.NORM else NOTHING
    kind = Meets.NORM if node.op is Op.NORM else Meets.LINEAR
    for axis, size in signature.needed.items():
        width = outside(known, size, made, signature.parameters, signature.defaults)
        needs(known, node, kind, width, value, axis)
    if node.op is Op.NORM and signature.returned.at(-1) != Dim.of(1):
        return known.of(value)
    axes = [
        _returned(known, node, size, signature, made, axis)
        for axis, size in enumerate(
            signature.returned.axes, -len(signature.returned.axes)
        )
    ]
    return Shape(tuple(axes), signature.returned.open)


def _differ(known: Known, made: Call, signature: Signature) -> bool:
    """Whether an object is made with two sizes that were taken as equal and are not."""
    for pair in signature.equal:
        one, two = (
            outside(known, size, made, signature.parameters, signature.defaults)
            for size in pair
        )
        if one is not None and two is not None and one != two:
            return True
    return False


def _returned(
    known: Known, node: Node, size: Dim, signature: Signature, made: Call, axis: int
) -> Dim:
    """A size of what is returned, in terms of the graph that the class is called in."""
    value = source(node)
    sizes: dict[Atom, Dim] = {}
    for atom in size.atoms:
        if isinstance(atom, Size):
            shape = known.of(value) if value is not None else NOTHING
            found = shape.at(atom.axis) if atom.node == signature.taken else None
            if found is None:
                return known.own(node, axis)
            sizes[atom] = found
    made_of = outside(known, size, made, signature.parameters, signature.defaults)
    written = made_of.replaced(sizes) if made_of is not None else None
    return written if written is not None else known.own(node, axis)


def outside(
    known: Known,
    size: Dim,
    made: Call,
    parameters: tuple[str, ...],
    defaults: Mapping[str, int | float] = NO_FACTS.defaults,
) -> Dim | None:
    """A size with the settings replaced by what a class is made with."""
    given: dict[Atom, Dim] = {}
    for atom in size.atoms:
        if isinstance(atom, str):
            head, dot, rest = atom.partition(".")
            if head not in parameters:
                return None
            argument = made.get(parameters.index(head), head, None)
            if argument is None:
                argument = defaults.get(atom)
            value = known.dim(argument)
            if value is None:
                return None
            if dot:
                name = next((a for a in value.atoms if value == Dim.of(a)), None)
                if not isinstance(name, str):
                    return None
                value = Dim.of(f"{name}.{rest}")
            given[atom] = value
    return size.replaced(given)
