"""What each piece of code stands for while a class is followed, call by call.

Rewriting needs more than the graph: which names in the text hold the stream, and what
reads them. The machine is given an `evaluate` that notes what it works out.
"""

from collections.abc import Iterator
from dataclasses import field

from blocklint import cst
from blocklint.frontends.static.expressions import evaluate
from blocklint.frontends.static.machine import Frame, Machine
from blocklint.frontends.static.operators import binary
from blocklint.frontends.static.values import Sequence, Value, tensors
from blocklint.frozen import dataclass
from blocklint.graph import Node, Scope
from blocklint.source import Place
from blocklint.trees import children


@dataclass(frozen=True, eq=False)
class Seen:
    """An expression, worked out in one call: the tensors that it holds."""

    place: Place
    scope: Scope
    nodes: tuple[Node, ...]


@dataclass(eq=False)
class Notes:
    """What is seen of a class as it is followed once; code that builds is left out."""

    _seen: dict[tuple[int, int], Seen] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Seen]:
        return iter(self._seen.values())

    def of(self, syntax: cst.CSTNode, scope: Scope) -> Seen | None:
        """What an expression held in one call, if that was noted."""
        return self._seen.get((id(syntax), id(scope)))

    def evaluate(
        self, m: Machine, syntax: cst.BaseExpression, frame: Frame, /
    ) -> Value:
        """Work out an expression as the front-end does, and note it and its names."""
        if frame.building or frame.called_at is not None:
            return evaluate(m, syntax, frame)
        for name in _names(syntax):
            if (held := frame.names.get(name.value)) is not None:
                self._note(name, held, frame)
        value = self._worked_out(m, syntax, frame)
        self._note(syntax, value, frame)
        return value

    def _worked_out(
        self, m: Machine, syntax: cst.BaseExpression, frame: Frame
    ) -> Value:
        """The value, its operands or elements noted one by one."""
        match syntax:
            case cst.BinaryOperation(left, operation, right):
                m.steps += 1
                one = self.evaluate(m, left, frame)
                two = self.evaluate(m, right, frame)
                return binary(m, one, operation, two, syntax, frame)
            case cst.Tuple(elements) if all(
                isinstance(each, cst.Element) for each in elements
            ):
                m.steps += 1
                items = [self.evaluate(m, each.value, frame) for each in elements]
                return Sequence(items, False, "tuple")
        return evaluate(m, syntax, frame)

    def _note(self, syntax: cst.BaseExpression, value: Value, frame: Frame) -> None:
        nodes = tuple(dict.fromkeys(tensors(value)))
        seen = Seen(frame.place(syntax), frame.scope, nodes)
        self._seen[id(syntax), id(frame.scope)] = seen


def _names(syntax: cst.CSTNode) -> Iterator[cst.Name]:
    """The variables that an expression reads in the very call that it is part of."""
    pending: list[cst.CSTNode] = [syntax]
    while pending:
        match pending.pop():
            case cst.Name() as name:
                yield name
            case cst.Attribute(value=owner):
                pending.append(owner)
            case cst.Arg(value=value):
                pending.append(value)
            case cst.Lambda() | cst.BaseComp():
                pass
            case other:
                pending += reversed(children(other))


__all__ = ["Notes", "Seen"]
