"""Walking bare trees: the children of a node, and the search for some types."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import Field, fields, is_dataclass
from typing import TYPE_CHECKING, TypeVar, cast, overload

from blocklint import cst
from blocklint.lazy import cached_property

if TYPE_CHECKING:
    import libcst

N = TypeVar("N", bound=cst.CSTNode)
T_co = TypeVar("T_co", covariant=True)

# These say something of the node itself, and are no parts that anybody asks for.
_NO_PARTS = frozenset({"asynchronous", "relative"})
# The parts of these do not stand in the order in which LibCST lists them.
_IN_ORDER = {
    cst.Arg: "keyword value",
    cst.ClassDef: "decorators name type_parameters bases keywords body",
    cst.ExceptHandler: "type name body",
    cst.ExceptStarHandler: "type name body",
    cst.FunctionDef: "decorators name type_parameters params returns body",
    cst.IfExp: "body test orelse",
    cst.ImportFrom: "module names",
    cst.MatchCase: "pattern guard body",
    cst.Parameters: (
        "posonly_params posonly_ind params star_arg kwonly_params star_kwarg"
    ),
}


def children(node: cst.CSTNode) -> list[cst.CSTNode]:
    """The parts of a node, in the order of the code."""
    found: list[cst.CSTNode] = []
    for name in _PARTS[type(node)]:
        part = getattr(node, name)
        kind = type(part)
        if kind in _SEVERAL:
            found += part
        elif kind in _NODES:
            found.append(part)
    return found


def nodes_of(top: cst.CSTNode, statements: bool = False) -> Iterator[cst.CSTNode]:
    """A node and all below it, in the order of the code, outer ones first.

    What is within expressions is left out if only `statements` are wanted.
    """
    closed = _EXPRESSIONS if statements else ()
    pending = [top]
    while pending:
        node = pending.pop()
        yield node
        if _PARTS[type(node)] and type(node) not in closed:
            pending += reversed(children(node))


def pairs_of(
    top: cst.CSTNode, whole: "libcst.CSTNode"
) -> Iterator[tuple[cst.CSTNode, "libcst.CSTNode"]]:
    """The nodes of a bare tree, each with that of LibCST's tree, in no order."""
    pending = [(top, whole)]
    while pending:
        node, other = pending.pop()
        yield node, other
        for name in _PARTS[type(node)]:
            part = getattr(node, name)
            kind = type(part)
            if kind in _SEVERAL:
                pending += zip(part, getattr(other, name), strict=True)
            elif kind in _NODES:
                pending.append((part, getattr(other, name)))


def find_all(top: cst.CSTNode, *kinds: type[N]) -> list[N]:
    """The nodes of exactly these types, `top` and all below it, in order."""
    statements = all(issubclass(kind, _STATEMENT) for kind in kinds)
    found = [node for node in nodes_of(top, statements) if type(node) in kinds]
    return cast("list[N]", found)


def full_name(node: cst.CSTNode) -> str | None:
    """The dotted name that code goes by: that of `a.Base[T]()` is `a.Base`."""
    match node:
        case cst.Name(name):
            return name
        case cst.Attribute(value, cst.Name(name)):
            return f"{full_name(value)}.{name}"
        case cst.Call(inner) | cst.Subscript(inner):
            return full_name(inner)
    return None


class Later(Sequence[T_co]):
    """Parts of a node that `make` gives, which is called when they are first read."""

    def __init__(self, make: Callable[[], Sequence[T_co]]) -> None:
        self._make = make

    @cached_property
    def _made(self) -> Sequence[T_co]:
        made = self._make()
        del self._make  # it holds on to what the parts are made of
        return made

    @property
    def is_made(self) -> bool:
        """Whether they were read already."""
        return "_made" in self.__dict__

    def __len__(self) -> int:
        return len(self._made)

    @overload
    def __getitem__(self, at: int) -> T_co: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[T_co]: ...

    def __getitem__(self, at: int | slice) -> T_co | Sequence[T_co]:
        return self._made[at]

    def __iter__(self) -> Iterator[T_co]:
        return iter(self._made)


def _all_below(kind: type[cst.CSTNode]) -> Iterator[type[cst.CSTNode]]:
    for each in kind.__subclasses__():
        yield each
        yield from _all_below(each)


_SEVERAL = frozenset({tuple, list, Later})
_NODES = frozenset(_all_below(cst.CSTNode))
_EXPRESSIONS = frozenset(_all_below(cst.BaseExpression))
_STATEMENT = (cst.BaseStatement, cst.BaseSmallStatement)


def _parts(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    """The fields of a type of node that may hold parts."""
    if kind in _IN_ORDER:
        return tuple(_IN_ORDER[kind].split())
    named: tuple[Field[object], ...] = fields(kind) if is_dataclass(kind) else ()
    return tuple(
        each.name
        for each in named
        if each.name not in _NO_PARTS and each.type is not str
    )


_PARTS = {kind: _parts(kind) for kind in _NODES}


@contextmanager
def room_for_deep_code(frames: int = 20_000) -> Iterator[None]:
    """Let a walk through a tree go as deep as the standard parser did.

    It takes several Python frames for each level, and Python stops at 1,000 of them.
    """
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, frames))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
