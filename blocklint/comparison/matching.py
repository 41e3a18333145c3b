"""Which class of the old version is which of the new one, through renames and moves."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from blocklint.frozen import dataclass

LIKE = 0.6  # how much two classes of a file with different names have in common
MUCH_LIKE = 0.9  # and two that have neither a name nor a file in common


@dataclass(frozen=True)
class Known:
    """A class as far as it takes to find it again: its file, name and features.

    `has_stack` says that it calls blocks, or goes round a loop.
    """

    path: str
    name: str
    is_block: bool
    features: Counter[str]
    has_stack: bool = False
    line: int = 0

    def likeness(self, other: "Known") -> float:
        """How much two classes have in common, from zero to one."""
        one, two = self.features, other.features
        every = (one | two).total()
        return (one & two).total() / every if every else 0.0


def matched(
    old: Iterable[Known], new: Iterable[Known]
) -> Iterator[tuple[Known | None, Known | None]]:
    """Each class of one version with its other version, None where there is none.

    A class keeps its name and its file, or its name, or its file, or neither: in that
    order, and without its name only if it computes much the same. Of several the one
    that is most alike is taken, and the first of those.
    """
    ours, theirs = list(old), list(new)
    rounds: tuple[tuple[Callable[[Known], object], float], ...] = (
        (lambda each: (each.path, each.name), 0.0),
        (lambda each: each.name, 0.0),
        (lambda each: (each.path, each.is_block), LIKE),
        (lambda each: each.is_block, MUCH_LIKE),
    )
    for key, least in rounds:
        for one, two in list(_best(ours, theirs, key, least)):
            ours.remove(one)
            theirs.remove(two)
            yield one, two
    yield from ((one, None) for one in ours)
    yield from ((None, two) for two in theirs)


def _best(
    ours: list[Known],
    theirs: list[Known],
    key: Callable[[Known], object],
    least: float,
) -> Iterator[tuple[Known, Known]]:
    groups: dict[object, list[int]] = {}
    for number, two in enumerate(theirs):
        groups.setdefault(key(two), []).append(number)
    scored = [
        (-one.likeness(theirs[number]), i, number)
        for i, one in enumerate(ours)
        for number in groups.get(key(one), ())
    ]
    used: set[int] = set()
    taken: set[int] = set()
    for score, i, number in sorted(scored):
        if -score >= least and i not in used and number not in taken:
            used.add(i)
            taken.add(number)
            yield ours[i], theirs[number]
