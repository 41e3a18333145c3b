"""Numbers, strings and the other words that stand for themselves, as they are written.

The standard parser keeps their values alone, so they are read off the text.
"""

import ast
import re
from collections.abc import Iterator

import libcst as cst

from blocklint.bare.code import Code, Odd
from blocklint.bare.making import maker

_name = maker(cst.Name, "value")
_integer = maker(cst.Integer, "value")
_float = maker(cst.Float, "value")
_imaginary = maker(cst.Imaginary, "value")
_string = maker(cst.SimpleString, "value")
_concatenated = maker(cst.ConcatenatedString, "left", "right")
_ellipsis = maker(cst.Ellipsis)
_TOKEN = re.compile(
    r"""[a-zA-Z]{0,2}(?:'''(?:[^\\]|\\.)*?'''|\"""(?:[^\\]|\\.)*?\"""
    |'(?:[^\\'\n]|\\.)*'|"(?:[^\\"\n]|\\.)*")""",
    re.DOTALL | re.VERBOSE,
)
_BETWEEN = re.compile(r"(?:\s|\\\n|#[^\n]*)*")


def constant(node: ast.Constant, code: Code) -> cst.BaseExpression:
    """The node for a number, a string or a word that stands for itself."""
    match node.value:
        case None | True | False:
            return _name(str(node.value))
        case str() | bytes():
            return _of_text(node, code)
        case int():
            return _integer(code.text_of(node))
        case float():
            return _float(code.text_of(node))
        case complex():
            return _imaginary(code.text_of(node))
    return _ellipsis()


def _of_text(node: ast.Constant, code: Code) -> cst.BaseExpression:
    """A string; several that follow each other are one for the standard parser."""
    tokens = _tokens(code.text_of(node))
    *before, last = [_string(token) for token in tokens]
    found: cst.BaseExpression = last
    for each in reversed(before):
        found = _concatenated(each, found)
    return found


def _tokens(text: str) -> Iterator[str]:
    at = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        blank = _BETWEEN.match(text, token.end()) if token else None
        if token is None or blank is None:
            raise Odd
        yield token[0]
        at = blank.end()


def formatted(node: ast.JoinedStr, code: Code) -> cst.BaseExpression:
    """The node for an f-string: LibCST's own, for it has many forms."""
    return cst.parse_expression(f"({code.text_of(node)})")
