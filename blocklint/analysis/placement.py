"""Where a site normalises, in the words of the field."""

from enum import Enum

from blocklint.frozen import dataclass


class Placement(Enum):
    """Where the norm of one residual site sits, with its formula.

    The names are those of DESIGN.md; `x` is the stream, `F` the sub-layer, `N` a norm.
    """

    PRE = "pre"
    POST = "post"
    OUTPUT = "output"
    PERI = "peri"
    PREPOST = "prepost"
    NORMED_RESIDUAL = "normed-residual"
    NONE = "none"
    OTHER = "other"
    UNKNOWN = "unknown"

    @property
    def formula(self) -> str:
        """The placement as a formula, for the names collide in the literature."""
        return _FORMULAS[self]

    @property
    def leaves_stream_clean(self) -> bool | None:
        """Whether the stream itself passes through no norm; None if not known."""
        if self in (Placement.OTHER, Placement.UNKNOWN):
            return None
        return self in (Placement.PRE, Placement.OUTPUT, Placement.PERI, Placement.NONE)


_FORMULAS = {
    Placement.PRE: "x + F(N(x))",
    Placement.POST: "N(x + F(x))",
    Placement.OUTPUT: "x + N(F(x))",
    Placement.PERI: "x + N2(F(N1(x)))",
    Placement.PREPOST: "N2(x + F(N1(x)))",
    Placement.NORMED_RESIDUAL: "y + F(y), y = N(x)",
    Placement.NONE: "x + F(x)",
    Placement.OTHER: "none of the named forms",
    Placement.UNKNOWN: "the data flow could not be followed",
}


@dataclass(frozen=True)
class Evidence:
    """The four facts that a placement is read off.

    `branch_in`: every path from the stream into the sub-layer meets a norm first;
    `branch_out`: a norm is the last thing before the addition; `after`: what the next
    site takes, or the block returns, is a norm of the sum; `before`: the stream that
    is added is itself a norm of the incoming stream.
    """

    branch_in: bool
    branch_out: bool
    after: bool
    before: bool

    def placement(self) -> Placement:
        """Read the placement off the four facts."""
        match self.branch_in, self.branch_out, self.after:
            case True, False, False:
                return Placement.PRE
            case False, True, False:
                return Placement.OUTPUT
            case True, True, False:
                return Placement.PERI
            case False, False, True:
                return Placement.POST
            case True, False, True:
                return Placement.PREPOST
            case False, False, False:
                return Placement.NORMED_RESIDUAL if self.before else Placement.NONE
        return Placement.OTHER
