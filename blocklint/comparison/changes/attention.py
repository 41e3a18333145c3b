"""How attention weighs: its scale, its mask, its softmax, and what it reads."""

from collections.abc import Iterator

from blocklint.comparison.both import Both, Part
from blocklint.comparison.change import Change
from blocklint.comparison.profile import Joined, Wired
from blocklint.comparison.program import Scores, Step
from blocklint.graph import Dim

_SIDES = ("queries", "keys", "values")
_USUAL = "1 / sqrt(head width)"


def find(both: Both) -> Iterator[Change]:
    """Attentions with another scale, mask or axis, or that read something else."""
    for part in both.parts:
        for one, two, i, j in both.steps(part):
            if one.scores is None or two.scores is None:
                continue
            yield from _scale(part, one.scores, two.scores, i, j)
            yield from _mask(part, one.scores, two.scores, i, j)
            yield from _axis(part, one.scores, two.scores, i, j)
            yield from _sources(part, one, two, i, j)


def _scale(part: Part, old: Scores, new: Scores, i: int, j: int) -> Iterator[Change]:
    if old.usual and new.usual:
        return
    one, two = _factor(old), _factor(new)
    if old.usual is not None and new.usual is not None and old.usual is not new.usual:
        differ = True
    else:
        equal = part.both.settings.equal(old.scale, new.scale)
        differ = equal is False
    if differ and one != two:
        message = f"scores are scaled by {two}, and were by {one}"
        yield part.change("attention-scale", message, i, j, one, two)


def _factor(scores: Scores) -> str:
    if scores.usual:
        return _USUAL
    if scores.scale is None:
        return "another factor"
    return "nothing" if scores.scale == Dim.of(1) else str(scores.scale)


def _mask(part: Part, old: Scores, new: Scores, i: int, j: int) -> Iterator[Change]:
    if old.late is not new.late:
        message = "the mask is applied after the softmax now"
        if old.late:
            message = "the mask is applied before the softmax now"
        yield part.change("attention-mask", message, i, j)
    if old.mask is None or new.mask is None:
        return
    one, two = _masked(old.mask), _masked(new.mask)
    sure = "some" not in old.mask | new.mask
    if bool(old.mask) is not bool(new.mask) or (sure and old.mask != new.mask):
        message = f"scores are masked by {two}, and were by {one}"
        if not new.mask:
            message = f"no mask reaches the scores any more; {one} did"
        if not old.mask:
            message = f"scores are masked by {two} now"
        yield part.change("attention-mask", message, i, j, one, two)


def _masked(mask: frozenset[str]) -> str:
    words = {
        "given": "a mask that is given",
        "fixed": "a fixed mask",
        "some": "a mask",
    }
    return " and ".join(words[each] for each in sorted(mask)) or "none"


def _axis(part: Part, old: Scores, new: Scores, i: int, j: int) -> Iterator[Change]:
    if None not in (old.axis, new.axis) and old.axis != new.axis:
        message = "the softmax is taken over the axis that values are summed over now"
        if old.axis == 0:
            message = "the softmax is not over the axis that values are summed over now"
        yield part.change("softmax-axis", message, i, j)


def _sources(part: Part, one: Step, two: Step, i: int, j: int) -> Iterator[Change]:
    """Which values queries, keys and values are made from."""
    if part.old is None or part.new is None or len(one.reads) != len(two.reads):
        return
    for side, before, after in zip(_SIDES, one.reads, two.reads, strict=False):
        old = _origin(part.both.old, part.old, before)
        new = _origin(part.both.new, part.new, after)
        if old != new and old and new:
            message = f"{side} are made from {_told(new)}, and were from {_told(old)}"
            yield part.change("attention-source", message, i, j, _told(old), _told(new))


def _origin(wired: Wired, site: Joined, step: int) -> frozenset[str]:
    """What a value is made from: the stream of the site, or something else."""
    program = wired.program
    reached = program.reached([step])
    streams = {s for s in reached if program.steps[s].stream is not None}
    own = set(program.reached([site.stream]))
    found = {"the stream" for s in reached if s in own and not program.steps[s].reads}
    if streams - own:
        found.add("another value of a stream")
    return frozenset(found or {"another input"})


def _told(found: frozenset[str]) -> str:
    return " and ".join(sorted(found))
