"""Rows that take long to work out are worked out once, and as far as asked for."""

from collections.abc import Iterator

from blocklint.analysis.replayed import Replayed


def test_only_what_is_asked_for_is_worked_out_and_only_once() -> None:
    made: list[int] = []

    def squares() -> Iterator[int]:
        for number in range(5):
            made.append(number)
            yield number * number

    row = Replayed(squares())

    found = any(square == 4 for square in row)
    again = any(square == 4 for square in row)

    assert found and again
    assert made == [0, 1, 2]


def test_a_row_can_be_gone_through_inside_itself() -> None:
    row = Replayed(iter("abc"))

    pairs = [one + two for one in row for two in row]

    assert pairs == ["aa", "ab", "ac", "ba", "bb", "bc", "ca", "cb", "cc"]
