"""The four facts about a site, and the norms they rest on."""

from blocklint.analysis.placement import Evidence, Placement
from blocklint.frozen import dataclass
from blocklint.graph import BlockGraph, Node, Op
from blocklint.graph.residuals import THROUGH, Residual, Residuals

_PASSES_ON = frozenset([Op.EXIT, Op.VIEW, Op.JOIN, Op.ADD, Op.OUTPUT])


@dataclass(frozen=True, eq=False)
class Join:
    """One branch of one residual addition: what a site is made from."""

    residual: Residual
    branch: Node

    @property
    def add(self) -> Node:
        """The sum."""
        return self.residual.add

    @property
    def stream(self) -> Node:
        """The operand on the identity path."""
        return self.residual.stream


@dataclass(frozen=True, eq=False)
class Facts:
    """What the graph says of one join, with the norms found on the way."""

    evidence: Evidence
    norms: tuple[Node, ...]
    certain: bool
    switched_off: bool = False  # an nn.Identity stands where the norm would

    @property
    def placement(self) -> Placement:
        """The placement, or UNKNOWN where something unseen may hold a norm."""
        found = self.evidence.placement()
        unsure = found in (Placement.NONE, Placement.NORMED_RESIDUAL)
        return found if self.certain or not unsure else Placement.UNKNOWN


