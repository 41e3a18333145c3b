"""Ways back along a stream: from a value to the addition or the input it comes from."""

from collections.abc import Iterable

from blocklint.analysis.wiring import is_piece
from blocklint.frozen import dataclass
from blocklint.graph import BlockGraph, Node, Op
from blocklint.graph.residuals import THROUGH, Residuals

_COMPUTES = frozenset([Op.LAYER, Op.BLOCK, Op.OPAQUE])
_SIDE_BY_SIDE = ("cat", "concat", "concatenate", "stack", "hstack")


@dataclass(frozen=True, eq=False)
class Way:
    """The nodes from a start, left out, to a value that is made of it along a stream.

    The start is the addition of a site, an argument of forward, or where the way ends.
    """

    start: Node
    path: tuple[Node, ...]


class Ways:
    """The ways back in one graph; `adds` are the additions of its sites."""

    def __init__(self, graph: BlockGraph, adds: Iterable[Node]) -> None:
        self.graph = graph
        self.adds = {add.index for add in adds}
        self._streams = {r.add.index: r.stream for r in graph.once(Residuals).all}

    def back(self, value: Node) -> Way:
        """The way to the newest addition of a site that a value is made of.

        A way leads through sub-layers only where there is no other.
        """
        came: dict[int, Node | None] = {value.index: None}
        ends = self._ends([value], came, through=False)
        computed = [node for node in ends if node.op in _COMPUTES]
        if computed and not any(self._is_start(node) for node in ends):
            further = self._ends(computed, came, through=True)
            ends = [n for n in further if self._is_start(n)] or ends
        adds = [node for node in ends if node.index in self.adds]
        given = [node for node in ends if node.op is Op.INPUT]
        start = max(adds, key=lambda n: n.index) if adds else (given or ends)[0]
        path: list[Node] = []
        node = came[start.index]
        while node is not None:
            path.append(node)
            node = came[node.index]
        return Way(start, tuple(path))

    def _is_start(self, node: Node) -> bool:
        return node.index in self.adds or node.op is Op.INPUT

    def _ends(
        self, starts: list[Node], came: dict[int, Node | None], through: bool
    ) -> list[Node]:
        """Where the ways back from some nodes end; `came` is filled in."""
        pending, ends = list(starts), list[Node]()
        while pending:
            node = pending.pop(0)
            earlier = self._earlier(node, through)
            if not earlier:
                ends.append(node)
            for read in earlier:
                if read.index not in came:
                    came[read.index] = node
                    pending.append(read)
        return ends

    def _earlier(self, node: Node, through: bool) -> tuple[Node, ...]:
        """The values that a value is made of along its stream."""
        if self._is_start(node):
            return ()
        if node.op is Op.ADD:
            known = self._streams.get(node.index)
            return (known,) if known is not None else node.reads
        if node.op is Op.NORM:
            return node.reads[:1]
        if through:
            return node.reads
        joined = node.op is Op.VIEW and node.name in _SIDE_BY_SIDE
        parted = is_piece(node) or (joined and len(node.reads) > 1)
        return node.reads if node.op in THROUGH and not parted else ()
