"""Edits of a text: what is inserted and what is cut, by places in it. Pure."""

from collections.abc import Iterable

import libcst

from blocklint import cst
from blocklint.frozen import dataclass
from blocklint.source import Place, Span


@dataclass(frozen=True, order=True)
class Cut:
    """New text from one offset to another; text is inserted where they are equal."""

    start: int
    end: int
    text: str = ""


def applied(text: str, cuts: Iterable[Cut]) -> str:
    """A text with all of some edits, which must not overlap."""
    done, parts = 0, []
    for cut in sorted(set(cuts)):
        parts += [text[done : cut.start], cut.text]
        done = max(done, cut.end)
    return "".join([*parts, text[done:]])


@dataclass(frozen=True)
class Layout:
    """The offsets of a text's lines, counted from one."""

    text: str

    def offset(self, line: int, column: int) -> int:
        """Where a line and a column stand; the end for a line beyond the last."""
        at = -1
        for _ in range(line - 1):
            at = self.text.find("\n", at + 1)
            if at < 0:
                return len(self.text)
        return at + 1 + column

    def ends(self, span: Span) -> tuple[int, int]:
        """Where a span begins and ends."""
        start = self.offset(span.line, span.column)
        return start, self.offset(span.end_line, span.end_column)

    def whole_lines(self, span: Span) -> tuple[int, int]:
        """The lines of a span, from the first column of the first to the next line."""
        return self.offset(span.line, 0), self.offset(span.end_line + 1, 0)

    def margin(self, line: int) -> str:
        """What a line is indented by."""
        start = self.offset(line, 0)
        rest = self.text[start : self.offset(line + 1, 0)]
        return rest[: len(rest) - len(rest.lstrip())]


def around(place: Place) -> Span:
    """The span of an expression with the parentheses that are its own."""
    match place.original:
        case libcst.BaseExpression(lpar=[first, *_], rpar=[*_, last]):
            one, two = place.chunk.span(first), place.chunk.span(last)
            return Span(one.line, one.column, two.end_line, two.end_column)
    return place.span


def statement_of(place: Place) -> cst.CSTNode | None:
    """The whole statement, a line or a compound one, that a place is in."""
    kinds = (cst.SimpleStatementLine, cst.BaseCompoundStatement)
    for node in (place.syntax, *place.around()):
        if isinstance(node, kinds):
            return node
    return None


def function_of(place: Place) -> cst.FunctionDef | cst.Lambda | None:
    """The function whose body a place is in."""
    for node in place.around():
        if isinstance(node, cst.FunctionDef | cst.Lambda):
            return node
    return None
