"""Blocks for a person at a terminal, one a paragraph."""

from collections.abc import Iterator, Sequence

from blocklint.analysis import Placement
from blocklint.analysis.sublayers import Sublayer
from blocklint.report import BlockFacts, Overview, SiteFacts, Traced, VariantFacts


def render(overview: Overview) -> str:
    """Class, file and line, placement with formula, then every site."""
    return "\n".join("".join(_block(block)) for block in overview.blocks)


def _block(block: BlockFacts) -> Iterator[str]:
    parallel = ", parallel" if block.parallel else ""
    yield f"{block.name}  {block.home}:{block.line}\n"
    yield f"  {word(block.placement, block.naming)}{parallel}\n"
    for variant in block.variants:
        yield from _variant(variant, block)
        if _differ(block.variants):
            yield from _sublayers(variant, "      ")
    if not _differ(block.variants):
        yield from _sublayers(block.variants[0], "  ")


def _variant(variant: VariantFacts, block: BlockFacts) -> Iterator[str]:
    indent = "    "
    if variant.when is not None:
        default = "  (default)" if variant.default else ""
        yield f"    when {variant.when}{default}\n"
        indent = "      "
    for site in variant.sites:
        yield f"{indent}{site_line(site, block)}\n"


def _differ(variants: Sequence[VariantFacts]) -> bool:
    """Whether wirings have other sub-layers, and not only another order of them."""
    return len({frozenset(variant.sublayers) for variant in variants}) > 1


def _sublayers(variant: VariantFacts, indent: str) -> Iterator[str]:
    if variant.sublayers:
        yield f"{indent}sub-layers\n"
    for line in sublayer_lines(variant.sublayers):
        yield f"{indent}  {line}\n"


def sublayer_lines(every: Sequence[Sublayer]) -> Iterator[str]:
    """Sub-layers, one a line: name, what it computes, what goes in and comes out."""
    wide = max((len(each.name) for each in every), default=0)
    for each in every:
        shapes = f"{shape_text(each.input)} -> {shape_text(each.output)}"
        yield f"{each.name:<{wide}}  {each.role:<15}  {shapes}"


def shape_text(sizes: Sequence[str]) -> str:
    """A shape in brackets; `?` for what was never seen."""
    return f"[{', '.join(sizes)}]" if sizes else "?"


def site_line(site: SiteFacts, block: BlockFacts | Traced) -> str:
    """One residual addition: where, what, how it normalises and by which norm."""
    elsewhere = f"{site.home}:" if site.home != block.home else "line "
    name = name_of(site.placement, block.naming)
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
    return f"{name_of(known[placement], naming)}: {known[placement].formula}"


def name_of(placement: Placement, naming: str) -> str:
    """A placement's name, as the project wants it."""
    if naming == "textbook" and placement is Placement.OUTPUT:
        return "pre (textbook)"
    return placement.value
