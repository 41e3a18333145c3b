"""The shape of every value of a graph, as far as the code tells: symbolic sizes."""

from blocklint.analysis.shapes.infer import Shapes, sizes_of
from blocklint.analysis.shapes.scrambled import Scrambled, scrambled
from blocklint.analysis.shapes.shape import Meeting, Meets, Shape, Side
from blocklint.analysis.shapes.signatures import (
    Signature,
    Signatures,
    no_signature,
    outside,
    signature_of,
)
from blocklint.analysis.shapes.spoken import speaks_of

__all__ = [
    "Meeting",
    "Meets",
    "Scrambled",
    "Shape",
    "Shapes",
    "Side",
    "Signature",
    "Signatures",
    "no_signature",
    "outside",
    "scrambled",
    "signature_of",
    "sizes_of",
    "speaks_of",
]
