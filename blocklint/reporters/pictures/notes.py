"""The notes beside an addition: placement, formula, line, modifiers and findings."""

from collections.abc import Iterator, Sequence

from blocklint.frozen import dataclass
from blocklint.report import BlockFacts, SiteFacts
from blocklint.reporters.inspection.text import name_of
from blocklint.reporters.pictures.items import Box, Group, Item, Mark, Text, moved
from blocklint.reporters.pictures.words import shorten, width, wrap
from blocklint.rule import Finding

WIDE = 216.0
_BETWEEN = 12.0


@dataclass(frozen=True)
class Notes:
    """Items below a point at the left, `y` counting downwards from zero."""

    items: tuple[Item, ...]
    height: float


def notes_on(sites: Sequence[SiteFacts], block: BlockFacts) -> Notes:
    """What is to be said of the sites that one addition is, one below the other."""
    items: list[Item] = []
    y = 0.0
    for number, site in enumerate(sites):
        y += _BETWEEN if number else 0
        drawn, height = _below(list(_rows(site, block)))
        group = Group(("note", f"is-{site.placement.value}"), moved(drawn, 0, -y))
        items.append(group)
        y += height
    return Notes(tuple(items), y)


@dataclass(frozen=True)
class _Row:
    """Items on a base line, and how far it lies below the one before."""

    items: tuple[Item, ...]
    height: float


def _below(rows: Sequence[_Row]) -> tuple[tuple[Item, ...], float]:
    """Rows below each other, and how high they are together."""
    items: list[Item] = []
    y = 0.0
    for row in rows:
        y += row.height
        items += moved(row.items, 0, -y)
    return tuple(items), y + 4


def _rows(site: SiteFacts, block: BlockFacts) -> Iterator[_Row]:
    head = f"{site.role} · {name_of(site.placement, block.naming)}"
    for line in wrap(head, WIDE, 13, 2, bold=True):
        yield _Row((Text(0, 0, line, 13, bold=True),), 15)
    for line in wrap(site.placement.formula, WIDE, 12, 2, mono=True):
        yield _Row((Text(0, 0, line, 12, mono=True),), 16)
    where = f"line {site.line}"
    if site.home != block.home:
        where = f"{site.home}:{site.line}"
    for whole in (where, *([f"in {site.owner}"] if site.owner != block.name else [])):
        text = shorten(whole, WIDE, 11)
        yield _Row((Text(0, 0, text, 11, "muted", whole=whole),), 15)
    pills = [*site.modifiers, *(["optional"] if site.optional else [])]
    yield from _pills(pills)
    for finding in site.findings:
        yield from finding_rows(finding, WIDE)


def _pills(words: Sequence[str]) -> Iterator[_Row]:
    """Modifiers as small labels, as many on a line as fit."""
    items: list[Item] = []
    x = 0.0
    for word in words:
        wide = width(word, 10) + 14
        if items and x + wide > WIDE:
            yield _Row(tuple(items), 20)
            items, x = [], 0.0
        box = Box(x, -4, wide, 15, "pill", 7.5)
        items.append(Group(("modifier",), (box, Text(x + 7, 0, word, 10))))
        x += wide + 5
    if items:
        yield _Row(tuple(items), 20)


def finding_rows(
    finding: Finding, room: float, message: bool = False
) -> Iterator[_Row]:
    """A finding with its sign; its name alone, or its place and message as well."""
    weight = finding.severity.value
    told = f"{finding.code} {finding.rule}"
    if message:
        cell = finding.span.cell
        where = f"line {finding.span.line}" + (f" of cell {cell}" if cell else "")
        told = f"{told}, {where}: {finding.message}"
    for number, line in enumerate(wrap(told, room - 20, 11, 3, bold=not message)):
        text = Text(20, 0, line, 11, weight, bold=not message, whole=told)
        mark: tuple[Item, ...] = (Mark(8, 4, weight),) if not number else ()
        whole = Group(("finding", weight), (*mark, text), finding.message)
        yield _Row((whole,), 19 if not number else 14)


def findings_below(findings: Sequence[Finding], room: float) -> Notes:
    """Findings one below the other, with what they say."""
    rows = [row for each in findings for row in finding_rows(each, room, message=True)]
    if not rows:
        return Notes((), 0)
    items, height = _below(rows)
    return Notes(items, height)
