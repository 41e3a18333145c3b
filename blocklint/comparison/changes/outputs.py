"""What a block does to the stream after its last site."""

from collections.abc import Iterator

from blocklint.comparison.both import Both
from blocklint.comparison.change import Change
from blocklint.comparison.profile import Wired


def find(both: Both) -> Iterator[Change]:
    """A block that computes something more, or less, of its stream before the end."""
    if not both.old.sites or not both.new.sites:
        return
    old, new = _worked(both.old), _worked(both.new)
    if sorted(old) == sorted(new):
        return
    if old and new:
        message = "what is computed of the stream at the end is another"
    elif new:
        message = "the stream passes through more than norms at the end now"
    else:
        message = "the stream no longer passes through layers at the end"
    ours = next(iter(old.values()), None)
    theirs = next(iter(new.values()), None)
    yield both.outside.change("output", message, ours, theirs)


def _worked(wired: Wired) -> dict[str, int]:
    """The ends that are more than a value of the stream, by what they compute."""
    steps = wired.program.steps
    plain = {
        wired.program.outlines[i]
        for i, step in enumerate(steps)
        if step.stream is not None or step.kind == "input"
    }
    found = {}
    for end in wired.ends:
        reached = wired.program.reached([end])
        streams = any(steps[i].stream is not None for i in reached)
        works = any(steps[i].kind in ("linear", "conv", "attention") for i in reached)
        if streams and works and wired.program.outlines[end] not in plain:
            found[wired.program.outlines[end]] = end
    return found
