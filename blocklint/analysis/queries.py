"""What a sub-layer reads, and which stream its result joins."""

from collections.abc import Iterator
from enum import Enum

from blocklint.analysis.role import Role
from blocklint.analysis.roles import role_of
from blocklint.analysis.wiring import Wiring, modules_of, unchanged
from blocklint.frozen import dataclass
from blocklint.graph import BlockGraph, Node, Op
from blocklint.graph.residuals import SUBSTANCE, same_value


class Fed(Enum):
    """What a branch is computed from instead of the stream that it joins."""

    RAW = "the raw result of the sub-layer before it"
    OLD = "the stream as it was before that sub-layer"


@dataclass(frozen=True, eq=False)
class Query:
    """A sum whose branch was not computed from the stream that it joins.

    `newest` is the sum that the stream is, and `normed` says that a norm follows it;
    `entry_normed` that the branch begins with a norm of what it reads.
    """

    add: Node
    newest: Node
    branch: Node
    role: Role
    fed: Fed
    normed: bool
    entry_normed: bool


class Queries:
    """The sums of one class, by what their branches read."""

    def __init__(self, graph: BlockGraph) -> None:
        self.graph = graph
        self.residuals = Wiring(graph).residuals

    def astray(self) -> Iterator[Query]:
        """The sums whose branch knows nothing of the newest sum of the stream."""
        for add in self.graph.of(Op.ADD):
            if len(modules_of(add)) > 1 or len(add.reads) != 2:  # noqa: PLR2004
                continue
            one, two = add.reads
            for stream, branch in ((one, two), (two, one)):
                newest, normed = _sum_behind(stream)
                if newest is not None and not self.graph.reaches(newest, branch):
                    query = self._query(add, newest, branch, normed)
                    if query is not None:
                        yield query

    def _query(
        self, add: Node, newest: Node, branch: Node, normed: bool
    ) -> Query | None:
        one, two = newest.reads
        beside, _ = _sum_behind(branch)
        for old, joined in ((one, two), (two, one)):
            if not self.residuals.feeds(old, joined):
                continue
            if beside is not None and unchanged(old) in map(unchanged, beside.reads):
                continue  # it joins the older stream first: two branches side by side
            for source, fed in ((unchanged(joined), Fed.RAW), (old, Fed.OLD)):
                if self._is_computed(source, branch):
                    role = role_of(self.graph, same_value(source), branch)
                    entry = self._is_normed(source, branch)
                    return Query(add, newest, branch, role, fed, normed, entry)
        return None

    def _is_computed(self, source: Node, branch: Node) -> bool:
        """Whether a sub-layer makes one value of another."""
        for value in same_value(source):
            inside = (*self.graph.between(value, branch), branch)
            computes = any(n.op in SUBSTANCE for n in inside if n is not value)
            if computes and self.graph.reaches(value, branch):
                return True
        return False

    def _is_normed(self, source: Node, branch: Node) -> bool:
        """Whether the class itself norms what a branch reads."""
        return any(
            node.op is Op.NORM
            and len(modules_of(node)) == 1
            and unchanged(node.reads[0]) is source
            for node in self.graph.between(source, branch)
        )


def _sum_behind(value: Node) -> tuple[Node | None, bool]:
    """The sum of two that a value is, up to casts, and whether it was normed since."""
    normed = False
    value = unchanged(value)
    while value.op is Op.NORM and value.reads:
        value, normed = unchanged(value.reads[0]), True
    is_sum = value.op is Op.ADD and len(value.reads) == 2  # noqa: PLR2004
    return (value if is_sum else None), normed
