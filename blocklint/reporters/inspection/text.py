"""Blocks for a person at a terminal, one a paragraph."""

from collections.abc import Iterator

from blocklint.analysis import Placement
from blocklint.report import BlockFacts, Overview, SiteFacts, Traced, VariantFacts


def render(overview: Overview) -> str:
    """Class, file and line, placement with formula, then every site."""
    return "\n".join("".join(_block(block)) for block in overview.blocks)


def _block(block: BlockFacts) -> Iterator[str]:
    parallel = ", parallel" if block.parallel else ""
    yield f"{block.name}  {block.path}:{block.line}\n"
    yield f"  {word(block.placement, block.naming)}{parallel}\n"
    for variant in block.variants:
        yield from _variant(variant, block)


def _variant(variant: VariantFacts, block: BlockFacts) -> Iterator[str]:
    indent = "    "
    if variant.when is not None:
        default = "  (default)" if variant.default else ""
        yield f"    when {variant.when}{default}\n"
        indent = "      "
    for site in variant.sites:
        yield f"{indent}{site_line(site, block)}\n"


def site_line(site: SiteFacts, block: BlockFacts | Traced) -> str:
    """One residual addition: where, what, how it normalises and by which norm."""
    elsewhere = f"{site.path}:" if site.path != block.path else "line "
    name = _name(site.placement, block.naming)
    parts = [
        f"{elsewhere}{site.line}",
        f"{site.role:<15}",
        f"{name:<15}",
        f"{site.placement.formula:<18}",
        ", ".join(site.norms) or "no norm",
        *([f"in {site.owner}"] if site.owner != block.name else []),
        *site.modifiers,
        *(["optional"] if site.optional else []),
    ]
    return "  ".join(parts)


def word(placement: str, naming: str) -> str:
    """The word for a whole block, with the formula where there is one."""
    known = {each.value: each for each in Placement}
    if placement not in known:
        return placement
    return f"{_name(known[placement], naming)}: {known[placement].formula}"


def _name(placement: Placement, naming: str) -> str:
    if naming == "textbook" and placement is Placement.OUTPUT:
        return "pre (textbook)"
    return placement.value
