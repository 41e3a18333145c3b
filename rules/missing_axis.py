"""An operation names an axis that its operand does not have.

## Why

To be written.
"""

from collections.abc import Iterator

from blocklint.analysis import Block
from blocklint.analysis.shapes import Meets
from blocklint.claims import claim_of
from blocklint.rule import Basis, Claim, Severity, rule


@rule("BL411", Severity.ERROR, Basis.CRASH)
def check(block: Block) -> Iterator[Claim]:
    """Claim that a value has fewer or more axes than the code names."""
    for found in block.mismatches(Meets.AXES):
        text = "{node} needs {wanted} axes, gets {given} from {given_by}"
        yield claim_of(block, found, text)
