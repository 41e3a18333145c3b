"""Which sites there are, in which order, and which of them always run."""

from collections.abc import Iterator

from blocklint.comparison.both import Both, Part
from blocklint.comparison.change import Change
from blocklint.comparison.profile import Joined


def find(both: Both) -> Iterator[Change]:
    """Sites that were added, removed, reordered, or made optional or parallel."""
    yield from _gone(both)
    yield from _new(both)
    yield from _order(both)
    for part in both.sites:
        yield from _optional(part)
    yield from _parallel(both)


def _gone(both: Both) -> Iterator[Change]:
    kept = {one for one, _ in both.pairs}
    for number, site in enumerate(both.old.sites):
        if number not in kept:
            formula = site.placement.formula
            message = f"{site.role}: the site is gone ({formula})"
            place = both.old_place(site.place)
            yield Change("site-removed", message, place, None, formula, "")


def _new(both: Both) -> Iterator[Change]:
    kept = {two for _, two in both.pairs}
    for number, site in enumerate(both.new.sites):
        if number not in kept:
            formula = site.placement.formula
            message = f"{site.role}: the site is new ({formula})"
            place = both.new_place(site.place)
            yield Change("site-added", message, None, place, "", formula)


def _order(both: Both) -> Iterator[Change]:
    """A line of all roles, where those that stay do not come in the same order."""
    after = [two for _, two in both.pairs]
    if after == sorted(after) or _is_parallel(both):
        return
    old = [both.old.sites[one] for one, _ in both.pairs]
    new = [both.new.sites[two] for two in sorted(after)]
    one, two = _roles(old), _roles(new)
    if one == two:
        one, two = f"{one} (of other weights)", f"{two}"
    places = both.old_place(old[0].place), both.new_place(new[0].place)
    yield Change("site-order", f"{one} became {two}", *places, one, two)


def _is_parallel(both: Both) -> bool:
    return all(site.parallel for site in (*both.old.sites, *both.new.sites))


def _roles(sites: list[Joined]) -> str:
    return ", ".join(site.role for site in sites)


def _optional(part: Part) -> Iterator[Change]:
    assert part.old is not None and part.new is not None, "it is a site"
    if part.old.optional is not part.new.optional:
        said = "runs only if an optional input is given, now"
        message = said if part.new.optional else "always runs now"
        yield part.change("optional", message)


def _parallel(both: Both) -> Iterator[Change]:
    """One change for the sites that read and join the stream together, or no more."""
    changed = [p for p in both.sites if p.old and p.new]
    changed = [p for p in changed if p.old.parallel is not p.new.parallel]  # type: ignore[union-attr]
    if not changed:
        return
    names = " and ".join(part.name for part in changed)
    last = changed[-1]
    together = "x + F(x) + G(x)"
    after = "y + G(y), y = x + F(x)"
    if last.new is not None and last.new.parallel:
        message, one, two = "read the same value and join together now", after, together
    else:
        message, one, two = "come one after the other now", together, after
    made = last.change("parallel", "", None, None, one, two)
    yield Change("parallel", f"{names} {message}", made.old, made.new, one, two)
