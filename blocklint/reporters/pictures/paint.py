"""The colours of pictures and pages, for light and for dark surroundings.

Each text has a contrast of at least 4.5 to 1 to what it stands on, each line 3 to 1.
"""

from blocklint.frozen import dataclass

# Name of a colour: its value in the light, its value in the dark.
COLOURS = {
    "paper": ("#ffffff", "#15181d"),
    "ink": ("#1f2328", "#e6e9ee"),
    "muted": ("#57606a", "#a3acb9"),
    "stream": ("#24292f", "#dfe4ea"),
    "branch": ("#57606a", "#a3acb9"),
    "norm": ("#fff1c9", "#473b12"),
    "norm-edge": ("#8a6500", "#dcb347"),
    "attention": ("#dbeafe", "#1c3355"),
    "attention-edge": ("#1d4ed8", "#8ab4ff"),
    "cross": ("#ede4ff", "#33245a"),
    "cross-edge": ("#6d28d9", "#c0a2ff"),
    "ffn": ("#dcf5e3", "#163a26"),
    "ffn-edge": ("#1a7f37", "#6fd08c"),
    "plain": ("#eceff3", "#2a303a"),
    "plain-edge": ("#57606a", "#a3acb9"),
    "error": ("#b3261e", "#ff8f86"),
    "warning": ("#8a5300", "#f0b24a"),
    "note": ("#0b5cad", "#7cb8ff"),
    "hover": ("#f4f6f8", "#1e232a"),
    "edge": ("#868e99", "#6f7986"),
}


@dataclass(frozen=True)
class Paint:
    """How one kind of item is painted: names of colours, and the width of its line."""

    fill: str = "none"
    stroke: str = "none"
    width: float = 1.5


PAINTS = {
    "paper": Paint("paper"),
    "ink": Paint("ink"),
    "muted": Paint("muted"),
    "error": Paint("error"),
    "warning": Paint("warning"),
    "note": Paint("note"),
    "stream": Paint(stroke="stream", width=2.5),
    "branch": Paint(stroke="branch"),
    "read": Paint(stroke="cross-edge"),
    "bypass": Paint(stroke="stream", width=2.5),
    "loop": Paint(stroke="muted", width=1),
    "rule": Paint(stroke="edge", width=1),
    "add": Paint("paper", "stream", 2),
    "plus": Paint(stroke="stream", width=2),
    "scale": Paint("paper", "branch"),
    "norm": Paint("norm", "norm-edge"),
    "attention": Paint("attention", "attention-edge"),
    "cross-attention": Paint("cross", "cross-edge"),
    "ffn": Paint("ffn", "ffn-edge"),
    "plain": Paint("plain", "plain-edge"),
    "pill": Paint("plain", "plain-edge", 1),
    "dot": Paint("stream"),
    "stream-head": Paint("stream"),
    "branch-head": Paint("branch"),
    "read-head": Paint("cross-edge"),
    "bypass-head": Paint("stream"),
    "on-mark": Paint("paper"),
}


def variables(dark: bool) -> str:
    """The colours as declarations of CSS."""
    return "".join(f"--bl-{name}:{values[dark]};" for name, values in COLOURS.items())


def classes() -> str:
    """The classes that the items of pictures have, as rules of CSS."""
    return "".join(
        f".bl-{kind}{{fill:{_used(paint.fill)};stroke:{_used(paint.stroke)}}}"
        for kind, paint in PAINTS.items()
    )


def attributes(kind: str) -> str:
    """What an element has for renderers that know nothing of CSS: the light colours."""
    paint = PAINTS[kind]
    parts = [f'class="bl-{kind}" fill="{_value(paint.fill)}"']
    if paint.stroke != "none":
        parts.append(f'stroke="{_value(paint.stroke)}" stroke-width="{paint.width:g}"')
    return " ".join(parts)


def _used(name: str) -> str:
    return name if name == "none" else f"var(--bl-{name})"


def _value(name: str) -> str:
    return name if name == "none" else COLOURS[name][0]
