"""The shape of every value of a graph, as far as the code tells: symbolic sizes."""

from blocklint.analysis.shapes.infer import Shapes, sizes_of
from blocklint.analysis.shapes.scrambled import Scrambled, scrambled
from blocklint.analysis.shapes.shape import Meeting, Meets, Shape, Side

__all__ = [
    "Meeting",
    "Meets",
    "Scrambled",
    "Shape",
    "Shapes",
    "Side",
    "scrambled",
    "sizes_of",
]
