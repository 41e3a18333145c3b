"""Where values are dropped in training."""

from collections import Counter
from collections.abc import Iterator

from blocklint.comparison.both import Both, Part
from blocklint.comparison.change import Change
from blocklint.comparison.profile import Wired
from blocklint.comparison.program import skeleton
from blocklint.frozen import dataclass

_WORDS = {"linear": "a linear layer", "op": "an operation", "add": "a sum"}


@dataclass(frozen=True)
class _Drop:
    """One dropout: what it is called, where it is, and what it reads."""

    name: str
    where: str
    read: str
    step: int

    @property
    def text(self) -> str:
        """The dropout in words."""
        return f"{self.name} {self.where}"


def find(both: Both) -> Iterator[Change]:
    """Dropout that came, went or moved."""
    for part in both.parts:
        if not part.is_comparable:
            continue
        old, new = (
            _drops(wired, roots, site.stream if site else None, outside)
            for wired, roots, site, outside in (
                (both.old, part.old_roots, part.old, part is both.outside),
                (both.new, part.new_roots, part.new, part is both.outside),
            )
        )
        yield from _compared(part, old, new)
        yield from _of_weights(part)


def _drops(
    wired: Wired, roots: tuple[int, ...], stream: int | None, outside: bool
) -> list[_Drop]:
    program = wired.program
    steps = program.steps
    on_stream = set(program.reached([stream])) if stream is not None else set()
    has_sites = outside and bool(wired.sites)
    found = []
    for i in (*program.reached(roots), *sorted(on_stream)):
        step = steps[i]
        if step.kind != "dropout":
            continue
        base = _nearest(wired, i)
        name = "stochastic depth" if step.label == "path" else "dropout"
        where = _where(wired, i, base, roots)
        if i in on_stream or (has_sites and steps[base].stream is not None):
            where = "on the stream"
        found.append(_Drop(name, where, program.outlines[i], i))
    return list({drop.step: drop for drop in found}.values())


def _nearest(wired: Wired, step: int) -> int:
    """The step before a dropout that computes something."""
    steps = wired.program.steps
    step = steps[step].reads[0]
    while skeleton(steps[step]) is None and steps[step].reads:
        step = steps[step].reads[0]
    return step


def _where(wired: Wired, step: int, base: int, roots: tuple[int, ...]) -> str:
    found = wired.program.steps[base]
    tail = {wired.program.outlines[root] for root in roots}
    if wired.program.outlines[step] in tail:
        return "at the end of the branch" if wired.sites else "at the end"
    if found.stream is not None or found.kind == "input":
        return "at the start of the branch" if wired.sites else "of the input"
    return f"after {found.label or _WORDS.get(found.kind, found.kind)}"


def _compared(part: Part, old: list[_Drop], new: list[_Drop]) -> Iterator[Change]:
    gone, came = _left(part, old, new)
    for one, two in zip(gone, came, strict=False):
        message = f"{one.text} moved: it is {two.where} now"
        if one.name != two.name:
            message = f"{one.text} became {two.text}"
        yield part.change("dropout", message, one.step, two.step, one.text, two.text)
    for one in gone[len(came) :]:
        message = f"{one.text} is gone"
        yield part.change("dropout", message, one.step, None, one.text, "")
    for two in came[len(gone) :]:
        message = f"{two.text} is new"
        yield part.change("dropout", message, None, two.step, "", two.text)


def _left(
    part: Part, old: list[_Drop], new: list[_Drop]
) -> tuple[list[_Drop], list[_Drop]]:
    """The dropouts that are in one version only, by where they are."""

    def key(drop: _Drop) -> tuple[str, str, str]:
        exact = drop.read if part.same_outline else ""
        return drop.name, drop.where, exact

    ours, theirs = Counter(map(key, old)), Counter(map(key, new))
    return _beyond(old, ours - theirs, key), _beyond(new, theirs - ours, key)


def _beyond(
    drops: list[_Drop], left: Counter[tuple[str, str, str]], key: object
) -> list[_Drop]:
    assert callable(key), "it tells where a dropout is"
    found = []
    for drop in drops:
        if left[key(drop)] > 0:
            left[key(drop)] -= 1
            found.append(drop)
    return found


def _of_weights(part: Part) -> Iterator[Change]:
    for one, two, i, j in part.both.steps(part):
        if one.scores is None or two.scores is None:
            continue
        before, after = one.scores.drops, two.scores.drops
        if None in (before, after) or before is after:
            continue
        said = "new" if after else "gone"
        text = "dropout on the attention weights"
        words = ("", text) if after else (text, "")
        yield part.change("dropout", f"{text} is {said}", i, j, *words)
