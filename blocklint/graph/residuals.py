"""Residual additions: which sums join a branch to the value it was computed from."""

from blocklint.frozen import dataclass
from blocklint.graph.formulas import is_another
from blocklint.graph.model import BlockGraph, Node, Op
from blocklint.lazy import cached_property

THROUGH = frozenset([Op.VIEW, Op.JOIN, Op.LOOP, Op.EXIT, Op.OUTPUT])
_SPREAD = frozenset(["expand", "expand_as", "repeat", "tile", "broadcast_to"])
MOST_SUMS = 300  # no block has more; generated code may, and is passed over
SUBSTANCE = frozenset([Op.LAYER, Op.BLOCK])


@dataclass(frozen=True, eq=False)
class Residual:
    """One sum `stream + branches`; `terms` are the sums that were flattened into it."""

    add: Node
    stream: Node
    branches: tuple[Node, ...]
    terms: frozenset[int]


def same_value(node: Node) -> list[Node]:
    """The values that a node is, up to reshaping, scaling and joining.

    A mean of a value is another value, and an index picks what it is not.
    """
    found: list[Node] = []
    seen: set[int] = set()
    pending = [node]
    while pending:
        node = pending.pop()
        if node.index in seen:
            continue
        seen.add(node.index)
        found.append(node)
        if node.op in THROUGH and node.kind != "stat" and not is_another(node):
            picked = node.op is Op.VIEW and node.kind == "slice"
            pending.extend(reversed(node.reads[:1] if picked else node.reads))
    return found


def _is_constant(values: list[Node]) -> bool:
    """Whether a value, which is all of these, is made of parameters alone."""
    if any(n.op is Op.LOOP or n.name in _SPREAD for n in values):
        return False  # learned queries, repeated for the batch, are a stream
    ends = [n for n in values if n.op not in THROUGH]
    return all(n.op is Op.PARAM for n in ends) and bool(ends)


