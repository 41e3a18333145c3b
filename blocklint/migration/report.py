"""What a migration came to, as a reporter shows it."""

from blocklint.analysis import Placement
from blocklint.frozen import dataclass
from blocklint.migration.outcome import Rewritten
from blocklint.report import BlockFacts, Edited


@dataclass(frozen=True)
class Proof:
    """What is known of a rewritten block beyond what its code says.

    `ran` says that it was run beside the old one and did what was wanted; if not,
    `unproved` says why. `kept` counts the parameters that are as they were, `new` and
    `gone` name those that came and went.
    """

    ran: bool
    unproved: str = ""
    kept: int = 0
    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


@dataclass(frozen=True)
class Migration:
    """A block that was rewritten: where it normed, where it does, and what proves it.

    `edited` is its file.
    """

    to: Placement
    before: BlockFacts
    after: BlockFacts
    rewritten: Rewritten
    edited: Edited
    proof: Proof
