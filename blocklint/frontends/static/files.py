"""Where the files of a project come from: the disk, or texts that are at hand."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from blocklint.frozen import dataclass
from blocklint.text import Broken

if TYPE_CHECKING:
    from blocklint.source import Source


class Files(Protocol):
    """Files by their absolute paths."""

    def has(self, path: Path) -> bool:
        """Whether there is such a file."""

    def open(self, path: Path, name: str) -> "Source | None":
        """A file to import from, under a name; None if it is not there, or is none."""

    def text(self, path: Path) -> str:
        """The text of a file, as far as it can be read."""

    def below(self, folder: Path, deep: bool) -> Iterator[Path]:
        """The Python files in a folder, or at any depth below it."""


@dataclass(frozen=True)
class Disk:
    """The files on the disk; a draft, by its real path, is read in place of one."""

    drafts: Mapping[str, bytes] = field(default_factory=dict)

    def has(self, path: Path) -> bool:
        """Whether there is such a file, or a draft of it."""
        return path.exists() or self._draft(path) is not None

    def open(self, path: Path, name: str) -> "Source | None":
        """The draft of a file, else what is on the disk."""
        draft = self._draft(path)
        if draft is None and not path.is_file():
            return None
        from blocklint.source import decode, read

        if draft is None:
            found = read(path, name, imported=True)
        else:
            found = decode(draft, name, imported=True)
        return None if isinstance(found, Broken) else found

    def text(self, path: Path) -> str:
        """The text of a file, nothing where it cannot be read."""
        draft = self._draft(path)
        try:
            data = path.read_bytes() if draft is None else draft
        except OSError:
            return ""
        text = data.decode("utf-8", errors="replace")
        return text.replace("\r\n", "\n") if b"\r" in data else text

    def below(self, folder: Path, deep: bool) -> Iterator[Path]:
        """The Python files of a folder, in order."""
        for where, folders, names in os.walk(folder):
            if not deep:
                folders.clear()
            folders.sort()
            for name in sorted(names):
                if name.endswith(".py"):
                    yield Path(where, name)

    def _draft(self, path: Path) -> bytes | None:
        return self.drafts.get(os.path.realpath(path)) if self.drafts else None


@dataclass(frozen=True)
class Held:
    """Files of which each is read and outlined once, for several who read it."""

    files: Files
    _opened: dict[Path, "Source | None"] = field(default_factory=dict, repr=False)

    def has(self, path: Path) -> bool:
        """Whether there is such a file."""
        return self.files.has(path)

    def open(self, path: Path, name: str) -> "Source | None":
        """A file as Python source, under the name that it was first asked for by."""
        if path not in self._opened:
            self._opened[path] = self.files.open(path, name)
        return self._opened[path]

    def text(self, path: Path) -> str:
        """The text of a file, as far as it can be read."""
        return self.files.text(path)

    def below(self, folder: Path, deep: bool) -> Iterator[Path]:
        """The Python files in a folder, or at any depth below it."""
        return self.files.below(folder, deep)


@dataclass(frozen=True)
class Texts:
    """The texts that somebody hands over, and nothing beside them."""

    given: Mapping[Path, str] = field(default_factory=dict)

    def has(self, path: Path) -> bool:
        """Whether this text was handed over."""
        return path in self.given

    def open(self, path: Path, name: str) -> "Source | None":
        """A text as Python source."""
        from blocklint.source import source_of

        if path not in self.given:
            return None
        found = source_of(self.given[path], name, imported=True)
        return None if isinstance(found, Broken) else found

    def text(self, path: Path) -> str:
        """The text itself."""
        return self.given.get(path, "")

    def below(self, folder: Path, deep: bool) -> Iterator[Path]:
        """The texts whose paths lie in a folder, in order."""
        for path in sorted(self.given):
            inside = folder in path.parents if deep else folder == path.parent
            if inside and path.suffix == ".py":
                yield path
