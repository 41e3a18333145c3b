"""The files of a commit, for the static front-end to read as if they were there."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path

from blocklint.frozen import dataclass
from blocklint.source import Broken, Source, decode


@dataclass(frozen=True)
class Snapshot:
    """Python files by their absolute paths, and nothing beside them."""

    given: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    def has(self, path: Path) -> bool:
        """Whether the commit has this file."""
        return os.path.abspath(path) in self.given

    def open(self, path: Path, name: str) -> Source | None:
        """A file as Python source; None if it is not there, or is none."""
        data = self.given.get(os.path.abspath(path))
        found = decode(data, name) if data is not None else None
        return None if isinstance(found, Broken) else found

    def text(self, path: Path) -> str:
        """The text of a file, nothing where there is none."""
        data = self.given.get(os.path.abspath(path), b"")
        return data.decode("utf-8", errors="replace").replace("\r\n", "\n")

    def below(self, folder: Path, deep: bool) -> Iterator[Path]:
        """The Python files of a folder, in order."""
        for path in map(Path, sorted(self.given)):
            inside = folder in path.parents if deep else folder == path.parent
            if inside and path.suffix == ".py":
                yield path
