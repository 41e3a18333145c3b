"""The lines of a config on which it says what it expects; its parser does not tell."""

import re
from dataclasses import replace
from pathlib import Path

from blocklint.analysis.expectation import Expectation, Origin
from blocklint.engine.expectations import Entry
from blocklint.engine.trace_settings import Tracing

_TARGET = re.compile(r"""\btarget["']?\s*[=:]\s*(?P<text>"[^"\n]*"|'[^'\n]*')""")
_HEADER = re.compile(r"^[ \t]*\[\[?[ \t]*([\w.\- \t]+?)[ \t]*\]\]?", re.MULTILINE)


def entries_in(
    listed: tuple[tuple[tuple[str, str], Expectation], ...],
    tracing: Tracing,
    path: Path,
    text: str,
) -> tuple[Entry, ...]:
    """What a config expects, each with the line of the config that it begins on."""
    lines = _Lines(str(path), text)
    found = [
        Entry(where, name, replace(said, origin=lines.of("expect", where, name)))
        for (where, name), said in listed
    ]
    found += [
        Entry(each.where, each.name, each.expected)
        for each in tracing.targets
        if each.expected is not None
    ]
    return tuple(found)


def with_lines(tracing: Tracing, path: Path, text: str) -> Tracing:
    """What is to be run, where each expectation knows the line that it stands on."""
    lines = _Lines(str(path), text)
    targets = [
        each
        if each.expected is None
        else replace(
            each,
            expected=replace(
                each.expected, origin=lines.of("trace", each.where, each.name)
            ),
        )
        for each in tracing.targets
    ]
    return replace(tracing, targets=tuple(targets))


class _Lines:
    """Where the targets of a config stand in its text; the parser does not tell."""

    def __init__(self, path: str, text: str) -> None:
        self._path = path
        self._text = text
        self._used: set[int] = set()

    def of(self, key: str, where: str, name: str) -> Origin:
        """The next target of this name, if there is one in a table of this key."""
        every = [
            found
            for found in _TARGET.finditer(self._text)
            if found["text"][1:-1] == f"{where}:{name}"
        ]
        own = [each for each in every if self._table(each.start()) == key]
        for found in own or every:
            if found.start() not in self._used:
                self._used.add(found.start())
                start, end = found.span("text")
                begin = self._text.rfind("\n", 0, start) + 1
                line = self._text.count("\n", 0, start) + 1
                return Origin(self._path, line, start - begin, end - begin)
        return Origin(self._path)

    def _table(self, position: int) -> str:
        """The last part of the header that a place of the text stands under."""
        headers = [h[1] for h in _HEADER.finditer(self._text, 0, position)]
        return headers[-1].rpartition(".")[2].strip() if headers else ""
