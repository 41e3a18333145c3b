"""Blocks as pictures in one SVG file, below each other: streams run from bottom to top.

Colours follow the system's choice of light or dark; without CSS they are light.
"""

from collections.abc import Iterator, Sequence

from blocklint.report import BlockFacts, Overview, VariantFacts
from blocklint.reporters.inspection.text import word
from blocklint.reporters.pictures import Picture, picture_of
from blocklint.reporters.pictures.elements import elements, quoted
from blocklint.reporters.pictures.items import Group, Item, Line, Text, flipped, moved
from blocklint.reporters.pictures.notes import findings_below
from blocklint.reporters.pictures.paint import attributes, classes, variables
from blocklint.reporters.pictures.words import wrap

_NARROWEST = 480.0
_MARGIN = 20.0
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"


def render(overview: Overview) -> str:
    """One picture for each wiring of each block, with its name above it."""
    shown = [
        (block, variant, picture_of(block, variant))
        for block in overview.blocks
        for variant in block.variants
    ]
    width = max([_NARROWEST, *(picture.width for _, _, picture in shown)])
    width += 2 * _MARGIN
    items: list[Item] = []
    y = _MARGIN
    for number, (block, variant, picture) in enumerate(shown):
        if number:
            rule = ((_MARGIN, y), (width - _MARGIN, y))
            items.append(Line(rule, "rule"))
            y += _MARGIN
        group, high = _panel(block, variant, picture, width - 2 * _MARGIN)
        items += moved((group,), _MARGIN, y)
        y += high + _MARGIN
    if not shown:
        y += 20
        items.append(Text(_MARGIN, y - 6, "No blocks.", 14))
    return "".join(_document(items, shown, width, y))


def _panel(
    block: BlockFacts, variant: VariantFacts, picture: Picture, room: float
) -> tuple[Group, float]:
    """A picture below its heading, and how high both are."""
    texts = list(_heading(block, variant, room))
    low = texts[-1].y
    first = variant is block.variants[0]
    at_sites = {
        id(f) for each in block.variants for s in each.sites for f in s.findings
    }
    rest = [f for f in block.findings if id(f) not in at_sites] if first else []
    notes = findings_below(rest, room)
    found = moved(tuple(_downwards(notes.items)), 0, low)
    low += notes.height + 14
    title = f"{picture.title}: {picture.description}"
    items = (Group(("heading",), tuple(texts)), *found, *moved(picture.items, 0, low))
    return Group(("block",), items, title), low + picture.height


def _downwards(items: Sequence[Item]) -> Iterator[Item]:
    yield from flipped(tuple(items), 0)


def _heading(block: BlockFacts, variant: VariantFacts, room: float) -> Iterator[Text]:
    y = 4.0
    for line in wrap(block.name, room, 17, 2, bold=True):
        y += 17
        yield Text(0, y, line, 17, bold=True, whole=block.name)
    parallel = ", parallel" if block.parallel else ""
    lines = [
        f"{block.home}:{block.line}",
        word(block.placement, block.naming) + parallel,
    ]
    if variant.when is not None:
        lines.append(f"when {variant.when}{' (default)' if variant.default else ''}")
    for number, whole in enumerate(lines):
        kind = "muted" if number < 2 else "ink"  # noqa: PLR2004
        for line in wrap(whole, room, 12, 2):
            y += 17
            yield Text(0, y, line, 12, kind, whole=whole)


def _document(
    items: Sequence[Item],
    shown: Sequence[tuple[BlockFacts, VariantFacts, Picture]],
    width: float,
    height: float,
) -> Iterator[str]:
    names = ", ".join(dict.fromkeys(block.name for block, _, _ in shown))
    told = " ".join(f"{p.title}: {p.description}" for _, _, p in shown)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" '
        f'height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}" role="img" '
        f'aria-labelledby="bl-title bl-desc" font-family="{_FONT}">\n'
    )
    yield f'<title id="bl-title">{quoted(f"Blocks: {names}")}</title>\n'
    yield f'<desc id="bl-desc">{quoted(told)}</desc>\n'
    yield f"<style>svg{{{variables(False)}}}{classes()}\n"
    yield f"@media (prefers-color-scheme: dark){{svg{{{variables(True)}}}}}</style>\n"
    yield f'<rect width="100%" height="100%" {attributes("paper")}/>\n'
    yield from elements(tuple(items))
    yield "</svg>\n"
