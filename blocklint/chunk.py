"""One top-level statement of a file, as two trees of the same nodes.

The bare tree is all that reading needs: it is made of what the standard library's
parser says, and knows nothing of how the code is set out. The whole one, LibCST's own
parse, takes four times as long: it is made where something was found, for positions,
for the exact text, and for fixes.
"""

import ast
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from blocklint import cst
from blocklint.bare import Bare, Spot, Spots, bare
from blocklint.lazy import cached_property
from blocklint.outline import Stretch, parse_once
from blocklint.regex import Regex
from blocklint.text import Span
from blocklint.trees import children, nodes_of, pairs_of, room_for_deep_code
from blocklint.uses import UNKNOWN, Uses, uses_of

if TYPE_CHECKING:
    import libcst
    from libcst.metadata import CodeRange

    from blocklint.source import Source

    Syntax = cst.CSTNode | libcst.CSTNode

_WORKED_OUT = (
    "_bare",
    "_originals",
    "_parents",
    "_places",
    "_taken",
    "uses",
    "whole",
)
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
    def length(self) -> int:
        """How many letters it has, whether it parses or not."""
        _, start, end = self._cut
        return end - start

    def says(self, word: str) -> bool:
        """Whether a word stands in its text, whether that parses or not."""
        whole, start, end = self._cut
        return whole.find(word, start, end) >= 0

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
        return self._bare.tree if self._bare is not None else self._taken

    @cached_property
    def _taken(self) -> cst.Module:
        from blocklint.bare import taken

        with room_for_deep_code():
            return taken.module(self.whole)

    @cached_property
    def whole(self) -> "libcst.Module":
        """The same nodes with all that stands between them: LibCST's own parse."""
        from blocklint.whole import parsed

        return parsed(self.text)

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
    def _originals(self) -> "Mapping[cst.CSTNode, libcst.CSTNode]":
        return dict(pairs_of(self.tree, self.whole))

    @cached_property
    def spots(self) -> Mapping[cst.CSTNode, Spot]:
        """Where nodes stand in the text, as far as that can be told without LibCST."""
        if self._bare is None:
            return {}
        code = self._parsed()
        with room_for_deep_code():
            return Spots(self.text, code, self.tree)

    @cached_property
    def _places(self) -> "Mapping[libcst.CSTNode, CodeRange]":
        from blocklint.whole import places

        with room_for_deep_code():
            return places(self.whole)

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
            for name in _WORKED_OUT:
                if name in other.__dict__:
                    self.__dict__.setdefault(name, other.__dict__[name])

    def original(self, syntax: "Syntax") -> "libcst.CSTNode":
        """The node of the whole tree that one of the bare tree stands for.

        One of the whole tree stands for itself.
        """
        if isinstance(syntax, cst.CSTNode):
            return self._originals[syntax]
        return syntax

    def is_in_parentheses(self, syntax: cst.CSTNode) -> bool:
        """Whether an expression has parentheses of its own around it."""
        from blocklint.whole import is_in_parentheses

        return is_in_parentheses(self.original(syntax))

    def code(self, syntax: "Syntax") -> str:
        """The text of a syntax node of this chunk, with the parentheses around it."""
        spot = self._spot(syntax)
        if spot is not None and spot.alone:
            start = self._offset(spot.line, spot.column)
            return self.text[start : self._offset(spot.end_line, spot.end_column)]
        with room_for_deep_code():
            return self.whole.code_for_node(self.original(syntax))

    def _spot(self, syntax: "Syntax") -> Spot | None:
        return self.spots.get(syntax) if isinstance(syntax, cst.CSTNode) else None

    def mentions(self, syntax: cst.CSTNode, words: Regex[str]) -> bool:
        """Whether the text of an arm of a condition has one of these words in it.

        The words have no blanks in them. What was made of nodes of this chunk, a
        condition for a `case`, says what these say.
        """
        told = self._bare.mentions(syntax, words) if self._bare is not None else None
        if told is not None:
            return told
        if syntax in self._parents:
            return bool(words.search(self.code(syntax)))
        return any(self.mentions(part, words) for part in children(syntax))

    def around(self, syntax: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """What a syntax node of this chunk stands in, innermost first."""
        while found := self._parents.get(syntax):
            yield found
            syntax = found

    def span(self, syntax: "Syntax") -> Span:
        """Where a syntax node of this chunk stands in the file."""
        shift = self.first_line - 1
        if spot := self._spot(syntax):
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

    def code_instead(self, old: cst.CSTNode, new: "libcst.CSTNode") -> str:
        """The text that stands where `old` does now, once `new` has its place.

        What is kept of the old code in `new` is of the whole tree. Raises ValueError
        if `new` would change more than the text of `old`.
        """
        from blocklint.whole import replaced

        with room_for_deep_code():
            text = replaced(self.whole, self.original(old), new)
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
