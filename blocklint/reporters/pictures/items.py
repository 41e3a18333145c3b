"""What a picture is made of: boxes, lines, circles and texts at their places.

While a picture is laid out, `y` counts upwards from its lower edge, as the stream does.
"""

from collections.abc import Iterator
from dataclasses import replace

from blocklint.frozen import dataclass
from blocklint.reporters.pictures.words import width


@dataclass(frozen=True)
class Text:
    """One line of text; `y` is its base line, `anchor` start, middle or end.

    `whole` is what it says where it is shortened.
    """

    x: float
    y: float
    content: str
    size: float = 12
    kind: str = "ink"
    anchor: str = "start"
    bold: bool = False
    mono: bool = False
    whole: str = ""

    @property
    def width(self) -> float:
        """How wide it is at most."""
        return width(self.content, self.size, self.bold, self.mono)

    @property
    def left(self) -> float:
        """Where it begins."""
        shares = {"start": 0.0, "middle": 0.5, "end": 1.0}
        return self.x - self.width * shares[self.anchor]


@dataclass(frozen=True)
class Box:
    """A rectangle; `y` is its lower edge."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    round: float = 5
    dashed: bool = False


@dataclass(frozen=True)
class Circle:
    """A circle around a point."""

    x: float
    y: float
    radius: float
    kind: str
    dashed: bool = False


@dataclass(frozen=True)
class Line:
    """A line through points; with an arrow at its last one, if it is asked for."""

    points: tuple[tuple[float, float], ...]
    kind: str
    dashed: bool = False
    arrow: bool = False


@dataclass(frozen=True)
class Mark:
    """The sign of a finding: its shape tells how grave it is, and not only its hue."""

    x: float
    y: float
    severity: str


@dataclass(frozen=True)
class Group:
    """Items that are one thing: a norm on a branch, an addition, a note.

    `kinds` are its words, as `("norm", "on-branch")`; `title` is what it is called.
    """

    kinds: tuple[str, ...]
    items: tuple["Item", ...]
    title: str = ""


Item = Text | Box | Circle | Line | Mark | Group


def flipped(items: tuple[Item, ...], height: float) -> tuple[Item, ...]:
    """The same items with `y` counted downwards from an upper edge."""
    return tuple(_flipped(item, height) for item in items)


def _flipped(item: Item, height: float) -> Item:
    match item:
        case Group():
            return replace(item, items=flipped(item.items, height))
        case Line():
            points = tuple((x, height - y) for x, y in item.points)
            return replace(item, points=points)
        case Box():
            return replace(item, y=height - item.y - item.height)
        case Text() | Circle() | Mark():
            return replace(item, y=height - item.y)


def moved(items: tuple[Item, ...], x: float, y: float) -> tuple[Item, ...]:
    """The same items at another place."""
    return tuple(_moved(item, x, y) for item in items)


def _moved(item: Item, x: float, y: float) -> Item:
    match item:
        case Group():
            return replace(item, items=moved(item.items, x, y))
        case Line():
            return replace(item, points=tuple((a + x, b + y) for a, b in item.points))
        case Text() | Box() | Circle() | Mark():
            return replace(item, x=item.x + x, y=item.y + y)


def texts(items: tuple[Item, ...]) -> Iterator[Text]:
    """All the texts among some items."""
    for item in items:
        match item:
            case Group():
                yield from texts(item.items)
            case Text():
                yield item
