"""Which statements of a file a change touches.

Those whose lines changed, and those that use such a one of the same file: a class whose
parent changed, or a part of it, may be another now.
"""

import ast
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from blocklint.engine.changes import Lines
from blocklint.frozen import dataclass
from blocklint.outline import parse
from blocklint.text import Span

if TYPE_CHECKING:
    from blocklint.source import Chunk, Source


@dataclass(frozen=True)
class _Statement:
    """A top-level statement: its lines with the comments above it, and its names.

    `end` is the line before the next statement. `names` are those that it binds, none
    if it only imports; `uses` those that stand in it.
    """

    first: int
    last: int
    end: int
    names: frozenset[str]
    uses: frozenset[str]

    def is_in(self, lines: Lines) -> bool:
        """Whether one of its lines is new, or some are gone."""
        return lines.meet(self.first, self.last) or lines.cut(self.first, self.end)


@dataclass(frozen=True)
class Touched:
    """What of a file is touched: whole statements, and lines between them.

    `names` are those that the touched statements bind, `known` those that any does.
    """

    lines: Lines
    statements: tuple[_Statement, ...]
    names: frozenset[str]
    known: frozenset[str]

    @classmethod
    def of(cls, source: "Source", lines: Lines) -> "Touched":
        """The touched statements of a file, by the lines of it that changed.

        An import is no code of the file: a name that is imported in another way touches
        nothing that uses it.
        """
        statements = list(_statements(source))
        touched = [each for each in statements if each.is_in(lines)]
        names: set[str] = set()
        while more := {name for each in touched for name in each.names} - names:
            names |= more
            touched = [e for e in statements if e in touched or e.uses & names]
        known = frozenset(name for each in statements for name in each.names)
        return cls(lines, tuple(touched), frozenset(names), known)

    def has(self, span: Span) -> bool:
        """Whether a place is in a touched statement, or on a line that changed."""
        around = any(s.first <= span.line <= s.last for s in self.statements)
        return around or self.lines.meet(span.line, span.end_line)


def _statements(source: "Source") -> Iterator[_Statement]:
    firsts = [_with_comments(chunk, source) for chunk in source.outline]
    ends = [first - 1 for first in firsts[1:]] + [len(source.lines)]
    for chunk, first, end in zip(source.outline, firsts, ends, strict=True):
        last = chunk.first_line + chunk.text.count("\n") - 1
        code = parse(chunk.text)
        imports = all(isinstance(s, ast.Import | ast.ImportFrom) for s in code.body)
        names = frozenset() if imports else chunk.names
        yield _Statement(first, last, end, names, frozenset(_words(code)))


def _with_comments(chunk: "Chunk", source: "Source") -> int:
    """The first line of a statement, or of the comments right above it."""
    first = chunk.first_line
    while first > 1 and source.lines[first - 2].startswith("#"):
        first -= 1
    return first


def _words(code: ast.Module) -> Iterator[str]:
    """The names in a piece of code, annotations and quoted ones included."""
    for node in ast.walk(code):
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                yield name
            case ast.Constant(value=str() as text) if text.isidentifier():
                yield text


def moved(lines: Lines, before: tuple[str, ...], after: tuple[str, ...]) -> Lines:
    """The changed lines of a text once it was edited; what the edit made is new too."""
    new: list[range] = []
    cuts: list[int] = []
    matched = SequenceMatcher(None, before, after, autojunk=False)
    for kind, i1, i2, j1, j2 in matched.get_opcodes():
        if kind != "equal":
            new.append(range(j1 + 1, max(j2, j1 + 1) + 1))
            continue
        new += [_shifted(each, i1, i2, j1 - i1) for each in lines.new]
        cuts += [cut + j1 - i1 for cut in lines.cuts if i1 < cut <= i2]
    return Lines(tuple(each for each in new if each), tuple(cuts))


def _shifted(changed: range, start: int, stop: int, by: int) -> range:
    """The part of a stretch that lies behind `start` and up to `stop`, moved."""
    return range(max(changed.start, start + 1) + by, min(changed.stop, stop + 1) + by)
