"""File patterns, as gitignore and ruff read them in their common part."""

import os
import re
from fnmatch import translate
from functools import cache
from pathlib import Path, PurePosixPath

from blocklint.frozen import dataclass


@dataclass(frozen=True)
class Pattern:
    """A glob, with the folder that it is relative to.

    A pattern without a slash matches the name of a file or of any folder above it; one
    with a slash matches the path below its root, or the path of a folder above it.
    `inverted` says that the config means the files that it does not match.
    """

    text: str
    root: Path
    inverted: bool = False

    def matches(self, path: str | Path) -> bool:
        """Whether the file, or a folder that it lies in, is meant."""
        below = _below(path, self.root)
        if below is None:
            return False
        text = self.text.strip("/").removeprefix("./")
        if "/" not in self.text.rstrip("/"):
            return any(_globs(text, part) for part in below.parts)
        return any(_globs(text, str(above)) for above in (below, *below.parents))


def _below(path: str | Path, root: Path) -> PurePosixPath | None:
    absolute = Path(os.path.abspath(path))
    if not absolute.is_relative_to(root):
        return None
    return PurePosixPath(absolute.relative_to(root).as_posix())


def _globs(text: str, name: str) -> bool:
    return bool(_compiled(text).match(name))


@cache
def _compiled(text: str) -> re.Pattern[str]:
    # A leading or inner `**/` also stands for no folder at all.
    choices = {text, text.removeprefix("**/"), text.replace("/**/", "/")}
    return re.compile("|".join(translate(choice) for choice in sorted(choices)))
