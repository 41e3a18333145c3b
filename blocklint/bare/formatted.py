"""What f-strings are made of.

Before Python 3.12 the standard parser does not say where it stands, and it writes texts
in another way. So an f-string is read off its text, and where that takes more than one
regular expression, by LibCST.
"""

import ast
import re
from collections.abc import Iterator, Sequence

from blocklint import cst
from blocklint.bare.code import Code, Odd
from blocklint.bare.expressions import expression
from blocklint.outline import parse_once
from blocklint.regex import Regex

_PART = Regex(
    r"(?P<text>(?:[^{}\\]|\\(?!N)[^{}]|\{\{|\}\})+)"
    r"|\{(?P<value>[^{}!:=\\'\"#]+)(?:!(?P<conversion>[rsa]))?(?::(?P<spec>[^{}\\]*))?\}"
)


def parts(start: str, inner: str, end: str) -> Sequence[cst.BaseFormattedStringContent]:
    """The parts of an f-string, of what is between its quotes."""
    try:
        return tuple(_plain(inner))
    except Odd:
        from blocklint.bare import taken

        whole = taken.expression(f"{start}{inner}{end}")
        assert isinstance(whole, cst.FormattedString)
        return whole.parts


def _plain(inner: str) -> Iterator[cst.BaseFormattedStringContent]:
    """The parts, if no value has strings, braces or a `=` in it; else raises Odd."""
    at = 0
    while at < len(inner):
        part = _PART.match(inner, at)
        if part is None:
            raise Odd
        if text := part["text"]:
            yield cst.FormattedStringText(text)
        else:
            yield _value(part)
        at = part.end()


def _value(part: re.Match[str]) -> cst.FormattedStringExpression:
    code = f"({part['value']})"
    try:
        (statement,) = parse_once(code).body
    except SyntaxError:  # the colon was that of a slice
        raise Odd from None
    assert isinstance(statement, ast.Expr)
    spec = part["spec"]
    texts = (cst.FormattedStringText(spec),) if spec else ()
    return cst.FormattedStringExpression(
        expression(statement.value, Code(code)),
        part["conversion"],
        None if spec is None else texts,
    )
