"""What the code says of settings and weights is noted as the fixtures' comments say."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from expectations import FIXTURES
from reading import blocks_of

from blocklint.analysis import Block

FILES = [FIXTURES / "shapes" / name for name in ("checks.py", "ties.py")]
_CLASS = re.compile(r"((?:^# \w+:.*\n)+)^class (\w+)", re.MULTILINE)
_LINE = re.compile(r"^# (\w+): ?(.*)$", re.MULTILINE)


def expected(path: Path) -> Iterator[tuple[str, dict[str, set[str]]]]:
    """The facts that stand above each class of a fixture."""
    for comments, name in _CLASS.findall(path.read_text()):
        lines = _LINE.findall(comments)
        yield (
            name,
            {
                kind: {t for t in re.split(", ?", text) if t}
                if kind != "defaults"
                else set(text.split())
                for kind, text in lines
            },
        )


def said(block: Block) -> dict[str, set[str]]:
    """The facts of a class, as the fixtures write them."""
    graph, shapes = block.default.graph, block.default.shapes
    facts = graph.facts
    return {
        "defaults": {f"{name}={value}" for name, value in facts.defaults.items()},
        "equal": {
            f"{shapes.named(one)} == {shapes.named(two)}" for one, two in facts.equal
        },
        "divides": {
            f"{shapes.named(one)} % {shapes.named(two)}" for one, two in facts.divides
        },
        "ties": {
            f"{tie.one_name}: {tie.one.name} = {tie.other_name}: {tie.other.name}"
            for tie in graph.ties
        },
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_facts_are_noted(path: Path) -> None:
    blocks = {block.name: block for block in blocks_of(path)}

    wanted = dict(expected(path))

    found = {
        name: {kind: said(blocks[name])[kind] for kind in kinds}
        for name, kinds in wanted.items()
    }
    assert found == wanted
