"""Which wiring of the old version is which of the new one.

A class is wired as its settings say, and which wiring is the default hangs on what is
known of them. Where the code tells no default, the first answer to a question is only
a guess: `kind == "full"` and `kind != "conv"` lead to the same wirings, the other way
round.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from blocklint.comparison.change import Change
from blocklint.comparison.profile import Profile, Way, Wired
from blocklint.frontends.static.choices import Other, Some
from blocklint.frozen import dataclass

Tell = Callable[[Wired, Wired], Sequence[Change]]


@dataclass(frozen=True)
class Pair:
    """The same wiring in both versions; None for the one that does not have it.

    `told` are its changes, `default` says that both are the default.
    """

    old: Wired | None
    new: Wired | None
    told: tuple[Change, ...] = ()
    default: bool = False


def pairs_of(old: Profile, new: Profile, tell: Tell) -> Iterator[Pair]:
    """The wirings that are the same one, the defaults first, then what is left over."""
    found = _defaults(old, new, tell)
    yield from found
    ours = [one for one in old.variants if not _is_in(one, [p.old for p in found])]
    theirs = [two for two in new.variants if not _is_in(two, [p.new for p in found])]
    for one, two in _alike(ours, theirs):
        yield Pair(one, two, tuple(tell(one, two)))
    yield from (Pair(one, None) for one in ours)
    yield from (Pair(None, two) for two in theirs)


def _alike(ours: list[Wired], theirs: list[Wired]) -> Iterator[tuple[Wired, Wired]]:
    """Variants that are alike, which are taken from both lists."""
    for alike in (_wiring, _condition):
        for one in list(ours):
            match = next((two for two in theirs if alike(one) == alike(two)), None)
            if match is not None:
                ours.remove(one)
                theirs.remove(match)
                yield one, match
    if len(ours) == len(theirs) == 1:
        yield ours.pop(), theirs.pop()


def _wiring(wired: Wired) -> object:
    outlines = wired.program.outlines
    return [(s.placement, s.optional, outlines[s.branch]) for s in wired.sites]


def _condition(wired: Wired) -> object:
    return wired.when


def _is_in(wired: Wired, found: Sequence[Wired | None]) -> bool:
    """Whether a variant was found already, be it as a way from the default."""
    return any(
        each is wired or (each is not None and each.answers == wired.answers)
        for each in found
    )


def _defaults(old: Profile, new: Profile, tell: Tell) -> list[Pair]:
    """The default of each version with what it is in the other one.

    If both wirings are in both versions, only the default is another one.
    """
    plain = Pair(old.default, new.default, tuple(tell(old.default, new.default)), True)
    if not plain.told:
        return [plain]
    kept = _Twin.of(old, new, lambda way: tell(old.default, way), plain)
    back = _Twin.of(new, old, lambda way: tell(way, new.default), plain)
    if kept is None and back is None:
        return [plain]
    guessed = [twin.way.guessed for twin in (kept, back) if twin is not None]
    if not any(guessed):
        if kept is None or back is None or kept.told or back.told:
            return [plain]
        words = f", for the default is `{kept.way.unless}` now"
        told = (replace(c, message=c.message + words) for c in plain.told)
        return [
            Pair(old.default, kept.way.wired, tuple(told), default=True),
            Pair(back.way.wired, new.default),
        ]
    return list(_told_apart(old, new, kept, back))


def _told_apart(
    old: Profile, new: Profile, kept: "_Twin | None", back: "_Twin | None"
) -> Iterator[Pair]:
    """Two defaults that are guesses, each with its like in the other version."""
    if kept is not None:
        yield Pair(old.default, kept.way.wired, kept.told)
    elif back is not None:
        yield Pair(replace(old.default, when=back.way.unless), None)
    if back is not None:
        yield Pair(back.way.wired, new.default, back.told)
    elif kept is not None:
        yield Pair(None, replace(new.default, when=kept.way.unless))


@dataclass(frozen=True)
class _Twin:
    """The wiring of one version that is nearest to the default of the other."""

    way: Way
    told: tuple[Change, ...]

    @classmethod
    def of(
        cls,
        one: Profile,
        other: Profile,
        tell: Callable[[Wired], Sequence[Change]],
        plain: Pair,
    ) -> "_Twin | None":
        """The one with the fewest changes, if they are fewer than between defaults."""
        best: _Twin | None = None
        most = len(plain.told)
        ways = (each for each in other.ways if each.wired.followed or each.wired.sites)
        for way in (each for each in ways if _agree(one, other, each)):
            told = tuple(tell(way.wired))
            if len(told) < most and (way.guessed or not told):
                best, most = cls(way, told), len(told)
        return best


def _agree(one: Profile, other: Profile, way: Way) -> bool:
    """Whether some value of a setting leads to the default of one, and to the way.

    An answer like `other` stands for all that the code does not name.
    """
    if way.question not in one.default.answers:
        return True
    here, there = one.default.answers[way.question], way.wired.answers[way.question]
    if type(here) is type(there):
        return here == there
    if isinstance(here, Other):
        return there not in one.answers_to(way.question)
    if isinstance(there, Other):
        return here not in other.answers_to(way.question)
    if isinstance(here, Some) or isinstance(there, Some):
        return bool(here) and bool(there)
    return bool(here) is bool(there)
