"""What git ignores: the .gitignore files between a file and the root of its repository.

Nothing is ignored outside of a repository. As in git, the nearest file that speaks of a
path decides, the last of its lines that matches wins, and nothing brings back what is
in an ignored folder.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern


@dataclass(frozen=True)
class _Level:
    """The patterns of one file, seen from the folder `root`."""

    root: Path
    file: Path

    @cached_property
    def spec(self) -> "GitIgnoreSpec":
        # Only now: most searches meet no such file, and the import takes 9 ms.
        from pathspec import GitIgnoreSpec  # noqa: PLC0415

        text = self.file.read_text("utf-8-sig", errors="surrogateescape")
        lines = (line.removesuffix("\r") for line in text.split("\n"))
        return GitIgnoreSpec(pattern for line in lines for pattern in _pattern(line))

    def says(self, path: Path, is_folder: bool) -> bool | None:
        """Whether a path is ignored; None if no pattern speaks of it."""
        below = path.relative_to(self.root).as_posix()
        return self.spec.check_file(f"{below}/" if is_folder else below).include


class GitIgnore:
    """What git ignores of the folders that are asked about; each file is read once."""

    def __init__(self) -> None:
        self._levels: dict[Path, tuple[_Level, ...] | None] = {}

    def ignores(
        self, path: str | Path, is_folder: bool, since: Path | None = None
    ) -> bool:
        """Whether a file or a folder is ignored, by its own name.

        Where `since` is given, the files above that folder have no say.
        """
        whole = Path(os.path.abspath(path))
        for level in self._of(whole.parent) or ():
            if since is None or level.root.is_relative_to(since):
                said = level.says(whole, is_folder)
                if said is not None:
                    return said
        return False

    def ignores_within(self, path: str | Path, is_folder: bool) -> bool:
        """Whether a path is ignored, or lies in a folder that is."""
        whole = Path(os.path.abspath(path))
        if self._of(whole.parent) is None:
            return False
        while not self.ignores(whole, is_folder):
            if _is_root(whole.parent):
                return False
            whole, is_folder = whole.parent, True
        return True

    def _of(self, folder: Path) -> tuple[_Level, ...] | None:
        """What speaks of the files in a folder, the nearest first; None without git."""
        if folder not in self._levels:
            self._levels[folder] = self._found(folder)
        return self._levels[folder]

    def _found(self, folder: Path) -> tuple[_Level, ...] | None:
        if _is_root(folder):
            above = _readable(folder, folder / ".git" / "info" / "exclude")
        elif folder == folder.parent:
            return None
        else:
            found = self._of(folder.parent)
            if found is None:
                return None
            above = found
        return (*_readable(folder, folder / ".gitignore"), *above)


def _is_root(folder: Path) -> bool:
    """Whether a folder is the root of a repository; `.git` may be a file, too."""
    return os.path.lexists(folder / ".git")


def _readable(root: Path, file: Path) -> tuple[_Level, ...]:
    usable = file.is_file() and os.access(file, os.R_OK)
    return (_Level(root, file),) if usable else ()


def _pattern(line: str) -> "Iterator[GitIgnoreSpecPattern]":
    """The pattern of a line; none where the line holds none, or none that is valid."""
    from pathspec.patterns.gitignore.spec import (  # noqa: PLC0415
        GitIgnoreSpecPattern,
    )

    try:
        pattern = GitIgnoreSpecPattern(line)
    except (ValueError, re.error):
        return  # Git passes over such a line as well.
    if pattern.include is not None:
        yield pattern
