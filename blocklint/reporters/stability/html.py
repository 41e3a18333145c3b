"""What stacks of a block showed, as one page: pictures, then the same as tables.

It needs no network and no script.
"""

from collections.abc import Iterator

from blocklint.reporters.charts import looks
from blocklint.reporters.charts.panel import HEIGHT, WIDTH, drawn
from blocklint.reporters.charts.panels import KEY, key_of, panels_of
from blocklint.reporters.charts.words import (
    KNOWN,
    UNKNOWN,
    cells_of,
    left_out,
    named,
    setting_of,
    state_of,
    title_of,
    trend_text,
    weight_of,
)
from blocklint.reporters.pages.head import head
from blocklint.reporters.pictures.elements import quoted
from blocklint.stability import Quantity, Stability, StabilityReport

_RULES = (
    ".charts{display:flex;flex-wrap:wrap;gap:.5rem 1rem}.charts figure{margin:.25rem 0;"
    "max-width:100%}.charts svg{max-width:100%;height:auto}"
    ".notes p{max-width:46rem}td,th{font-variant-numeric:tabular-nums}"
)
_TITLE = "Stacks of blocks before any training"


def render(report: StabilityReport) -> str:
    """The whole page; every name in it is text, whatever it holds."""
    return "".join(_page(report))


def _page(report: StabilityReport) -> Iterator[str]:
    yield from head(_TITLE, rules=f"{looks.classes()}{_RULES}")
    yield '<main id="blocks">\n'
    for target in report.targets:
        yield from _block(target)
    if not report.targets:
        yield "<p>No blocks were measured.</p>\n"
    yield '<section class="notes">\n'
    for title, text in (("What is known", KNOWN), ("What is not", UNKNOWN)):
        yield f"<h2>{title}</h2>\n<p>{quoted(text)}</p>\n"
    yield "</section>\n</main>\n</body>\n</html>\n"


def _block(target: Stability) -> Iterator[str]:
    yield f"<section>\n<h2>{quoted(target.target)}</h2>\n"
    for line in setting_of(target):
        yield f'<p class="muted">{quoted(line)}</p>\n'
    yield "<ul>\n"
    for wiring in target.wirings:
        told = f"{named(wiring, target)}: {wiring.formula}; {state_of(wiring)}"
        yield f"<li>{quoted(told)}</li>\n"
    yield "</ul>\n"
    if wiring_output := target.own.output.strip():
        yield f"<pre>{quoted(wiring_output)}</pre>\n"
    yield '<div class="charts">\n'
    figures = [_figure(drawn(p), p.description) for p in panels_of(target)]
    if figures:
        figures.insert(KEY, _figure(key_of(target), "What the lines stand for."))
    for figure in figures:
        yield from figure
    yield "</div>\n"
    for quantity in () if target.failed else Quantity:
        yield from _table(target, quantity)
    for line in left_out(target):
        yield f"<p>Left out: {quoted(line)}</p>\n"
    yield "</section>\n"


def _figure(shown: Iterator[str], description: str) -> Iterator[str]:
    yield (
        f'<figure><svg width="{WIDTH:.0f}" height="{HEIGHT:.0f}" '
        f'viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" role="img" '
        f'aria-label="{quoted(description)}">\n'
    )
    yield from shown
    yield "</svg></figure>\n"


def _table(target: Stability, quantity: Quantity) -> Iterator[str]:
    """The medians of a quantity, with the spread of the seeds."""
    heads = ["placement", *(f"L = {depth}" for depth in target.depths)]
    heads += [] if quantity.is_loss else ["with the depth"]
    title = title_of(quantity, weight_of(target))
    yield f'<h3>{quoted(title)}</h3>\n<div class="scroll"><table>\n<thead><tr>'
    yield "".join(f'<th scope="col">{head}</th>' for head in heads)
    yield "</tr></thead>\n<tbody>\n"
    for wiring in target.wirings:
        if wiring.stacks is None:
            continue
        cells = list(cells_of(target, wiring, quantity))
        cells += [] if quantity.is_loss else [trend_text(wiring.trend(quantity))]
        row = "".join(f"<td>{quoted(cell)}</td>" for cell in cells)
        name = quoted(named(wiring, target))
        yield f'<tr><th scope="row">{name}</th>{row}</tr>\n'
    yield "</tbody></table></div>\n"
