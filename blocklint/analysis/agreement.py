"""Whether what ran is what was read: the sites of both front-ends, side by side."""

from collections.abc import Iterator, Sequence
from itertools import combinations

from blocklint.analysis.block import Block, Site, Variant
from blocklint.analysis.placement import Placement
from blocklint.analysis.role import Role

Kind = tuple[str, Placement]


def agreement(block: Block, ran: Variant) -> tuple[bool | None, Variant]:
    """Whether some wiring of a block, as read, is the one that ran; and which.

    A run takes one way: sites that are optional in the code may be missing from it.
    None where the code could not be followed, and for what is no block either way. The
    wiring that is named is the one that
    agrees, or, if none does, the default.
    """
    unsure = not ran.sites and not block.is_block
    for variant in block.variants:
        if any(site.placement is Placement.UNKNOWN for site in variant.sites):
            unsure = True
        elif variant.sites and any(
            _is_same(read, ran.sites) for read in _possible(variant.sites)
        ):
            return True, variant
    return (None if unsure else False), block.default


def kinds(sites: Sequence[Site]) -> list[Kind]:
    """Role and placement of each site, in order."""
    return [(site.role.value, site.placement) for site in sites]


def _is_same(read: Sequence[Site], ran: Sequence[Site]) -> bool:
    """Whether sites agree in order, placement and role, as far as the code tells it.

    What a sub-layer computes that was handed in is up to who runs the block.
    """
    return len(read) == len(ran) and all(
        one.placement is other.placement
        and (one.role is other.role or _is_handed_in(one))
        for one, other in zip(read, ran, strict=True)
    )


def _is_handed_in(site: Site) -> bool:
    passed = site.sublayer is not None and site.sublayer.scope.passed
    return passed and site.role is Role.OTHER


def _possible(sites: Sequence[Site]) -> Iterator[Sequence[Site]]:
    """What a run may show of some sites: any of the optional ones may be left out."""
    optional = [site for site in sites if site.optional]
    for count in range(len(optional) + 1):
        for left in combinations(optional, count):
            yield [site for site in sites if site not in left]
