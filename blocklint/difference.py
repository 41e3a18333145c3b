"""What the engine hands to a reporter of `diff`: every class that was compared."""

from collections import Counter
from collections.abc import Iterator

from blocklint.comparison import Comparison, Status
from blocklint.comparison.change import Change, Place
from blocklint.comparison.effects import Effect, effect_of
from blocklint.frozen import dataclass
from blocklint.rule import Finding, Severity
from blocklint.text import Broken, Span


@dataclass(frozen=True)
class Difference:
    """What changed between two versions, class by class and in order.

    `old` and `new` say what the versions are, `files` how many differ. `broken` are
    files that cannot be read as Python, on either side. `explained` says that changes
    are to be ranked by what they can do; `untraced` why blocks were not run, although
    that was asked for.
    """

    old: str
    new: str
    blocks: tuple[Comparison, ...]
    files: int
    broken: tuple[Broken, ...] = ()
    explained: bool = False
    untraced: tuple[str, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether something changed, or may have."""
        return bool(self.told)

    @property
    def by_status(self) -> dict[Status, int]:
        """How many classes there are of each status that any has."""
        counted = Counter(block.status for block in self.blocks)
        return {status: counted[status] for status in Status if counted[status]}

    @property
    def told(self) -> tuple[Comparison, ...]:
        """The classes of which there is something to say."""
        return tuple(b for b in self.blocks if b.status is not Status.SAME or _parts(b))

    def effects(self) -> list[tuple[Comparison, Change, Effect]]:
        """The changes by what they can do to training, the gravest first."""
        found = [(b, c, effect_of(c)) for b in self.blocks for c in b.changes]
        return sorted(found, key=lambda each: each[2].rank)

    def findings(self) -> tuple[Finding, ...]:
        """The changes as findings, for formats that hold nothing else."""
        return tuple(
            finding for block in self.blocks for finding in _findings_of(block)
        )


def _parts(block: Comparison) -> bool:
    """Whether both versions of a block ran, and gave something else."""
    return block.ran is not None and bool(block.ran.largest)


def _findings_of(block: Comparison) -> Iterator[Finding]:
    place = block.new or block.old
    assert place is not None, "a class stands in one of the versions"
    if block.status is not Status.SAME and not block.changes:
        said = f"{block.status.value}: {block.reason}" if block.reason else ""
        message = said or f"the block was {block.status.value}"
        yield _finding(block.status.value, message, place, block.name)
    for change in block.changes:
        where = change.new or place
        yield _finding(change.kind, change.message, where, block.name)


def _finding(kind: str, message: str, place: Place, name: str) -> Finding:
    return Finding(
        place.path,
        Span(place.line, 0, place.line, 0),
        kind,
        f"wiring-{kind}",
        Severity.WARNING,
        message,
        name,
    )
