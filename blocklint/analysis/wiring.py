"""How the sums of one wiring hang together: what is lost, and what is added twice."""

from collections.abc import Iterator

from blocklint.analysis.role import Role
from blocklint.analysis.roles import role_of
from blocklint.frozen import dataclass
from blocklint.graph import BlockGraph, Node, Op, Scope
from blocklint.graph.residuals import SUBSTANCE, Residual, Residuals, same_value
from blocklint.lazy import cached_property
from blocklint.source import Place

SUBLAYERS = frozenset([Role.ATTENTION, Role.CROSS_ATTENTION, Role.FFN, Role.MIXER])

_CASTS = frozenset(
    ["to", "float", "half", "double", "bfloat16", "type", "type_as", "contiguous"]
)


@dataclass(frozen=True, eq=False)
class Stale:
    """A sum that joins an older stream value, although a newer one feeds its branch.

    `lost` is the newer value: an addition that only the branch reads, so that what
    was joined there never reaches the stream.
    """

    add: Node
    stream: Node
    branch: Node
    role: Role
    lost: Node
    lost_role: Role


@dataclass(frozen=True, eq=False)
class Doubled:
    """A sum `x + f(x)` whose branch is itself the sum `x + g(x)` of a sub-module."""

    add: Node
    inner: Node
    branch: Node


class Wiring:
    """Questions about the sums of one graph."""

    def __init__(self, graph: BlockGraph) -> None:
        self.graph = graph

    @cached_property
    def residuals(self) -> Residuals:
        """The residual additions of the graph."""
        return self.graph.once(Residuals)

    @cached_property
    def _by_add(self) -> dict[int, Residual]:
        return {each.add.index: each for each in self.residuals.all}

    def doubled(self) -> Iterator[Doubled]:
        """The sums of this class whose branch has added their stream already."""
        for outer in self.graph.of(Op.ADD):
            if len(modules_of(outer)) == 1 and len(outer.reads) == 2:  # noqa: PLR2004
                one, two = outer.reads
                for stream, branch in ((one, two), (two, one)):
                    inner = reshaped(branch)
                    if self._adds(inner, stream):
                        role = role_of(self.graph, [stream], branch)
                        if role in SUBLAYERS:  # convolutions are summed densely
                            yield Doubled(outer, inner, branch)

    def _adds(self, inner: Node, stream: Node) -> bool:
        """Whether a sum of a sub-module is that of a value and what comes of it."""
        if inner.op is not Op.ADD or len(modules_of(inner)) == 1:
            return False
        value = reshaped(stream)
        others = [read for read in inner.reads if reshaped(read) is not value]
        return len(others) == len(inner.reads) - 1 and any(
            self.residuals.feeds(value, other) for other in others
        )

    def unused_calls(self) -> Iterator[Node]:
        """The first node of each module call of this class whose result goes nowhere.

        Nothing that the call computes reaches the output, an object that keeps it, or
        code that could not be followed.
        """
        used = self._used()
        if not any(_computes(n) and not used >> n.index & 1 for n in self.graph.nodes):
            return
        calls: dict[Scope | Node, list[Node]] = {}
        for node in self.graph.nodes:
            calls.setdefault(_call_of(node), []).append(node)
        for nodes in calls.values():
            first = next((node for node in nodes if _computes(node)), None)
            if first and not any(used >> node.index & 1 for node in nodes):
                yield first

    def _used(self) -> int:
        """What leaves the forward pass, and all that it is computed from, as bits."""
        used = 0
        for node in self.graph.nodes:
            if self._is_used(node):
                used |= self.graph.ancestors(node)
        return used

    def stale(self) -> Iterator[Stale]:
        """The sums of this class that lose what an earlier sum of it has joined."""
        for outer in self.residuals.all:
            if len(outer.branches) == 1:
                found = self._lost_in(outer, outer.branches[0])
                if found and SUBLAYERS.issuperset({found.role, found.lost_role}):
                    yield found

    def _lost_in(self, outer: Residual, branch: Node) -> Stale | None:
        """What the branch of a sum reads in place of the sum's own stream."""
        cuts = [
            inner
            for inner in self.residuals.all
            if self.graph.reaches(inner.add, branch)
            and not self.graph.reaches(inner.add, outer.stream)
            and self._continues(outer.stream, inner)
            and self._is_only_way(outer, branch, inner)
        ]
        last = max(cuts, key=lambda each: each.add.index, default=None)
        if last is None or not self._is_lost(last, outer, branch):
            return None
        given = [n for n in same_value(last.stream) if self._feeds(n, last)]
        return Stale(
            outer.add,
            outer.stream,
            branch,
            role_of(self.graph, [last.add], branch),
            last.add,
            role_of(self.graph, given, last.branches[0]),
        )

    def _feeds(self, value: Node, residual: Residual) -> bool:
        return any(self.graph.reaches(value, b) for b in residual.branches)

    def _continues(self, old: Node, inner: Residual) -> bool:
        """Whether a stream leads from an old value to a sum: by sums and post-norms.

        A norm of the old value itself begins a branch.
        """
        goal = {node.index for node in same_value(old)}
        pending, seen = [inner.stream], set[int]()
        while pending:
            node = pending.pop()
            if node.index in seen:
                continue
            seen.add(node.index)
            for value in same_value(node):
                if value.index in goal:
                    return True
                if value.index in self._by_add:
                    pending.append(self._by_add[value.index].stream)
                elif value.op is Op.NORM and self._is_post(value, goal):
                    pending.extend(value.reads[:1])
        return False

    def _is_post(self, norm: Node, goal: set[int]) -> bool:
        values = same_value(norm.reads[0]) if norm.reads else []
        return any(value.index in self._by_add for value in values) and not any(
            value.index in goal for value in values
        )

    def _is_only_way(self, outer: Residual, branch: Node, inner: Residual) -> bool:
        """Whether a branch knows the sum's stream through the inner sum alone."""
        return not any(
            self.passes_by(value, branch, inner.add)
            for value in same_value(outer.stream)
            if value is not inner.add and self.graph.reaches(value, branch)
        )

    def passes_by(self, early: Node, late: Node, without: Node) -> bool:
        """Whether some path from `early` to `late` leaves out a node."""
        return late.index in self._beyond(early, without)

    def _beyond(self, early: Node, without: Node) -> set[int]:
        """What is computed from a value on paths that leave out a node."""
        pending, seen = [early], {early.index}
        while pending:
            for reader in self.graph.readers(pending.pop()):
                if reader.index not in seen and reader is not without:
                    seen.add(reader.index)
                    pending.append(reader)
        return seen

    def _is_lost(self, inner: Residual, outer: Residual, branch: Node) -> bool:
        """Whether a sum is read by the branch alone, by way of a sub-layer.

        The weights of the two branches must differ: a method of numerics evaluates one
        function at `x` and at `x + f(x)`.
        """
        if inner.add in same_value(branch) or self._meeting(inner, outer) is None:
            return False
        if self._members(inner) & self._members_after(inner.add, branch):
            return False
        if self._is_projection(inner.add, branch):
            return False
        return not self.is_used_beside(inner.add, outer.add)

    def is_used_beside(self, value: Node, other: Node) -> bool:
        """Whether a value leaves the pass by a way that leaves out a later node."""
        return any(self._is_used(n) for n in self.nodes(self._beyond(value, other)))

    def nodes(self, indices: set[int]) -> Iterator[Node]:
        """Nodes by their numbers."""
        return (self.graph.nodes[index] for index in indices)

    def _is_used(self, node: Node) -> bool:
        """Whether a value leaves the forward pass here, or a round of a loop."""
        if node.op in (Op.OUTPUT, Op.EXIT) or node.index in self.graph.kept:
            return True
        written = node.op is Op.OPAQUE or node.name in ("scatter", "write")
        return written and not self.graph.readers(node)

    def _members(self, residual: Residual) -> set[int]:
        return {
            node.member
            for branch in residual.branches
            for node in (*self.graph.between(residual.stream, branch), branch)
            if node.member and node.op is not Op.NORM
        }

    def _members_after(self, add: Node, branch: Node) -> set[int]:
        inside = (*self.graph.between(add, branch), branch)
        return {n.member for n in inside if n.member and n.op is not Op.NORM}

    def _is_projection(self, early: Node, late: Node) -> bool:
        """Whether one linear layer is all that computes: a skip around a network."""
        inside = (*self.graph.between(early, late), late)
        layers = [node for node in inside if node.op in SUBSTANCE]
        return len(layers) == 1 and layers[0].kind == "linear"

    def _meeting(self, inner: Residual, outer: Residual) -> Scope | None:
        """The root, if it is the class in whose code the two sums meet."""
        one, two = modules_of(inner.add), modules_of(outer.add)
        apart = len(one) == 1 or len(two) == 1 or one[1] is not two[1]
        return one[0] if apart else None


