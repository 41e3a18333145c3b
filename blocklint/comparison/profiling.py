"""A block taken down as a profile: what is compared of it, out of its graphs."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import cast

from blocklint.analysis import Block, Placement, Site, Variant
from blocklint.analysis.block import Rewired
from blocklint.analysis.sites import sites_of
from blocklint.analysis.stacks import Stacks
from blocklint.comparison.canonical import Writer
from blocklint.comparison.lost import all_sites
from blocklint.comparison.profile import Joined, Profile, Way, Wired
from blocklint.comparison.program import Program
from blocklint.comparison.reading import Piece
from blocklint.comparison.spots import Spot
from blocklint.frontends.static.choices import Answer, describe
from blocklint.graph import BlockGraph, Node, Op, Sharing
from blocklint.graph.residuals import THROUGH
from blocklint.source import Chunk

Shown = Callable[[str], str]
_COMPUTES = frozenset(["linear", "conv", "attention", "ffn"])  # out of something
_CHAIN = frozenset(["norm", "dropout", "scale", "unit"])


def profile_of(block: Block, shown: Shown) -> Profile:
    """All that is compared of a class; `shown` says what a file is called."""

    @cache
    def graph_of(node: Node) -> BlockGraph | None:
        found = block.callee(node)
        return found.default.graph if found is not None else None

    nodes = [node for variant in block.variants for node in variant.graph.nodes]
    ran: dict[Chunk, set[str]] = {block.statement.chunk: set()}
    for node in nodes:
        if node.place is not None:
            names = (scope.name for scope in node.scope.chain)
            ran.setdefault(node.place.chunk, set()).update(names)
    chunks = ran.keys()
    inside = {(chunk.source.path, name) for chunk in chunks for name in chunk.names}
    several = len(block.variants) > 1
    wired = [
        _wired(each, block, graph_of, each.when if several else None)
        for each in block.variants
    ]

    def ways() -> Iterator[Way]:
        for question, guessed, graph, when, unless in _rewired(block):
            variant = Variant(when, graph, sites_of(graph), block.default.signature)
            made = _wired(variant, block, graph_of, when)
            yield Way(made, question, guessed, unless)

    return Profile(
        shown(block.source.path),
        block.name,
        block.place,
        block.is_block,
        tuple(wired),
        tuple(sorted((_piece(c, ran[c], block) for c in ran), key=lambda p: p.text)),
        any(node.op is Op.BLOCK or _is_of_list(node) for node in nodes),
        frozenset((shown(path), name) for path, name in inside),
        ways,
    )


def _piece(chunk: Chunk, ran: set[str], block: Block) -> Piece:
    """A statement; of the class of a framework, the members that were followed."""
    header = chunk.header
    if header is None or "forward" in header.members or chunk.source is block.source:
        return Piece(chunk.text)
    bases = [base.rpartition(".")[2] for base in header.bases]
    if bases and "Module" not in bases:
        return Piece(chunk.text)
    return Piece(chunk.text, frozenset(ran & header.members))


def _rewired(block: Block) -> Iterator[tuple[str, bool, BlockGraph, str, str]]:
    """The graphs that are one answer away from the default's, and how to get there."""
    plain = block.default.graph.assumed
    # A question that another one hid, once that was answered otherwise, tells nothing.
    every = [
        each
        for each in block.rewired()
        if len(each.asked) == 1 and each.asked[0] in each.graph.assumed
    ]
    for each in every:
        (name,) = each.asked
        if name in plain:
            answers = [_answer(e, name) for e in every if e.asked == (name,)]
            first, answer = cast(Answer, plain[name]), _answer(each, name)
            others = [a for a in (first, *answers) if a != answer]
            when, unless = (
                describe(name, answer, others),
                describe(name, first, answers),
            )
            yield name, each.as_likely, each.graph, when, unless


def _answer(rewired: Rewired, name: str) -> Answer:
    return cast(Answer, rewired.graph.assumed[name])


def _wired(
    variant: Variant,
    block: Block,
    graph_of: Callable[[Node], BlockGraph | None],
    when: str | None,
) -> Wired:
    sites = list(_ordered(variant))
    sums: dict[int, int] = {}
    for number, site in enumerate(sites):
        sums.setdefault(site.add.index, number)
    writer = Writer(variant, sums, graph_of)
    program = writer.program
    joined = _Joining(writer, program, sites).all()
    graph = variant.graph
    ends = [
        writer.at[node.index]
        for node in graph.of(Op.OUTPUT)
        if node.reads and not _is_weights(node, writer)
    ]
    stacks = Stacks(graph, block.callee)
    final = dict.fromkeys(norm for _, norm in stacks.final_norms())
    return Wired(
        when,
        program,
        joined,
        tuple(dict.fromkeys(ends)),
        tuple(_spots(graph, program, ends, sites, joined)),
        tuple(norm.place for norm in final),
        tuple(
            (_what_is_shared(sharing), sharing.place)
            for member in graph.members
            for sharing in member.sharings
        ),
        graph.assumed,
    )


def _spots(
    graph: BlockGraph,
    program: Program,
    ends: list[int],
    sites: list[Site],
    joined: tuple[Joined, ...],
) -> Iterator[Spot]:
    """Where the data flow could not be followed."""
    for step in program.reached([*ends, *(s.branch for s in joined)]):
        node = program.nodes[step]
        if program.steps[step].kind == "opaque":
            yield Spot(f"`{node.name}`", node)
        elif node.kind in _COMPUTES and not node.reads:
            yield Spot(f"what `{node.name}` reads", node)
    for site in sites:
        if site.placement is Placement.UNKNOWN:
            yield Spot("the sum", site.add)
    for loop in _idle_loops(graph):
        yield Spot("the loop", loop)


