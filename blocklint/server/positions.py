"""Places as the protocol counts them: lines from zero, columns in UTF-16 units."""

import io
from collections.abc import Sequence
from difflib import SequenceMatcher

from lsprotocol import types

from blocklint.text import Span

Encoding = types.PositionEncodingKind | str
_CODECS: dict[Encoding, tuple[str, int]] = {
    types.PositionEncodingKind.Utf8: ("utf-8", 1),
    types.PositionEncodingKind.Utf16: ("utf-16-le", 2),
    types.PositionEncodingKind.Utf32: ("utf-32-le", 4),
}


class Ruler:
    """Measures in the lines of one text, in the units that the editor asked for.

    Lines are without their ends, as Python counts them and as the protocol does.
    """

    def __init__(self, lines: Sequence[str], encoding: Encoding) -> None:
        self._lines = lines
        self._codec, self._size = _CODECS[encoding]

    def range(self, span: Span) -> types.Range:
        """A span as a range; what lies beyond a line's end is brought back to it."""
        return types.Range(
            self.position(span.line, span.column),
            self.position(span.end_line, span.end_column),
        )

    def position(self, line: int, column: int) -> types.Position:
        """A line from one and a column from zero, as a position."""
        if line > len(self._lines):
            line, column = len(self._lines), len(self._lines[-1]) if self._lines else 0
        before = self._lines[line - 1][:column] if self._lines else ""
        return types.Position(max(line - 1, 0), self._units(before))

    def place(self, position: types.Position) -> tuple[int, int]:
        """The line from one and the column from zero that a position means."""
        if position.line >= len(self._lines):
            return len(self._lines), 0
        text = self._lines[position.line]
        units = column = 0
        while column < len(text) and units < position.character:
            units += self._units(text[column])
            column += 1
        return position.line + 1, column

    def _units(self, text: str) -> int:
        return len(text.encode(self._codec, "surrogatepass")) // self._size


def edits_between(old: str, new: str, ruler: Ruler) -> list[types.TextEdit]:
    """The edits, whole lines each, that make one text of another."""
    before, after = _lines(old), _lines(new)
    return [
        types.TextEdit(
            types.Range(_start(i, before, ruler), _start(j, before, ruler)),
            "".join(after[k:m]),
        )
        for tag, i, j, k, m in SequenceMatcher(
            None, before, after, autojunk=False
        ).get_opcodes()
        if tag != "equal"
    ]


def _lines(text: str) -> list[str]:
    """Lines with their ends."""
    return list(io.StringIO(text, newline=""))


def _start(index: int, lines: list[str], ruler: Ruler) -> types.Position:
    """Where a line begins; the end of the text for the one behind the last."""
    if index == len(lines) and lines and not lines[-1].endswith(("\n", "\r")):
        return ruler.position(index, len(lines[-1]))
    return ruler.position(index + 1, 0)


def meets(one: types.Range, other: types.Range) -> bool:
    """Whether two ranges have a line in common: an editor asks about a whole line."""
    return one.start.line <= other.end.line and other.start.line <= one.end.line
