"""Jupyter notebooks: bytes in, Python text and a map of its lines to cells out.

And back: a notebook with other text in some cells differs from the old one there and
nowhere else. Nothing here reads a file.
"""

from blocklint.notebook.document import Damaged, Document, Written, document
from blocklint.notebook.joined import Cell, Cells, Fault, Joined, joined
from blocklint.notebook.rewrite import rewritten

SUFFIX = ".ipynb"

__all__ = [
    "SUFFIX",
    "Cell",
    "Cells",
    "Damaged",
    "Document",
    "Fault",
    "Joined",
    "Written",
    "document",
    "is_notebook",
    "joined",
    "rewritten",
]


def is_notebook(name: str) -> bool:
    """Whether a file is a notebook, by its name."""
    return name.endswith(SUFFIX)
