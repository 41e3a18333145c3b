"""Factors on the stream, on branches and on sums: gates, LayerScale, DeepNorm."""

from collections.abc import Iterator

from blocklint.comparison.both import Both, Part
from blocklint.comparison.change import Change
from blocklint.comparison.profile import Wired
from blocklint.frozen import dataclass
from blocklint.graph import Dim


@dataclass(frozen=True)
class _Factor:
    """One factor: where it is, and what it is."""

    where: str
    sort: str  # number, learned, computed
    number: Dim | None
    step: int

    @property
    def text(self) -> str:
        """The factor in words."""
        match self.sort:
            case "number":
                constant = self.number.constant if self.number is not None else None
                if constant is not None:
                    return f"{float(constant):g}"
                return str(self.number) if self.number is not None else "a factor"
            case "learned":
                return "a learned factor"
        return "a gate"


def find(both: Both) -> Iterator[Change]:
    """Factors that came, went or changed, by where they are."""
    for part in both.parts:
        if not part.is_comparable:
            continue
        if part.old is None and both.old.sites:
            old, new = _on_the_way_out(both.old), _on_the_way_out(both.new)
        elif part.old is None:
            old = _factors(both.old, part.old_roots, ())
            new = _factors(both.new, part.new_roots, ())
        else:
            assert part.new is not None, "it is in both"
            old = _factors(both.old, part.old_roots, (part.old.stream,))
            new = _factors(both.new, part.new_roots, (part.new.stream,))
        yield from _compared(part, old, new)


def _on_the_way_out(wired: Wired) -> list[_Factor]:
    """The factors between the last sums and what is returned."""
    return [
        factor
        for end in wired.ends
        if _is_stream(wired, end)
        for factor in _factors(wired, (), (end,))
    ]


def _is_stream(wired: Wired, step: int) -> bool:
    steps = wired.program.steps
    while steps[step].stream is None and steps[step].reads:
        if steps[step].kind not in ("norm", "scale", "dropout"):
            return False
        step = steps[step].reads[0]
    return steps[step].stream is not None


def _factors(
    wired: Wired, branches: tuple[int, ...], streams: tuple[int, ...]
) -> list[_Factor]:
    steps = wired.program.steps
    on_stream = [i for i in wired.program.reached(streams) if _scales(wired, i)]
    found = [_factor(wired, i, "the stream") for i in on_stream]
    ends = {i for root in branches for i in _tail(wired, root)}
    for i in wired.program.reached(branches):
        if _scales(wired, i) and i not in on_stream:
            where = "the branch's end" if i in ends else "the inside of the branch"
            found.append(_factor(wired, i, where))
    return [each for each in found if steps[each.step].kind == "scale"]


def _scales(wired: Wired, step: int) -> bool:
    found = wired.program.steps[step]
    return found.kind == "scale" and not found.product


def _tail(wired: Wired, root: int) -> Iterator[int]:
    """The steps at the very end of a branch that only scale, norm or drop."""
    steps = wired.program.steps
    while steps[root].kind in ("scale", "norm", "dropout") and steps[root].reads:
        yield root
        root = steps[root].reads[0]


def _factor(wired: Wired, number: int, where: str) -> _Factor:
    steps = wired.program.steps
    step = steps[number]
    if len(step.reads) == 1:
        return _Factor(where, "number", step.sizes[0] if step.sizes else None, number)
    others = wired.program.reached(step.reads[1:])
    own = ("parameter", "number", "activation")
    sort = "learned" if all(steps[i].kind in own for i in others) else "computed"
    return _Factor(where, sort, None, number)


def _compared(part: Part, old: list[_Factor], new: list[_Factor]) -> Iterator[Change]:
    for where in dict.fromkeys(factor.where for factor in (*old, *new)):
        ours = [factor for factor in old if factor.where == where]
        theirs = [factor for factor in new if factor.where == where]
        for one in list(ours):
            match = next((two for two in theirs if _equal(part, one, two)), None)
            if match is not None:
                ours.remove(one)
                theirs.remove(match)
        yield from _told(part, where, ours, theirs)


def _equal(part: Part, one: _Factor, two: _Factor) -> bool:
    if one.sort != two.sort:
        return False
    if one.number is None or two.number is None:
        return True
    return part.both.settings.equal(one.number, two.number) is not False


def _told(
    part: Part, where: str, old: list[_Factor], new: list[_Factor]
) -> Iterator[Change]:
    one = " and ".join(factor.text for factor in old)
    two = " and ".join(factor.text for factor in new)
    ours = old[0].step if old else None
    theirs = new[0].step if new else None
    if old and new:
        message = f"{where} is scaled by {two}, and was by {one}"
    elif new:
        message = f"{where} is scaled by {two} now"
    elif old:
        message = f"{where} is scaled by {one} no more"
    else:
        return
    yield part.change("scaling", message, ours, theirs, one or "1", two or "1")
