"""Bare trees: LibCST's nodes, made of what the standard library's parser says.

LibCST's parser makes an object of every blank and every comma, and that is most of its
work. A bare tree has the same nodes in the same order without them: what says how the
code is set out, parentheses and comments too, is not there to be asked for, and
whoever asks gets an AttributeError.
"""

import ast

import libcst as cst

from blocklint.bare.code import Code, Odd
from blocklint.bare.spots import Spot, spots_in
from blocklint.bare.statements import lines, module
from blocklint.frozen import dataclass


@dataclass(frozen=True, eq=False)
class Bare:
    """The tree of some code, and what it was read off."""

    tree: cst.Module
    _code: Code

    def said(self, syntax: cst.CSTNode) -> tuple[str, str] | None:
        """The text of a part of a condition, and the comments beside that text.

        None of a node that is no such part: the test or an arm, one side of an `and`.
        """
        extent = self._code.arms.get(syntax)
        if extent is None:
            return None
        return self._code.between(*extent).decode(), self._code.comments_near(extent)


def bare(text: str, parsed: ast.Module) -> Bare | None:
    """The bare tree of a text; None if only LibCST's own parser can tell it."""
    try:
        code = Code(text)
        return Bare(module(lines(parsed.body, code)), code)
    except Odd:
        return None


__all__ = ["Bare", "Spot", "bare", "spots_in"]
