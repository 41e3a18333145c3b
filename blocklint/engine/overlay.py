"""A file with another text among its real neighbours, while it is run.

The user's folders are not written to: a folder of links stands in for them.
"""

import ast
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def standing_in(path: Path, data: bytes) -> Iterator[Path]:
    """A copy of a file's surroundings in which it holds this data; gone afterwards.

    Its packages are the same by name, and all beside it are links. Raises OSError
    where links cannot be made.
    """
    real = Path(os.path.realpath(path))
    parts = _packages(real)
    with tempfile.TemporaryDirectory(prefix="blocklint-") as folder:
        there = real.parents[len(parts)]
        here = Path(folder, there.name or "root")  # `site-packages` has a meaning
        here.mkdir()
        for name in (*parts, None):
            _link_all(there, here, leave_out=name or real.name)
            if name is not None:
                here, there = here / name, there / name
                here.mkdir()
        made = here / real.name
        made.write_bytes(data)
        yield made


def _link_all(there: Path, here: Path, leave_out: str) -> None:
    for entry in os.scandir(there):
        if entry.name not in (leave_out, "__pycache__"):
            os.symlink(entry.path, here / entry.name)


def _packages(path: Path) -> list[str]:
    """The packages that a file is in, the outermost first."""
    found: list[str] = []
    least, folder = _levels(path), path.parent
    while folder != folder.parent and (
        (folder / "__init__.py").is_file() or len(found) + 1 < least
    ):
        found.insert(0, folder.name)
        folder = folder.parent
    return found


def _levels(path: Path) -> int:
    """How many folders up its relative imports reach; one is its own."""
    tree = ast.parse(path.read_bytes())
    levels = (n.level for n in ast.walk(tree) if isinstance(n, ast.ImportFrom))
    return max(levels, default=0) + 1
