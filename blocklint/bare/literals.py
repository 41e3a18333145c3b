"""Numbers, strings and the other words that stand for themselves, as they are written.

The standard parser keeps their values alone, so they are read off the text.
"""

import ast
import re
from collections.abc import Iterator, Sequence

from blocklint import cst
from blocklint.bare.code import Code, Odd
from blocklint.regex import STRING, Regex
from blocklint.trees import Later

_TOKEN = Regex(rf"([a-zA-Z]{{0,2}})({STRING})", re.DOTALL)
_BETWEEN = Regex(r"(?:\s|\\\n|#[^\n]*)*")


def constant(node: ast.Constant, code: Code) -> cst.BaseExpression:
    """The node for a number, a string or a word that stands for itself."""
    match node.value:
        case None | True | False:
            return cst.Name(str(node.value))
        case str() | bytes():
            return _of_text(node, code)
        case int():
            return cst.Integer(code.text_of(node))
        case float():
            return cst.Float(code.text_of(node))
        case complex():
            return cst.Imaginary(code.text_of(node))
    return cst.Ellipsis()


def _of_text(node: ast.Constant | ast.JoinedStr, code: Code) -> cst.BaseExpression:
    """A string; several that follow each other are one for the standard parser."""
    *before, last = map(_one, _tokens(code.text_of(node)))
    found: cst.BaseString = last
    for each in reversed(before):
        found = cst.ConcatenatedString(each, found)
    return found


def formatted(node: ast.JoinedStr, code: Code) -> cst.BaseExpression:
    """The node for an f-string."""
    text = code.text_of(node)
    strings = [each[2] for each in _TOKEN.compiled.finditer(text)]
    if any(each.count("{") != each.count("}") for each in strings):
        # Quotes may stand in it, from Python 3.12 on: where `f"{x["a"]}"` ends is odd.
        from blocklint.bare import taken

        return taken.expression(f"({text})")
    return _of_text(node, code)


def _tokens(text: str) -> Iterator[re.Match[str]]:
    at = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        blank = _BETWEEN.match(text, token.end()) if token else None
        if token is None or blank is None:
            raise Odd
        yield token
        at = blank.end()


def _one(token: re.Match[str]) -> cst.BaseString:
    prefix, quoted = token[1], token[2]
    if "f" not in prefix.lower():
        return cst.SimpleString(token[0])
    quotes = quoted[:3] if quoted.startswith(('"""', "'''")) else quoted[0]
    start, inner = prefix + quotes, quoted[len(quotes) : -len(quotes)]
    parts = Later(lambda: _parts(start, inner, quotes))
    return cst.FormattedString(parts, start, quotes)


def _parts(
    start: str, inner: str, end: str
) -> Sequence[cst.BaseFormattedStringContent]:
    """What an f-string is made of. Many are never read: they are messages."""
    from blocklint.bare.formatted import parts

    return parts(start, inner, end)
