"""A file we read, and a place in it.

A file is outlined first: the standard library's parser says where each top-level
statement stands (about 100,000 lines a second). Each is a chunk, which has two trees: a
bare one for whoever reads it, and a whole one, which LibCST's parser takes four times
as long to make, for places, texts and fixes of what was found.
"""

from collections.abc import Iterator
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from blocklint import cst
from blocklint.chunk import Chunk
from blocklint.frozen import dataclass, sealed
from blocklint.lazy import cached_property
from blocklint.notebook import is_notebook
from blocklint.outline import Stretch, stretches, with_plain_ends
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
from blocklint.trees import N, find_all

if TYPE_CHECKING:  # most files are no notebooks, and nothing is found in them
    import libcst

    from blocklint.notebook.joined import Cells

_SHORT = 8_000  # letters of a file that is parsed before there is a need to skim


@dataclass(frozen=True, eq=False)  # as many as there are nodes
class Place:
    """Where something stands. Positions are worked out only when asked for."""

    chunk: Chunk
    syntax: cst.CSTNode = field(repr=False)

    @property
    def path(self) -> str:
        """The file, as it was named to us."""
        return self.chunk.source.path

    @property
    def original(self) -> "libcst.CSTNode":
        """The syntax with its parentheses, blanks and comments, to make edits of."""
        return self.chunk.original(self.syntax)

    @property
    def code(self) -> str:
        """The text, with the parentheses around an expression."""
        return self.chunk.code(self.syntax)

    @property
    def called(self) -> str:
        """The attribute of `self` that is called here, `attn` of `self.attn(x)`."""
        match self.syntax:
            case cst.Call(func=cst.Attribute(cst.Name("self"), cst.Name(name))):
                return name
        return ""

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


@sealed(frozen=True)
class Source(Text):
    """One Python file, outlined at once and parsed bit by bit.

    The text of a notebook is that of its cells, `cells` says which line is in which;
    those that do not parse are `broken`. One that is only `imported` is skimmed: where
    it has faults, all but the statements that they are in is there.
    """

    cells: "Cells | None" = field(default=None, repr=False, compare=False)
    broken: tuple[Broken, ...] = field(default=(), repr=False, compare=False)
    imported: bool = field(default=False, repr=False, compare=False)
    outline: tuple[Chunk, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "outline", tuple(self._chunks()))

    def at(self, line: int) -> "Place | None":
        """What stands on a line, as far as it is a statement or part of one."""
        for chunk in self.outline:
            if chunk.first_line <= line <= chunk.last_line:
                syntax = chunk.statement_at(line)
                return Place(chunk, syntax) if syntax is not None else None
        return None

    def _chunks(self) -> Iterator[Chunk]:
        text = with_plain_ends(self.text)
        found = self._skimmed(text)
        for stretch in stretches(self.text) if found is None else found:
            yield Chunk(self, stretch, text, found is None or not self.imported)

    def _skimmed(self, text: str) -> list[Stretch] | None:
        if not self.imported and len(text) < _SHORT:
            return None
        from blocklint.skim import skimmed, skimmed_and_parsed

        return skimmed(text) if self.imported else skimmed_and_parsed(text)


def in_cell(span: Span, cells: "Cells | None") -> Span:
    """A span of a file's text as reports show it: within its cell, if it has cells."""
    cell = cells.at(span.line) if cells else None
    if cell is None or span.cell is not None:
        return span
    shift = cell.first - 1
    line, end_line = span.line - shift, span.end_line - shift
    return Span(line, span.column, end_line, span.end_column, cell.number)


def read(
    path: Path, name: str | None = None, imported: bool = False
) -> Source | Broken:
    """Read a file as Python source; a file that is not is a value, not an error."""
    shown = name or path.as_posix()
    data = bytes_of(path, shown)
    return data if isinstance(data, Broken) else decode(data, shown, imported)


def decode(data: bytes, name: str, imported: bool = False) -> Source | Broken:
    """Source from the bytes of a file: byte-order mark, coding cookie, any line end."""
    if is_notebook(name):
        return _of_notebook(data, name)
    return parsed(text_of(data, name), imported)


def source_of(text: str, name: str, imported: bool = False) -> Source | Broken:
    """Source from a text that is at hand; a byte-order mark in front is no part of it.

    What its coding cookie says has no meaning any more.
    """
    return parsed(text_given(text, name), imported)


def parsed(text: Text | Broken, imported: bool = False) -> Source | Broken:
    """The source that a text is, or why it is none."""
    if isinstance(text, Broken):
        return text
    try:
        return Source(text.path, text.text, imported=imported)
    except (SyntaxError, RecursionError, MemoryError) as error:
        return broken_by(error, text)


def _of_notebook(data: bytes, name: str) -> Source | Broken:
    from blocklint.notebook.document import Damaged, document
    from blocklint.notebook.joined import joined

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
