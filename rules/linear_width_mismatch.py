"""A layer is made for another width than it gets.

## Why

To be written.
"""

from collections.abc import Iterator

from blocklint.analysis import Block
from blocklint.analysis.shapes import Meets
from blocklint.claims import claim_of
from blocklint.rule import Basis, Claim, Severity, rule


@rule("BL401", Severity.ERROR, Basis.CRASH)
def check(block: Block) -> Iterator[Claim]:
    """Claim that a layer gets a width that it is not made for."""
    for found in block.mismatches(Meets.LINEAR):
        text = "{node} expects {wanted}, gets {given} from {given_by}"
        yield claim_of(block, found, text)
