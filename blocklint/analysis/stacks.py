"""Stacks of blocks inside a model: what stands between them and the read-out."""

from collections.abc import Iterator

from blocklint.analysis.block import Callee, Site
from blocklint.analysis.placement import Placement
from blocklint.analysis.role import Role
from blocklint.analysis.sites import called_sites
from blocklint.frozen import dataclass
from blocklint.graph import BlockGraph, Node, Op
from blocklint.graph.residuals import THROUGH
from blocklint.lazy import cached_property
from blocklint.source import Place

_ATTENDS = frozenset([Role.ATTENTION, Role.CROSS_ATTENTION])
_GOES_ON = (Op.BLOCK, Op.NORM, Op.LAYER, Op.ADD, Op.OUTPUT)
CLEAN = frozenset([Placement.PRE, Placement.OUTPUT, Placement.PERI])


@dataclass(frozen=True, eq=False)
class Stack:
    """The end of a stack of blocks, and where its last site normalises.

    `last` holds the placement of the last site of every wiring of the block.
    """

    end: Node
    place: Place | None
    last: frozenset[Placement]

    @property
    def leaves_stream_clean(self) -> bool:
        """Whether the stream leaves the stack without ever having met a norm."""
        return bool(self.last) and self.last <= CLEAN


class Stacks:
    """The stacks of one wiring of a model; `callee` looks up the blocks in them."""

    def __init__(self, graph: BlockGraph, callee: Callee) -> None:
        self.graph = graph
        self._callee = callee

    @cached_property
    def _sites(self) -> dict[int, Site]:
        return {site.add.index: site for site in self.graph.once(called_sites)}

    def _behind(self, op: Op) -> Iterator[Node]:
        """The nodes with an op, if there is anything that a stack may end in."""
        some = any(self.graph.of(Op.BLOCK)) or any(self.graph.of(Op.EXIT))
        return self.graph.of(op) if some else iter(())

    def read_outs(self) -> Iterator[tuple[Stack, Node]]:
        """Each stack whose stream a linear read-out takes, with no norm between."""
        for head in self._behind(Op.LAYER):
            if head.kind != "linear" or not self._ends(head):
                continue
            if not any(scope.of_list for scope in head.scope.chain):
                stack = self._before(head)
                if stack is not None:
                    yield stack, head

    def final_norms(self) -> Iterator[tuple[Stack, Node]]:
        """Each stack that a norm follows directly, outside of any branch."""
        for norm in self._behind(Op.NORM):
            written = norm.kind in ("unit", "formula")  # of length one, say: no layer
            written = written or "pool" in norm.kind.lower()  # nor is what pools first
            inside = any(norm in site.norms for site in self._sites.values())
            if norm.reads and not (inside or written):
                stack = self._before(norm)
                if stack is not None:
                    yield stack, norm

    def _ends(self, head: Node) -> bool:
        """Nothing after it joins a stream, calls a block, normalises or is unseen."""
        ends = False
        for node in self.graph.nodes[head.index + 1 :]:
            if node.op in _GOES_ON and self.graph.reaches(head, node):
                unclear = node.op in (Op.BLOCK, Op.NORM) or _is_unseen(node)
                if unclear or self._joins(head, node):
                    return False
                ends = ends or node.op is Op.OUTPUT
        return ends

    def _joins(self, head: Node, later: Node) -> bool:
        """Whether a sum adds what a read-out gave to what was there before it."""
        return later.op is Op.ADD and any(
            not self.graph.reaches(head, read) and self._is_computed(read)
            for read in later.reads
        )

    def _is_computed(self, value: Node) -> bool:
        """Whether a value is made of an input of the model."""
        return self.graph.is_made_of(Op.INPUT, value)

    def _before(self, node: Node) -> Stack | None:
        """The stack that a node reads, if there is nothing but reshaping between."""
        found: list[Stack] = []
        pending, seen = list(node.reads[:1]), set[int]()
        while pending:
            node = pending.pop()
            if node.index in seen:
                continue
            seen.add(node.index)
            stack = self._ending_in(node)
            if stack is not None:
                found.append(stack)
            elif node.op is Op.NORM:
                return None
            elif node.op in THROUGH and node.op is not Op.LOOP:
                pending.extend(node.reads)
        return found[0] if found else None

    def _ending_in(self, node: Node) -> Stack | None:
        match node.op:
            case Op.BLOCK:
                return Stack(node, _reported_at(node), self._placements(node))
            case Op.EXIT:
                last = self._last(node.reads[0])
                return Stack(node, _reported_at(node), last) if last else None
        return None

    def _last(self, value: Node) -> frozenset[Placement]:
        """The placement of the site or block that a round of a loop ends in."""
        norms: list[Node] = []
        while value.index not in self._sites:
            if value.op is Op.BLOCK:
                return frozenset() if norms else self._placements(value)
            if value.kind == "scale":
                return frozenset()  # a stream that is scaled whole does not grow
            if value.op not in (*THROUGH, Op.NORM) or not value.reads:
                return frozenset()
            norms += [value] if value.op is Op.NORM else []
            value = value.reads[0]
        site = self._sites[value.index]
        closed = any(norm not in site.norms for norm in norms)
        known = site.role is not Role.CONV and not closed
        grows = known and _grows(self._of_round(site))
        return frozenset([site.placement]) if grows else frozenset()

    def _of_round(self, last: Site) -> tuple[Site, ...]:
        """The sites of the loop that a site is the last one of."""
        loops = (n for n in self.graph.of(Op.LOOP) if self.graph.reaches(n, last.add))
        first = max((loop.index for loop in loops), default=-1)
        return tuple(s for i, s in self._sites.items() if first < i <= last.add.index)

    def _placements(self, node: Node) -> frozenset[Placement]:
        callee = self._callee(node)
        if callee is None:
            return frozenset()
        every = [variant.sites for variant in callee.variants if variant.sites]
        if not all(map(_grows, every)):
            return frozenset()
        return frozenset(_required(sites)[-1].placement for sites in every)


def _is_unseen(node: Node) -> bool:
    """Whether a module computes nobody can say what: it may begin with a norm.

    A layer of torch, as a loss, is no such module.
    """
    return node.op is Op.LAYER and node.kind == "unknown" and node.scope.passed


def _grows(sites: tuple[Site, ...]) -> bool:
    """Whether a stack of such sites is one of a Transformer.

    Recurrent layers whose results are normed and summed, as in separators of speech,
    have no attention, and a read-out behind them is used to the sum.
    """
    return any(site.role in _ATTENDS for site in sites) or any(
        site.placement is not Placement.OUTPUT for site in sites
    )


def _required(sites: tuple[Site, ...]) -> tuple[Site, ...]:
    return tuple(site for site in sites if not site.optional) or sites


def _reported_at(node: Node) -> Place | None:
    """The loop or the call in the class that we read; for a stock stack, its making."""
    outermost = next((s for s in node.scope.chain[1:] if s.place is not None), None)
    return outermost.place if outermost is not None else node.place
