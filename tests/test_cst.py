"""The nodes of bare trees have the names and the fields of LibCST's."""

import re
from dataclasses import fields
from inspect import isabstract

import libcst
import pytest

from blocklint import cst

# How the code is set out. `asynchronous` and `relative` say more than that.
LAYOUT = re.compile(
    r"whitespace\w*|\w*leading_\w+|trailing_\w+|lines_after_\w+|[lr](par|brace|bracket)"
    r"|(first_|second_)?colon|comma|dot|equal|footer|header|indent|newline|semicolon"
    r"|separator|encoding|default_(indent|newline)|has_trailing_newline"
)
BLANKS = {
    libcst.SimpleWhitespace,
    libcst.ParenthesizedWhitespace,
    libcst.TrailingWhitespace,
    libcst.EmptyLine,
    libcst.Newline,
    libcst.Comment,
    libcst.AssignEqual,
    libcst.Colon,
    libcst.Comma,
    libcst.Semicolon,
    libcst.LeftParen,
    libcst.RightParen,
    libcst.LeftSquareBracket,
    libcst.RightSquareBracket,
    libcst.LeftCurlyBrace,
    libcst.RightCurlyBrace,
}
KINDS = [
    kind
    for kind in vars(libcst).values()
    if isinstance(kind, type)
    and issubclass(kind, libcst.CSTNode)
    and not isabstract(kind)
    and kind not in BLANKS
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_node_has_the_fields_that_say_what_code_does(
    kind: type[libcst.CSTNode],
) -> None:
    ours = getattr(cst, kind.__name__)

    names = [field.name for field in fields(kind) if not LAYOUT.fullmatch(field.name)]
    if kind is libcst.NotEqual:
        names.remove("value")  # `<>` is no operator any more

    assert list(ours.__match_args__) == names


def test_numbers_and_strings_say_what_they_are() -> None:
    found = [
        cst.Integer("0x1_0").evaluated_value,
        cst.Float("1_0.5e1").evaluated_value,
        cst.SimpleString(r'b"\x00"').evaluated_value,
        cst.SimpleString('R"""\\d"""').evaluated_value,
    ]

    assert found == [16, 105.0, b"\x00", "\\d"]
