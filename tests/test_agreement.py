"""What is read and what runs are one: every block of the fixtures, by every rung.

Each class that a comment calls a block is made and called without configuration, and
what ran must have the roles and placements, in the order, of one of its wirings. Only
what needs code that is not there is left out, and says so.
"""

import re
from pathlib import Path

import pytest
from expectations import FIXTURES, expected_blocks
from reading import blocks_of
from tracing import namespace_of, rungs_of

from blocklint.analysis import Block, Placement
from blocklint.analysis.agreement import agreement, kinds

FILES = [
    path
    for path in sorted((FIXTURES / "facts").rglob("*.py"))
    if any(block.placements for block in expected_blocks(path.read_text()))
]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_runs_is_what_was_read(path: Path) -> None:
    text = path.read_text()
    named = {b.name for b in expected_blocks(text) if b.placements}
    named -= set(re.findall(r"class (\w+)\(.*\):.*\n    # not run: .", text))
    blocks = [block for block in blocks_of(path) if block.name in named]
    names = namespace_of(path)

    for block in blocks:
        rungs = list(rungs_of(block, names))

        shown = {rung.name: kinds(rung.wiring.sites) for rung in rungs}
        assert "recorded" in shown, block.name
        assert len(set(map(str, shown.values()))) == 1, (block.name, shown)
        assert len({rung.unused for rung in rungs}) == 1, block.name
        agrees, _ = agreement(block, rungs[0].wiring)
        assert agrees is (None if is_unsure(block) else True), (block.name, shown)


def is_unsure(block: Block) -> bool:
    """Whether the code of a block could not be followed: then nothing is compared."""
    return any(
        site.placement is Placement.UNKNOWN
        for variant in block.variants
        for site in variant.sites
    )


def test_every_placement_is_among_them() -> None:
    texts = [path.read_text() for path in FILES]
    blocks = [block for text in texts for block in expected_blocks(text)]

    found = {placement for block in blocks for placement in block.placements or ()}

    assert found >= {each.value for each in Placement if each is not Placement.UNKNOWN}
    assert sum(bool(block.placements) for block in blocks) >= 40
