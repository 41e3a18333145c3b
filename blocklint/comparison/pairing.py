"""Which site of the old wiring is which of the new one."""

from collections.abc import Callable, Iterator
from difflib import SequenceMatcher

from blocklint.comparison.profile import Joined, Wired
from blocklint.comparison.program import Program, skeleton

Pairs = tuple[tuple[int, int], ...]
Key = Callable[[Wired, Joined], object]


def _outline(wired: Wired, site: Joined) -> object:
    return site.role, wired.program.outlines[site.branch]


def _branch(wired: Wired, site: Joined) -> object:
    return wired.program.outlines[site.branch]


def _role(_: Wired, site: Joined) -> object:
    return site.role


def paired(old: Wired, new: Wired) -> Pairs:
    """The sites of both wirings that are the same one, by their numbers.

    First those that compute the same under the same role, then whatever their role is
    called, then those of one role; what is left over was removed or is new.
    """
    found: dict[int, int] = {}
    keys: tuple[Key, ...] = (_outline, _branch, _role)
    for key in keys:
        ours = [i for i in range(len(old.sites)) if i not in found]
        theirs = [i for i in range(len(new.sites)) if i not in found.values()]
        before = [key(old, old.sites[i]) for i in ours]
        after = [key(new, new.sites[i]) for i in theirs]
        for one, two in _in_order(before, after):
            found[ours[one]] = theirs[two]
        for one, two in _anywhere(ours, theirs, before, after, found):
            found[one] = two
    return tuple(sorted(found.items()))


def _in_order(before: list[object], after: list[object]) -> Iterator[tuple[int, int]]:
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for block in matcher.get_matching_blocks():
        for step in range(block.size):
            yield block.a + step, block.b + step


def _anywhere(
    ours: list[int],
    theirs: list[int],
    before: list[object],
    after: list[object],
    found: dict[int, int],
) -> Iterator[tuple[int, int]]:
    """What is left, wherever it stands."""
    taken = set(found.values())
    for one, key in zip(ours, before, strict=True):
        if one in found:
            continue
        for two, other in zip(theirs, after, strict=True):
            if other == key and two not in taken:
                taken.add(two)
                yield one, two
                break


def aligned(
    old: Program, old_roots: list[int], new: Program, new_roots: list[int]
) -> list[tuple[int, int]]:
    """The steps of both programs that are the same one, as far as they go together."""
    ours = [i for i in old.reached(old_roots) if skeleton(old.steps[i]) is not None]
    theirs = [i for i in new.reached(new_roots) if skeleton(new.steps[i]) is not None]
    before = [skeleton(old.steps[i]) for i in ours]
    after = [skeleton(new.steps[i]) for i in theirs]
    if before == after:
        return list(zip(ours, theirs, strict=True))
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return [
        (ours[block.a + step], theirs[block.b + step])
        for block in matcher.get_matching_blocks()
        for step in range(block.size)
    ]
