"""Code becomes the graph that stands beside it as text."""

from pathlib import Path

import pytest
from conftest import Golden
from expectations import FIXTURES
from reading import blocks_of

from blocklint.graph.text import dump

FILES = sorted((FIXTURES / "graphs").glob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_graph(path: Path, golden: Golden) -> None:
    blocks = blocks_of(path)

    text = "\n".join(dump(block.default.graph) for block in blocks)

    golden(path.with_suffix(".txt"), text)
