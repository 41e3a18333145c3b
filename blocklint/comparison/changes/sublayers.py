"""What a sub-layer computes, beside its norms, factors and dropout."""

from collections.abc import Iterator
from difflib import SequenceMatcher

from blocklint.comparison.both import Both, Part
from blocklint.comparison.change import Change
from blocklint.comparison.program import Program, Step, skeleton

_LAYERS = frozenset(["linear", "conv", "embedding", "attention", "block"])
_MOST = 6  # operations that a message names


def find(both: Both) -> Iterator[Change]:
    """Sub-layers that compute something else than before."""
    parts = both.sites
    if not both.old.sites and not both.new.sites:
        parts = (both.outside,)
    for part in parts:
        if part.followed and not part.same_outline and _works_differently(part):
            yield _told(part)


def _works_differently(part: Part) -> bool:
    """Whether layers differ; a model may return and mask otherwise, and be the same."""
    if part.old is not None:
        return True
    old, new = part.both.old.program.steps, part.both.new.program.steps
    before = sorted(old[i].kind for i in part.old_steps if old[i].kind in _LAYERS)
    after = sorted(new[i].kind for i in part.new_steps if new[i].kind in _LAYERS)
    return before != after


def _told(part: Part) -> Change:
    old, new = part.both.old.program, part.both.new.program
    ours, theirs = _working(old, part.old_steps), _working(new, part.new_steps)
    before = [_word(old.steps[i]) for i in ours]
    after = [_word(new.steps[i]) for i in theirs]
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for tag, start, end, first, last in matcher.get_opcodes():
        if tag == "equal":
            continue
        one, two = _listed(before[start:end]), _listed(after[first:last])
        message = f"{one} became {two}"
        if not one:
            message = f"computes {two}, too"
        if not two:
            message = f"no longer computes {one}"
        at, to = ours[start : start + 1], theirs[first : first + 1]
        places = at[0] if at else None, to[0] if to else None
        return part.change("sublayer", message, *places, one, two)
    message = "its operations are connected in another way"
    places = _last(part.old_roots), _last(part.new_roots)
    return part.change("sublayer", message, *places)


def _last(roots: tuple[int, ...]) -> int | None:
    return roots[-1] if roots else None


def _working(program: Program, steps: list[int]) -> list[int]:
    return [
        i
        for i in steps
        if skeleton(program.steps[i]) not in (None, "value")
        and program.steps[i].kind not in ("number", "join", "parameter")
    ]


def _word(step: Step) -> str:
    match step.kind:
        case "activation" | "op":
            return step.label
        case "scale":
            return "a product"
    return step.kind


def _listed(words: list[str]) -> str:
    shown = ", ".join(words[:_MOST])
    return f"{shown} and {len(words) - _MOST} more" if len(words) > _MOST else shown
