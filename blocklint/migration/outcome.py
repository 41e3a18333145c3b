"""What became of a request to rewrite a block."""

from dataclasses import field

from blocklint.analysis import Placement
from blocklint.frozen import dataclass


@dataclass(frozen=True)
class Flip:
    """A flag whose default was turned, for the wanted wiring was there already.

    `default` is the new one, as Python writes it.
    """

    flag: str
    default: str
    line: int


@dataclass(frozen=True)
class Rewritten:
    """The new text of a file.

    `added` and `removed` are the norms that its classes gained and lost, as
    `EncoderLayer.norm1_out`. `changed` are the other blocks of the file that changed
    with this one, for they share code with it. `notes` say what is left to do by hand.
    """

    text: str = field(repr=False)
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    flip: Flip | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refusal:
    """Why a block was not rewritten, in plain words, and the line that it is about."""

    reason: str
    line: int


class Refused(Exception):
    """Ends the rewriting from within; `rewrite` makes a Refusal of it."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.refusal = Refusal(reason, line)


WANTED = (Placement.PRE, Placement.POST, Placement.OUTPUT, Placement.PERI)
