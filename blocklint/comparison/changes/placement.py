"""Where a site normalises."""

from collections.abc import Iterator

from blocklint.analysis.placement import Placement
from blocklint.comparison.both import Both
from blocklint.comparison.change import Change


def find(both: Both) -> Iterator[Change]:
    """Sites whose norms stand elsewhere, with the formulas of both placements."""
    for part in both.sites:
        assert part.old is not None and part.new is not None, "it is a site"
        old, new = part.old.placement, part.new.placement
        if old is new or Placement.UNKNOWN in (old, new):
            continue
        one, two = _formula(old), _formula(new)
        yield part.change("placement", f"{one} became {two}", None, None, one, two)


def _formula(placement: Placement) -> str:
    if placement is Placement.OTHER:
        return "a placement without a name"
    return placement.formula
