"""The outline of a file: its top-level statements, found without LibCST."""

import ast
import marshal
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from itertools import accumulate

from blocklint.frozen import dataclass


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

    They stand from `start` to `end` in the text whose lines all end in `\\n`, without
    the last of these ends. `header` is that of the class, if the stretch is one class
    and nothing else.
    """

    first: int
    last: int
    names: set[str]
    header: Header | None
    start: int = 0
    end: int = 0


def stretches(text: str) -> list[Stretch]:
    """The top-level statements; those that share a line are one stretch.

    A text that was kept is not parsed again. Raises what `parse` raises.
    """
    packed = _kept.get(_digest(text)) if _kept else None
    return _outlined(text) if packed is None else _unpacked(packed)


# Packed outlines, by digests of their texts: a process has what its parent kept.
_kept: dict[bytes, bytes] = {}


def keep(text: str) -> None:
    """Outline a text for later, for this process and for those that it begins.

    It takes a tenth of the memory that the text does. Raises what `parse` raises.
    """
    digest = _digest(text)
    if digest not in _kept:
        _kept[digest] = marshal.dumps([_packed(each) for each in _outlined(text)])


@contextmanager
def keeping() -> Iterator[None]:
    """Forget in the end what was kept meanwhile."""
    try:
        yield
    finally:
        _kept.clear()


def _digest(text: str) -> bytes:
    return blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest()


def _packed(found: Stretch) -> tuple[object, ...]:
    header = found.header and (found.header.bases, (*found.header.members,))
    names = (*found.names,)
    return found.first, found.last, names, header, found.start, found.end


def _unpacked(packed: bytes) -> list[Stretch]:
    return [
        Stretch(
            first,
            last,
            set(names),
            header and Header(header[0], frozenset(header[1])),
            start,
            end,
        )
        for first, last, names, header, start, end in marshal.loads(packed)
    ]


def _outlined(text: str) -> list[Stretch]:
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
    _measure(found, text)
    return found


def _measure(found: list[Stretch], text: str) -> None:
    """Note where in the text each stretch begins and ends."""
    lengths = map(len, with_plain_ends(text).split("\n"))
    letters = [0, *accumulate(lengths)]  # of so many lines, without their ends
    for each in found:
        above = each.first - 1
        each.start = letters[above] + above
        each.end = letters[each.last] + each.last - 1


def with_plain_ends(text: str) -> str:
    """A text whose lines end in a line feed, however they ended before."""
    if "\r" not in text:
        return text
    return text.replace("\r\n", "\n").replace("\r", "\n")


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
