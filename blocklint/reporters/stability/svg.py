"""What stacks of a block showed, as pictures in one SVG file: a line for each wiring.

Colours follow the system's choice of light or dark; without CSS they are light. Dashes,
signs and names tell the lines apart as well.
"""

from collections.abc import Iterator, Sequence

from blocklint.reporters.charts import looks
from blocklint.reporters.charts.panel import HEIGHT, WIDTH, Panel, drawn
from blocklint.reporters.charts.panels import KEY, key_of, panels_of
from blocklint.reporters.charts.words import KNOWN, UNKNOWN, left_out, setting_of
from blocklint.reporters.pictures.elements import elements, quoted
from blocklint.reporters.pictures.items import Text
from blocklint.reporters.pictures.paint import attributes, classes, variables
from blocklint.reporters.pictures.words import wrap
from blocklint.stability import Stability, StabilityReport

_COLUMNS = 2
_MARGIN = 20.0
_ROOM = _COLUMNS * WIDTH
_MANY = 99
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"


def render(report: StabilityReport) -> str:
    """The pictures of each block below its name, and what they do not say."""
    y = _MARGIN
    parts: list[str] = []
    told: list[str] = []
    for target in report.targets:
        heading = tuple(_heading(target, y))
        y = heading[-1].y + 14
        parts += elements(heading)
        panels = tuple(panels_of(target))
        told += [target.target, *(panel.description for panel in panels)]
        cells = list(map(_shown, panels))
        if cells:
            cells.insert(KEY, key_of(target))
        for number, cell in enumerate(cells):
            row, column = divmod(number, _COLUMNS)
            x = _MARGIN + column * WIDTH
            parts += _placed(cell, x, y + row * HEIGHT)
        y += -(-len(cells) // _COLUMNS) * HEIGHT + _MARGIN
    notes = tuple(_notes(y))
    parts += elements(notes)
    return "".join(_document(parts, told, notes[-1].y + _MARGIN))


def _shown(panel: Panel) -> Iterator[str]:
    yield f"<title>{quoted(panel.description)}</title>\n"
    yield from drawn(panel)


def _placed(cell: Iterator[str], x: float, y: float) -> Iterator[str]:
    yield f'<g transform="translate({x:g} {y:g})">\n'
    yield from cell
    yield "</g>\n"


def _heading(target: Stability, y: float) -> Iterator[Text]:
    y += 14
    yield Text(_MARGIN, y, target.target, 16, bold=True)
    lines = list(setting_of(target)) or [target.own.reason or ""]
    lines += [f"{w.placement}: {w.reason}" for w in target.wirings[1:] if w.reason]
    lines += [f"left out: {each}" for each in left_out(target)]
    for whole in lines:
        for line in wrap(whole, _ROOM, 11.5, _MANY):
            y += 16
            yield Text(_MARGIN, y, line, 11.5, "muted")


def _notes(y: float) -> Iterator[Text]:
    for title, text in (("What is known", KNOWN), ("What is not", UNKNOWN)):
        y += 20
        yield Text(_MARGIN, y, title, 12.5, bold=True)
        for line in wrap(text, _ROOM, 11.5, _MANY):
            y += 16
            yield Text(_MARGIN, y, line, 11.5)


def _document(
    parts: Sequence[str], told: Sequence[str], height: float
) -> Iterator[str]:
    width = _ROOM + 2 * _MARGIN
    style = f"svg{{{variables(False)}}}{classes()}{looks.classes()}"
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" '
        f'height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}" role="img" '
        f'aria-labelledby="bl-title bl-desc" font-family="{_FONT}">\n'
    )
    yield '<title id="bl-title">Stacks of blocks before any training</title>\n'
    yield f'<desc id="bl-desc">{quoted(" ".join(told))}</desc>\n'
    yield f"<style>{style}\n"
    yield f"@media (prefers-color-scheme: dark){{svg{{{variables(True)}}}}}</style>\n"
    yield f'<rect width="100%" height="100%" {attributes("paper")}/>\n'
    yield from parts
    yield "</svg>\n"
