"""What git ignores: the .gitignore files between a file and the root of its repository.

Nothing is ignored outside of a repository. As in git, the nearest file that speaks of a
path decides, the last of its lines that matches wins, and nothing brings back what is
in an ignored folder.
"""

import os
import re
from collections.abc import Callable
from itertools import groupby
from pathlib import Path

from blocklint.frozen import dataclass
from blocklint.lazy import cached_property


@dataclass(frozen=True)
class _Line:
    """One line of a .gitignore, or several alike that follow each other.

    `ignores` is false where it begins with `!`. Its pattern is for a path whose end, of
    a folder, is a slash if `marked`.
    """

    ignores: bool
    marked: bool
    pattern: str

    @cached_property
    def matches(self) -> Callable[[str], object]:
        """Whether a path is meant, by itself and not by a folder that it lies in."""
        return re.compile(self.pattern).search


@dataclass(frozen=True)
class _Level:
    """The patterns of one file, seen from the folder `root`."""

    root: Path
    file: Path

    @cached_property
    def lines(self) -> tuple[_Line, ...]:
        """What the lines say, the last first."""
        text = self.file.read_text("utf-8-sig", errors="surrogateescape")
        lines = [line.removesuffix("\r") for line in text.split("\n")]
        found = [read for line in reversed(lines) if (read := _read(line))]
        return tuple(
            _Line(*kind, "|".join(f"(?:{line.pattern})" for line in alike))
            for kind, alike in groupby(found, lambda line: (line.ignores, line.marked))
        )

    @cached_property
    def _above(self) -> int:
        return len(self.root.as_posix().rstrip("/")) + 1

    def says(self, path: str, is_folder: bool) -> bool | None:
        """Whether a path is ignored; None if no pattern speaks of it."""
        below = path[self._above :]
        marked = f"{below}/" if is_folder else below
        for line in self.lines:
            if line.matches(marked if line.marked else below):
                return line.ignores
        return None


class GitIgnore:
    """What git ignores of the folders that are asked about; each file is read once."""

    def __init__(self) -> None:
        self._levels: dict[str, tuple[_Level, ...] | None] = {}

    def ignores(self, path: str | Path, is_folder: bool) -> bool:
        """Whether a file or a folder is ignored, by its own name."""
        whole = os.path.abspath(path)
        slashed = whole.replace(os.sep, "/")
        for level in self._of(os.path.dirname(whole)) or ():
            answer = level.says(slashed, is_folder)
            if answer is not None:
                return answer
        return False

    def ignores_within(self, path: str | Path, is_folder: bool) -> bool:
        """Whether a path is ignored, or lies in a folder that is."""
        whole = os.path.abspath(path)
        if self._of(os.path.dirname(whole)) is None:
            return False
        while not self.ignores(whole, is_folder):
            whole, is_folder = os.path.dirname(whole), True
            if _is_root(Path(whole)):
                return False
        return True

    def _of(self, folder: str) -> tuple[_Level, ...] | None:
        """What speaks of the files in a folder, the nearest first; None without git."""
        if folder not in self._levels:
            self._levels[folder] = self._found(folder)
        return self._levels[folder]

    def _found(self, folder: str) -> tuple[_Level, ...] | None:
        root, parent = Path(folder), os.path.dirname(folder)
        if _is_root(root):
            above = _readable(root, root / ".git" / "info" / "exclude")
        elif folder == parent:
            return None
        else:
            found = self._of(parent)
            if found is None:
                return None
            above = found
        return (*_readable(root, root / ".gitignore"), *above)


def _is_root(folder: Path) -> bool:
    """Whether a folder is the root of a repository; `.git` may be a file, too."""
    return os.path.lexists(folder / ".git")


def _readable(root: Path, file: Path) -> tuple[_Level, ...]:
    usable = file.is_file() and os.access(file, os.R_OK)
    return (_Level(root, file),) if usable else ()


def _read(line: str) -> _Line | None:
    """The pattern of a line; None where it holds none, or none that is valid."""
    # Only now: most searches meet no such file, and the import takes 9 ms.
    from pathspec.patterns.gitignore.spec import (  # noqa: PLC0415
        GitIgnoreSpecPattern,
    )

    if not line.strip().removeprefix("!").strip("/"):
        return None
    try:
        pattern = GitIgnoreSpecPattern(line)
    except (ValueError, re.error):
        return None  # Git passes over such a line as well.
    if pattern.include is None or pattern.regex is None:
        return None
    text = pattern.regex.pattern
    if not pattern.regex.groupindex:
        return _Line(pattern.include, marked=False, pattern=text)
    # The group is the slash behind a folder, and lets what lies in it match as well. A
    # search from above never comes there: it asks of each name by itself.
    unnamed = re.sub(r"\(\?P<\w+>", "(?:", text)
    return _Line(pattern.include, marked=True, pattern=rf"(?:{unnamed})\Z")
