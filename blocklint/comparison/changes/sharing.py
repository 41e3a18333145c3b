"""Weights that several modules have in common."""

from collections import Counter
from collections.abc import Iterator

from blocklint.comparison.both import Both, Part
from blocklint.comparison.change import Change
from blocklint.comparison.profile import Wired
from blocklint.comparison.program import Token

_WEIGHTY = frozenset(["linear", "conv", "embedding", "layer", "block", "mixer", "ffn"])


def find(both: Both) -> Iterator[Change]:
    """Layers of a list that are one module, and steps that use the same weights."""
    yield from _lists(both)
    for part in both.parts:
        yield from _inside(part)


def _lists(both: Both) -> Iterator[Change]:
    old, new = _shared(both.old), _shared(both.new)
    for what in (new - old).elements():
        place = next(p for name, p in both.new.shared if name == what)
        message = f"all layers have the same {what} now"
        yield Change("sharing", message, None, both.new_place(place), "", what)
    for what in (old - new).elements():
        place = next(p for name, p in both.old.shared if name == what)
        message = f"layers have {what} of their own now"
        yield Change("sharing", message, both.old_place(place), None, what, "")


def _shared(wired: Wired) -> Counter[str]:
    return Counter(what for what, _ in wired.shared)


def _inside(part: Part) -> Iterator[Change]:
    """Steps that used other weights each and use the same now, or the other way."""
    new_of: dict[Token, tuple[Token, int, int]] = {}
    old_of: dict[Token, tuple[Token, int, int]] = {}
    for one, two, i, j in part.both.steps(part):
        if one.kind not in _WEIGHTY or one.kind != two.kind:
            continue
        known = new_of.setdefault(one.weights, (two.weights, i, j))
        if known[0] != two.weights:
            message = f"{_names(part, j, known[2])} have weights of their own now"
            yield part.change("sharing", message, i, j, "the same weights", "their own")
            return
        other = old_of.setdefault(two.weights, (one.weights, i, j))
        if other[0] != one.weights:
            message = f"{_names_old(part, i, other[1])} use the same weights now"
            yield part.change("sharing", message, i, j, "their own", "the same weights")
            return


def _names(part: Part, *steps: int) -> str:
    nodes = part.both.new.program.nodes
    return " and ".join(dict.fromkeys(nodes[i].name for i in sorted(steps)))


def _names_old(part: Part, *steps: int) -> str:
    nodes = part.both.old.program.nodes
    return " and ".join(dict.fromkeys(nodes[i].name for i in sorted(steps)))
