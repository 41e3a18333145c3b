"""The outline of a file: its top-level statements, found without LibCST."""

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass


def parse(text: str) -> ast.Module:
    """Parse with the standard library; what it warns of is for other tools to say."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


@dataclass(frozen=True)
class Header:
    """What can be said of a class without parsing it by LibCST.

    `bases` are dotted names, type arguments left out; `members` the names that the
    class body binds.
    """

    bases: tuple[str, ...]
    members: frozenset[str]


@dataclass
class Stretch:
    """The lines of one or more top-level statements, and the names they bind.

    `header` is that of the class, if the stretch is one class and nothing else.
    """

    first: int
    last: int
    names: set[str]
    header: Header | None


def stretches(text: str) -> list[Stretch]:
    """The top-level statements; those that share a line are one stretch."""
    found: list[Stretch] = []
    for statement in parse(text).body:
        decorators = getattr(statement, "decorator_list", [])
        first = min([statement.lineno, *(d.lineno for d in decorators)])
        last = statement.end_lineno or first
        if found and first <= found[-1].last:
            found[-1].last = max(last, found[-1].last)
            found[-1].names |= set(_bound(statement))
            found[-1].header = None
        else:
            header = _header(statement)
            found.append(Stretch(first, last, set(_bound(statement)), header))
    return found


def _header(statement: ast.stmt) -> Header | None:
    if not isinstance(statement, ast.ClassDef):
        return None
    members = frozenset(name for each in statement.body for name in _bound(each))
    return Header(tuple(map(_dotted, statement.bases)), members)


def _dotted(base: ast.expr) -> str:
    match base:
        case ast.Subscript(value=inner):
            return _dotted(inner)
        case ast.Name(name):
            return name
        case ast.Attribute(value=owner, attr=name):
            return f"{_dotted(owner)}.{name}"
    return "?"


def _bound(statement: ast.stmt) -> Iterator[str]:
    """The names that a top-level statement binds; `*` for a star import."""
    match statement:
        case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
            yield statement.name
        case ast.Import() | ast.ImportFrom():
            for alias in statement.names:
                yield alias.asname or alias.name.split(".")[0]
        case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
            for node in ast.walk(statement):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    yield node.id
        case ast.If() | ast.Try() | ast.With():
            for child in ast.iter_child_nodes(statement):
                if isinstance(child, ast.stmt):
                    yield from _bound(child)
                elif isinstance(child, ast.ExceptHandler):
                    for inner in child.body:
                        yield from _bound(inner)
