"""What `inspect` says about a block, taken out of its graphs."""

from blocklint.analysis import Block, Site, Variant
from blocklint.analysis.sublayers import sublayers_of
from blocklint.engine.discover import Names
from blocklint.report import BlockFacts, SiteFacts, VariantFacts


def facts_of(block: Block, naming: str, names: Names) -> BlockFacts:
    """A block as plain facts: a whole library's graphs need not be kept for a page."""
    return BlockFacts(
        path=names.shown(block.source.path),
        name=block.name,
        line=block.place.shown_span.line,
        placement=block.placement,
        parallel=block.default.parallel,
        variants=tuple(_variant(each, block, names) for each in block.variants),
        naming=naming,
        cell=block.place.shown_span.cell,
    )


def _variant(variant: Variant, block: Block, names: Names) -> VariantFacts:
    return VariantFacts(
        when=variant.when if len(block.variants) > 1 else None,
        default=variant is block.default,
        sites=tuple(site_facts(site, block, names) for site in variant.sites),
        sublayers=sublayers_of(variant),
    )


def site_facts(site: Site, block: Block, names: Names) -> SiteFacts:
    """One addition of a block, as it was read or as it ran."""
    place = site.add.place or block.place
    return SiteFacts(
        role=site.role.value,
        placement=site.placement,
        path=names.shown(place.path),
        line=place.shown_span.line,
        owner=site.owner,
        norms=tuple(norm.name for norm in site.norms),
        optional=site.optional,
        modifiers=tuple(sorted(site.modifiers)),
        cell=place.shown_span.cell,
    )
