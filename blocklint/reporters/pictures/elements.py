"""The items of a picture as elements of SVG."""

from collections.abc import Iterator
from html import escape
from math import atan2, cos, pi, sin

from blocklint.reporters.pictures.items import (
    Box,
    Circle,
    Group,
    Item,
    Line,
    Mark,
    Text,
)
from blocklint.reporters.pictures.paint import attributes
from blocklint.reporters.pictures.words import clean, is_measured

_DASHES = ' stroke-dasharray="5 4"'
_HEAD = 8.0  # the length of an arrow's head
_MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace"


def quoted(text: str) -> str:
    """A text for XML, in an element or in an attribute."""
    return escape(clean(text), quote=True)


def elements(items: tuple[Item, ...], indent: str = "") -> Iterator[str]:
    """One line an element; groups have theirs inside."""
    for item in items:
        match item:
            case Group():
                yield f'{indent}<g class="{" ".join(item.kinds)}">\n'
                if item.title:
                    yield f"{indent} <title>{quoted(item.title)}</title>\n"
                yield from elements(item.items, indent + " ")
                yield f"{indent}</g>\n"
            case Line():
                yield from (f"{indent}{each}\n" for each in _line(item))
            case Mark():
                yield f"{indent}{_mark(item)}\n"
            case Box():
                yield f"{indent}{_box(item)}\n"
            case Circle():
                yield f"{indent}{_circle(item)}\n"
            case Text():
                yield f"{indent}{_text(item)}\n"


def _box(box: Box) -> str:
    return (
        f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" '
        f'height="{box.height:.1f}" rx="{box.round:g}" {attributes(box.kind)}'
        f"{_DASHES if box.dashed else ''}/>"
    )


def _circle(circle: Circle) -> str:
    return (
        f'<circle cx="{circle.x:.1f}" cy="{circle.y:.1f}" r="{circle.radius:g}" '
        f"{attributes(circle.kind)}{_DASHES if circle.dashed else ''}/>"
    )


def _text(text: Text) -> str:
    parts = [f'x="{text.x:.1f}" y="{text.y:.1f}" font-size="{text.size:g}"']
    if text.anchor != "start":
        parts.append(f'text-anchor="{text.anchor}"')
    if text.bold:
        parts.append('font-weight="700"')
    if text.mono:
        parts.append(f'font-family="{_MONO}"')
    if not is_measured(text.content):
        # A letter of a far script may be of any width: it is held to what it has.
        parts.append(f'textLength="{text.width:.1f}" lengthAdjust="spacingAndGlyphs"')
    parts.append(attributes(text.kind))
    told = text.whole if text.whole != text.content else ""
    title = f"<title>{quoted(told)}</title>" if told else ""
    return f"<text {' '.join(parts)}>{title}{quoted(text.content)}</text>"


def _line(line: Line) -> Iterator[str]:
    points = list(line.points)
    if line.arrow:
        (x, y), tip = points[-2:]
        angle = atan2(tip[1] - y, tip[0] - x)
        back = (tip[0] - _HEAD * cos(angle), tip[1] - _HEAD * sin(angle))
        points[-1] = back
        sides = [
            (back[0] + 4 * cos(angle + turn), back[1] + 4 * sin(angle + turn))
            for turn in (pi / 2, -pi / 2)
        ]
        head = " ".join(f"{a:.1f},{b:.1f}" for a, b in (tip, *sides))
        yield f'<polygon points="{head}" {attributes(f"{line.kind}-head")}/>'
    drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dashes = _DASHES if line.dashed else ""
    yield f'<polyline points="{drawn}" {attributes(line.kind)}{dashes}/>'


def _mark(mark: Mark) -> str:
    x, y = mark.x, mark.y
    match mark.severity:
        case "error":
            shape = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="7" {attributes("error")}/>'
        case "warning":
            points = (
                f"{x:.1f},{y - 8:.1f} {x + 8:.1f},{y + 6:.1f} {x - 8:.1f},{y + 6:.1f}"
            )
            shape = f'<polygon points="{points}" {attributes("warning")}/>'
        case _:
            shape = (
                f'<rect x="{x - 7:.1f}" y="{y - 7:.1f}" width="14" height="14" rx="3" '
                f"{attributes('note')}/>"
            )
    sign = {"error": "M-3,-3 L3,3 M3,-3 L-3,3", "warning": "M0,-4 L0,1 M0,3 L0,4.5"}
    path = sign.get(mark.severity, "M0,-4 L0,-2.5 M0,-1 L0,4")
    return (
        f'<g class="mark {mark.severity}"><title>{mark.severity}</title>{shape}'
        f'<path transform="translate({x:.1f} {y:.1f})" d="{path}" '
        f'class="bl-sign" fill="none" stroke="#ffffff" stroke-width="1.8"/></g>'
    )
