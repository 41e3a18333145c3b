"""What the functions that work out one node's shape are given."""

from typing import Protocol, TypeAlias

from blocklint.graph import Argument, Dim, Node

Shape: TypeAlias = tuple[Dim, ...]


class Known(Protocol):
    """The shapes of earlier nodes, and arguments with their sizes written out."""

    def of(self, node: Node, /) -> Shape | None: ...
    def dim(self, argument: Argument, /) -> Dim | None: ...
    def dims(self, arguments: tuple[Argument, ...], /) -> list[Dim] | None: ...
    def own(self, node: Node, axis: int, /) -> Dim: ...


def operand(node: Node, position: int = 0) -> Node | None:
    """An argument of a call that is a value of the graph."""
    call = node.call
    found = call.positional[position] if position < len(call.positional) else None
    return found if isinstance(found, Node) else None


def axis_of(argument: Argument, rank: int) -> int | None:
    """An axis counted from zero; None if it is unknown or not there."""
    if not isinstance(argument, int) or isinstance(argument, bool):
        return None
    found = argument + rank if argument < 0 else argument
    return found if 0 <= found < rank else None
