"""Values are put side by side whose other axes differ.

## Why

To be written.
"""

from collections.abc import Iterator

from blocklint.analysis import Block
from blocklint.analysis.shapes import Meets
from blocklint.claims import claim_of
from blocklint.rule import Basis, Claim, Severity, rule


@rule("BL410", Severity.ERROR, Basis.CRASH)
def check(block: Block) -> Iterator[Claim]:
    """Claim that values are concatenated or stacked that differ in another axis."""
    for found in block.mismatches(Meets.JOINED):
        text = "{node} joins {wanted} from {wanted_by} and {given} from {given_by}"
        yield claim_of(block, found, text)
