"""Comments that suppress: `# blocklint: ignore[rule]`, `# noqa`, `skip-file`.

Comments are found by the tokenizer, so a string with such a text in it is none.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator

from blocklint.frozen import dataclass
from blocklint.outline import parse, stretches, with_plain_ends
from blocklint.regex import Regex
from blocklint.text import Span, Text

_MENTION = Regex(r"#\s*(?:blocklint:|noqa)", re.IGNORECASE)
_OURS = Regex(r"#\s*(?:blocklint:|noqa\b.*\bBL[0-9])", re.IGNORECASE)
_EXPECTS = Regex(r"#\s*blocklint:\s*expect")
# A `noqa` whose colon is followed by no code says nothing, as in other tools.
_DIRECTIVE = Regex(
    r"#\s*blocklint:\s*(?P<what>ignore|skip-file)\b(?:\s*\[(?P<names>[^\]#]*)\]?)?"
    r"|#\s*(?i:noqa)\b(?:\s*:\s*(?P<codes>(?i:[A-Z]+[0-9]+(?:[,\s]+[A-Z]+[0-9]+)*))"
    r"|(?!\s*:))"
)


@dataclass(frozen=True)
class Lines:
    """A stretch of lines, the last one included."""

    first: int
    last: int


@dataclass(frozen=True)
class Directive:
    """What a part of a comment says: `kind` is `ignore`, `skip-file` or `noqa`.

    It stands from `start` to `end` in the text of its comment, its list of selectors
    at `listed`. `selectors` is None where there is no list, so that every rule is
    meant; `is_open` says that the list has no end.
    """

    kind: str
    start: int
    end: int
    selectors: tuple[str, ...] | None = None
    listed: tuple[int, int] | None = None
    is_open: bool = False


@dataclass(frozen=True)
class Suppression:
    """One suppression, the comment it stands in, and the lines that it is about.

    `selectors` is None for one that means every rule. `owned` says that it is ours to
    judge: a plain `noqa` belongs to other tools as well. `class_name` is the class
    whose header it stands at, if any; `statement` the statement, or the header.
    """

    span: Span
    directive: Directive
    selectors: tuple[str, ...] | None
    first: int
    last: int
    statement: Lines
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


def speaks_of_expectations(text: str) -> bool:
    """Whether a file may hold a comment that says what is expected of a class."""
    return "blocklint" in text and bool(_EXPECTS.search(text))


def suppressions_in(source: Text) -> Comments:
    """Read the suppressing comments of a file."""
    if not _MENTION.search(source.text):
        return Comments()
    found = tuple(suppressions_of(code_of(_speaking_in(source.text))))
    if any(each.directive.kind == "skip-file" for each in found):
        return Comments(skip_file=True)
    return Comments(found)


def _speaking_in(text: str) -> str:
    """A text, of whose top-level statements only those are left that may suppress.

    Each goes with the comments above it, as these are about it. To divide a long file
    into tokens takes 50 ms, and most files have a line or two that matter.
    """
    from blocklint.skim import skimmed  # noqa: PLC0415 - few files mention any

    plain = with_plain_ends(text)
    lines = plain.split("\n")
    above = 0
    for last in (*(s.last for s in skimmed(plain) or stretches(plain)), len(lines)):
        if not _MENTION.search("\n".join(lines[above:last])):
            lines[above:last] = [""] * (last - above)
        above = last
    return "\n".join(lines)


def suppressions_of(code: "Code") -> Iterator[Suppression]:
    """Everything in the comments of a file that suppresses, in order."""
    for token in code.comments:
        for said in directives(token.string):
            yield _suppression(token, said, code)


@dataclass(frozen=True)
class Header:
    """The lines of the header of a class or of a function, decorators included.

    `last` is the last line that a comment at the header is about: that of the class,
    whose name is `name`, and of the header alone where it is a function's.
    """

    lines: Lines
    last: int
    name: str | None = None


@dataclass(frozen=True)
class Code:
    """Where statements and headers stand, so that a comment finds its own.

    `comments` are those of the file, in order; `ends` the lines that a comment may be
    put at the end of, as no string and no backslash goes on there.
    """

    statements: tuple[Lines, ...]
    headers: tuple[Header, ...]
    comments: tuple[tokenize.TokenInfo, ...]
    ends: frozenset[int]

    def statement_at(self, line: int) -> Lines | None:
        """The statement that a line is part of."""
        return next((s for s in self.statements if s.first <= line <= s.last), None)

    def statement_after(self, line: int) -> Lines:
        """The statement that follows a line, or the line if none does."""
        later = (s for s in self.statements if s.first > line)
        return next(later, Lines(line, line))

    def header_at(self, lines: Lines) -> Header | None:
        """The class or function whose header these lines are part of."""
        for header in self.headers:
            if header.lines.first <= lines.first and lines.last <= header.lines.last:
                return header
        return None


def code_of(text: str) -> Code:
    """Where the statements and the comments of a file stand."""
    comments: list[tokenize.TokenInfo] = []
    statements: list[Lines] = []
    ends: set[int] = set()
    first: int | None = None
    for token in tokenize.generate_tokens(io.StringIO(text, newline=None).readline):
        line = token.start[0]
        match token.type:
            case tokenize.COMMENT:
                comments.append(token)
            case tokenize.NEWLINE:
                ends.add(line)
                if first is not None:
                    statements.append(Lines(first, line))
                first = None
            case tokenize.NL:
                ends.add(line)
            case tokenize.INDENT | tokenize.DEDENT:
                pass
            case _:
                first = first or line
    headers = tuple(_headers(text))
    return Code(tuple(statements), headers, tuple(comments), frozenset(ends))


def _suppression(token: tokenize.TokenInfo, said: Directive, code: Code) -> Suppression:
    span, selectors = Span(*token.start, *token.end), said.selectors
    if said.kind == "noqa":
        # As other tools read it: a `noqa` is about the statement that it stands in.
        ours = None if selectors is None else _ours(selectors)
        meant = code.statement_at(span.line) or Lines(span.line, span.line)
        return Suppression(
            span, said, ours, meant.first, meant.last, meant, owned=bool(ours)
        )
    meant = code.statement_at(span.line) or code.statement_after(span.line)
    if header := code.header_at(meant):
        lines = header.lines
        return Suppression(
            span,
            said,
            selectors,
            lines.first,
            header.last,
            lines,
            class_name=header.name,
        )
    return Suppression(span, said, selectors, meant.first, meant.last, meant)


def _ours(codes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(code for code in codes if code.startswith("BL"))


def directives(comment: str) -> Iterator[Directive]:
    """The parts of a comment that suppress, in order."""
    for found in _DIRECTIVE.compiled.finditer(comment):
        start, end = found.span()
        kind = found["what"] or "noqa"
        group = "names" if found["what"] else "codes"
        names = found[group]
        if names is None:
            yield Directive(kind, start, end)
        else:
            selectors = split(names if found["what"] else names.upper())
            is_open = bool(found["what"]) and not found[0].endswith("]")
            yield Directive(kind, start, end, selectors, found.span(group), is_open)


def separator_of(names: str) -> str:
    """What stands between the names in a list."""
    found = re.search(r"\s*,\s*|\s+", names.strip(", \t"))
    return found[0] if found else ", "


def split(names: str) -> tuple[str, ...]:
    """The names in a list as it is written: with commas, blanks or both."""
    return tuple(name for name in re.split(r"[,\s]+", names) if name)


def _headers(text: str) -> Iterator[Header]:
    for node in ast.walk(parse(text)):
        match node:
            case ast.ClassDef(name=name, end_lineno=end):
                lines = _header_lines(node)
                yield Header(lines, end or lines.last, name)
            case ast.FunctionDef() | ast.AsyncFunctionDef() if node.decorator_list:
                lines = _header_lines(node)
                yield Header(lines, lines.last)


def _header_lines(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> Lines:
    last = max(node.lineno, _first_line(node.body[0]) - 1)
    return Lines(_first_line(node), last)


def _first_line(statement: ast.stmt) -> int:
    """Where a statement begins, decorators included."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(d.lineno for d in decorators)])
