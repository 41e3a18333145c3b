"""The outline of a file: its top-level statements, found without LibCST."""

import ast
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import field
from itertools import accumulate
from symtable import symtable
from threading import RLock

from blocklint.frozen import dataclass
from blocklint.lazy import cached_property

# Called by several threads at once, the standard parser may fail with a SystemError
# (databrickslabs/ucx issue 2976), and they mix up the filters of warnings.
_one_at_a_time = RLock()


def parse(text: str) -> ast.Module:
    """Parse with the standard library; what it warns of is for other tools to say."""
    with _one_at_a_time, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def check_syntax(text: str) -> None:
    """Raise what `parse` raises, without making a tree of what has no faults."""
    with _one_at_a_time, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            symtable(text, "<unknown>", "exec")
        except (SyntaxError, RecursionError, MemoryError):
            ast.parse(text)  # It also finds fault with what parses.


@dataclass
class _Recent:
    """Trees of the last texts parsed: 30 bytes of memory for each of their letters."""

    trees: dict[str, ast.Module] = field(default_factory=dict)
    letters: int = 0


_recent = _Recent()
_MOST = 250_000  # letters


def parse_once(text: str) -> ast.Module:
    """Parse a text that may be asked for again soon; nobody may change the tree."""
    trees = _recent.trees
    with _one_at_a_time:
        code = trees.pop(text, None)
        if code is None:
            code = parse(text)
            _recent.letters += len(text)
        trees[text] = code
        while _recent.letters > _MOST:
            oldest = next(iter(trees))
            del trees[oldest]
            _recent.letters -= len(oldest)
    return code


@dataclass(frozen=True, eq=False)
class Header:
    """What can be said of a class without parsing it by LibCST.

    `bases` are dotted names, type arguments left out; `find_members` finds `members`.
    """

    bases: tuple[str, ...]
    find_members: Callable[[], Iterable[str]] = field(repr=False)

    @cached_property
    def members(self) -> frozenset[str]:
        """The names that the class body binds."""
        return frozenset(self.find_members())


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

    Raises what `parse` raises.
    """
    found: list[Stretch] = []
    lines = with_plain_ends(text).split("\n")
    for statement in parse(text).body:
        first = first_line(statement, lambda line: lines[line - 1])
        last = statement.end_lineno or first
        if found and first <= found[-1].last:
            found[-1].last = max(last, found[-1].last)
            found[-1].names |= set(bound(statement))
            found[-1].header = None
        else:
            header = header_of(statement)
            found.append(Stretch(first, last, set(bound(statement)), header))
    _measure(found, lines)
    return found


def first_line(node: ast.stmt | ast.expr, written: Callable[[int], str]) -> int:
    """Where a statement or an expression begins; `written` gives the text of a line.

    A statement begins with the `@` of its first decorator, which no node stands for:
    what it is decorated with may stand in parentheses, on lines of its own.
    """
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    if not decorators:
        return node.lineno
    first = min(each.lineno for each in decorators)
    while first > 1 and not written(first).lstrip().startswith("@"):
        first -= 1
    return first


def _measure(found: list[Stretch], lines: list[str]) -> None:
    """Note where in the text each stretch begins and ends."""
    letters = [0, *accumulate(map(len, lines))]  # of so many, without their ends
    for each in found:
        above = each.first - 1
        each.start = letters[above] + above
        each.end = letters[each.last] + each.last - 1


def with_plain_ends(text: str) -> str:
    """A text whose lines end in a line feed, however they ended before."""
    if "\r" not in text:
        return text
    return text.replace("\r\n", "\n").replace("\r", "\n")


def header_of(statement: ast.stmt) -> Header | None:
    """The header of a statement that is a class."""
    if not isinstance(statement, ast.ClassDef):
        return None
    members = tuple(name for each in statement.body for name in bound(each))
    return Header(tuple(map(_dotted, statement.bases)), lambda: members)


def _dotted(base: ast.expr) -> str:
    match base:
        case ast.Subscript(value=inner):
            return _dotted(inner)
        case ast.Name(name):
            return name
        case ast.Attribute(value=owner, attr=name):
            return f"{_dotted(owner)}.{name}"
    return "?"


def bound(statement: ast.stmt) -> Iterator[str]:
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
                    yield from bound(child)
                elif isinstance(child, ast.ExceptHandler):
                    for inner in child.body:
                        yield from bound(inner)
