"""How the line of each wiring looks: hue, dashes and sign each tell them apart."""

from blocklint.frozen import dataclass
from blocklint.reporters.pictures.paint import COLOURS


@dataclass(frozen=True)
class Look:
    """A line: the name of its colour, its dashes and the shape of its points."""

    colour: str
    dashes: str
    sign: str


_LOOKS = {
    "pre": Look("attention-edge", "", "circle"),
    "post": Look("warning", "8 4", "square"),
    "output": Look("cross-edge", "2 4", "triangle"),
    "peri": Look("ffn-edge", "10 4 2 4", "diamond"),
}
_OTHER = Look("stream", "14 4", "cross")


def look_of(placement: str) -> Look:
    """The look of a placement; those without one of their own share one."""
    return _LOOKS.get(placement, _OTHER)


def classes() -> str:
    """The classes that lines and points have, as rules of CSS."""
    names = sorted({look.colour for look in (*_LOOKS.values(), _OTHER)})
    return "".join(
        f".bl-line-{name}{{stroke:var(--bl-{name})}}"
        f".bl-point-{name}{{fill:var(--bl-{name});stroke:var(--bl-paper)}}"
        for name in names
    )


def line_attributes(look: Look, width: float) -> str:
    """What a line has, the light colours for renderers that know nothing of CSS."""
    dashes = f' stroke-dasharray="{look.dashes}"' if look.dashes else ""
    return (
        f'class="bl-line-{look.colour}" fill="none" stroke-width="{width:g}" '
        f'stroke="{COLOURS[look.colour][0]}"{dashes}'
    )


def point(look: Look, x: float, y: float) -> str:
    """The sign of a look at a place, as an element of SVG."""
    kind = (
        f'class="bl-point-{look.colour}" fill="{COLOURS[look.colour][0]}" '
        f'stroke="{COLOURS["paper"][0]}"'
    )
    corners: tuple[tuple[float, float], ...]
    match look.sign:
        case "circle":
            return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" {kind}/>'
        case "square":
            box = f'x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8"'
            return f"<rect {box} {kind}/>"
        case "triangle":
            corners = ((0, -5), (5, 4), (-5, 4))
        case "diamond":
            corners = ((0, -5.5), (5.5, 0), (0, 5.5), (-5.5, 0))
        case _:
            corners = ((-5, -2), (0, 0), (5, -2), (2, 4), (-2, 4))
    drawn = " ".join(f"{x + a:.1f},{y + b:.1f}" for a, b in corners)
    return f'<polygon points="{drawn}" {kind}/>'
