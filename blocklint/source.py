"""A file we read, and a place in it.

A file is outlined first: the standard library's parser says where each top-level
statement stands (about 100,000 lines a second). LibCST, seven times slower, parses
a statement only when somebody asks for it, and works out positions only for
statements in which something was found.
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import libcst as cst
from libcst.metadata import (
    CodeRange,
    MetadataWrapper,
    PositionProvider,
)

from blocklint.notebook import Cells, Damaged, document, is_notebook, joined
from blocklint.outline import Stretch, parse, stretches
from blocklint.text import (
    Broken,
    Span,
    Text,
    broken_by,
    bytes_of,
    home_of,
    lines_of,
    text_given,
    text_of,
)
from blocklint.trees import N, children, find_all
from blocklint.uses import Uses, uses_of


class Chunk:
    """One top-level statement of a file, parsed by LibCST when first asked for."""

    def __init__(self, source: "Source", stretch: Stretch, text: str) -> None:
        self.source = source
        self.first_line = stretch.first
        self.names = frozenset(stretch.names)
        self.header = stretch.header
        self.text = text

    @cached_property
    def tree(self) -> cst.Module:
        """The statement as a module of its own."""
        return cst.parse_module(self.text)

    @cached_property
    def uses(self) -> Uses:
        """What the statement reads, worked out without parsing it by LibCST."""
        with _room_for_deep_code():
            return uses_of(parse(self.text))

    @cached_property
    def _places(self) -> Mapping[cst.CSTNode, CodeRange]:
        wrapper = MetadataWrapper(self.tree, unsafe_skip_copy=True)
        with _room_for_deep_code():
            return wrapper.resolve(PositionProvider)

    @cached_property
    def _parents(self) -> Mapping[cst.CSTNode, cst.CSTNode]:
        found: dict[cst.CSTNode, cst.CSTNode] = {}
        pending: list[cst.CSTNode] = [self.tree]
        while pending:
            node = pending.pop()
            parts = children(node)
            found.update(dict.fromkeys(parts, node))
            pending += parts
        return found

    def take_over(self, other: "Chunk") -> None:
        """Keep what was worked out of the same text, where it stood elsewhere."""
        if self.text == other.text:
            for name in ("tree", "uses", "_places", "_parents"):
                if name in other.__dict__:
                    self.__dict__.setdefault(name, other.__dict__[name])

    def around(self, syntax: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """What a syntax node of this chunk stands in, innermost first."""
        while found := self._parents.get(syntax):
            yield found
            syntax = found

    def span(self, syntax: cst.CSTNode) -> Span:
        """Where a syntax node of this chunk stands in the file."""
        found = self._places[syntax]
        shift = self.first_line - 1
        return Span(
            found.start.line + shift,
            found.start.column,
            found.end.line + shift,
            found.end.column,
        )

    def statement_at(self, line: int) -> cst.CSTNode | None:
        """What stands on a line of the file: a simple statement, or part of a header.

        Of several statements on it, the first; a header is that of an `if` or a loop.
        """
        on_line = [
            (span, syntax)
            for syntax, where in self._places.items()
            if where.start.line <= line - self.first_line + 1 <= where.end.line
            and isinstance(syntax, cst.BaseSmallStatement | cst.BaseExpression)
            and (span := self.span(syntax))
        ]
        small = [
            each for each in on_line if isinstance(each[1], cst.BaseSmallStatement)
        ]
        found = small or [each for each in on_line if each[0].line == line]
        first = min(found, key=lambda each: _extent(each[0]), default=None)
        return first[1] if first else None

    def code_instead(self, old: cst.CSTNode, new: cst.CSTNode) -> str:
        """The text that stands where `old` does now, once `new` has its place.

        Raises ValueError if `new` would change more than the text of `old`.
        """
        with _room_for_deep_code():
            tree = self.tree.deep_replace(old, _dressed(new, old))
        text = cst.ensure_type(tree, cst.Module).code
        span = self.span(old)
        before = self._offset(span.line, span.column)
        after = len(self.text) - self._offset(span.end_line, span.end_column)
        rest = self.text[len(self.text) - after :]
        if not (text.startswith(self.text[:before]) and text.endswith(rest)):
            raise ValueError(f"{type(new).__name__} changes more than its own text")
        return text[before : len(text) - after]

    def _offset(self, line: int, column: int) -> int:
        above = self.text.split("\n")[: line - self.first_line]
        return sum(len(text) + 1 for text in above) + column


@dataclass(frozen=True, eq=False)
class Place:
    """Where something stands. Positions are worked out only when asked for."""

    chunk: Chunk
    syntax: cst.CSTNode = field(repr=False)

    @property
    def path(self) -> str:
        """The file, as it was named to us."""
        return self.chunk.source.path

    @cached_property
    def span(self) -> Span:
        """The lines and columns."""
        return self.chunk.span(self.syntax)

    @property
    def shown_span(self) -> Span:
        """The span as reports show it: in a notebook, that within its cell."""
        return in_cell(self.span, self.chunk.source.cells)

    def around(self) -> Iterator[cst.CSTNode]:
        """The syntax nodes that it stands in, from the nearest outwards."""
        return self.chunk.around(self.syntax)

    def find(self, *kinds: type[N]) -> list[N]:
        """The syntax nodes in it that are of exactly these types, in order."""
        return find_all(self.syntax, *kinds)


@dataclass(frozen=True)
class Source(Text):
    """One Python file, outlined at once and parsed bit by bit.

    The text of a notebook is that of its cells, `cells` says which line is in which;
    those that do not parse are `broken`.
    """

    cells: Cells | None = field(default=None, repr=False, compare=False)
    broken: tuple[Broken, ...] = field(default=(), repr=False, compare=False)
    outline: tuple[Chunk, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "outline", tuple(self._chunks()))

    def at(self, line: int) -> "Place | None":
        """What stands on a line, as far as it is a statement or part of one."""
        for chunk in self.outline:
            last = chunk.first_line + chunk.text.count("\n") - 1
            if chunk.first_line <= line <= last:
                syntax = chunk.statement_at(line)
                return Place(chunk, syntax) if syntax is not None else None
        return None

    def _chunks(self) -> Iterator[Chunk]:
        for stretch in stretches(self.text):
            text = "\n".join(self.lines[stretch.first - 1 : stretch.last]) + "\n"
            yield Chunk(self, stretch, text)


def in_cell(span: Span, cells: Cells | None) -> Span:
    """A span of a file's text as reports show it: within its cell, if it has cells."""
    cell = cells.at(span.line) if cells else None
    if cell is None or span.cell is not None:
        return span
    shift = cell.first - 1
    line, end_line = span.line - shift, span.end_line - shift
    return Span(line, span.column, end_line, span.end_column, cell.number)


