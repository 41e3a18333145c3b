"""The stream of a class, followed back from what it returns to what it is given.

Where the stream passes through a sub-layer and nothing joins it on the way, that
sub-layer has no residual: its result has taken the place of the stream.
"""

from collections.abc import Iterator
from dataclasses import field

from blocklint.analysis.role import Role
from blocklint.analysis.roles import role_of
from blocklint.analysis.wiring import SUBLAYERS, Wiring, is_piece
from blocklint.frozen import dataclass
from blocklint.graph import BlockGraph, Node, Op

_STARTS = frozenset([Op.INPUT, Op.LOOP, Op.EXIT, Op.JOIN, Op.OPAQUE])
_UNSEEN = frozenset([Op.OPAQUE, Op.BLOCK, Op.JOIN, Op.PARAM])


@dataclass(frozen=True, eq=False)
class Run:
    """A sub-layer that the stream itself passes through, from `source` to `end`.

    `in_loop` says that the stream goes round a loop through it; `sums` are the
    additions that join the stream after it.
    """

    source: Node
    end: Node
    nodes: tuple[Node, ...] = field(repr=False)
    role: Role
    in_loop: bool
    sums: int

    @property
    def keeps_width(self) -> bool:
        """Whether torch's own attention of a value to itself is all that computes."""
        layers = [node for node in self.nodes if node.op is Op.LAYER]
        return [node.kind for node in layers] == ["attention"] and all(
            len(node.reads) == 1 for node in layers
        )

    @property
    def norms(self) -> tuple[Node, ...]:
        """The norms in it."""
        return tuple(node for node in self.nodes if node.op is Op.NORM)


class Spine:
    """The stream of one graph, followed back from its first output."""

    def __init__(self, graph: BlockGraph) -> None:
        self.graph = graph
        self.wiring = Wiring(graph)
        self._sums = {each.add.index: each for each in self.wiring.residuals.all}

    def runs(self) -> Iterator[Run]:
        """The sub-layers without a residual, the last one first."""
        output = next(self.graph.of(Op.OUTPUT), None)
        node = output.reads[0] if output is not None else None
        loops = sums = 0
        while node is not None:
            loops += (node.op is Op.EXIT) - (node.op is Op.LOOP)
            sums += node.index in self._sums
            earlier = self._earlier(node)
            if earlier is None and node.op is Op.LAYER:
                earlier = self._source(node)
                if earlier is not None:
                    run = self._run(earlier, node, loops > 0, sums)
                    if run is not None:
                        yield run
            node = earlier

    def _earlier(self, node: Node) -> Node | None:
        """The value on the identity path that a value comes from, if there is one."""
        if node.index in self._sums:
            return self._sums[node.index].stream
        plain = node.op is Op.VIEW and len(node.reads) == 1 and not is_piece(node)
        if plain or (node.op in (Op.EXIT, Op.LOOP, Op.NORM) and node.reads):
            return node.reads[0]
        return _unclamped(node) if node.op is Op.JOIN else None

    def _source(self, end: Node) -> Node | None:
        """The one stream value that a sub-layer is computed from."""
        found: dict[int, Node] = {}
        pending, seen = list(end.reads), set[int]()
        while pending:
            node = pending.pop()
            if node.index in seen:
                continue
            seen.add(node.index)
            if node.index in self._sums or node.op in _STARTS:
                found[node.index] = node
            else:
                pending.extend(node.reads)
        first = next(self.graph.of(Op.INPUT), None)
        streams = [n for n in found.values() if n.op is not Op.INPUT or n is first]
        return streams[0] if len(streams) == 1 else None

    def _run(self, source: Node, end: Node, in_loop: bool, sums: int) -> Run | None:
        """A sub-layer, if its code is seen and the stream passes nowhere else."""
        nodes = (*self.graph.between(source, end), end)
        layers = [node for node in nodes if node.op is Op.LAYER]
        role = role_of(self.graph, [source], end)
        is_whole = len(layers) > 1 or layers[0].kind.endswith("attention")
        if role not in SUBLAYERS or not is_whole or not self._is_seen(nodes):
            return None
        if self.wiring.is_used_beside(source, end):
            return None
        return Run(source, end, nodes, role, in_loop, sums)

    def _is_seen(self, nodes: tuple[Node, ...]) -> bool:
        """Whether no residual hides in the sub-layer, seen or unseen."""
        return not any(
            node.index in self._sums or node.op in _UNSEEN or node.scope.passed
            for node in nodes
        )


def _unclamped(join: Node) -> Node | None:
    """What a value is either way, if one way only clamps or casts it."""
    for value in join.reads:
        others = [read for read in join.reads if read is not value]
        if all(_is_made_of(other, value) for other in others):
            return value
    return None


def _is_made_of(value: Node, source: Node) -> bool:
    while value.op is Op.VIEW and len(value.reads) == 1 and not is_piece(value):
        value = value.reads[0]
        if value is source:
            return True
    return False
