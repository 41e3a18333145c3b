"""The sizes that layers are made with."""

from collections.abc import Iterator

from blocklint.comparison.both import Both, Part
from blocklint.comparison.change import Change
from blocklint.comparison.program import Step
from blocklint.graph import Dim

_SIZED = frozenset(["linear", "conv", "embedding"])


def find(both: Both) -> Iterator[Change]:
    """Layers of other sizes; one change for each pair of sizes in a site."""
    for part in both.parts:
        seen: set[tuple[str, str]] = set()
        for one, two, i, j in both.steps(part):
            if one.kind not in _SIZED or len(one.sizes) != len(two.sizes):
                continue
            for old, new in _other(part, one, two):
                said = str(old), str(new)
                if said not in seen:
                    seen.add(said)
                    message = f"{said[0]} wide became {said[1]}"
                    if one.kind == "embedding":
                        message = f"a table of {said[0]} became one of {said[1]}"
                    yield part.change("width", message, i, j, *said)


def _other(part: Part, one: Step, two: Step) -> Iterator[tuple[Dim, Dim]]:
    for old, new in zip(one.sizes, two.sizes, strict=True):
        if old is None or new is None:
            continue
        if part.both.settings.equal(old, new) is False:
            yield old, new
