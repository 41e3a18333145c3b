"""Comments that suppress: `# blocklint: ignore[rule]`, `# noqa`, `skip-file`.

Comments are found by the tokenizer, so a string with such a text in it is none.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass

from blocklint.outline import parse
from blocklint.source import Source, Span

_MENTION = re.compile(r"#\s*(?:blocklint:|noqa)", re.IGNORECASE)
_OURS = re.compile(r"#\s*(?:blocklint:|noqa\b.*\bBL[0-9])", re.IGNORECASE)
_OWN = re.compile(
    r"#\s*blocklint:\s*(?P<what>ignore|skip-file)\b(?:\s*\[(?P<names>[^\]]*)\]?)?"
)
_NOQA = re.compile(
    r"#\s*noqa\b(?:\s*:\s*(?P<names>[A-Z]+[0-9]+(?:[,\s]+[A-Z]+[0-9]+)*))?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Suppression:
    """One comment, and the lines of the findings that it is about.

    `selectors` is None for a comment that means every rule. `owned` says that the
    comment is ours to judge: a plain `noqa` belongs to other tools as well.
    `class_name` is the class whose header the comment stands at, if any.
    """

    span: Span
    selectors: tuple[str, ...] | None
    first: int
    last: int
    owned: bool = True
    class_name: str | None = None


@dataclass(frozen=True)
class Comments:
    """The suppressions of one file."""

    suppressions: tuple[Suppression, ...] = ()
    skip_file: bool = False


def speaks_to_us(text: str) -> bool:
    """Whether a file may hold a comment that is ours to judge; strings count too."""
    return bool(_OURS.search(text))


def suppressions_in(source: Source) -> Comments:
    """Read the suppressing comments of a file."""
    if not _MENTION.search(source.text):
        return Comments()
    comments, statements = _tokens(source.text)
    read = [(token, *_read(token.string)) for token in comments]
    if any(kind == "skip-file" for _, kind, _ in read):
        return Comments(skip_file=True)
    code = _Code(tuple(statements), tuple(_headers(source.text)))
    return Comments(
        tuple(
            _suppression(token, kind, selectors, code)
            for token, kind, selectors in read
            if kind
        )
    )


@dataclass(frozen=True)
class _Range:
    first: int
    last: int


@dataclass(frozen=True)
class _Header:
    """A class: the lines of its header, and the last line of its body."""

    lines: _Range
    last: int
    name: str


@dataclass(frozen=True)
class _Code:
    """Where statements and class headers stand, so that a comment finds its own."""

    statements: tuple[_Range, ...]
    headers: tuple[_Header, ...]

    def statement_at(self, line: int) -> _Range | None:
        """The statement that a line is part of."""
        return next((s for s in self.statements if s.first <= line <= s.last), None)

    def statement_after(self, line: int) -> _Range:
        """The statement that follows a line, or the line if none does."""
        later = (s for s in self.statements if s.first > line)
        return next(later, _Range(line, line))

    def header_at(self, lines: _Range) -> _Header | None:
        """The class whose header these lines are part of."""
        for header in self.headers:
            if header.lines.first <= lines.first and lines.last <= header.lines.last:
                return header
        return None


def _suppression(
    token: tokenize.TokenInfo,
    kind: str,
    selectors: tuple[str, ...] | None,
    code: _Code,
) -> Suppression:
    span = Span(*token.start, *token.end)
    if kind == "noqa":
        # As other tools read it: a `noqa` is about the statement that it stands in.
        ours = None if selectors is None else _ours(selectors)
        meant = code.statement_at(span.line) or _Range(span.line, span.line)
        return Suppression(span, ours, meant.first, meant.last, owned=bool(ours))
    meant = code.statement_at(span.line) or code.statement_after(span.line)
    if header := code.header_at(meant):
        first, last = header.lines.first, header.last
        return Suppression(span, selectors, first, last, class_name=header.name)
    return Suppression(span, selectors, meant.first, meant.last)


def _ours(codes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(code for code in codes if code.startswith("BL"))


def _read(comment: str) -> tuple[str, tuple[str, ...] | None]:
    """What kind of suppression a comment is, if any, and what it names."""
    match directive(comment):
        case re.Match(re=pattern) as own if pattern is _OWN:
            names = own["names"]
            return own["what"], None if names is None else split(names)
        case re.Match() as noqa:
            codes = noqa["names"]
            return "noqa", None if codes is None else split(codes.upper())
    return "", None


def directive(comment: str) -> re.Match[str] | None:
    """The part of a comment that suppresses; its group `names` is what it lists."""
    return _OWN.search(comment) or _NOQA.search(comment)


def split(names: str) -> tuple[str, ...]:
    """The names in a list as it is written: with commas, blanks or both."""
    return tuple(name for name in re.split(r"[,\s]+", names) if name)


def _tokens(text: str) -> tuple[list[tokenize.TokenInfo], list[_Range]]:
    """The comments of a file, and the lines of each of its logical lines."""
    comments: list[tokenize.TokenInfo] = []
    statements: list[_Range] = []
    first: int | None = None
    for token in tokenize.generate_tokens(io.StringIO(text, newline=None).readline):
        match token.type:
            case tokenize.COMMENT:
                comments.append(token)
            case tokenize.NEWLINE if first is not None:
                statements.append(_Range(first, token.start[0]))
                first = None
            case tokenize.NL | tokenize.INDENT | tokenize.DEDENT:
                pass
            case _:
                first = first or token.start[0]
    return comments, statements


def _headers(text: str) -> Iterator[_Header]:
    for node in ast.walk(parse(text)):
        if isinstance(node, ast.ClassDef):
            last = max(node.lineno, _first_line(node.body[0]) - 1)
            lines = _Range(_first_line(node), last)
            yield _Header(lines, node.end_lineno or last, node.name)


def _first_line(statement: ast.stmt) -> int:
    """Where a statement begins, decorators included."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(d.lineno for d in decorators)])
