"""Puts the findings of a check beside the blocks and the sites that they are about."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from blocklint.report import BlockFacts, Overview, SiteFacts, VariantFacts
from blocklint.rule import Finding, Rule
from blocklint.text import Span


def marked(
    overview: Overview, findings: Sequence[Finding], rules: Iterable[Rule]
) -> Overview:
    """The overview with each finding at its block and, where it has one, at its site.

    What is about no block stands by itself; of the rules, those are kept that found
    something.
    """
    blocks = tuple(_block(block, findings) for block in overview.blocks)
    placed = {id(finding) for block in blocks for finding in block.findings}
    found = {finding.rule for finding in findings}
    return replace(
        overview,
        blocks=blocks,
        findings=tuple(f for f in findings if id(f) not in placed),
        rules=tuple(rule for rule in rules if rule.name in found),
    )


def _block(block: BlockFacts, findings: Sequence[Finding]) -> BlockFacts:
    """A block with its findings: those of its class, and those in code it shares."""
    sites = [site for variant in block.variants for site in variant.sites]
    own = [
        finding
        for finding in findings
        if (finding.class_name, finding.path) == (block.name, block.path)
        or any(_is_at(finding, site) for site in sites)
    ]
    first, *others = block.variants
    marked_first = _variant(first, own, by_related=True)
    told = {id(f) for site in marked_first.sites for f in site.findings}
    rest = [finding for finding in own if id(finding) not in told]
    variants = (marked_first, *(_variant(each, rest, False) for each in others))
    return replace(block, findings=tuple(own), variants=variants)


def _variant(
    variant: VariantFacts, findings: Sequence[Finding], by_related: bool
) -> VariantFacts:
    """A wiring with its sites marked; most rules speak of the default one alone."""
    at: dict[int, list[Finding]] = {n: [] for n in range(len(variant.sites))}
    for finding in findings:
        for number in _numbers(finding, variant.sites, by_related):
            at[number].append(finding)
    sites = tuple(
        replace(site, findings=tuple(at[number]))
        for number, site in enumerate(variant.sites)
    )
    return replace(variant, sites=sites)


def _numbers(
    finding: Finding, sites: Sequence[SiteFacts], by_related: bool
) -> list[int]:
    """The sites that a finding is about: where it stands, else what it speaks of."""
    found = [n for n, site in enumerate(sites) if _is_at(finding, site)]
    if found or not by_related:
        return found
    return [n for n, site in enumerate(sites) if any(_speaks_of(finding, site))]


def _is_at(finding: Finding, site: SiteFacts) -> bool:
    """Whether the place of a finding is the addition, a norm or the sub-layer."""
    return any(
        finding.path == path and _meet(finding.span, span) for path, span in site.places
    )


def _speaks_of(finding: Finding, site: SiteFacts) -> Iterator[bool]:
    for other in finding.related:
        yield any(
            other.path == path and other.span == span for path, span in site.places
        )


def _meet(one: Span, two: Span) -> bool:
    """Whether two stretches of a file have a character in common."""
    begin, end = (one.line, one.column), (one.end_line, one.end_column)
    same = one.cell == two.cell and begin < (two.end_line, two.end_column)
    return same and (two.line, two.column) < end
