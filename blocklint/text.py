"""The text of a file, a place in it, and a file that has none.

Light to import: most files need no parser but the standard library's.
"""

import io
import tokenize
from dataclasses import field
from pathlib import Path

from blocklint.frozen import sealed
from blocklint.lazy import cached_property
from blocklint.regex import Regex

# Text that was made from UTF-16 may hold one, and no file can.
_SURROGATE = Regex("[\ud800-\udfff]")


@sealed(frozen=True, order=True)
class Span:
    """A stretch of source text: lines from one, columns from zero, end exclusive.

    Lines are those of the cell with this number in what a report holds of a notebook,
    and everywhere else those of the whole file.
    """

    line: int
    column: int
    end_line: int
    end_column: int
    cell: int | None = None

    def home(self, path: str) -> str:
        """What its lines are counted in: `model.py`, or `model.ipynb:cell 3`."""
        return home_of(path, self.cell)

    @property
    def of_file(self) -> "Span":
        """Where it is for a format without cells: the first line of a notebook."""
        return self if self.cell is None else Span(1, 0, 1, 0)

    @property
    def aside(self) -> str:
        """What such a format may say of the place: ` (cell 3, line 12)`, or nothing."""
        return "" if self.cell is None else f" (cell {self.cell}, line {self.line})"


def home_of(path: str, cell: int | None) -> str:
    """What lines are counted in: a file, or one of the cells of a notebook."""
    return path if cell is None else f"{path}:cell {cell}"


@sealed(frozen=True)
class Broken:
    """A file that cannot be read as Python: why, and where."""

    path: str
    message: str
    line: int = 1
    column: int = 0
    text: str = field(default="", repr=False)
    cell: int | None = None


@sealed(frozen=True)
class Text:
    """What is written in one file, under the name that the file was given to us."""

    path: str
    text: str

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The file's lines as Python counts them, without their ends."""
        return lines_of(self.text)


def lines_of(text: str) -> tuple[str, ...]:
    """Lines as Python counts them: a form feed or a Unicode separator ends none."""
    return tuple(io.StringIO(text, newline=None).read().split("\n"))


def bytes_of(path: Path, name: str) -> bytes | Broken:
    """What a file holds; a file that cannot be read is a value, not an error."""
    try:
        return path.read_bytes()
    except OSError as error:
        return Broken(name, f"cannot be read: {error.strerror}")


def text_of(data: bytes, name: str) -> Text | Broken:
    """The text of a file: byte-order mark, coding cookie, any line end."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = data.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        return Broken(name, f"cannot be decoded: {error}")
    return text_given(text, name)


def text_given(text: str, name: str) -> Text | Broken:
    """A text that is at hand; a byte-order mark in front is no part of it.

    What its coding cookie says has no meaning any more.
    """
    text = text.removeprefix("\ufeff")
    if not text.isascii() and (lone := _SURROGATE.search(text)):
        line = text.count("\n", 0, lone.start()) + 1
        return Broken(name, "contains half of a surrogate pair", line)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        return Broken(name, "contains a NUL byte", line, text=text)
    return Text(name, text)


def broken_by(error: Exception, text: Text) -> Broken:
    """Why the standard library's parser could not read a text."""
    if isinstance(error, SyntaxError):
        column = max((error.offset or 1) - 1, 0)
        return Broken(text.path, error.msg, error.lineno or 1, column, text.text)
    return Broken(text.path, "is nested too deeply to be parsed")
