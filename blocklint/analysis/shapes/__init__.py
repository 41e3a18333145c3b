"""The shape of every value of a graph, as far as the code tells: symbolic sizes."""

from blocklint.analysis.shapes.infer import Shapes, sizes_of
from blocklint.analysis.shapes.scrambled import Scrambled, scrambled
from blocklint.analysis.shapes.shape import Shape

__all__ = ["Scrambled", "Shape", "Shapes", "scrambled", "sizes_of"]