def _computes(node: Node) -> bool:
    """Whether a node computes something; an unknown call may have effects instead."""
    if node.op is Op.LAYER and node.kind == "unknown" and node.scope.passed:
        return False
    return node.op in (Op.LAYER, Op.BLOCK, Op.NORM)


def _call_of(node: Node) -> Scope | Node:
    """The call of a module in the code of this class; a norm is a call of its own."""
    inner = modules_of(node)[1:]
    return inner[0] if inner else node


def modules_of(node: Node) -> list[Scope]:
    """The modules that a node was made in, from the root inwards."""
    chain = node.scope.chain
    return [chain[0], *(scope for scope in chain[1:] if not scope.helper)]


def place_in_class(node: Node) -> Place | None:
    """Where the code of the class that is read makes a node, or calls what does."""
    inner = modules_of(node)[1:]
    return inner[0].place or node.place if inner else node.place


def reshaped(value: Node) -> Node:
    """What a value is, up to casts, dropout and its order of axes."""
    while value.op is Op.VIEW and len(value.reads) == 1:
        if not (_is_plain(value) or value.kind == "reshape"):
            break
        value = value.reads[0]
    return value


def unchanged(value: Node) -> Node:
    """What a value is, up to casts and dropout: the same numbers in the same places."""
    while value.op is Op.VIEW and len(value.reads) == 1 and _is_plain(value):
        value = value.reads[0]
    return value


def is_piece(view: Node) -> bool:
    """Whether a value is one of several pieces that another was split into."""
    return view.kind == "element" and view.reads[0].kind == "pieces"


def _is_plain(view: Node) -> bool:
    if view.kind == "element":
        return not is_piece(view)
    inside = any("drop" in scope.name.lower() for scope in view.scope.chain[1:])
    return view.kind in ("dropout", "identity") or view.name in _CASTS or inside