class Wires:
    """The stream of one block, from join to join."""

    def __init__(
        self, graph: BlockGraph, residuals: Residuals, joins: list[Join]
    ) -> None:
        self.graph = graph
        self.residuals = residuals
        self.joins = joins
        self._adds = {join.add.index for join in joins}
        self._facts: dict[Join, Facts] = {}
        self._known_ways: dict[int, list[tuple[Node, Node | None]]] = {}
        self._throughout = self._normed_throughout()

    def facts(self, join: Join) -> Facts:
        """The facts of one join, worked out once."""
        if join not in self._facts:
            self._facts[join] = self._work_out(join)
        return self._facts[join]

    def _work_out(self, join: Join) -> Facts:
        sources = self.sources(join)
        entry, unseen, slot = self._entry(sources, join.branch)
        exit_norms = self._exit(join.branch, sources)
        after = [] if self._throughout else self._after(join)
        before = self._before(join)
        evidence = Evidence(bool(entry), bool(exit_norms), bool(after), bool(before))
        norms = [*entry, *exit_norms, *after]
        if not norms and evidence.before:
            norms = before
        certain = (slot or not unseen) and (bool(after) or self._is_followed(join))
        return Facts(evidence, tuple(dict.fromkeys(norms)), certain, slot)

    def _is_followed(self, join: Join) -> bool:
        """Whether the sum goes on to something whose code we can see."""
        unseen = seen = False
        pending, done = [join.add], set[int]()
        while pending:
            for reader in self.graph.readers(pending.pop()):
                if reader.index in done:
                    continue
                done.add(reader.index)
                if reader.op is Op.OPAQUE or reader.kind == "unknown":
                    unseen = True
                elif reader.op in THROUGH and reader.op is not Op.OUTPUT:
                    pending.append(reader)
                else:
                    seen = True
        return seen or not unseen

    def sources(self, join: Join) -> list[Node]:
        """The nearest values on the identity path that the branch is computed from."""
        found: list[Node] = []
        pending, seen = [join.stream], set[int]()
        while pending:
            node = pending.pop()
            if node.index in seen:
                continue
            seen.add(node.index)
            if self.graph.reaches(node, join.branch):
                found.append(node)
            elif node.op in THROUGH:
                pending.extend(node.reads)
        return found

    def _entry(
        self, sources: list[Node], branch: Node
    ) -> tuple[list[Node], bool, bool]:
        """The norms that every path into the branch meets first, if every path does.

        Also says whether a path enters something whose code cannot be seen, and
        whether an nn.Identity stands before it: a norm thought of, and left out.
        """
        norms: list[Node] = []
        bare = unseen = slot = False
        pending, seen = list(sources), {s.index for s in sources}
        while pending:
            for reader in self.graph.readers(pending.pop()):
                if reader.index in seen or not self.graph.reaches(reader, branch):
                    continue
                seen.add(reader.index)
                if reader.op is Op.NORM:
                    norms.append(reader)
                elif reader.op in (Op.LAYER, Op.BLOCK, Op.OPAQUE):
                    bare = True
                    unseen = unseen or reader.op is Op.OPAQUE or reader.scope.passed
                    slot = slot or _is_switched_off(reader)
                elif reader is not branch or reader.op is Op.ADD:
                    pending.append(reader)
        found = [] if bare else sorted(norms, key=lambda n: n.index)
        return found, unseen, slot

    def _exit(self, branch: Node, sources: list[Node]) -> list[Node]:
        """The norms that end the branch, if a norm is the last thing in it."""
        found: dict[int, list[Node]] = {}
        for node in self._path(branch, sources):
            found[node.index] = self._ends(node, sources, found)
        return found[branch.index]

    def _path(self, branch: Node, sources: list[Node]) -> list[Node]:
        """The last values of a branch, back to its sub-layers and norms, in order."""
        path, pending = {branch.index: branch}, [branch]
        while pending:
            node = pending.pop()
            for read in node.reads if node.op in _PASSES_ON else ():
                if read.index not in path and self._is_inside(read, sources):
                    path[read.index] = read
                    pending.append(read)
        return [path[index] for index in sorted(path)]

    def _is_inside(self, node: Node, sources: list[Node]) -> bool:
        return any(s is not node and self.graph.reaches(s, node) for s in sources)

    def _ends(
        self, node: Node, sources: list[Node], found: dict[int, list[Node]]
    ) -> list[Node]:
        """The norms that one value of a branch ends in, given those of earlier ones."""
        match node.op:
            case Op.NORM:
                return [node] if self._feeds(sources, node) else []
            case Op.EXIT:
                return found.get(node.reads[0].index, [])
            case Op.VIEW | Op.JOIN | Op.ADD | Op.OUTPUT:
                ends = [
                    found.get(read.index, [])
                    for read in node.reads
                    if self._feeds(sources, read)
                ]
                if node.kind == "scale":
                    return next((end for end in ends if end), [])
                if ends and all(ends):
                    return list(dict.fromkeys(norm for end in ends for norm in end))
        return []

    def _feeds(self, sources: list[Node], node: Node) -> bool:
        return any(self.residuals.feeds(source, node) for source in sources)

    def _after(self, join: Join) -> list[Node]:
        """The norms through which the next site, or the caller, takes the sum."""
        later = [
            found
            for other in self.joins
            if other.add is not join.add
            for found in self._ways(other.stream)
            if found[0] is join.add
        ]
        if not later:
            last = self.graph.of(Op.OUTPUT, Op.EXIT, Op.LOOP)
            ends = [node.reads[0] for node in last if node.reads]
            later = [w for end in ends for w in self._ways(end) if w[0] is join.add]
        if later and all(norm is not None for _, norm in later):
            return [norm for _, norm in later if norm is not None]
        return []

    def _ways(self, value: Node) -> list[tuple[Node, Node | None]]:
        """The sums that a value is, each with the norm between, if there is one."""
        if value.index not in self._known_ways:
            self._known_ways[value.index] = self._find_ways(value)
        return self._known_ways[value.index]

    def _find_ways(self, value: Node) -> list[tuple[Node, Node | None]]:
        found: list[tuple[Node, Node | None]] = []
        pending: list[tuple[Node, Node | None]] = [(value, None)]
        seen: set[int] = set()
        while pending:
            node, norm = pending.pop()
            if node.index in seen:
                continue
            seen.add(node.index)
            if node.index in self._adds:
                found.append((node, norm))
            elif node.op is Op.NORM:
                pending.extend((read, norm or node) for read in node.reads[:1])
            elif node.op in (Op.EXIT, Op.LOOP):
                pending.extend((read, None) for read in node.reads)
            elif node.op in THROUGH:
                pending.extend((read, norm) for read in node.reads)
        return found

    def _before(self, join: Join) -> list[Node]:
        """The norm that the stream itself is, if no earlier site owns it."""
        norm = self._own_norm(join.stream)
        if norm is None:
            return []
        if self._throughout or not any(w[1] for w in self._ways(join.stream)):
            return [norm]
        return []

    def _own_norm(self, value: Node) -> Node | None:
        while value.op in THROUGH and value.op is not Op.LOOP and value.reads:
            value = value.reads[0]
        if value.op is not Op.NORM or not value.reads:
            return None
        source = value.reads[0]
        while source.op in THROUGH and source.reads:
            source = source.reads[0]
        return None if source.op is Op.LAYER else value

    def _normed_throughout(self) -> bool:
        """Every site norms the stream at its start and none at its end."""
        if not self.joins or not all(self._own_norm(j.stream) for j in self.joins):
            return False
        for join in self.joins:
            sources = self.sources(join)
            if self._entry(sources, join.branch)[0]:
                return False
        outputs = [n.reads[0] for n in self.graph.of(Op.OUTPUT) if n.reads]
        last = self.joins[-1].add
        return not any(
            norm is not None and add is last
            for value in outputs
            for add, norm in self._ways(value)
        )


def _is_switched_off(layer: Node) -> bool:
    """An nn.Identity right before a sub-layer: a norm was thought of, and left out."""
    pending = list(layer.reads)
    while pending:
        node = pending.pop()
        if node.kind == "identity":
            return True
        if node.op is Op.VIEW and len(node.reads) == 1:
            pending.extend(node.reads)
    return False
