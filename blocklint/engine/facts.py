"""What `inspect` says about a block, taken out of its graphs."""

from blocklint.analysis import Block, Site, Variant
from blocklint.analysis.courses import streams_of
from blocklint.analysis.sublayers import sublayers_of
from blocklint.engine.discover import Names
from blocklint.report import BlockFacts, SiteFacts, VariantFacts
from blocklint.rule import parts_of


def facts_of(
    block: Block, naming: str, names: Names, pictured: bool = False
) -> BlockFacts:
    """A block as plain facts: a whole library's graphs need not be kept for a page.

    What only a picture shows is worked out if it is to be `pictured`.
    """
    return BlockFacts(
        path=names.shown(block.source.path),
        name=block.name,
        line=block.place.shown_span.line,
        placement=block.placement,
        parallel=block.default.parallel,
        variants=tuple(
            _variant(each, block, names, pictured) for each in block.variants
        ),
        naming=naming,
        cell=block.place.shown_span.cell,
    )


def _variant(
    variant: Variant, block: Block, names: Names, pictured: bool
) -> VariantFacts:
    return VariantFacts(
        when=variant.when if len(block.variants) > 1 else None,
        default=variant is block.default,
        sites=tuple(site_facts(site, block, names, pictured) for site in variant.sites),
        sublayers=sublayers_of(variant),
        streams=streams_of(variant) if pictured else (),
    )


def site_facts(
    site: Site, block: Block, names: Names, pictured: bool = False
) -> SiteFacts:
    """One addition of a block, as it was read or as it ran."""
    place = site.add.place or block.place
    parts = [part.place for part in parts_of(site)] if pictured else []
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
        places=tuple((names.shown(part.path), part.shown_span) for part in parts),
    )
