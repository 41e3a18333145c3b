"""A width is cut into heads or pieces that do not make it up.

## Why

To be written.
"""

from collections.abc import Iterator

from blocklint.analysis import Block
from blocklint.analysis.shapes import Meets
from blocklint.claims import claim_of
from blocklint.rule import Basis, Claim, Severity, rule


@rule("BL404", Severity.ERROR, Basis.CRASH)
def check(block: Block) -> Iterator[Claim]:
    """Claim that a width and the pieces that it is cut into are not the same."""
    for found in block.mismatches(Meets.SPLIT):
        cut = "a multiple of {wanted}" if found.divides else "{wanted}"
        text = f"{{node}} needs {cut}, gets {{given}} from {{given_by}}"
        yield claim_of(block, found, text)
