"""The streams of one wiring, put together from its sites and its graph."""

from collections.abc import Iterator, Sequence
from dataclasses import field, replace

from blocklint.analysis.block import Site, Variant
from blocklint.analysis.naming import SizeTexts
from blocklint.analysis.role import Role
from blocklint.analysis.steps import Steps
from blocklint.analysis.streams import Branch, Join, Reading, Step, Stream
from blocklint.analysis.ways import Way, Ways
from blocklint.frozen import dataclass
from blocklint.graph import Node, Op
from blocklint.graph.residuals import same_value


@dataclass(eq=False)
class _Line:
    """A stream in the making: where it starts, and its additions in order."""

    root: Node
    adds: list[Node] = field(default_factory=list)


def streams_of(variant: Variant) -> tuple[Stream, ...]:
    """The streams of a wiring: those with additions first, then those only read."""
    return _Courses(variant).streams() if variant.sites else ()


class _Courses:
    def __init__(self, variant: Variant) -> None:
        self.graph = variant.graph
        self.texts = SizeTexts(variant.graph, variant.shapes)
        self.steps = Steps(variant.graph, self.texts)
        self.sites: dict[int, list[tuple[int, Site]]] = {}
        for number, site in enumerate(variant.sites):
            self.sites.setdefault(site.add.index, []).append((number, site))
        self.ways = Ways(variant.graph, [site.add for site in variant.sites])
        self.lines: list[_Line] = []
        self.at: dict[int, tuple[int, int]] = {}  # line and place of each addition
        self.back: dict[int, Way] = {}
        for add in sorted(self.sites):
            self._put(self.graph.nodes[add])

    def streams(self) -> tuple[Stream, ...]:
        own = len(self.lines)
        made = [self._stream(number) for number in range(own)]
        return (*made, *(self._plain(line.root) for line in self.lines[own:]))

    def _put(self, add: Node) -> None:
        """Give an addition its place on a line."""
        way = self.ways.back(self.sites[add.index][0][1].stream)
        self.back[add.index] = way
        if way.start.index in self.at:
            line = self.at[way.start.index][0]
        else:
            line = self._line(way.start)
        self.at[add.index] = (line, len(self.lines[line].adds))
        self.lines[line].adds.append(add)

    def _line(self, root: Node) -> int:
        """The line that starts at a value; a new one if there is none."""
        for number, line in enumerate(self.lines):
            if line.root is root:
                return number
        self.lines.append(_Line(root))
        return len(self.lines) - 1

    def _plain(self, root: Node) -> Stream:
        return Stream(_name(root), self.texts.shape(root))

    def _stream(self, number: int) -> Stream:
        line = self.lines[number]
        after: dict[int, dict[int, Step]] = {add.index: {} for add in line.adds}
        closing = set[int]()
        joins: list[Join] = []
        for add in line.adds:
            way, join = self.back[add.index], self._join(add, number)
            before = self._split(way, after, keep=self._is_missed(add, way))
            closing |= _left(way)
            opens = any(node.op is Op.LOOP for node in way.path)
            joins.append(replace(join, before=before, opens=opens))
        last, end = self._last(line), tuple[Step, ...]()
        if last is not None:
            end = self._split(last, after, keep=False)
            closing |= _left(last)
        whole = (
            replace(
                join,
                after=tuple(after[add.index].values()),
                closes=add.index in closing,
            )
            for add, join in zip(line.adds, joins, strict=True)
        )
        return replace(self._plain(line.root), joins=tuple(whole), end=end)

    def _split(
        self, way: Way, after: dict[int, dict[int, Step]], keep: bool
    ) -> tuple[Step, ...]:
        """The steps on a way, without norms that belong to the addition it starts at.

        Those are put with that addition, unless all are to be kept.
        """
        stood = self.steps.of_stream(way.path)
        owner = way.start.index
        if keep or owner not in after:
            return tuple(step for _, step in stood)
        norms = {norm.index for _, s in self.sites[owner] for norm in s.norms}
        after[owner] |= {n.index: step for n, step in stood if n.index in norms}
        return tuple(step for node, step in stood if node.index not in norms)

    def _last(self, line: _Line) -> Way | None:
        """The way from the last addition of a line to what is returned."""
        for output in self.graph.of(Op.OUTPUT):
            way = self.ways.back(output.reads[0])
            if way.start is line.adds[-1]:
                return way
        return None

    def _join(self, add: Node, line: int) -> Join:
        start = self.back[add.index].start.index
        base = self.at[start][1] + 1 if start in self.at else 0
        sites = self.sites[add.index]
        branches = tuple(self._branch(n, site, base, line) for n, site in sites)
        optional = all(site.optional for _, site in sites)
        return Join(branches, base, optional=optional)

    def _branch(self, number: int, site: Site, base: int, line: int) -> Branch:
        place = self.at[site.add.index][1]
        way = self.back[site.add.index]
        met, nodes = self._met(site, way, line)
        path = {node.index for node in (way.start, *way.path)}
        own = [self.at[n.index][1] + 1 for n in met if self._is_on(n, line, place)]
        own += [base for node in met if node.index in path]
        tap = max(own, default=0)
        steps = self.steps.of_branch(site, nodes)
        early = tap == base and bool(self._missed(site, way))
        reads = tuple(dict.fromkeys(self._reads(site, line, met, nodes)))
        return Branch(number, steps, tap, early, reads)

    def _missed(self, site: Site, way: Way) -> set[int]:
        """The steps on the way to an addition that its branch is not computed from."""
        return {
            node.index
            for node, _ in self.steps.of_stream(way.path)
            if not self.graph.reaches(node, site.branch)
        }

    def _is_missed(self, add: Node, way: Way) -> bool:
        """Whether a branch misses a norm that belongs to the addition before."""
        earlier = self.sites.get(way.start.index, [])
        norms = {norm.index for _, site in earlier for norm in site.norms}
        return any(self._missed(s, way) & norms for _, s in self.sites[add.index])

    def _is_on(self, node: Node, line: int, place: int) -> bool:
        at = self.at.get(node.index)
        return at is not None and at[0] == line and at[1] < place

    def _met(self, site: Site, way: Way, line: int) -> tuple[list[Node], list[Node]]:
        """Where the ways back from a branch end, and the nodes that its own way has."""
        path = {node.index for node in (way.start, *way.path)}
        ends: list[Node] = []
        inside: dict[int, Node] = {}
        pending = [site.branch]
        while pending:
            node = pending.pop()
            if node.index in inside:
                continue
            inside[node.index] = node
            is_end = node.index in path or node.index in self.at or not node.reads
            if is_end and node is not site.branch:
                ends.append(node)
            else:
                pending.extend(node.reads)
        taken = self._taken(way, ends, line)
        kept = [
            node
            for node in inside.values()
            if node not in ends and any(self.graph.reaches(t, node) for t in taken)
        ]
        return ends, kept

    def _taken(self, way: Way, ends: Sequence[Node], line: int) -> list[Node]:
        """Of the ends of a branch, those that lie on its own stream."""
        path = {node.index for node in (way.start, *way.path)}
        return [
            node
            for node in ends
            if node.index in path
            or self.at.get(node.index, (-1, 0))[0] == line
            or node is self.lines[line].root
        ]

    def _reads(
        self, site: Site, line: int, met: Sequence[Node], nodes: Sequence[Node]
    ) -> Iterator[Reading]:
        """What a branch reads of other streams, and by which of its sub-layers."""
        newest: dict[int, tuple[int, Node]] = {}
        for node in met:
            for other, joins in self._places(node):
                if other != line and joins >= newest.get(other, (-1, node))[0]:
                    newest[other] = joins, node
        if not newest and site.role is Role.CROSS_ATTENTION:
            memory = self._memory(site, met, nodes)
            if memory is not None:
                newest[self._line(memory)] = 0, memory
        readers = self.steps.readers(site, nodes)
        for other, (joins, value) in newest.items():
            calls = (
                call
                for call, computing in readers
                if any(self.graph.reaches(value, node) for node in computing)
            )
            yield Reading(other, joins, next(calls, -1))

    def _places(self, node: Node) -> Iterator[tuple[int, int]]:
        """The streams that a value is on, each with how many additions it has behind.

        A stream that is only read has no addition, and is none of them here.
        """
        if node.index in self.at:
            other, place = self.at[node.index]
            yield other, place + 1
        for number, line in enumerate(self.lines):
            if line.root is node and line.adds:
                yield number, 0

    def _memory(
        self, site: Site, met: Sequence[Node], nodes: Sequence[Node]
    ) -> Node | None:
        """The argument that cross-attention makes its keys and values of."""
        given = [node for node in met if node.op is Op.INPUT]
        calls = {call for call, _ in self.steps.readers(site, nodes)}
        for node in self.graph.of(Op.LAYER):
            if node.kind == "linear" and self.steps.call_of(node, site) in calls:
                for value in same_value(node.reads[0]):
                    if value in given:
                        return value
        core = [node for node in nodes if node.op is Op.LAYER and len(node.reads) > 1]
        keys = [value for node in core for value in same_value(node.reads[1])]
        return next((value for value in keys if value in given), None)


def _name(root: Node) -> str:
    """What a stream is called: its argument, or the value that it starts from."""
    if root.kind == "element" and root.reads and root.reads[0].reads:
        return f"{root.reads[0].reads[0].name}{root.name}"
    return root.name


def _left(way: Way) -> set[int]:
    """The addition that a way starts at, if the way leaves a loop."""
    return {way.start.index} if any(n.op is Op.EXIT for n in way.path) else set()
