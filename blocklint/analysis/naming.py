"""Sizes as a reader would name them: the settings, and what the code calls an axis."""

from collections.abc import Iterator

from blocklint.analysis.shapes import Shapes
from blocklint.analysis.shapes.products import pattern
from blocklint.analysis.shapes.shape import operand
from blocklint.graph import BlockGraph, Dim, Node, Size
from blocklint.graph.dims import Atom
from blocklint.lazy import cached_property


class SizeTexts:
    """The shapes of one graph's values as texts.

    Settings stand as the constructor's caller would write them, `4 * config.n_embd`.
    A size of which only a run decides has the name that the code gives it: `B` after
    `B, T, C = x.shape`, `n` after `rearrange(x, "b n d -> ...")`; else it is `?`.
    """

    def __init__(self, graph: BlockGraph, shapes: Shapes) -> None:
        self.graph = graph
        self.shapes = shapes

    def shape(self, node: Node) -> tuple[str, ...]:
        """A value's shape as texts; `...` in front of axes that are not known."""
        shape = self.shapes.of(node)
        return (*(["..."] if shape.open else []), *map(self.size, shape.axes))

    def size(self, size: Dim) -> str:
        """One size as a text; `?` where nothing is known."""
        known: dict[Atom, Dim] = {}
        for atom in size.atoms:
            if isinstance(atom, Size):
                if atom not in self.names:
                    return "?"
                known[atom] = Dim.of(self.names[atom])
        return str(size.replaced(known) or size)

    @cached_property
    def names(self) -> dict[Size, str]:
        """The names of sizes: the first that each has, and one for no two of them.

        A name that is a setting's as well is left to the setting.
        """
        found: dict[Size, str] = {}
        taken = self._settings
        for size, name in self._named():
            if size not in found and name not in taken:
                found[size] = name
                taken.add(name)
        return found

    @property
    def _settings(self) -> set[str]:
        every = (self.shapes.of(node).atoms for node in self.graph.nodes)
        atoms = (atom for atoms in every for atom in atoms)
        return {atom for atom in atoms if isinstance(atom, str)}

    def _named(self) -> Iterator[tuple[Size, str]]:
        """What the code calls sizes, those of unpacked shapes first."""
        for size, name in self.graph.size_names.items():
            yield from self._atom(self.graph.nodes[size.node], size.axis, name)
        for node in self.graph.nodes:
            sides, source = pattern(node), operand(node)
            if sides is None or source is None:
                continue
            for axis, names in enumerate(sides[0], -len(sides[0])):
                if len(names) == 1 and names[0].isidentifier():
                    yield from self._atom(source, axis, names[0])

    def _atom(self, node: Node, axis: int, name: str) -> Iterator[tuple[Size, str]]:
        """The size that an axis of a value is, if it is one that only a run decides."""
        size = self.shapes.of(node).at(axis)
        for atom in size.atoms if size is not None else ():
            if isinstance(atom, Size) and size == Dim.of(atom):
                yield atom, name
