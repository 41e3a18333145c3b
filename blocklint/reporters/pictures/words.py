"""Texts that fit: how wide they are, where they break, and what is left out of them.

Nobody knows the font that a picture is shown in. The widths are those of DejaVu Sans,
which is wider than nearly all others, so that a text takes no more room than it has.
"""

import unicodedata
from collections.abc import Iterator, Sequence

_REGULAR = {
    300: "\"'ijlIJ",
    320: " ,.·",
    340: "/:;\\|",
    400: "f-()[]t",
    460: "!r",
    540: "*_`sz?c",
    600: "LFkvxy",
    640: "PTYaeo$0123456789ESbdghnpqu{}",
    700: "KABVXZCR",
    790: "UNH&DGOQ",
    870: "w#+<=>^~M\u00d7→",
    1000: "%mW@…—",
}
_BOLD = {
    350: " ijl'",
    400: "/\\|,.IJ:;·",
    460: "-f!()[]",
    540: 'tr_`"*',
    600: "?zcs",
    700: "LxvykaeEFTo$0123456789",
    770: "bdghnpqu{}SYZCPB",
    860: "AKRVXUG#+<=>DHN^~OQ\u00d7→",
    1000: "&w@M…—",
    1120: "%mW",
}
_MONO = 610
_WIDE = 1050
_WIDTHS = [
    {char: width for width, chars in table.items() for char in chars}
    for table in (_REGULAR, _BOLD)
]
_UNSHOWN = frozenset(
    "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f"
)
_LEFT_OUT = "…"


def clean(text: str) -> str:
    """The text without characters that show nothing, or that reorder the others."""
    return "".join("\ufffd" if _is_unshown(char) else char for char in text)


def _is_unshown(char: str) -> bool:
    odd = unicodedata.category(char) in ("Cc", "Cs", "Cn") or char in _UNSHOWN
    return odd and char not in "\n\t"


def width(text: str, size: float, bold: bool = False, mono: bool = False) -> float:
    """How wide a text is at most, in the unit of its size."""
    if mono:
        each = (_MONO if char.isascii() or char == "·" else _WIDE for char in text)
    else:
        known = _WIDTHS[bold]
        each = (known.get(char, _WIDE) for char in text)
    return sum(each) * size / 1000


def is_measured(text: str) -> bool:
    """Whether the width of every character is known, and not only guessed."""
    return all(char in _WIDTHS[False] for char in text)


def shorten(
    text: str, room: float, size: float, bold: bool = False, mono: bool = False
) -> str:
    """The text, with as much left out of its middle as is needed to fit."""
    if width(text, size, bold, mono) <= room:
        return text
    for kept in range(len(text) - 1, 0, -1):
        head = (kept + 1) // 2
        tail = text[len(text) - (kept - head) :] if kept > head else ""
        short = f"{text[:head]}{_LEFT_OUT}{tail}"
        if width(short, size, bold, mono) <= room:
            return short
    return _LEFT_OUT


def wrap(
    text: str,
    room: float,
    size: float,
    most: int = 2,
    bold: bool = False,
    mono: bool = False,
) -> tuple[str, ...]:
    """The text in lines that fit, broken at spaces; words that are too long shrink.

    What does not go into so many lines is left out at the end.
    """
    lines: list[str] = []
    words = list(_words(text.split(), room, size, bold, mono))
    for word in words:
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width(longer, size, bold, mono) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    if len(lines) <= most:
        return tuple(lines)
    last = lines[most - 1]
    while last and width(f"{last} {_LEFT_OUT}", size, bold, mono) > room:
        last = last.rpartition(" ")[0]
    return (*lines[: most - 1], f"{last} {_LEFT_OUT}".strip())


def _words(
    words: Sequence[str], room: float, size: float, bold: bool, mono: bool
) -> Iterator[str]:
    return (shorten(word, room, size, bold, mono) for word in words)
