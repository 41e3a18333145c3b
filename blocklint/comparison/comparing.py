"""Two versions of a class compared, variant by variant."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from blocklint.comparison.both import Both
from blocklint.comparison.change import Change, Comparison, Place, Status
from blocklint.comparison.changes import FINDERS
from blocklint.comparison.choosing import Pair, pairs_of
from blocklint.comparison.profile import Profile, Wired
from blocklint.frozen import dataclass
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


def unchanged(old: Profile, new: Profile, sides: Sides) -> Comparison | None:
    """A class whose two versions compute the very same; None if that is not sure."""
    sure = (old.followed and new.followed) or _are_alike(old, new)
    alike = old.computes_as(new) and old.asks_as(new)
    return _same(old, new, sides) if sure and alike else None


def _same(old: Profile, new: Profile, sides: Sides) -> Comparison:
    return Comparison(
        new.name,
        old.name,
        home_in(sides.old_shown, old.place, old.name),
        home_in(sides.new_shown, new.place, new.name),
        Status.SAME,
        is_block=old.is_block or new.is_block,
    )


def compared(old: Profile, new: Profile, sides: Sides) -> Comparison:
    """How the wiring of a class changed from its old version to its new one."""
    result = _same(old, new, sides)
    if lost := _lost(old.default, new.default):
        reason = f"what the {lost} version returns could not be followed"
        return replace(result, status=Status.UNKNOWN, reason=reason)
    changes = _changes(old, new, sides)
    if changes:
        return replace(result, status=Status.CHANGED, changes=changes)
    if not (old.followed and new.followed) and not _are_alike(old, new):
        reason = _reason(old, new, sides)
        return replace(result, status=Status.UNKNOWN, reason=reason)
    if _ends_differ(old.default, new.default) and not old.reads_as(new):
        reason = "its layers are the same, and what it returns is computed otherwise"
        return replace(result, status=Status.UNKNOWN, reason=reason)
    return result


def _lost(old: Wired, new: Wired) -> str:
    """The version of a class without sites of which no returned value is known."""
    if old.sites or new.sites or bool(old.ends) == bool(new.ends):
        return ""
    return "new" if old.ends else "old"


def _are_alike(old: Profile, new: Profile) -> bool:
    """Whether what could not be followed is the same in both versions."""
    if old.reads_as(new):
        return True
    pairs = zip(old.variants, new.variants, strict=False)
    same = all(one.goes_as(two) for one, two in pairs)
    return len(old.variants) == len(new.variants) and same


def _reason(old: Profile, new: Profile, sides: Sides) -> str:
    """What could not be followed, and where; first what is not so in both."""
    spots = [(spot, "old", sides.old_shown) for spot in old.spots]
    spots += [(spot, "new", sides.new_shown) for spot in new.spots]
    shared = {spot.code for spot in old.spots} & {spot.code for spot in new.spots}
    spots.sort(key=lambda each: bool(each[0].code) and each[0].code in shared)
    spot, side, shown = spots[0]
    place = place_in(shown, spot.place)
    where = f" ({place.path}:{place.line})" if place is not None else ""
    return f"{spot.what}{where} of the {side} version could not be followed"


def _ends_differ(old: Wired, new: Wired) -> bool:
    """Whether a class without sites returns something else than before."""
    if old.sites or new.sites:
        return False
    return {old.program.outlines[i] for i in old.ends} != {
        new.program.outlines[i] for i in new.ends
    }


def _changes(old: Profile, new: Profile, sides: Sides) -> tuple[Change, ...]:
    """The changes of all variants; what changed in several of them is said once."""

    def tell(one: Wired, two: Wired) -> list[Change]:
        return list(_told(one, two, sides))

    found: dict[tuple[str, str], Change] = {}
    for pair in pairs_of(old, new, tell):
        when = pair.new.when if pair.new is not None and not pair.default else None
        found.update(_only_one(pair, old, new, sides))
        for change in pair.told:
            key = change.kind, change.message
            if key not in found:
                text = f"{change.message} (when {when})" if when else change.message
                found[key] = replace(change, message=text)
    return tuple(found.values())


def _told(one: Wired, two: Wired, sides: Sides) -> Iterator[Change]:
    """What changed between two wirings, as far as they could be followed."""
    whole = one.followed and two.followed
    if whole or (one.sites and two.sites):
        both = Both(
            one,
            two,
            lambda place: place_in(sides.old_shown, place),
            lambda place: place_in(sides.new_shown, place),
            sides.old_names,
            sides.new_names,
        )
        yield from (each for find in FINDERS for each in find(both))


def _only_one(
    pair: Pair, old: Profile, new: Profile, sides: Sides
) -> Iterator[tuple[tuple[str, str], Change]]:
    """A variant that only one of the versions has."""
    if pair.old is not None and pair.new is None:
        place = place_in(sides.old_shown, old.place)
        text = f"the variant for `{pair.old.when}` is gone"
        gone = Change("variant", text, place, None, pair.old.when or "", "")
        yield ("variant", text), gone
    if pair.new is not None and pair.old is None:
        place = place_in(sides.new_shown, new.place)
        text = f"there is a variant for `{pair.new.when}` now"
        came = Change("variant", text, None, place, "", pair.new.when or "")
        yield ("variant", text), came
