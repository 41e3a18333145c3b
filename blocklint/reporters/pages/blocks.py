"""One block of a page: its pictures, its sites, its sub-layers and its findings."""

from collections.abc import Iterable, Iterator, Sequence

from blocklint.report import BlockFacts, SiteFacts, VariantFacts
from blocklint.reporters.inspection.text import name_of, shape_text, word
from blocklint.reporters.pages.docs import inline
from blocklint.reporters.pictures import picture_of
from blocklint.reporters.pictures.elements import elements, quoted
from blocklint.rule import Finding

_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"


def block_part(block: BlockFacts, number: int, is_open: bool) -> Iterator[str]:
    """A block as something to open; what filters ask for stands in its attributes."""
    sites = [site for variant in block.variants for site in variant.sites]
    placements = dict.fromkeys([block.placement, *(s.placement.value for s in sites)])
    rules = dict.fromkeys(finding.rule for finding in block.findings)
    yield (
        f'<details class="block" id="block-{number}"{" open" if is_open else ""} '
        f'data-placements="{" ".join(placements)}" data-rules="{" ".join(rules)}" '
        f'data-text="{quoted(" ".join(_words(block, sites)).lower())}">\n<summary>'
        f'<span class="name">{quoted(block.name)}</span> '
        f'<span class="muted mono">{quoted(block.home)}:{block.line}</span> '
        f'<span class="chip">{quoted(word(block.placement, block.naming))}</span>'
    )
    if block.parallel:
        yield '<span class="chip">parallel</span>'
    if block.findings:
        weight = gravest(block.findings)
        yield f' <span class="weight {weight}">{counted(block.findings)}</span>'
    yield '</summary>\n<div class="inside">\n'
    yield '<div class="variants">\n'
    for place, variant in enumerate(block.variants):
        yield '<div class="variant">\n'
        yield from _variant(block, variant, f"{number}-{place}")
        yield "</div>\n"
    yield "</div>\n"
    if block.findings:
        yield "<h3>Findings</h3>\n"
        yield from finding_list(block.findings, block.home)
    yield "</div>\n</details>\n"


def finding_list(findings: Iterable[Finding], home: str = "") -> Iterator[str]:
    """Findings with their places, each with a link to what its rule is about."""
    yield "<ul>\n"
    for finding in findings:
        weight, span = finding.severity.value, finding.span
        where = f"line {span.line}"
        if span.home(finding.path) != home:
            where = f"{span.home(finding.path)}:{span.line}"
        yield (
            f'<li><span class="weight {weight}">{weight}</span> '
            f'<a href="#rule-{finding.rule}">{finding.code} {finding.rule}</a>, '
            f"{quoted(where)}: {inline(finding.message)}</li>\n"
        )
    yield "</ul>\n"


def gravest(findings: Iterable[Finding]) -> str:
    """The severity of the gravest of some findings."""
    weights = {finding.severity.value for finding in findings}
    return next(w for w in ("error", "warning", "note") if w in weights)


def counted(findings: Sequence[Finding]) -> str:
    """How many findings there are."""
    return f"{len(findings)} finding{'s' if len(findings) > 1 else ''}"


def _words(block: BlockFacts, sites: Iterable[SiteFacts]) -> Iterator[str]:
    """What a block is found by."""
    yield from (block.name, block.path, block.placement)
    for site in sites:
        yield from (site.role, site.placement.value, site.owner)
        yield from (*site.norms, *site.modifiers)
    for variant in block.variants:
        yield from (each.name for each in variant.sublayers)
    for finding in block.findings:
        yield from (finding.code, finding.rule)


def _variant(block: BlockFacts, variant: VariantFacts, number: str) -> Iterator[str]:
    if variant.when is not None:
        default = " (default)" if variant.default else ""
        yield f"<h3>when <code>{quoted(variant.when)}</code>{default}</h3>\n"
    yield '<figure class="scroll" tabindex="0" role="group" '
    yield f'aria-label="picture of {quoted(block.name)}">\n'
    yield from _picture(block, variant, number)
    yield "</figure>\n"
    yield from _table(
        ["line", "role", "placement", "formula", "norms", "besides"],
        [_site(site, block) for site in variant.sites],
    )
    if variant.sublayers:
        yield "<details><summary>Sub-layers and shapes</summary>\n"
        rows = [
            (each.name, each.role, shape_text(each.input), shape_text(each.output))
            for each in variant.sublayers
        ]
        yield from _table(["name", "role", "in", "out"], rows)
        yield "</details>\n"


def _picture(block: BlockFacts, variant: VariantFacts, number: str) -> Iterator[str]:
    picture = picture_of(block, variant)
    width, height = f"{picture.width:.0f}", f"{picture.height:.0f}"
    yield (
        f'<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'role="img" aria-labelledby="title-{number} desc-{number}" '
        f'font-family="{_FONT}">\n'
        f'<title id="title-{number}">{quoted(picture.title)}</title>\n'
        f'<desc id="desc-{number}">{quoted(picture.description)}</desc>\n'
    )
    yield from elements(picture.items)
    yield "</svg>\n"


def _site(site: SiteFacts, block: BlockFacts) -> tuple[str, ...]:
    line = str(site.line)
    if site.home != block.home:
        line = f"{site.home}:{site.line}"
    besides = [
        *([f"in {site.owner}"] if site.owner != block.name else []),
        *site.modifiers,
        *(["optional"] if site.optional else []),
        *(finding.code for finding in site.findings),
    ]
    return (
        line,
        site.role,
        name_of(site.placement, block.naming),
        site.placement.formula,
        ", ".join(site.norms) or "no norm",
        ", ".join(besides),
    )


def _table(heads: Sequence[str], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    yield '<div class="scroll" tabindex="0" role="group" aria-label="table"><table>\n'
    cells = "".join(f'<th scope="col">{head}</th>' for head in heads)
    yield f"<thead><tr>{cells}</tr></thead>\n<tbody>\n"
    for row in rows:
        cells = "".join(f"<td>{quoted(cell)}</td>" for cell in row)
        yield f"<tr>{cells}</tr>\n"
    yield "</tbody></table></div>\n"
