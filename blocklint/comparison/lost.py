"""The sites of a wiring, with those whose result a later site loses."""

from collections.abc import Iterator
from dataclasses import replace

from blocklint.analysis import Site, Variant
from blocklint.analysis.evidence import Join, Wires
from blocklint.analysis.wiring import Stale, Wiring


def all_sites(variant: Variant) -> tuple[Site, ...]:
    """The sites of a variant; one that is lost is a site of its own here.

    `h = x + f(x); x + g(h)` has two sums, and the second adds to an older value.
    """
    wiring = Wiring(variant.graph)
    found = [each for each in wiring.stale() if _is_hidden(variant, each)]
    if not found:
        return variant.sites
    return tuple(_revised(variant, wiring, found))


def _is_hidden(variant: Variant, stale: Stale) -> bool:
    adds = [site.add for site in variant.sites]
    return stale.add in adds and stale.lost not in adds


def _revised(variant: Variant, wiring: Wiring, found: list[Stale]) -> Iterator[Site]:
    sums = {residual.add: residual for residual in wiring.residuals.all}
    joins = [Join(sums[s.add], s.branch) for s in variant.sites if s.add in sums]
    hidden = [sums[stale.lost] for stale in found]
    lost = {each.add: Join(each, each.branches[0]) for each in hidden}
    wires = Wires(variant.graph, wiring.residuals, [*joins, *lost.values()])
    by_add = {stale.add: stale for stale in found}
    for stale in found:
        join = lost[stale.lost]
        facts = wires.facts(join)
        yield Site(
            join.add,
            join.stream,
            join.branch,
            stale.lost_role,
            facts.placement,
            facts.norms,
        )
    for site in variant.sites:
        stale_here = by_add.get(site.add)
        if stale_here is None:
            yield site
            continue
        # Its norms are those after the sum that it loses, which is the stream's newest.
        residual = replace(sums[site.add], stream=stale_here.lost)
        facts = wires.facts(Join(residual, site.branch))
        yield replace(
            site,
            role=stale_here.role,
            placement=facts.placement,
            norms=facts.norms,
        )