class Residuals:
    """The residual additions of one graph."""

    def __init__(self, graph: BlockGraph) -> None:
        self.graph = graph
        self._bits: dict[int, int] = {}
        self.all = self._find()
        self._streams = {r.add.index: r.stream for r in self.all}
        joined = [r for r in self.all if self._is_on_the_stream(r)]
        outer = [r for r in joined if not self._is_inside_another(r, joined)]
        self.outer = tuple(r for r in outer if not self._injects(r))

    def feeds(self, source: Node, branch: Node) -> bool:
        """Whether a branch is computed from a source through a sub-layer."""
        return bool(self._fed[branch.index] & self._values(source))

    @cached_property
    def _fed(self) -> list[int]:
        return _fed(self.graph)

    def _values(self, node: Node) -> int:
        """The values that a node is, as bits."""
        if node.index not in self._bits:
            self._bits[node.index] = sum(1 << n.index for n in same_value(node))
        return self._bits[node.index]

    def _find(self) -> tuple[Residual, ...]:
        found: dict[int, Residual] = {}
        sums = list(self.graph.of(Op.ADD))
        for add in sums if len(sums) <= MOST_SUMS else []:
            operands, terms = self._operands(add)
            residual = self._residual(add, operands, terms)
            if residual is None:
                continue
            for term in terms:
                found.pop(term, None)
            found[add.index] = residual
        return tuple(found.values())

    def _operands(self, add: Node) -> tuple[list[Node], frozenset[int]]:
        """The operands of a sum, sums inside it flattened."""
        operands = list(add.reads)
        terms: set[int] = set()
        while True:
            inner = next(
                (o for o in operands if self._flattens(add, o, operands)), None
            )
            if inner is None:
                return operands, frozenset(terms)
            terms.add(inner.index)
            at = operands.index(inner)
            operands[at : at + 1] = inner.reads

    def _flattens(self, add: Node, operand: Node, operands: list[Node]) -> bool:
        """A sum inside a sum: `(x + a) + b` in one module, b not made from `x + a`."""
        if operand.op is not Op.ADD or operand.scope.module is not add.scope.module:
            return False
        return not any(
            other is not operand and self.graph.reaches(operand, other)
            for other in operands
        )

    def _residual(
        self, add: Node, operands: list[Node], terms: frozenset[int]
    ) -> Residual | None:
        best: Residual | None = None
        for stream in operands:
            branches = tuple(
                other
                for other in operands
                if other is not stream
                and self.feeds(stream, other)
                and not self._is_long_skip(stream, other)
            )
            most = len(best.branches) if best is not None else 0
            if len(branches) > most and self._is_stream(stream):
                best = Residual(add, stream, branches, terms)
        return best

    def _is_stream(self, value: Node) -> bool:
        """Whether a value may be one: no weights, and no mean put back in the end."""
        values = same_value(value)
        taken_off = any(
            reader.kind == "arithmetic" and len(reader.reads) > 1
            for each in values
            for reader in self.graph.readers(each)
        )
        mean = any(each.kind == "stat" for each in values)
        return not (_is_constant(values) or (mean and taken_off))

    def _is_long_skip(self, stream: Node, branch: Node) -> bool:
        """A skip over whole blocks, as in a U-Net, is no site of a block."""
        return any(n.op is Op.BLOCK for n in self.graph.between(stream, branch)) or (
            branch.op is Op.BLOCK
        )

    def _is_inside_another(self, residual: Residual, joined: list[Residual]) -> bool:
        """Whether it is part of a branch of one that goes on to the caller itself."""
        return any(
            self.contains(other, residual) for other in joined if other is not residual
        )

    def _is_on_the_stream(self, residual: Residual) -> bool:
        """Whether the sum goes on to the caller, not only into branches of others.

        `q = x + position` that only an attention reads is no site: what attends is
        added to `x`, and the sum is gone.
        """
        others = {r.add.index: r for r in self.all}
        pending, seen = [residual.add], {residual.add.index}
        while pending:
            for reader in self.graph.readers(pending.pop()):
                if reader.op is Op.OUTPUT or self._is_carried(residual, reader):
                    return True
                if reader.index in seen or reader.kind == "second":
                    continue
                seen.add(reader.index)
                other = others.get(reader.index)
                if other is None or self.graph.reaches(residual.add, other.stream):
                    pending.append(reader)
        return not any(self.graph.of(Op.OUTPUT))

    def _is_carried(self, residual: Residual, end: Node) -> bool:
        """Whether a loop carries the sum on to its next round, for others to read."""
        if end.op is not Op.EXIT:
            return False
        line, _ = self.lineage(residual.stream)
        return any(
            loop.name == end.name
            and loop.index in line
            and any(self.graph.reaches(loop, out) for out in self.graph.of(Op.OUTPUT))
            for loop in self.graph.of(Op.LOOP)
        )

    def _injects(self, residual: Residual) -> bool:
        """Whether something is added to a stream from the side, as positions are.

        The other operand is then itself the sum of an earlier site, or a norm of it,
        and that site's stream does not come from what is added now.
        """
        others = {r.add.index: r for r in self.all if r is not residual}
        pending, seen = list(residual.branches), set[int]()
        while pending:
            node = pending.pop()
            if node.index in seen:
                continue
            seen.add(node.index)
            other = others.get(node.index)
            if other is not None:
                if self.graph.reaches(other.add, residual.stream):
                    continue  # an earlier site of the very stream that is added to
                line, _ = self.lineage(other.stream)
                own = other.add.scope.module is residual.add.scope.module
                values = same_value(residual.stream)
                return own and not any(value.index in line for value in values)
            if node.op in THROUGH:
                pending.extend(node.reads)
            elif node.op is Op.NORM:
                pending.extend(node.reads[:1])
        return False

    def contains(self, outer: Residual, inner: Residual) -> bool:
        """Whether a residual addition is part of another one's branch.

        It is not if it adds to another stream that the branch reads, and not if it
        adds to the very value that the outer one adds to (then that one is stale).
        """
        if self.graph.reaches(inner.add, outer.stream):
            return False
        if not any(self.graph.reaches(inner.add, b) for b in outer.branches):
            return False
        if self._shares_module(outer, inner):
            return True
        values = self._own_values(outer)
        shared = same_value(inner.stream)
        if any(value in shared for value in values):
            return inner.add.scope.module is not outer.add.scope.module
        line, ends = self.lineage(inner.stream)
        return any(value.index in line for value in values) or any(
            end.op is not Op.INPUT and self.graph.reaches(outer.stream, end)
            for end in ends
        )

    def _shares_module(self, outer: Residual, inner: Residual) -> bool:
        """Whether the inner sum stands in the module that computes the branch."""
        home = outer.add.scope.module.chain
        place = inner.add.scope.chain[len(home) :]
        ends = [b for branch in outer.branches for b in same_value(branch)]
        return bool(place) and any(
            place[0] is each.scope.chain[len(home)]
            for each in ends
            if len(each.scope.chain) > len(home)
        )

    def _own_values(self, residual: Residual) -> list[Node]:
        """The nearest values of a stream that its branches are computed from."""
        return [
            node
            for node in same_value(residual.stream)
            if any(self.graph.reaches(node, b) for b in residual.branches)
        ]

    def lineage(self, value: Node) -> tuple[set[int], list[Node]]:
        """A stream followed back through sums and norms, and where it comes from."""
        ends: list[Node] = []
        seen: set[int] = set()
        pending = [value]
        while pending:
            node = pending.pop()
            if node.index in seen:
                continue
            seen.add(node.index)
            if node.index in self._streams:
                pending.append(self._streams[node.index])
            elif node.op in THROUGH or node.op is Op.ADD:
                pending.extend(node.reads)
            elif node.op is Op.NORM:
                pending.extend(node.reads[:1])
            else:
                ends.append(node)
        return seen, ends


def _fed(graph: BlockGraph) -> list[int]:
    """For each node, the set of nodes that it is computed from through a sub-layer."""
    sets: list[int] = []
    for node in graph.nodes:
        bits = 0
        for read in node.reads:
            bits |= sets[read.index]
        if node.op in SUBSTANCE:
            for read in node.reads:
                bits |= graph.ancestors(read)
        sets.append(bits)
    return sets
