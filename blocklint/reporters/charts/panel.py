"""One small picture: a line for each wiring, with its name at its end."""

from collections.abc import Iterator, Sequence

from blocklint.frozen import dataclass
from blocklint.reporters.charts.looks import Look, line_attributes, point
from blocklint.reporters.charts.scales import Scale
from blocklint.reporters.charts.words import number
from blocklint.reporters.pictures.elements import quoted
from blocklint.reporters.pictures.paint import attributes
from blocklint.reporters.pictures.words import width as width_of, wrap
from blocklint.stability import Spread

WIDTH, HEIGHT = 420.0, 270.0
_LEFT, _TOP, _BOTTOM = 56.0, 46.0, 42.0
_SIZE = 11.0
_APART = 14.0  # how far apart the names of lines are at least
_FEW = 10  # a line of more points has no signs on each of them


@dataclass(frozen=True)
class Series:
    """The line of one wiring: points from left to right, None where there is none."""

    name: str
    look: Look
    points: tuple[tuple[float, Spread | None], ...]
    bold: bool = False

    @property
    def known(self) -> list[tuple[float, Spread]]:
        """The points that there are."""
        return [(x, spread) for x, spread in self.points if spread is not None]


@dataclass(frozen=True)
class Panel:
    """What one picture shows; `across` and `up` are its axes."""

    title: str
    below: str
    across: Scale
    up: Scale
    series: tuple[Series, ...]

    @property
    def description(self) -> str:
        """The picture in words: where each line begins and where it ends."""
        told = [
            f"{each.name} from {number(each.known[0][1].middle)} "
            f"to {number(each.known[-1][1].middle)}"
            for each in self.series
            if each.known
        ]
        return f"{self.title}, over {self.below}: {'; '.join(told)}."


def drawn(panel: Panel) -> Iterator[str]:
    """The elements of a picture, from the corner at the top left on; one a line."""
    room = _Room(panel)
    for line, text in enumerate(wrap(panel.title, WIDTH - 12, 12.5, 2, bold=True)):
        yield _text(6, 16 + 15 * line, text, 12.5, bold=True)
    yield from room.axes()
    for series in panel.series:
        yield from room.line(series)
    yield from room.names()


class _Room:
    """The part of a picture that lines are drawn in."""

    def __init__(self, panel: Panel) -> None:
        self.panel = panel
        names = [width_of(s.name, _SIZE, bold=s.bold) for s in panel.series if s.known]
        self.right = WIDTH - max(names, default=0.0) - 30
        self.bottom = HEIGHT - _BOTTOM

    def x(self, value: float) -> float:
        return _LEFT + self.panel.across.share(value) * (self.right - _LEFT)

    def y(self, value: float) -> float:
        share = min(max(self.panel.up.share(value), 0.0), 1.0)
        return self.bottom - share * (self.bottom - _TOP)

    def axes(self) -> Iterator[str]:
        for value in self.panel.up.ticks:
            y = self.y(value)
            yield _rule(_LEFT, y, self.right, y)
            yield _text(_LEFT - 6, y + 4, f"{value:g}", _SIZE, "muted", "end")
        for value in self.panel.across.ticks:
            x = self.x(value)
            yield _rule(x, self.bottom, x, self.bottom + 4)
            yield _text(x, self.bottom + 17, f"{value:g}", _SIZE, "muted", "middle")
        yield _rule(_LEFT, self.bottom, self.right, self.bottom)
        middle = (_LEFT + self.right) / 2
        yield _text(middle, HEIGHT - 8, self.panel.below, _SIZE, "muted", "middle")

    def line(self, series: Series) -> Iterator[str]:
        known = series.known
        for x, spread in known:
            ends = f'x1="{self.x(x):.1f}" x2="{self.x(x):.1f}" '
            ends += f'y1="{self.y(spread.low):.1f}" y2="{self.y(spread.high):.1f}"'
            style = line_attributes(Look(series.look.colour, "", ""), 1)
            yield f'<line {ends} {style} stroke-opacity="0.7"/>\n'
        thick = 3.0 if series.bold else 1.8
        points = " ".join(
            f"{self.x(x):.1f},{self.y(spread.middle):.1f}" for x, spread in known
        )
        if len(known) > 1:
            style = line_attributes(series.look, thick)
            yield f'<polyline points="{points}" {style}/>\n'
        step = 1 + len(known) // _FEW
        for x, spread in known[::-step]:
            yield f"{point(series.look, self.x(x), self.y(spread.middle))}\n"

    def names(self) -> Iterator[str]:
        """The name of each line beside its end, moved where names would meet."""
        ends = sorted(
            (self.y(each.known[-1][1].middle), number, each)
            for number, each in enumerate(self.panel.series)
            if each.known
        )
        places = _spaced([y for y, _, _ in ends], _TOP, self.bottom)
        for (y, _, series), place in zip(ends, places, strict=True):
            start = self.x(series.known[-1][0]) + 6
            yield (
                f'<line x1="{start:.1f}" y1="{y:.1f}" x2="{self.right + 16:.1f}" '
                f'y2="{place:.1f}" {attributes("rule")}/>\n'
            )
            yield _text(
                self.right + 20, place + 4, series.name, _SIZE, bold=series.bold
            )


def key(rows: Sequence[tuple[str, str, Look, bool]]) -> Iterator[str]:
    """What the lines stand for: names, formulas, looks, and which is in bold."""
    yield _text(6, 16, "lines: median of the seeds, and their range", 12.5, bold=True)
    beside = 88 + max((width_of(r[0], _SIZE, bold=r[3]) for r in rows), default=0.0)
    for index, (name, formula, look, bold) in enumerate(rows):
        y = _TOP + 24 * index
        ends = f'points="12,{y:g} 60,{y:g}"'
        style = line_attributes(look, 3.0 if bold else 1.8)
        yield f"<polyline {ends} {style}/>\n{point(look, 36, y)}\n"
        yield _text(72, y + 4, name, _SIZE, bold=bold)
        yield _text(beside, y + 4, formula, _SIZE, "muted")


def _spaced(wanted: Sequence[float], low: float, high: float) -> list[float]:
    """Places near those that are wanted, in their order and far enough apart."""
    places: list[float] = []
    for y in wanted:
        places.append(max(y, places[-1] + _APART) if places else max(y, low))
    limit = high
    for index in range(len(places) - 1, -1, -1):
        places[index] = min(places[index], limit)
        limit = places[index] - _APART
    return places


def _rule(x1: float, y1: float, x2: float, y2: float) -> str:
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} {attributes("rule")} stroke-opacity="0.5"/>\n'


def _text(
    x: float,
    y: float,
    content: str,
    size: float,
    kind: str = "ink",
    anchor: str = "start",
    bold: bool = False,
) -> str:
    where = f'x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" text-anchor="{anchor}"'
    weight = ' font-weight="700"' if bold else ""
    return f"<text {where}{weight} {attributes(kind)}>{quoted(content)}</text>\n"
