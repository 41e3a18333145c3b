"""Bare trees, made of what the standard library's parser says.

LibCST's parser makes an object of every blank and every comma, and that is most of its
work. A bare tree has nodes of the same names in the same order without them.
"""

import ast

from blocklint import cst
from blocklint.bare.code import Code, Odd
from blocklint.bare.expressions import expression
from blocklint.bare.spots import Spot, Spots
from blocklint.bare.statements import lines
from blocklint.frozen import dataclass
from blocklint.outline import parse_once
from blocklint.regex import Regex


@dataclass(frozen=True, eq=False)
class Bare:
    """The tree of some code, and what it was read off."""

    tree: cst.Module
    _code: Code

    def mentions(self, syntax: cst.CSTNode, words: Regex[str]) -> bool | None:
        """Whether a part of a condition has one of these words in it.

        None if only LibCST can tell: where comments beside it matter and may be those
        of other code, or where a node is no such part: a test or an arm, one side of an
        `and`.
        """
        extent = self._code.arms.get(syntax)
        if extent is None:
            return None
        if words.search(self._code.between(*extent).decode()):
            return True
        own, doubtful = self._code.comments_of(syntax)
        if words.search(own):
            return True
        return None if words.search(doubtful) else False


def bare(text: str, parsed: ast.Module) -> Bare | None:
    """The bare tree of a text; None if only LibCST's own parser can tell it."""
    try:
        code = Code(text)
        return Bare(cst.Module(lines(parsed.body, code)), code)
    except Odd:
        return None


def expression_of(text: str) -> cst.BaseExpression | None:
    """The node of an expression that stands in a text; None if it holds none."""
    code = f"({text}\n)"
    try:
        (statement,) = parse_once(code).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if not isinstance(statement, ast.Expr):
        return None
    try:
        return expression(statement.value, Code(code))
    except Odd:
        from blocklint.bare import taken

        return taken.expression(code)


__all__ = ["Bare", "Spot", "Spots", "bare", "expression_of"]
