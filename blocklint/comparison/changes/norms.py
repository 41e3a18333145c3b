"""Which norms there are: added, dropped, shared between sites, or of another kind."""

from collections.abc import Iterator
from dataclasses import replace

from blocklint.comparison.both import Both, Part
from blocklint.comparison.change import Change
from blocklint.comparison.profile import Joined, Wired


def find(both: Both) -> Iterator[Change]:
    """Norms that were added, dropped, shared, or exchanged for another kind."""
    for part in both.sites:
        if part.followed:
            yield from _number(part)
    yield from _outside(both)
    yield from _shared(both)
    yield from _kinds(both)


def _of_site(wired: Wired, site: Joined) -> list[int]:
    """The norms of a site: those of its placement, and those inside of its branch."""
    others = {norm for each in wired.sites if each is not site for norm in each.norms}
    on_stream = {*wired.program.reached([site.stream]), *others}
    inside = [
        i
        for i in wired.program.reached([site.branch])
        if wired.program.steps[i].kind == "norm" and i not in on_stream
    ]
    return list(dict.fromkeys((*site.norms, *inside)))


def _number(part: Part) -> Iterator[Change]:
    assert part.old is not None and part.new is not None, "it is a site"
    old = _of_site(part.both.old, part.old)
    new = _of_site(part.both.new, part.new)
    fewer = len(old) - len(new)
    if not fewer:
        return
    inner = _has_inner(part, old, new)
    if fewer > 0:
        message = f"{_count(fewer)} dropped{inner}"
        yield part.change("norm-dropped", message, _last(old), None)
    else:
        message = f"{_count(-fewer)} added{inner}"
        yield part.change("norm-added", message, None, _last(new))


def _last(found: list[int]) -> int | None:
    return found[-1] if found else None


def _has_inner(part: Part, old: list[int], new: list[int]) -> str:
    """Where norms came or went that the placement does not rest on."""
    assert part.old is not None and part.new is not None, "it is a site"
    before = len([w for w in old if w not in part.old.norms])
    after = len([w for w in new if w not in part.new.norms])
    return " inside of the branch" if before != after else ""


def _count(number: int) -> str:
    return "a norm was" if number == 1 else f"{number} norms were"


def _outside(both: Both) -> Iterator[Change]:
    """Norms of a model that belong to no site, and do not end a stack."""
    old, new = (
        len(_free(wired, part)) - len(wired.final)
        for wired, part in (
            (both.old, both.outside.old_steps),
            (both.new, both.outside.new_steps),
        )
    )
    if old == new or both.old.sites or both.new.sites:
        return
    fewer = old - new
    said, kind = ("dropped", "norm-dropped") if fewer > 0 else ("added", "norm-added")
    ours, theirs = (
        _free(both.old, both.outside.old_steps),
        _free(both.new, both.outside.new_steps),
    )
    message = f"{_count(abs(fewer))} {said}"
    step_old = ours[-1] if ours and fewer > 0 else None
    step_new = theirs[-1] if theirs and fewer < 0 else None
    yield both.outside.change(kind, message, step_old, step_new)


def _free(wired: Wired, steps: list[int]) -> list[int]:
    return [i for i in steps if wired.program.steps[i].kind == "norm"]


def _shared(both: Both) -> Iterator[Change]:
    """Pairs of sites that have a norm in common in one version only."""
    parts = both.sites
    for number, one in enumerate(parts):
        for two in parts[number + 1 :]:
            before = _common(both.old, one.old, two.old)
            after = _common(both.new, one.new, two.new)
            if bool(before) is bool(after):
                continue
            names = f"{one.name} and {two.name}"
            message = "share one norm now" if after else "have norms of their own now"
            made = two.change("norm-shared", "", _first(before), _first(after))
            said = "one norm", "a norm each"
            old, new = said[::-1] if after else said
            text = f"{names} {message}"
            yield Change("norm-shared", text, made.old, made.new, old, new)


def _common(wired: Wired, one: Joined | None, two: Joined | None) -> list[int]:
    assert one is not None and two is not None, "both are sites"
    steps = wired.program.steps
    used = {steps[i].weights for i in _of_site(wired, two)}
    return [i for i in _of_site(wired, one) if steps[i].weights in used]


def _first(steps: list[int]) -> int | None:
    return steps[0] if steps else None


def _kinds(both: Both) -> Iterator[Change]:
    """Norms of another kind; where all of them changed alike, that is one change."""
    seen: set[tuple[str, str]] = set()
    for part in both.sites:
        assert part.old is not None and part.new is not None, "it is a site"
        old = _of_site(both.old, part.old)
        new = _of_site(both.new, part.new)
        if len(old) == len(new):
            yield from _other_kinds(part, old, new, seen)
    if not both.old.sites and not both.new.sites:
        ours = _free(both.old, both.outside.old_steps)
        theirs = _free(both.new, both.outside.new_steps)
        if len(ours) == len(theirs):
            yield from _other_kinds(both.outside, ours, theirs, seen)


def _other_kinds(
    part: Part, old: list[int], new: list[int], seen: set[tuple[str, str]]
) -> Iterator[Change]:
    for one, two in zip(old, new, strict=True):
        before = part.both.old.program.steps[one].label
        after = part.both.new.program.steps[two].label
        if before and after and before != after and (before, after) not in seen:
            seen.add((before, after))
            made = part.change("norm-kind", "", one, two, before, after)
            yield replace(made, message=f"norms: {before} became {after}")
