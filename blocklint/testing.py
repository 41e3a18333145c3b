"""For the tests of a model's own repository: say where its blocks must normalise.

from blocklint.testing import assert_placement

def test_block_is_pre_norm():
    assert_placement(Block(GPTConfig()), "pre", [torch.randn(2, 8, 768)])
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from blocklint.analysis import Placement, Site
from blocklint.api import trace

if TYPE_CHECKING:
    from torch import nn


def assert_placement(
    module: "nn.Module",
    placement: str | Sequence[str],
    inputs: Sequence[Any] | Mapping[str, Any],
) -> None:
    """Fail unless every site of a block normalises where it should.

    `placement` is one word for all sites (`"pre"`), or one for each in the order of
    running (`["pre", "peri"]`); the words are those of `blocklint inspect`. `inputs`
    are what forward takes: a sequence, or a mapping of names. Hidden states have the
    shape [batch, seq, d_model].

    Raises AssertionError that shows every site with its formula and its line,
    ValueError for a word that is no placement, and what `blocklint.trace` raises.
    """
    named = dict(inputs) if isinstance(inputs, Mapping) else {}
    given = () if isinstance(inputs, Mapping) else tuple(inputs)
    wanted = (
        [_word(placement)] if isinstance(placement, str) else [*map(_word, placement)]
    )
    sites = trace(module, *given, **named).sites
    expected = wanted * len(sites) if isinstance(placement, str) else wanted
    if not sites or [site.placement for site in sites] != expected:
        shown = "\n".join(f"  {_line(site)}" for site in sites) or "  no site at all"
        words = ", ".join(word.value for word in wanted)
        name = type(module).__name__
        raise AssertionError(f"{name} should be {words}, but the run shows\n{shown}")


def _word(placement: str) -> Placement:
    try:
        return Placement(placement)
    except ValueError:
        known = ", ".join(each.value for each in Placement)
        raise ValueError(f"`{placement}` is no placement; there are {known}") from None


def _line(site: Site) -> str:
    place = site.add.place
    where = f" ({place.path}:{place.span.line})" if place else ""
    formula = site.placement.formula
    return f"{site.role.value}: {site.placement.value}, {formula}{where}"