def _idle_loops(graph: BlockGraph) -> Iterator[Node]:
    """The loops that do nothing to a value that they carry: these were misread."""
    ends = list(graph.of(Op.EXIT))
    yield from (end for end in ends if _unviewed(end.reads[0]).op is Op.LOOP)
    for loop in graph.of(Op.LOOP):  # one that nothing reads carries no value
        if graph.readers(loop) and not any(graph.reaches(loop, end) for end in ends):
            yield loop


def _unviewed(value: Node) -> Node:
    while value.op is Op.VIEW and value.reads:
        value = value.reads[0]
    return value


def _is_of_list(node: Node) -> bool:
    """Whether a module that was taken from a list makes a node."""
    return any(scope.of_list for scope in node.scope.chain)


def _what_is_shared(sharing: Sharing) -> str:
    if sharing.part:
        return sharing.role or "module"
    return "block" if sharing.of_blocks else "module"


def _is_weights(output: Node, writer: Writer) -> bool:
    """Whether an attention's weights are returned, for who wants to look at them."""
    value = output.reads[0]
    while value.op in THROUGH and value.reads and value.kind != "softmax":
        if value.kind == "second" or value.index in writer.weighing.weights:
            return True
        value = value.reads[0]
    return value.index in writer.weighing.weights


def _ordered(variant: Variant) -> Iterator[Site]:
    """The sites, stream by stream in the order of the inputs that these come from."""
    inputs = [node.index for node in variant.graph.of(Op.INPUT)]
    first: dict[int, int] = {}

    def stream_of(site: Site) -> int:
        graph = variant.graph
        earlier = [i for i in first if graph.reaches(graph.nodes[i], site.stream)]
        if earlier:
            return first[earlier[-1]]
        found = [i for i in inputs if graph.reaches(graph.nodes[i], site.stream)]
        return inputs.index(found[0]) if found else len(inputs)

    keyed = []
    for site in sorted(all_sites(variant), key=lambda each: each.add.index):
        stream = stream_of(site)
        first[site.add.index] = stream
        keyed.append((stream, site.add.index, site.branch.index, site))
    yield from (site for *_, site in sorted(keyed, key=lambda each: each[:3]))


class _Joining:
    """The sites of one wiring, with what each reads of the streams."""

    def __init__(self, writer: Writer, program: Program, sites: list[Site]) -> None:
        self._writer = writer
        self._program = program
        self._sites = sites

    def all(self) -> tuple[Joined, ...]:
        return tuple(self._joined(number) for number in range(len(self._sites)))

    def _joined(self, number: int) -> Joined:
        site, at = self._sites[number], self._writer.at
        stream, branch = at[site.stream.index], at[site.branch.index]
        base = self._base(stream)
        before = self._before(number, base)
        read = {self._program.steps[i].stream for i in self._program.reached([branch])}
        own = [i for i in before if self._first(i) in read]
        behind = [i for i in before if i > (own[-1] if own else -1)]
        newest = self._program.steps[base].stream
        lag = len([i for i in before if newest is None or i > newest])
        norms = tuple(at[norm.index] for norm in site.norms)
        others = self._others(site)
        return Joined(
            site.role.value,
            site.placement,
            site.optional,
            "parallel" in site.modifiers,
            stream,
            branch,
            others,
            norms,
            self._adds(lag, newest, before),
            self._adds(len(behind), own[-1] if own else None, before),
            site.add.place,
        )

    def _adds(self, lag: int, newest: int | None, before: list[int]) -> int:
        """How many sums were left out; sites that share one sum count once."""
        left = {self._first(i) for i in before[len(before) - lag :]}
        return len(left - {newest})

    def _first(self, number: int) -> int:
        """The number of the first site with the same sum."""
        add = self._sites[number].add
        return next(i for i, s in enumerate(self._sites) if s.add is add)

    def _base(self, step: int) -> int:
        """What a stream is, without the norms, factors and dropout on it."""
        steps = self._program.steps
        while steps[step].kind in _CHAIN and steps[step].reads:
            reads = steps[step].reads
            step = max(reads, key=lambda r: (steps[r].stream is not None, -r))
        return step

    def _before(self, number: int, base: int) -> list[int]:
        """The earlier sites of the same stream."""
        site = self._sites[number]
        home = self._root(number)
        return [
            i
            for i in range(number)
            if self._root(i) == home and self._sites[i].add is not site.add
        ]

    def _root(self, number: int) -> int:
        """The step that the stream of a site starts from."""
        base = self._base(self._writer.at[self._sites[number].stream.index])
        earlier = self._program.steps[base].stream
        return self._root(earlier) if earlier is not None and earlier < number else base

    def _others(self, site: Site) -> tuple[int, ...]:
        """What a sum adds beside its stream and its branches."""
        known = {s.branch for s in self._sites if s.add is site.add} | {site.stream}
        graph = self._writer.variant.graph
        found: list[int] = []
        pending = list(site.add.reads)
        while pending:
            node = pending.pop(0)
            holds = any(
                each is not node and graph.reaches(each, node) for each in known
            )
            if node in known:
                continue
            if node.op is Op.ADD and holds:
                pending.extend(node.reads)
            elif not holds:
                found.append(self._writer.at[node.index])
        return tuple(sorted(found))
