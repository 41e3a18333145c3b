"""Jupyter notebooks: bytes in, Python text and a map of its lines to cells out.

And back: a notebook with other text in some cells differs from the old one there and
nowhere else. Nothing here reads a file.
"""

SUFFIX = ".ipynb"


def is_notebook(name: str) -> bool:
    """Whether a file is a notebook, by its name."""
    return name.endswith(SUFFIX)
