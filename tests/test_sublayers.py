"""The sub-layers of blocks have the shapes that the comments of the fixtures say.

`# sub-layer: norm [..., d] -> [..., d]; attn [..., d] -> [..., d]` on a line: these
and no others are called there. A class without such a comment is not looked at.
"""

import re
from pathlib import Path

import pytest
from expectations import FIXTURES
from reading import blocks_of
from tracing import namespace_of
from widths import compared_widths

from blocklint.analysis import Block
from blocklint.analysis.naming import SizeTexts
from blocklint.analysis.sublayers import ends_of, sublayers_of

FILES = sorted((FIXTURES / "shapes").glob("*.py"))
RUN = [
    path
    for folder in ("shapes", "readme", "facts")
    for path in sorted((FIXTURES / folder).rglob("*.py"))
    if "# not run: all" not in path.read_text()
]
_SUBLAYER = re.compile(r"# sub-layer: (.+)$")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_sublayers(path: Path) -> None:
    lines = path.read_text().splitlines()
    expected = {
        n: m[1].split("; ")
        for n, text in enumerate(lines, 1)
        if (m := _SUBLAYER.search(text))
    }

    found: dict[int, list[str]] = {}
    for block in blocks_of(path):
        called = called_in(block)
        if called.keys() & expected.keys():
            found |= called

    assert {n: found.get(n) for n in expected} == expected
    assert not found.keys() - expected.keys()


def called_in(block: Block) -> dict[int, list[str]]:
    """What a block calls on each line; each once for different shapes."""
    texts = SizeTexts(block.default.graph, block.default.shapes)
    found: dict[int, list[str]] = {}
    seen: set[str] = set()
    for call, given, taken in ends_of(block.default):
        shapes = (f"[{', '.join(texts.shape(node))}]" for node in (given, taken))
        text = f"{call.name} {' -> '.join(shapes)}"
        if call.place is not None and text not in seen:
            seen.add(text)
            found.setdefault(call.place.span.line, []).append(text)
    return found


def test_roles_are_those_of_sites_and_names() -> None:
    blocks = {
        block.name: block for block in blocks_of(FIXTURES / "shapes/sublayers.py")
    }

    roles = {
        name: {each.name: each.role for each in sublayers_of(block.default)}
        for name, block in blocks.items()
    }

    norms = {"ln_1": "norm", "ln_2": "norm"}
    assert roles["Block"] == {**norms, "attn": "attention", "mlp": "ffn"}
    assert roles["Transformer"] == {"attn": "attention", "ff": "ffn", "norm": "norm"}
    assert roles["Decoder"]["cross"] == "cross-attention"
    assert roles["Encoder"]["linear1"] == "linear"


@pytest.mark.parametrize("path", RUN, ids=lambda path: path.stem)
def test_what_runs_has_the_widths_that_were_read(path: Path) -> None:
    names = namespace_of(path)

    compared = [
        (block.name, *each)
        for block in blocks_of(path)
        if block.is_block
        for each in compared_widths(block, names)
    ]

    assert [each for each in compared if each[-2] not in each[-1]] == []
    assert len(compared) >= (40 if path.stem == "sublayers" else 0)
