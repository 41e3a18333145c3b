"""Fixtures are plain code whose comments say what must be found.

`# expect: rule-name` on a line: that rule, and no other, has a finding there.
`# placement: pre post` on a class: the placements of its sites, in order; `no block`
for a class that is none. `# sites: attention ffn`: the roles. Below the class line,
`# variant: <when> -> post post`: the placements under another condition.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "fixtures"

_EXPECT = re.compile(r"# expect: ([\w-]+(?:, [\w-]+)*)")
_CLASS = re.compile(r"class (\w+)")
_PLACEMENT = re.compile(r"# placement: ([\w -]+)")
_SITES = re.compile(r"# sites: ([\w -]+)")
_VARIANT = re.compile(r"# variant: (.+?) -> ([\w -]+)")


@dataclass
class ExpectedBlock:
    """What the comments at one class say; None where they say nothing."""

    name: str
    placements: list[str] | None = None
    roles: list[str] | None = None
    variants: dict[str, list[str]] = field(default_factory=dict)


def expected_findings(text: str) -> list[tuple[int, str]]:
    """The (line, rule) pairs that a fixture's comments ask for."""
    return [
        (number, name)
        for number, line in enumerate(text.splitlines(), start=1)
        for found in _EXPECT.findall(line)
        for name in found.split(", ")
    ]


def expected_blocks(text: str) -> list[ExpectedBlock]:
    """The classes of a fixture whose comments say something."""
    found: list[ExpectedBlock] = []
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if started := _CLASS.match(line):
            block = ExpectedBlock(started[1])
            _read(line, block)
            for below in lines[number + 1 :]:
                if not below.strip().startswith("#"):
                    break
                _read(below, block)
            found.append(block)
    return [block for block in found if block != ExpectedBlock(block.name)]


def _read(line: str, block: ExpectedBlock) -> None:
    if placement := _PLACEMENT.search(line):
        words = placement[1].strip()
        block.placements = [] if words == "no block" else words.split()
    if sites := _SITES.search(line):
        block.roles = sites[1].split()
    if variant := _VARIANT.search(line):
        block.variants[variant[1]] = variant[2].split()
