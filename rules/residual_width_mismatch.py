"""The two sides of an addition have different widths.

## Why

To be written.
"""

from collections.abc import Iterator

from blocklint.analysis import Block
from blocklint.analysis.shapes import Meets
from blocklint.claims import claim_of
from blocklint.rule import Basis, Claim, Severity, rule


@rule("BL402", Severity.ERROR, Basis.CRASH)
def check(block: Block) -> Iterator[Claim]:
    """Claim that two values are added whose sizes cannot be equal."""
    for found in block.mismatches(Meets.ADDED):
        text = "{wanted} from {wanted_by} is joined with {given} from {given_by}"
        yield claim_of(block, found, text)
