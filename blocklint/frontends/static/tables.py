"""Writes tensors that nothing flows into as nodes, where a call is given one."""

from collections.abc import Iterable
from dataclasses import field, replace

from blocklint.frontends.static.arguments import Called, call_of
from blocklint.frontends.static.values import (
    Arguments,
    Parameter,
    Sequence,
    Sizes,
    Source,
    Tensor,
    Value,
)
from blocklint.frozen import dataclass
from blocklint.graph import Node, Op, Scope


@dataclass(eq=False)
class Tables:
    """The nodes of constants and of what is computed from them alone.

    They stand among the arguments of a call, so that its sizes can be worked out, and
    not among what a node reads, for nothing flows through them.
    """

    nodes: list[Node]
    _written: dict[int, tuple[Source, Node]] = field(default_factory=dict)

    def given(self, called: Called, scope: Scope) -> Called:
        """The same call, with a node for each table whose sizes are known."""
        if not _hold_table(called.args.all()):
            return called
        return replace(called, args=self._written_out(called.args, scope))

    def sizes(self, table: Parameter, scope: Scope) -> Arguments:
        """The sizes of a table, as the arguments of the node that stands for it."""
        source = table.source
        if source is None:
            return Arguments()
        if not source.name:
            return source.args
        return Arguments((Sizes(self._node(table, source, scope)),))

    def forget(self, count: int) -> None:
        """Drop what was written behind the first nodes of a graph."""
        for key, (_, node) in list(self._written.items()):
            if node.index >= count:
                del self._written[key]

    def _written_out(self, args: Arguments, scope: Scope) -> Arguments:
        positional = tuple(self._value(each, scope) for each in args.positional)
        named = {name: self._value(each, scope) for name, each in args.named.items()}
        return Arguments(positional, named, args.spread)

    def _value(self, value: Value, scope: Scope) -> Value:
        match value:
            case Parameter(source=Source() as source):
                return Tensor(self._node(value, source, scope))
            case Sequence(items) if _hold_table(items):
                made = [self._value(item, scope) for item in items]
                return replace(value, items=made)
        return value

    def _node(self, table: Parameter, source: Source, scope: Scope) -> Node:
        """A table's node: written once, whatever the conditions where it is used."""
        if id(source) in self._written:
            return self._written[id(source)][1]
        args = self._written_out(source.args, scope)
        reads = tuple(v.node for v in args.all() if isinstance(v, Tensor))
        op, name = (Op.VIEW, source.name) if source.name else (Op.PARAM, table.text)
        made = Node(
            len(self.nodes), op, name, reads, None, scope, source.kind, (), 0, None,
            call_of(args),
        )  # fmt: skip
        self.nodes.append(made)
        self._written[id(source)] = source, made
        return made


def _hold_table(values: Iterable[Value]) -> bool:
    """Whether one of some values is a table, or a list that holds one."""
    for value in values:
        if type(value) is Parameter:
            if value.source is not None:
                return True
        elif type(value) is Sequence and _hold_table(value.items):
            return True
    return False
