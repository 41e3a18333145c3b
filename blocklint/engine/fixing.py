"""Applies fixes to the text of a file. Pure: text and fixes in, text out."""

import io
from collections.abc import Iterable, Iterator

from blocklint.rule import PlacedFix, Replacement

_Stretch = tuple[int, int, str]  # from where to where, as offsets, and what comes there


def fixed(text: str, fixes: Iterable[PlacedFix]) -> tuple[str, tuple[PlacedFix, ...]]:
    """A text with the fixes that can be applied at once, and which those are.

    A fix has the lines from its first edit to its last for itself: another that comes
    in between waits until the text was checked again. The same fix may be proposed
    twice and is applied once. Text outside the edits stays as it is; new lines get the
    line end of the line that they begin in, and no final line end is added.
    """
    lines = _Lines(text)
    taken: dict[PlacedFix, list[_Stretch]] = {}
    starts: set[int] = set()
    end = 0
    proposed = sorted(dict.fromkeys(fixes), key=lambda fix: fix.edits[0].span)
    for fix in proposed:
        stretches = [lines.stretch(edit) for edit in fix.edits]
        first = stretches[0][0]
        # Of two fixes that insert at one point, the order is anyone's guess.
        if first >= end and first not in starts:
            taken[fix] = stretches
            starts |= {start for start, _, _ in stretches}
            end = max(stretch[1] for stretch in stretches)
    parts = _spliced(text, [s for stretches in taken.values() for s in stretches])
    return _without_new_end("".join(parts), text), tuple(taken)


def _spliced(text: str, stretches: list[_Stretch]) -> Iterator[str]:
    done = 0
    for start, end, new in stretches:
        yield text[done:start]
        yield new
        done = end
    yield text[done:]


def _without_new_end(new: str, old: str) -> str:
    """A text whose last line is as complete as that of another."""
    if old.endswith(("\n", "\r")) or not old:
        return new
    return new.removesuffix("\n").removesuffix("\r")


class _Lines:
    """The lines of a text as Python counts them, with their ends and offsets."""

    def __init__(self, text: str) -> None:
        self._lines = list(io.StringIO(text, newline=""))
        self._offsets = [0]
        for line in self._lines:
            self._offsets.append(self._offsets[-1] + len(line))

    def stretch(self, edit: Replacement) -> _Stretch:
        """The offsets that an edit is about, and its text as it stands there."""
        span = edit.span
        start = self._offset(span.line, span.column)
        end = self._offset(span.end_line, span.end_column)
        return start, end, edit.text.replace("\n", self._end_of(span.line))

    def _offset(self, line: int, column: int) -> int:
        last = self._offsets[-1]
        return min(self._offsets[line - 1] + column, last) if self._has(line) else last

    def _has(self, line: int) -> bool:
        return line <= len(self._lines)

    def _end_of(self, line: int) -> str:
        """The line end at a line; that of the first where the line has none."""
        for text in (*self._lines[line - 1 : line], *self._lines[:1]):
            if end := text[len(text.rstrip("\r\n")) :]:
                return end
        return "\n"
