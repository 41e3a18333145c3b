"""One top-level statement of a file, as two trees of the same nodes.

The bare tree is all that reading needs: it is made of what the standard library's
parser says, and knows nothing of how the code is set out. The whole one, LibCST's own
parse, takes four times as long: it is made where something was found, for positions,
for the exact text, and for fixes.
"""

import ast
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar, cast

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

from blocklint.bare import Bare, Spot, bare, spots_in
from blocklint.outline import Stretch, parse_once
from blocklint.regex import Regex
from blocklint.text import Span
from blocklint.trees import children, nodes_of, room_for_deep_code
from blocklint.uses import UNKNOWN, Uses, uses_of

if TYPE_CHECKING:
    from blocklint.source import Source

N = TypeVar("N", bound=cst.CSTNode)

_LONG = 250  # lines
_AT_FIRST = 2_000  # frames: twice as many as there are where files are opened


class Chunk:
    """One top-level statement of a file, parsed when first asked for.

    It is cut out of the text of the file, whose lines end in line feeds; that is done
    when first asked for too, for most files are only looked at for a name or two.

    A statement of an imported file may then turn out not to parse. It is taken for one
    that says nothing; if it is a class, that has its name, and may read anything.
    """

    def __init__(
        self,
        source: "Source",
        stretch: Stretch,
        text: str,
        is_certain: bool = True,
    ) -> None:
        self.source = source
        self.first_line = stretch.first
        self.last_line = stretch.last
        self.names = frozenset(stretch.names)
        self.header = stretch.header
        self._cut = text, stretch.start, stretch.end
        self._is_certain = is_certain

    @cached_property
    def text(self) -> str:
        """Its lines, each with its end."""
        if self._parses:
            return self._written
        return f"class {min(self.names)}:\n    pass\n" if self.header else "pass\n"

    @property
    def is_lost(self) -> bool:
        """Whether it does not parse. A long class is believed until it is read.

        Most mixins of frameworks are only asked whether they have some method.
        """
        is_long = self.last_line - self.first_line > _LONG
        return not (self.header and is_long) and not self._parses

    @property
    def _written(self) -> str:
        whole, start, end = self._cut
        return whole[start:end] + "\n"

    @cached_property
    def _parses(self) -> bool:
        if self._is_certain:
            return True
        try:
            with room_for_deep_code(_AT_FIRST):
                return bool(parse_once(self._written))
        except (SyntaxError, RecursionError, MemoryError):
            return False

    def _parsed(self) -> ast.Module:
        """What the standard library's parser says of the text."""
        text = self.text
        with room_for_deep_code():
            return parse_once(text)

    @property
    def tree(self) -> cst.Module:
        """The statement as a module of its own, without what stands between its parts.

        Its nodes have no parentheses, blanks and comments, and so no text.
        """
        return self._bare.tree if self._bare is not None else self.whole

    @cached_property
    def whole(self) -> cst.Module:
        """The same nodes with all that stands between them: LibCST's own parse."""
        return cst.parse_module(self.text)

    @cached_property
    def _bare(self) -> Bare | None:
        code = self._parsed()
        with room_for_deep_code():
            return bare(self.text, code)

    @cached_property
    def uses(self) -> Uses:
        """What the statement reads, worked out without parsing it by LibCST."""
        code = self._parsed()
        with room_for_deep_code():
            return uses_of(code) if self._parses else UNKNOWN

    @cached_property
    def _originals(self) -> Mapping[cst.CSTNode, cst.CSTNode]:
        pairs = zip(nodes_of(self.tree), nodes_of(self.whole), strict=True)
        return dict(pairs)

    @cached_property
    def spots(self) -> Mapping[cst.CSTNode, Spot]:
        """Where nodes stand in the text, as far as that can be told without LibCST."""
        if self._bare is None:
            return {}
        code = self._parsed()
        with room_for_deep_code():
            return spots_in(self.text, code, self.tree)

    @cached_property
    def _places(self) -> Mapping[cst.CSTNode, CodeRange]:
        wrapper = MetadataWrapper(self.whole, unsafe_skip_copy=True)
        with room_for_deep_code():
            return wrapper.resolve(PositionProvider)

    @cached_property
    def _parents(self) -> Mapping[cst.CSTNode, cst.CSTNode]:
        found: dict[cst.CSTNode, cst.CSTNode] = {}
        pending: list[cst.CSTNode] = [self.tree]
        while pending:
            node = pending.pop()
            parts = children(node)
            found.update(dict.fromkeys(parts, node))
            pending += parts
        return found

    def take_over(self, other: "Chunk") -> None:
        """Keep what was worked out of the same text, where it stood elsewhere."""
        if self.text == other.text:
            for name in ("_bare", "whole", "uses", "_originals", "_places", "_parents"):
                if name in other.__dict__:
                    self.__dict__.setdefault(name, other.__dict__[name])

    def original(self, syntax: N) -> N:
        """The node of the whole tree that one of the bare tree stands for.

        What is no node of the bare tree is taken to be of the whole one.
        """
        return cast("N", self._originals.get(syntax, syntax))

    def code(self, syntax: cst.CSTNode) -> str:
        """The text of a syntax node of this chunk, with the parentheses around it."""
        spot = self.spots.get(syntax)
        if spot is not None and spot.alone:
            start = self._offset(spot.line, spot.column)
            return self.text[start : self._offset(spot.end_line, spot.end_column)]
        with room_for_deep_code():
            return self.whole.code_for_node(self.original(syntax))

    def mentions(self, syntax: cst.CSTNode, words: Regex[str]) -> bool:
        """Whether the text of an arm of a condition has one of these words in it.

        The words have no blanks in them. The bare tree knows where the arm stands, but
        not which comments beside it are its own: only where one of these matters does
        the whole tree decide.
        """
        said = self._bare.said(syntax) if self._bare is not None else None
        if said is not None:
            code, comments = said
            if words.search(code) or not words.search(comments):
                return bool(words.search(code))
        return bool(words.search(self.code(syntax)))

    def around(self, syntax: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """What a syntax node of this chunk stands in, innermost first."""
        while found := self._parents.get(syntax):
            yield found
            syntax = found

    def span(self, syntax: cst.CSTNode) -> Span:
        """Where a syntax node of this chunk stands in the file."""
        shift = self.first_line - 1
        if spot := self.spots.get(syntax):
            return Span(
                spot.line + shift, spot.column, spot.end_line + shift, spot.end_column
            )
        found = self._places[self.original(syntax)]
        return Span(
            found.start.line + shift,
            found.start.column,
            found.end.line + shift,
            found.end.column,
        )

    def statement_at(self, line: int) -> cst.CSTNode | None:
        """What stands on a line of the file: a simple statement, or part of a header.

        Of several statements on it, the first; a header is that of an `if` or a loop.
        """
        on_line = [
            (span, syntax)
            for syntax in nodes_of(self.tree)
            if isinstance(syntax, cst.BaseSmallStatement | cst.BaseExpression)
            and (span := self.span(syntax)).line <= line <= span.end_line
        ]
        small = [
            each for each in on_line if isinstance(each[1], cst.BaseSmallStatement)
        ]
        found = small or [each for each in on_line if each[0].line == line]
        first = min(found, key=lambda each: _extent(each[0]), default=None)
        return first[1] if first else None

    def code_instead(self, old: cst.CSTNode, new: cst.CSTNode) -> str:
        """The text that stands where `old` does now, once `new` has its place.

        What is kept of the old code in `new` is of the whole tree. Raises ValueError
        if `new` would change more than the text of `old`.
        """
        old = self.original(old)
        with room_for_deep_code():
            tree = self.whole.deep_replace(old, _dressed(new, old))
        text = cst.ensure_type(tree, cst.Module).code
        span = self.span(old)
        shift = self.first_line - 1
        before = self._offset(span.line - shift, span.column)
        after = len(self.text) - self._offset(span.end_line - shift, span.end_column)
        rest = self.text[len(self.text) - after :]
        if not (text.startswith(self.text[:before]) and text.endswith(rest)):
            raise ValueError(f"{type(new).__name__} changes more than its own text")
        return text[before : len(text) - after]

    def _offset(self, line: int, column: int) -> int:
        """How many letters stand before a place; lines count from 1."""
        above = self.text.split("\n")[: line - 1]
        return sum(len(text) + 1 for text in above) + column


def _extent(span: Span) -> tuple[int, int, int, int]:
    """Orders spans by where they begin, the widest first."""
    return span.line, span.column, -span.end_line, -span.end_column


def _dressed(new: cst.CSTNode, old: cst.CSTNode) -> cst.CSTNode:
    """A node with what stands around another: parentheses, comments, blank lines."""
    match old, new:
        case cst.BaseExpression(), cst.BaseExpression():
            missing = len(old.lpar) - len(new.lpar)
            if missing > 0:
                lpar, rpar = old.lpar[:missing], old.rpar[-missing:]
                return new.with_changes(
                    lpar=(*lpar, *new.lpar), rpar=(*new.rpar, *rpar)
                )
        case cst.SimpleStatementLine(), cst.SimpleStatementLine():
            return new.with_changes(
                leading_lines=old.leading_lines,
                trailing_whitespace=old.trailing_whitespace,
            )
        case cst.BaseCompoundStatement(), cst.BaseCompoundStatement():
            return new.with_changes(leading_lines=old.leading_lines)
        case cst.Arg(), cst.Arg():
            return new.with_changes(comma=old.comma)
    return new
