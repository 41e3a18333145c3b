"""A text, and edits of it at nodes of the standard library's parser."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Edit:
    """New code from one byte of a text to another."""

    start: int
    end: int
    new: str


class Text:
    """A file; the parser counts its columns in bytes."""

    def __init__(self, source: str) -> None:
        self._bytes = source.encode()
        self._lines = [0]
        for line in self._bytes.split(b"\n"):
            self._lines.append(self._lines[-1] + len(line) + 1)

    def edited(self, edit: Edit) -> str:
        """The text after an edit; as many lines as before."""
        lost = self.of(edit).count("\n") - edit.new.count("\n")
        new = edit.new + "\n" * max(lost, 0)
        before, after = self._bytes[: edit.start], self._bytes[edit.end :]
        return (before + new.encode() + after).decode()

    def of(self, edit: Edit) -> str:
        """What an edit replaces."""
        return self._bytes[edit.start : edit.end].decode()

    def line(self, offset: int) -> int:
        """The line of a byte, from one."""
        return self._bytes[:offset].count(b"\n") + 1

    def code(self, node: ast.expr) -> str:
        """The text of an expression."""
        return self._bytes[slice(*self._span(node))].decode()

    def closed(self, node: ast.expr) -> str:
        """The text of an expression that other operators may stand beside."""
        single = isinstance(node, ast.Name | ast.Attribute | ast.Constant | ast.Call)
        return self.code(node) if single else f"({self.code(node)})"

    def put(self, node: ast.expr, new: str) -> Edit:
        """Other code in the place of an expression."""
        return Edit(*self._span(node), new)

    def swapped(self, one: ast.expr, two: ast.expr) -> Edit:
        """Two expressions, each in the place of the other."""
        (start, first), (second, end) = self._span(one), self._span(two)
        between = self._bytes[first:second].decode()
        return Edit(start, end, f"{self.code(two)}{between}{self.code(one)}")

    def with_swapped(self, whole: ast.expr, one: ast.expr, two: ast.expr) -> str:
        """The text of an expression with two of its parts exchanged."""
        edit = self.swapped(one, two)
        start, end = self._span(whole)
        before = self._bytes[start : edit.start].decode()
        return before + edit.new + self._bytes[edit.end : end].decode()

    def without(self, part: ast.expr, parts: Sequence[ast.expr]) -> Edit:
        """Several expressions with one of them, and a comma, left out."""
        index = list(parts).index(part)
        if index:
            return Edit(self._span(parts[index - 1])[1], self._span(part)[1], "")
        end = self._span(parts[1])[0] if len(parts) > 1 else self._span(part)[1]
        return Edit(self._span(part)[0], end, "")

    def _span(self, node: ast.expr) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        start = self._lines[node.lineno - 1] + node.col_offset
        return start, self._lines[node.end_lineno - 1] + node.end_col_offset
