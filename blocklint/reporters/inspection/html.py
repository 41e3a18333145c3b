"""A project's blocks as one page: it opens without a network, and needs no script.

With one there are search and filters. `?search=`, `?placement=` and `?finding=` in the
address fill them in.
"""

import base64
import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence

from blocklint.analysis import Placement
from blocklint.report import Overview
from blocklint.reporters.inspection.text import name_of
from blocklint.reporters.pages.blocks import block_part, finding_list
from blocklint.reporters.pages.docs import docs
from blocklint.reporters.pages.head import head
from blocklint.reporters.pages.script import SCRIPT
from blocklint.reporters.pictures.elements import quoted
from blocklint.rule import Rule

_OPEN = 5  # a page of no more blocks shows them at once


def render(overview: Overview) -> str:
    """The whole page; every name in it is text, whatever it holds."""
    return "".join(_page(overview))


def _page(overview: Overview) -> Iterator[str]:
    yield from _head(overview)
    yield "<main>\n"
    yield from _counts(overview)
    yield '<section aria-labelledby="blocks">\n'
    yield '<h2 id="blocks" tabindex="-1">Blocks</h2>\n'
    if overview.blocks:
        yield from _filters(overview)
    else:
        yield "<p>No blocks were found.</p>\n"
    for number, block in enumerate(overview.blocks, start=1):
        yield from block_part(block, number, len(overview.blocks) <= _OPEN)
    yield "</section>\n"
    if overview.findings:
        yield '<section aria-labelledby="other">\n'
        yield '<h2 id="other">Findings that are about no block</h2>\n'
        yield from finding_list(overview.findings)
        yield "</section>\n"
    if overview.rules:
        yield from _rules(overview.rules)
    yield f"</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"


def _head(overview: Overview) -> Iterator[str]:
    """What a page begins with. Its policy lets run no script but its own."""
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    found = sum(len(block.findings) for block in overview.blocks)
    told = f"{_some(len(overview.blocks), 'block')} in {_some(overview.files, 'file')}"
    if found or overview.findings:
        different = {id(f) for block in overview.blocks for f in block.findings}
        told += f", {_some(len(different) + len(overview.findings), 'finding')}"
    yield from head("Transformer blocks", told, script=f"'sha256-{digest}'")


def _counts(overview: Overview) -> Iterator[str]:
    """How many blocks there are of each placement."""
    count = Counter(block.placement for block in overview.blocks)
    known = {each.value: each for each in Placement}
    naming = overview.blocks[0].naming if overview.blocks else "field"
    yield '<section aria-labelledby="counts">\n<h2 id="counts">Placements</h2>\n'
    yield (
        '<table>\n<thead><tr><th scope="col">placement</th><th scope="col">formula</th>'
        '<th scope="col" class="number">blocks</th></tr></thead>\n<tbody>\n'
    )
    for placement in (*known, "mixed", "configurable"):
        if count[placement]:
            each = known.get(placement)
            name = name_of(each, naming) if each is not None else placement
            formula = each.formula if each is not None else _WORDS[placement]
            yield (
                f'<tr><th scope="row">{name}</th><td>{quoted(formula)}</td>'
                f'<td class="number">{count[placement]}</td></tr>\n'
            )
    yield "</tbody></table>\n</section>\n"


_WORDS = {"mixed": "sites that differ", "configurable": "variants that differ"}


def _filters(overview: Overview) -> Iterator[str]:
    """Search and filters, shown by the script that they need."""
    placements = dict.fromkeys(
        placement
        for block in overview.blocks
        for placement in (
            block.placement,
            *(site.placement.value for v in block.variants for site in v.sites),
        )
    )
    rules = sorted({f.rule for block in overview.blocks for f in block.findings})
    yield '<form class="filters" id="filters" role="search" hidden>\n'
    yield (
        '<label><span>Search <span class="muted">(press / to get here)</span></span>'
        '<input type="search" name="search" autocomplete="off" spellcheck="false">'
        "</label>\n"
    )
    options = [("", "any"), *((each, each) for each in sorted(placements))]
    yield from _choice("placement", "Placement", options)
    options = [("", "with or without"), ("any", "with any"), ("none", "without")]
    options += [(each, each) for each in rules]
    yield from _choice("finding", "Findings", options)
    yield (
        '<button type="reset">Clear</button>\n'
        '<button type="button" data-open="yes">Open all</button>\n'
        '<button type="button" data-open="no">Close all</button>\n'
        '<output id="told" aria-live="polite"></output>\n</form>\n'
    )


def _choice(name: str, label: str, options: Sequence[tuple[str, str]]) -> Iterator[str]:
    yield f'<label>{label} <select name="{name}">\n'
    for value, shown in options:
        yield f'<option value="{quoted(value)}">{quoted(shown)}</option>\n'
    yield "</select></label>\n"


def _rules(rules: Sequence[Rule]) -> Iterator[str]:
    """What the rules say of themselves that found something."""
    yield '<section aria-labelledby="rules">\n<h2 id="rules">Rules</h2>\n'
    for rule in rules:
        weight = rule.severity.value
        yield (
            f'<details class="rule" id="rule-{rule.name}"><summary>'
            f'<span class="name">{rule.code} {rule.name}</span> '
            f'<span class="weight {weight}">{weight}</span> '
            f"{quoted(rule.summary)}</summary>\n"
            f'<div class="inside docs">{"".join(docs(rule.doc))}</div></details>\n'
        )
    yield "</section>\n"


def _some(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
