"""Each class of a fixture has the sites that its comments say."""

from pathlib import Path

import pytest
from expectations import FIXTURES, expected_blocks
from reading import blocks_of

from blocklint.analysis import Variant

FOLDER = FIXTURES / "facts"
FILES = [
    path for path in sorted(FOLDER.rglob("*.py")) if expected_blocks(path.read_text())
]


def placements(variant: Variant) -> list[str]:
    return [site.placement.value for site in variant.sites]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_facts(path: Path) -> None:
    expected = expected_blocks(path.read_text())

    found = {block.name: block for block in blocks_of(path)}

    for block in expected:
        sites = found[block.name].sites if block.name in found else ()
        shown = [site.placement.value for site in sites]
        if block.placements is not None:
            assert (block.name, shown) == (block.name, block.placements)
        if block.roles is not None:
            roles = [site.role.value for site in sites]
            assert (block.name, roles) == (block.name, block.roles)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_variants(path: Path) -> None:
    expected = {b.name: b.variants for b in expected_blocks(path.read_text())}

    found = {block.name: block.variants[1:] for block in blocks_of(path)}

    for name, variants in expected.items():
        others = {str(each.when): placements(each) for each in found.get(name, ())}
        assert (name, others) == (name, variants)
