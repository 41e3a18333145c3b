"""Two versions of a class compared, variant by variant."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from blocklint.comparison.both import Both
from blocklint.comparison.change import Change, Comparison, Place, Status
from blocklint.comparison.changes import FINDERS
from blocklint.comparison.profile import Profile, Wired
from blocklint.source import Place as SourcePlace

Shown = Callable[[str], str]


@dataclass(frozen=True)
class Sides:
    """What files are called, and which classes they define, in both versions."""

    old_shown: Shown
    new_shown: Shown
    old_names: frozenset[str] = frozenset()
    new_names: frozenset[str] = frozenset()


def place_in(shown: Shown, place: SourcePlace | None) -> Place | None:
    """A place of a source as reports name it."""
    if place is None:
        return None
    return Place(shown(place.path), place.shown_span.line)


def home_in(shown: Shown, place: SourcePlace, name: str) -> Place:
    """Where a class stands, without the positions of all that is in it."""
    chunk = place.chunk
    if chunk.source.cells is not None:
        return Place(shown(place.path), place.shown_span.line)
    before, found, _ = chunk.text.partition(f"class {name}")
    above = before.count("\n") if found else 0
    return Place(shown(place.path), chunk.first_line + above)


def compared(old: Profile, new: Profile, sides: Sides) -> Comparison:
    """How the wiring of a class changed from its old version to its new one."""
    result = Comparison(
        new.name,
        old.name,
        home_in(sides.old_shown, old.place, old.name),
        home_in(sides.new_shown, new.place, new.name),
        Status.SAME,
        is_block=old.is_block or new.is_block,
    )
    changes = _changes(old, new, sides)
    if changes:
        return replace(result, status=Status.CHANGED, changes=changes)
    for side, profile in (("old", old), ("new", new)):
        if not profile.followed and not old.reads_as(new):
            reason = f"the data flow of the {side} version could not be followed"
            return replace(result, status=Status.UNKNOWN, reason=reason)
    if _ends_differ(old.default, new.default) and not old.reads_as(new):
        reason = "its layers are the same, and what it returns is computed otherwise"
        return replace(result, status=Status.UNKNOWN, reason=reason)
    return result


def _ends_differ(old: Wired, new: Wired) -> bool:
    """Whether a class without sites returns something else than before."""
    if old.sites or new.sites:
        return False
    return {old.program.outlines[i] for i in old.ends} != {
        new.program.outlines[i] for i in new.ends
    }


def _changes(old: Profile, new: Profile, sides: Sides) -> tuple[Change, ...]:
    """The changes of all variants; what changed in several of them is said once."""
    found: dict[tuple[str, str], Change] = {}
    pairs = list(_variants(old, new))
    for one, two in pairs:
        whole = one.followed and two.followed
        if not whole and not (one.sites and two.sites):
            continue
        both = Both(
            one,
            two,
            lambda place: place_in(sides.old_shown, place),
            lambda place: place_in(sides.new_shown, place),
            sides.old_names,
            sides.new_names,
        )
        default = one is old.default and two is new.default
        for change in (each for find in FINDERS for each in find(both)):
            when = two.when if not default else None
            key = change.kind, change.message
            if key not in found:
                text = f"{change.message} (when {when})" if when else change.message
                found[key] = replace(change, message=text)
    others = _other_variants(old, new, pairs, sides)
    found.update(((change.kind, change.message), change) for change in others)
    return tuple(found.values())


def _variants(old: Profile, new: Profile) -> Iterator[tuple[Wired, Wired]]:
    """The variants that are the same one: the defaults, then those that are alike."""
    yield old.default, new.default
    ours, theirs = list(old.variants[1:]), list(new.variants[1:])
    for alike in (_wiring, _condition):
        for one in list(ours):
            match = next((two for two in theirs if alike(one) == alike(two)), None)
            if match is not None:
                ours.remove(one)
                theirs.remove(match)
                yield one, match
    if len(ours) == len(theirs) == 1:
        yield ours[0], theirs[0]


def _wiring(wired: Wired) -> object:
    outlines = wired.program.outlines
    return [(s.placement, s.optional, outlines[s.branch]) for s in wired.sites]


def _condition(wired: Wired) -> object:
    return wired.when


def _other_variants(
    old: Profile, new: Profile, pairs: list[tuple[Wired, Wired]], sides: Sides
) -> Iterator[Change]:
    """Variants that only one of the versions has."""
    kept_old = {id(one) for one, _ in pairs}
    kept_new = {id(two) for _, two in pairs}
    for wired in old.variants:
        if id(wired) not in kept_old:
            place = place_in(sides.old_shown, old.place)
            text = f"the variant for `{wired.when}` is gone"
            yield Change("variant", text, place, None, wired.when or "", "")
    for wired in new.variants:
        if id(wired) not in kept_new:
            place = place_in(sides.new_shown, new.place)
            text = f"there is a variant for `{wired.when}` now"
            yield Change("variant", text, None, place, "", wired.when or "")
