"""Blocks in the form `blocklint.inspect/1`, for other programs."""

import json
from collections.abc import Mapping

from blocklint.analysis.sublayers import Sublayer
from blocklint.report import BlockFacts, Overview, SiteFacts, VariantFacts


def render(overview: Overview) -> str:
    """The document; names of placements are those of the field, whatever is chosen."""
    blocks = [_block(block) for block in overview.blocks]
    return json.dumps({"schema": "blocklint.inspect/1", "blocks": blocks}) + "\n"


def _block(block: BlockFacts) -> Mapping[str, object]:
    return {
        "path": block.path,
        "class": block.name,
        "cell": block.cell,
        "line": block.line,
        "placement": block.placement,
        "parallel": block.parallel,
        "variants": [_variant(variant) for variant in block.variants],
    }


def _variant(variant: VariantFacts) -> Mapping[str, object]:
    return {
        "when": variant.when,
        "default": variant.default,
        "sites": [site_data(site) for site in variant.sites],
        "sublayers": [sublayer_data(each) for each in variant.sublayers],
    }


def site_data(site: SiteFacts) -> Mapping[str, object]:
    """One residual addition as an object."""
    return {
        "role": site.role,
        "placement": site.placement.value,
        "path": site.path,
        "cell": site.cell,
        "line": site.line,
        "in": site.owner,
        "norms": list(site.norms),
        "optional": site.optional,
        "modifiers": list(site.modifiers),
    }


def sublayer_data(each: Sublayer) -> Mapping[str, object]:
    """One sub-layer as an object."""
    return {
        "name": each.name,
        "role": each.role,
        "input": list(each.input),
        "output": list(each.output),
    }
