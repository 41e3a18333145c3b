"""The two sides of a matrix product do not fit.

## Why

To be written.
"""

from collections.abc import Iterator

from blocklint.analysis import Block
from blocklint.analysis.shapes import Meets
from blocklint.claims import claim_of
from blocklint.rule import Basis, Claim, Severity, rule


@rule("BL405", Severity.ERROR, Basis.CRASH)
def check(block: Block) -> Iterator[Claim]:
    """Claim that a product sums over axes of different sizes."""
    for found in block.mismatches(Meets.PRODUCT):
        text = (
            "{node} multiplies {wanted} from {wanted_by} with {given} from {given_by}"
        )
        yield claim_of(block, found, text)
