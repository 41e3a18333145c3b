"""A notebook with other text in some cells, and every other byte as it was.

In a cell that changes, the lines that stay keep the very letters that they are written
with; new ones are written as their neighbours are.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from blocklint.frozen import dataclass
from blocklint.notebook.document import MARK, Document, offsets
from blocklint.notebook.located import Scanner

# One letter of a string as JSON writes it; two escapes make up a letter beyond U+FFFF.
_LETTER = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|\\u[0-9a-fA-F]{4}|\\.|[^\\]",
    re.DOTALL,
)
_ESCAPED = re.compile(r"(?<!\\)(?:\\\\)*\\u(?!00[0-7])[0-9a-fA-F]{4}")


@dataclass(frozen=True)
class _Line:
    """A line of a cell: what it says, and how that is written without the quotes."""

    text: str
    written: str


def rewritten(found: Document, texts: Mapping[int, str]) -> bytes:
    """The bytes of a notebook once the cells with these numbers have other texts."""
    parts: list[str] = []
    done = 0
    for cell, start, end in offsets(found):
        if texts.get(cell.number, cell.text) != cell.text:
            new = _value(found.json, start, end, texts[cell.number])
            parts += found.json[done:start], new
            done = end
    return "".join([*parts, found.json[done:]]).encode()


def _value(text: str, start: int, end: int, new: str) -> str:
    """The text of a cell as it is written: one string, or a list of them."""
    old = text[start:end]
    escapes = _escapes(old, text.removeprefix(MARK))
    if old.startswith('"'):
        return f'"{"".join(_lines(list(_split(old[1:-1])), new, escapes))}"'
    items, gaps = _list(old, text[:start])
    lines = [f'"{line}"' for line in _lines(items, new, escapes)]
    if len(lines) != len(items) or len(lines) == 1:
        gaps = [gaps[0], *gaps[1:2] * (len(lines) - 1), gaps[-1]]
    parts = (part for pair in zip(gaps, lines, strict=False) for part in pair)
    return f"[{''.join(parts)}{gaps[-1]}]" if new else "[]"


def _lines(old: Sequence[_Line], new: str, escapes: bool) -> Iterator[str]:
    """The lines of a new text as they are written; unchanged ones as they were."""
    first = 0
    while first < len(old) and _begins(new, old[first].text):
        yield old[first].written
        new = new.removeprefix(old[first].text)
        first += 1
    last: list[str] = []
    for line in reversed(old[first:]):
        before = new.removesuffix(line.text)
        if not line.text or before == new or (before and before[-1] != "\n"):
            break
        last.insert(0, line.written)
        new = before
    known = {line.text: line.written for line in old}
    for text in re.findall(r"[^\n]*\n|[^\n]+", new):
        yield known.get(text) or json.dumps(text, ensure_ascii=escapes)[1:-1]
    yield from last


def _begins(text: str, line: str) -> bool:
    """Whether a line is the first one of a text, all of it."""
    return text.startswith(line) if line.endswith("\n") else text == line != ""


def _split(written: str) -> Iterator[_Line]:
    """The inside of a JSON string, cut behind each line feed."""
    start = 0
    for letter in _LETTER.finditer(written):
        if letter[0] in ("\\n", "\\u000a", "\\u000A") or letter.end() == len(written):
            part = written[start : letter.end()]
            yield _Line(json.loads(f'"{part}"'), part)
            start = letter.end()


def _list(old: str, above: str) -> tuple[list[_Line], list[str]]:
    """The items of a list, and what stands before, between and behind them.

    Of a list with one item, what its writer would put between two is among these too.
    """
    scanner = Scanner(old)
    items: list[_Line] = []
    gaps: list[str] = []
    done = 1
    for _ in scanner.items():
        start = scanner.at
        text = str(scanner.value())
        items.append(_Line(text, old[start + 1 : scanner.end - 1]))
        gaps.append(old[done:start])
        done = scanner.end
    if len(items) <= 1:
        opening = gaps[0] if gaps else ""
        return items, [opening, f",{opening or _after_comma(above)}", old[done:-1]]
    return items, [*gaps, old[done:-1]]


def _after_comma(above: str) -> str:
    """What a writer puts behind a comma within a line."""
    found = re.search(r"[,:]([ \t]*)$", above)
    return found[1] if found else " "


def _escapes(old: str, text: str) -> bool:
    """Whether a writer escapes the letters that ASCII does not have."""
    if not old.isascii():
        return False
    return bool(_ESCAPED.search(old)) or text.isascii()
