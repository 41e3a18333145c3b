"""The shapes of values are worked out as the comments of the fixtures say."""

import re
from pathlib import Path

import pytest
from expectations import FIXTURES
from hypothesis import given, strategies as st
from reading import blocks_of

from blocklint.graph import Dim

FILES = sorted((FIXTURES / "shapes").glob("*.py"))
_SHAPE = re.compile(r"# shape: (.+)$")
DIMS = st.recursive(
    st.sampled_from([Dim.of("d"), Dim.of("h"), Dim.of(2), Dim.of(3)]),
    lambda inner: (
        st.builds(lambda a, b: a * b, inner, inner)
        | st.builds(lambda a, b: a + b, inner, inner)
    ),
    max_leaves=4,
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_shapes(path: Path) -> None:
    lines = path.read_text().splitlines()
    expected = {
        n: m[1] for n, text in enumerate(lines, 1) if (m := _SHAPE.search(text))
    }

    found: dict[int, str] = {}
    for block in blocks_of(path):
        shapes = block.default.shapes
        for node in block.default.graph.nodes:
            if node.place is not None and node.place.path == path.as_posix():
                shape = shapes.of(node)
                found[node.place.span.line] = shapes.shown(shape)

    assert {n: found.get(n) for n in expected} == expected


@given(DIMS, DIMS, DIMS)
def test_numbers_follow_the_laws_of_arithmetic(a: Dim, b: Dim, c: Dim) -> None:
    assert a + b == b + a
    assert a * (b + c) == a * b + a * c
    assert a - a == Dim.of(0)
    assert a**0 == Dim.of(1) or len(a.terms) != 1


@given(DIMS)
def test_a_head_is_its_share_of_the_width(width: Dim) -> None:
    head = width / Dim.of("heads")

    assert head is not None
    assert head * Dim.of("heads") == width
    assert head != width


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (Dim.of(0), "0"),
        (Dim.of("d") - Dim.of("d"), "0"),
        (Dim.of(3) * Dim.of("d_model"), "3 * d_model"),
        (Dim.of("d") + Dim.of(1), "1 + d"),
        (Dim.of("a b") * Dim.of("c"), "(a b) * c"),
    ],
)
def test_numbers_read_well(number: Dim, text: str) -> None:
    assert str(number) == text
