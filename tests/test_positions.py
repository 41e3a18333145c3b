"""Places and edits as the protocol has them."""

import pytest
from editor import applied
from hypothesis import given, strategies
from lsprotocol import types

from blocklint.server.positions import Ruler, edits_between
from blocklint.source import Span, lines_of

UTF_16 = types.PositionEncodingKind.Utf16
LINES = ("a\U0001f600\u00e9b", "", "\u2028x")
TEXTS = strategies.lists(
    strategies.sampled_from(["a", "\U0001f600", "\n", "\r\n", "\r", "b = 1\n", "\f"])
).map("".join)


@pytest.mark.parametrize(
    ("encoding", "units"),
    [
        (types.PositionEncodingKind.Utf8, [0, 1, 5, 7, 8]),
        (types.PositionEncodingKind.Utf16, [0, 1, 3, 4, 5]),
        (types.PositionEncodingKind.Utf32, [0, 1, 2, 3, 4]),
    ],
)
def test_columns_are_units_and_back(
    encoding: types.PositionEncodingKind, units: list[int]
) -> None:
    ruler = Ruler(LINES, encoding)

    positions = [ruler.position(1, column) for column in range(5)]

    assert [position.character for position in positions] == units
    assert [ruler.place(each) for each in positions] == [(1, i) for i in range(5)]


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (Span(3, 0, 3, 2), (2, 0, 2, 2)),
        (Span(2, 0, 2, 1), (1, 0, 1, 0)),
        (Span(9, 4, 9, 5), (2, 2, 2, 2)),
    ],
)
def test_what_lies_beyond_a_text_is_brought_back(
    span: Span, expected: tuple[int, int, int, int]
) -> None:
    found = Ruler(LINES, UTF_16).range(span)

    start, end = found.start, found.end
    assert (start.line, start.character, end.line, end.character) == expected


def test_a_place_beyond_a_text_is_its_last_line() -> None:
    assert Ruler(LINES, UTF_16).place(types.Position(7, 7)) == (3, 0)


@given(TEXTS, TEXTS)
def test_edits_make_one_text_of_another(old: str, new: str) -> None:
    edits = edits_between(old, new, Ruler(lines_of(old), UTF_16))

    assert applied(old, [as_json(edit) for edit in edits]) == new


def as_json(edit: types.TextEdit) -> dict[str, object]:
    ends = {"start": edit.range.start, "end": edit.range.end}
    places = {
        name: {"line": place.line, "character": place.character}
        for name, place in ends.items()
    }
    return {"range": places, "newText": edit.new_text}
