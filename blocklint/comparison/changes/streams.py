"""What a site adds to, and what its branch is computed from."""

from collections.abc import Iterator

from blocklint.comparison.both import Both, Part
from blocklint.comparison.change import Change
from blocklint.comparison.profile import Joined, Wired


def find(both: Both) -> Iterator[Change]:
    """Sites that join another value of the stream, or whose branch reads another."""
    for part in both.sites:
        yield from _residual(part)
        yield from _branch(part)
        yield from _terms(part)


def _sites(part: Part) -> tuple[Joined, Joined]:
    assert part.old is not None and part.new is not None, "it is a site"
    return part.old, part.new


def _residual(part: Part) -> Iterator[Change]:
    old, new = _sites(part)
    one, two = _source(part.both.old, old), _source(part.both.new, new)
    if one != two:
        message = f"is added to {two}, and was to {one}"
        if new.lag > old.lag:
            message = f"{message}: what was joined since is lost"
        yield part.change("residual-source", message, old.stream, new.stream, one, two)


def _source(wired: Wired, site: Joined) -> str:
    if site.lag:
        return f"the stream as it was {_before(site.lag)}"
    made = wired.program.outlines[site.stream]
    plain = wired.program.steps[site.stream].kind
    steps = [wired.program.steps[i].kind for i in wired.program.reached([site.stream])]
    works = [kind for kind in steps if kind in ("linear", "conv", "pool")]
    if works and "stream" not in steps and plain in ("linear", "conv", "pool"):
        return f"a projection of the stream ({', '.join(works)})" if made else ""
    return "the stream"


def _before(lag: int) -> str:
    return "before the last site" if lag == 1 else f"{lag} sites before"


def _branch(part: Part) -> Iterator[Change]:
    old, new = _sites(part)
    if old.branch_lag == new.branch_lag or old.parallel is not new.parallel:
        return
    one, two = (
        f"the stream as it was {_before(lag)}" if lag else "the stream"
        for lag in (old.branch_lag, new.branch_lag)
    )
    message = f"the branch is computed from {two}, and was from {one}"
    yield part.change("branch-source", message, old.branch, new.branch, one, two)


def _terms(part: Part) -> Iterator[Change]:
    """Values that are added beside the stream and the branch."""
    old, new = _sites(part)
    if len(old.others) == len(new.others) or old.parallel is not new.parallel:
        return
    more = len(new.others) > len(old.others)
    message = "adds another value, too" if more else "adds one value less"
    yield part.change("residual-source", message)
