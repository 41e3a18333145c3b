"""Measures pictures: which of their texts overlap, overflow, or are crossed."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from blocklint.reporters.pictures import Picture
from blocklint.reporters.pictures.items import Box, Circle, Group, Item, Line, Text


@dataclass(frozen=True)
class Area:
    """A rectangle, `low` being its upper edge as `y` counts downwards."""

    left: float
    low: float
    right: float
    high: float
    named: str

    def meets(self, other: "Area") -> bool:
        """Whether two areas have more than an edge in common."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.high, other.high) - max(self.low, other.low)
        return wide > 0.5 and high > 0.5

    def holds(self, other: "Area") -> bool:
        """Whether another area lies inside of this one."""
        return (
            self.left <= other.left
            and other.right <= self.right
            and self.low <= other.low
            and other.high <= self.high
        )


def faults(picture: Picture) -> Iterator[str]:
    """What is wrong with the places of a picture's texts and boxes."""
    whole = Area(0, 0, picture.width, picture.height, "picture")
    flat = list(_flat(picture.items))
    words = [_of_text(item) for item in flat if isinstance(item, Text)]
    boxes = [_of_box(item) for item in flat if isinstance(item, Box | Circle)]
    boxes = [box for box in boxes if box.named not in ("loop", "dot")]
    wires = [area for item in flat if isinstance(item, Line) for area in _of_line(item)]
    for area in (*words, *boxes):
        if not whole.holds(area):
            yield f"{area.named} leaves the picture"
    for one, two in (*combinations(words, 2), *combinations(boxes, 2)):
        if one.meets(two):
            yield f"{one.named} overlaps {two.named}"
    for word in words:
        around = [box for box in boxes if box.meets(word)]
        if any(not box.holds(word) for box in around):
            yield f"{word.named} overflows its box"
        if not around and any(word.meets(wire) for wire in wires):
            yield f"{word.named} is crossed by a line"


def _flat(items: tuple[Item, ...]) -> Iterator[Item]:
    for item in items:
        if isinstance(item, Group):
            yield from _flat(item.items)
        else:
            yield item


def _of_text(text: Text) -> Area:
    low, high = text.y - 0.78 * text.size, text.y + 0.22 * text.size
    return Area(text.left, low, text.left + text.width, high, repr(text.content))


def _of_box(box: Box | Circle) -> Area:
    if isinstance(box, Circle):
        x, y, radius = box.x, box.y, box.radius
        return Area(x - radius, y - radius, x + radius, y + radius, box.kind)
    return Area(box.x, box.y, box.x + box.width, box.y + box.height, box.kind)


def _of_line(line: Line) -> Iterator[Area]:
    if line.kind == "plus":
        return
    for (a, b), (c, d) in zip(line.points, line.points[1:], strict=False):
        yield Area(
            min(a, c) - 0.8, min(b, d) - 0.8, max(a, c) + 0.8, max(b, d) + 0.8, "line"
        )
