"""The text that a bare tree is read off, and where in it the arms of conditions are."""

import ast
import unicodedata
from itertools import dropwhile, takewhile
from typing import TypeVar

from blocklint import cst
from blocklint.outline import first_line
from blocklint.regex import Regex

N = TypeVar("N", bound=cst.CSTNode)

# The first character of a text and the one behind it: line, column, line, column.
# Lines count from 1, columns are bytes of UTF-8.
Extent = tuple[int, int, int, int]
Placed = ast.expr | ast.stmt

_CLOSED = Regex(rb"[\s)]*")
_IS_BLANK = Regex(rb"[\s()]*(#|$)")  # or has no more than parentheses
_IS_COMMENT = Regex(rb"\s*(#|$)")
_QUOTE = Regex(rb"[\"']")
_FOREIGN = Regex(r"\w*[^\W\x00-\x7f]\w*")  # a word with letters beyond ASCII


class Odd(Exception):
    """Code of which only LibCST's own parser can say what tree it is."""


class Code:
    """The text of some code, and where in it the arms of conditions stand.

    If it is to be `noting`, it takes down which node of the standard parser's each of
    the nodes was made of that stand where that one does. Raises Odd where the standard
    parser spells a name in another way.
    """

    def __init__(self, text: str, noting: bool = False) -> None:
        if not text.isascii() and any(map(_has_respelt, text.split("\n"))):
            raise Odd
        self.lines = text.encode().split(b"\n")
        self.arms: dict[cst.CSTNode, Extent] = {}
        self.noted: dict[cst.CSTNode, Placed] | None = {} if noting else None

    def text_of(self, node: Placed) -> str:
        """What a node is written as, the parentheses around it left out."""
        return self.between(node.lineno, node.col_offset, *end_of(node)).decode()

    def lines_of(self, body: list[ast.stmt]) -> str:
        """The lines of some statements that have these for themselves."""
        first, last = self._first_line(body[0]), end_of(body[-1])[0]
        return b"\n".join(self.lines[first - 1 : last]).decode()

    def between(self, line: int, column: int, end: int, end_column: int) -> bytes:
        """The text from one place to another."""
        if line == end:
            return self.lines[line - 1][column:end_column]
        first, *inner = self.lines[line - 1 : end - 1]
        return b"\n".join([first[column:], *inner, self.lines[end - 1][:end_column]])

    def is_word(self, word: bytes, node: Placed) -> bool:
        """Whether the text of a node begins with a word: `elif` and not `if`."""
        return self.lines[node.lineno - 1].startswith(word, node.col_offset)

    def begins_line(self, statement: ast.stmt) -> bool:
        """Whether nothing stands before a statement on its line.

        Raises Odd where the line above goes on in this one.
        """
        line = statement.lineno - 1
        if self.lines[line][: statement.col_offset].strip():
            return False
        if line and self.lines[line - 1].endswith(b"\\"):
            raise Odd
        return True

    def is_in_parentheses(self, items: ast.Tuple) -> bool:
        """Whether a tuple is: `(a, b)`, and not `a, b` or `(a), b`."""
        if not items.elts:
            return True
        first = items.elts[0]
        start = items.lineno, items.col_offset
        if start == (first.lineno, first.col_offset):
            return False
        before = self.between(*start, first.lineno, first.col_offset)
        behind = self.between(*end_of(first), *end_of(items))
        inner = _CLOSED.match(behind)
        if inner is None or b"#" in before or behind[inner.end() :].startswith(b"#"):
            raise Odd
        return before.count(b"(") > inner[0].count(b")")

    def arm(self, node: N, first: Placed, last: Placed) -> N:
        """Note that a node, part of a condition, stands from one node to another."""
        self.arms[node] = (self._first_line(first), first.col_offset, *end_of(last))
        return node

    def _first_line(self, node: Placed) -> int:
        return first_line(node, lambda line: self.lines[line - 1].decode())

    def comments_of(self, node: cst.CSTNode) -> tuple[str, str]:
        """The comments of an arm that are outside of its text, and those that may be.

        A body has what stands behind the colon, above it, and below it as far as that
        is indented as it is; an `else` also what is left above it. An expression has
        what stands in parentheses of its own: if there are any in front of it, they
        may be those of a call.
        """
        extent = self.arms[node]
        body = node.body if isinstance(node, cst.Else) else node
        if isinstance(body, cst.IndentedBlock):
            return self._comments_of_body(extent, body is not node)
        if isinstance(node, cst.BaseExpression) and not self._is_behind_one(extent):
            return "", ""
        return "", self._comments_near(extent)

    def _comments_of_body(self, extent: Extent, with_else: bool) -> tuple[str, str]:
        first, indent, last, column = extent
        above = self._above(first - 1)
        header = self.lines[above]
        own = [*self.lines[above + 1 : first - 1], self.lines[last - 1][column:]]
        own += takewhile(lambda line: _goes_on(line, indent), self.lines[last:])
        if with_else:
            before = self.lines[self._above(above) + 1 : above]
            own += dropwhile(lambda line: _goes_on(line, indent), before)
        is_clear = _QUOTE.search(header) is None
        return _said(own + [header] * is_clear), _said([header] * (not is_clear))

    def _above(self, at: int) -> int:
        """The number, from 0, of the nearest line above a place that has code."""
        while _IS_COMMENT.match(self.lines[at - 1]):
            at -= 1
        return at - 1

    def _is_behind_one(self, extent: Extent) -> bool:
        """Whether there may be an opening parenthesis right in front of a text."""
        line, column, *_ = extent
        before = self.lines[line - 1][:column]
        while line > 1 and not before.partition(b"#")[0].strip():
            line -= 1
            before = self.lines[line - 1]
        code, sign, _ = before.partition(b"#")
        is_clear = not sign or _QUOTE.search(code) is None
        return not is_clear or code.rstrip().endswith(b"(")

    def _comments_near(self, extent: Extent) -> str:
        """The comments on the lines around a text, up to those with other code."""
        first, _, last, column = extent
        above, below = first - 1, last
        while above and _IS_BLANK.match(self.lines[above - 1]):
            above -= 1
        while below < len(self.lines) and _IS_BLANK.match(self.lines[below]):
            below += 1
        near = self.lines[max(above - 1, 0) : first - 1]
        return _said([*near, self.lines[last - 1][column:], *self.lines[last:below]])


def _goes_on(line: bytes, indent: int) -> bool:
    """Whether a line is blank, or a comment that is indented so far."""
    found = line.lstrip()
    return not found or (found[:1] == b"#" and len(line) - len(found) >= indent)


def _said(lines: list[bytes]) -> str:
    return b"\n".join(line.partition(b"#")[2] for line in lines).decode()


def end_of(node: Placed) -> tuple[int, int]:
    """The line and the column that a node ends before."""
    return node.end_lineno or node.lineno, node.end_col_offset or 0


def _has_respelt(line: str) -> bool:
    """Whether the standard parser would spell a name on a line in another way."""
    return not line.isascii() and any(map(_is_respelt, _FOREIGN.compiled.findall(line)))


def _is_respelt(word: str) -> bool:
    return word.isidentifier() and not unicodedata.is_normalized("NFKC", word)
