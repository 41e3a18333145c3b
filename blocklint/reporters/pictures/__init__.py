"""Blocks as they are drawn on a whiteboard: streams as lines, branches beside them."""

from blocklint.reporters.pictures.picture import Picture, picture_of

__all__ = ["Picture", "picture_of"]
