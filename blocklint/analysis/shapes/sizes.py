"""What is learnt of sizes that the code does not tell, from what they meet.

An input is as wide as the first layer that reads it is made for. What was learnt is
written out wherever the size is spoken of, and what could not be learnt is noted.
"""

from collections.abc import Callable, Mapping

from blocklint.analysis.shapes.shape import Meeting, Meets, is_of_run
from blocklint.graph import BlockGraph, Dim, Node, Op, Size
from blocklint.graph.dims import Atom

_UNSETTLED = frozenset([Op.JOIN, Op.LOOP, Op.EXIT, Op.PARAM])


class Sizes:
    """The sizes of one graph's axes: which are known, and which had to be equal.

    `meetings` are those of sizes that are not the same, `fitting` the others; `settled`
    says which meeting told a size.
    """

    def __init__(self, graph: BlockGraph, ranks: Mapping[int, int]) -> None:
        self.graph = graph
        self._ranks = ranks
        self.settled: dict[Atom, Meeting] = {}
        self.meetings: list[Meeting] = []
        self.fitting: list[Meeting] = []
        self.known: dict[Atom, Dim] = {}
        self._expected: dict[Atom, Dim] = {}
        self._items = [n for n in graph.of(Op.VIEW) if n.name == "each"]
        self._demanded()

    def written(self, size: Dim) -> Dim:
        """A size with what was learnt of the inputs' widths written out."""
        while self.known and not self.known.keys().isdisjoint(size.atoms):
            found = size.replaced(self.known)
            if found is None or found == size:
                break
            size = found
        return size

    def learnt(self, node: Node) -> dict[int, Dim]:
        """What was learnt of the sizes of a value's axes, by axis."""
        return {
            atom.axis: self.written(size)
            for atom, size in self.known.items()
            if isinstance(atom, Size) and atom.node == node.index
        }

    def expect(self, atom: Size, size: Dim) -> None:
        """Note what a size is taken to be: that, or half of it."""
        self._expected[atom] = size

    def meet(self, meeting: Meeting, learns: Callable[[Meeting], bool]) -> None:
        """Learn a size that was unknown from what it meets, or note the meeting.

        `learns` says whether that is so, for what is not equal anyway.
        """
        wanted = self.written(meeting.wanted.size)
        given = self.written(meeting.given.size)
        if wanted == given:
            self.fitting.append(meeting)
            return
        may_learn = learns(meeting)
        if self._is_expected(wanted, given, meeting):
            return
        wanted, given = self.written(wanted), self.written(given)
        if may_learn and self._settles(meeting):
            for free, other in ((given, wanted), (wanted, given)):
                atom, size = self._unknown(free, other)
                if atom is not None and self._learnt(atom, size, meeting):
                    return
        self.meetings.append(meeting)

    def _settles(self, meeting: Meeting) -> bool:
        """Whether an unknown size is learnt here: a layer is made for one width only.

        A sum may stretch the one side, but not the stream, nor what a weight is for.
        """
        if meeting.kind is Meets.ADDED:
            sides = (meeting.wanted.of, meeting.given.of)
            weighted = any(_is_weight(self.graph, side) for side in sides)
            return (meeting.node.op is Op.ADD or weighted) and meeting.wanted.axis == -1
        if meeting.kind is Meets.PRODUCT and meeting.given.axis == -1:
            return _is_weight(self.graph, meeting.wanted.of)
        learns = meeting.kind in (Meets.LINEAR, Meets.NORM, Meets.SPLIT)
        return learns and not meeting.divides

    def _learnt(self, atom: Size, size: Dim, meeting: Meeting) -> bool:
        """Give an unknown size its value."""
        if atom in size.atoms or (is_of_run(size) and self._is_length(atom, meeting)):
            return False
        self.known[atom] = size
        self.settled[atom] = meeting
        return True

    def _is_expected(self, wanted: Dim, given: Dim, meeting: Meeting) -> bool:
        """Whether a size is learnt that was taken to be another one, or half of it.

        If what it meets is neither, it is what it was taken to be.
        """
        for free, other in ((given, wanted), (wanted, given)):
            atom = self._free(free)
            expected = self._expected.get(atom) if atom is not None else None
            if atom is None or expected is None or not other.is_fixed:
                continue
            expected = self.written(expected)
            if self._free(expected) is not None:
                continue
            fits = other in (expected, expected / Dim.of(2))
            self.known[atom] = other if fits else expected
            if fits:
                self.settled[atom] = meeting
            return fits
        return False

    def _unknown(self, free: Dim, other: Dim) -> tuple[Size | None, Dim]:
        """The unknown size in a number or a multiple of it, and what it has to be."""
        times, bare = free.multiple()
        share = other / times
        return (self._free(bare), share) if share is not None else (None, other)

    def _is_length(self, atom: Size, meeting: Meeting) -> bool:
        """Whether the axis of a value that is added is not its last one at home."""
        last = self._ranks.get(atom.node, 0) - 1
        return meeting.kind is Meets.ADDED and atom.axis not in (-1, last)

    def _free(self, size: Dim) -> Size | None:
        """The size that nothing is known of, if this is one and no more."""
        atom = size.bare
        if not isinstance(atom, Size):
            return None
        node = self.graph.nodes[atom.node]
        return None if node.op in _UNSETTLED or self._is_one_of_many(node) else atom

    def _is_one_of_many(self, node: Node) -> bool:
        """Whether it stands for all items of what came in: a list may hold any."""
        return any(
            each.op is Op.INPUT and self.graph.reaches(one, node)
            for one in self._items
            for each in one.reads
        )

    def _demanded(self) -> None:
        """Learn the sizes that the code itself demands: `assert width == self.d`."""
        for pair in self.graph.facts.equal:
            for one, other in (pair, pair[::-1]):
                atom = self._free(one)
                if atom is not None and other.is_fixed:
                    self.known.setdefault(atom, other)


def _is_weight(graph: BlockGraph, value: Node | None) -> bool:
    """Whether a value is a weight, or made of weights alone."""
    if value is None or graph.is_made_of(Op.INPUT, value):
        return False
    return graph.is_made_of(Op.PARAM, value)
