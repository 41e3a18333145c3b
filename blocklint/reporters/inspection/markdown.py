"""Blocks in Markdown: for a hover in an editor, or a comment on a change."""

from collections.abc import Iterable, Iterator, Sequence

from blocklint.analysis.sublayers import Sublayer
from blocklint.report import BlockFacts, Overview, SiteFacts, VariantFacts
from blocklint.reporters.inspection.text import shape_text, word


def render(overview: Overview) -> str:
    """A heading, the sites and the sub-layers of each block, as tables."""
    return "\n".join("\n".join(_block(block)) + "\n" for block in overview.blocks)


def _block(block: BlockFacts) -> Iterator[str]:
    parallel = ", parallel" if block.parallel else ""
    yield f"**{block.name}** ({_word(block)}{parallel}), {block.path}:{block.line}"
    shared = len({frozenset(each.sublayers) for each in block.variants}) == 1
    for variant in block.variants:
        yield from _variant(variant, block)
        if not shared:
            yield from _sublayers(variant.sublayers)
    if shared:
        yield from _sublayers(block.variants[0].sublayers)


def _word(block: BlockFacts) -> str:
    name, colon, formula = word(block.placement, block.naming).partition(": ")
    return f"{name}: `{formula}`" if colon else name


def _variant(variant: VariantFacts, block: BlockFacts) -> Iterator[str]:
    if variant.when is not None:
        default = " (default)" if variant.default else ""
        yield f"\nwhen `{variant.when}`{default}"
    head = ("line", "site", "placement", "formula", "norms", "")
    yield from _table(head, (_site(site, block) for site in variant.sites))


def _site(site: SiteFacts, block: BlockFacts) -> Sequence[str]:
    name = word(site.placement.value, block.naming).partition(": ")[0]
    elsewhere = f"{site.path}:" if site.path != block.path else ""
    notes = [
        *([f"in {site.owner}"] if site.owner != block.name else []),
        *site.modifiers,
        *(["optional"] if site.optional else []),
    ]
    norms = ", ".join(f"`{norm}`" for norm in site.norms) or "no norm"
    formula = f"`{site.placement.formula}`"
    return (
        f"{elsewhere}{site.line}",
        site.role,
        name,
        formula,
        norms,
        ", ".join(notes),
    )


def _sublayers(every: Sequence[Sublayer]) -> Iterator[str]:
    if every:
        rows = (
            (
                f"`{each.name}`",
                each.role,
                f"`{shape_text(each.input)}`",
                f"`{shape_text(each.output)}`",
            )
            for each in every
        )
        yield from _table(("sub-layer", "computes", "input", "output"), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table, with an empty line above; a bar within a cell ends none."""
    yield ""
    yield _row(head)
    yield _row(["---"] * len(head))
    yield from map(_row, rows)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