def _extent(span: Span) -> tuple[int, int, int, int]:
    """Orders spans by where they begin, the widest first."""
    return span.line, span.column, -span.end_line, -span.end_column


def _dressed(new: cst.CSTNode, old: cst.CSTNode) -> cst.CSTNode:
    """A node with what stands around another: parentheses, comments, blank lines."""
    match old, new:
        case cst.BaseExpression(), cst.BaseExpression():
            missing = len(old.lpar) - len(new.lpar)
            if missing > 0:
                lpar, rpar = old.lpar[:missing], old.rpar[-missing:]
                return new.with_changes(
                    lpar=(*lpar, *new.lpar), rpar=(*new.rpar, *rpar)
                )
        case cst.SimpleStatementLine(), cst.SimpleStatementLine():
            return new.with_changes(
                leading_lines=old.leading_lines,
                trailing_whitespace=old.trailing_whitespace,
            )
        case cst.BaseCompoundStatement(), cst.BaseCompoundStatement():
            return new.with_changes(leading_lines=old.leading_lines)
        case cst.Arg(), cst.Arg():
            return new.with_changes(comma=old.comma)
    return new


@contextmanager
def _room_for_deep_code() -> Iterator[None]:
    """Let a visitor of LibCST go as deep as the standard parser did.

    It takes several Python frames for each level, and Python stops at 1,000 of them.
    """
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, 20_000))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def read(path: Path, name: str | None = None) -> Source | Broken:
    """Read a file as Python source; a file that is not is a value, not an error."""
    shown = name or path.as_posix()
    data = bytes_of(path, shown)
    return data if isinstance(data, Broken) else decode(data, shown)


def decode(data: bytes, name: str) -> Source | Broken:
    """Source from the bytes of a file: byte-order mark, coding cookie, any line end."""
    if is_notebook(name):
        return _of_notebook(data, name)
    return parsed(text_of(data, name))


def source_of(text: str, name: str) -> Source | Broken:
    """Source from a text that is at hand; a byte-order mark in front is no part of it.

    What its coding cookie says has no meaning any more.
    """
    return parsed(text_given(text, name))


def parsed(text: Text | Broken) -> Source | Broken:
    """The source that a text is, or why it is none."""
    if isinstance(text, Broken):
        return text
    try:
        return Source(text.path, text.text)
    except (SyntaxError, RecursionError, MemoryError) as error:
        return broken_by(error, text)


def _of_notebook(data: bytes, name: str) -> Source | Broken:
    try:
        found = joined(document(data))
    except Damaged as error:
        return Broken(name, str(error), error.line, error.column)
    faults = (Broken(name, f.message, f.line, f.column) for f in found.faults)
    return Source(name, found.text, found.cells, tuple(faults))


__all__ = [
    "Broken",
    "Chunk",
    "Place",
    "Source",
    "Span",
    "decode",
    "home_of",
    "in_cell",
    "lines_of",
    "read",
    "source_of",
]
