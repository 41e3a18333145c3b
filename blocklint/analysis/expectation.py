"""What a project says that a block is: where its sites normalise, and its shapes.

Light to import: a config that holds expectations is read at every start. Whether a
block is what it should be is for `contract` to say.
"""

from blocklint.analysis.placement import Placement
from blocklint.analysis.role import Role
from blocklint.frozen import dataclass
from blocklint.text import Span

MODIFIERS = ("parallel", "scaled", "qk-norm", "drop-path", "norm-off", "optional")


@dataclass(frozen=True)
class ExpectedSite:
    """One site: what it computes and, where that is said, how it is wired.

    `modifiers` are all that it has, `optional` among them; None says nothing of them.
    """

    role: Role
    placement: Placement | None = None
    modifiers: frozenset[str] | None = None

    def __str__(self) -> str:
        if self.placement is None:
            return self.role.value
        words = [self.placement.value, *sorted(self.modifiers or ())]
        return f"{self.role.value}: {' '.join(words)}"


@dataclass(frozen=True)
class Axes:
    """A shape as texts, `("B", "T", "4 * d_model")`; `?` is any size.

    One that is `open` may have more axes in front.
    """

    sizes: tuple[str, ...]
    open: bool = False

    def __str__(self) -> str:
        return f"({', '.join([*(['...'] if self.open else []), *self.sizes])})"


@dataclass(frozen=True)
class Origin:
    """Where an expectation is written: a file, and the stretch of one of its lines.

    Without a path, that is the file of the class.
    """

    path: str = ""
    line: int = 1
    column: int = 0
    end: int = 0

    @property
    def span(self) -> Span:
        """The stretch of the line."""
        return Span(self.line, self.column, self.line, self.end)


@dataclass(frozen=True)
class Expectation:
    """What is expected of one wiring of a block; None where nothing is said.

    Without `when` it is the default wiring, with it the one of that condition.
    `placement` holds for every site, `sites` are all there are, in order. `taken` and
    `returned` are the shapes of the first input and of what comes out, `dtype` the type
    of the latter. One that is `frozen` was written by blocklint and, with the others of
    its block, says all there is to say; one that is `of_run` speaks of a single run,
    whichever wiring that takes.
    """

    when: str | None = None
    placement: Placement | None = None
    sites: tuple[ExpectedSite, ...] | None = None
    taken: Axes | None = None
    returned: Axes | None = None
    dtype: str | None = None
    frozen: bool = False
    of_run: bool = False
    origin: Origin = Origin()

    @property
    def shape(self) -> str:
        """Both shapes as they are written, `(B, T, d) -> (B, T, d)`."""
        return f"{self.taken} -> {self.returned}"


NOTHING = Expectation()
