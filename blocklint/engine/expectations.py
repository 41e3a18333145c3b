"""What a project expects of its blocks, by the file that each of them stands in."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from blocklint.frozen import dataclass

if TYPE_CHECKING:  # most projects expect nothing
    from blocklint.analysis.expectation import Expectation

Told = Mapping[str, tuple["Expectation", ...]]
NOTHING: Told = MappingProxyType({})


@dataclass(frozen=True)
class Entry:
    """A class that something is expected of: `where` is a file or a module."""

    where: str
    name: str
    said: "Expectation"


@dataclass(frozen=True, eq=False)
class Expected:
    """All that one config expects, seen from the folder `root`.

    `file` holds what blocklint wrote down, seen from its own folder.
    """

    entries: tuple[Entry, ...] = ()
    root: Path = Path()
    file: Path | None = None


class Expectations:
    """What is expected of the blocks of each file, looked up once for each config.

    Raises BadRequest for a file of expectations that is missing or damaged.
    """

    def __init__(self) -> None:
        self._known: dict[int, tuple[Expected, _ByFile]] = {}

    def of(self, expected: Expected, path: str) -> Told:
        """What a config expects of the blocks of a file, by their names."""
        if not expected.entries and expected.file is None:
            return NOTHING
        found = self._by_file(expected).get(os.path.realpath(path), {})
        return {name: tuple(said) for name, said in found.items()}

    def missing(self, expected: Expected) -> Iterator[tuple[str, str, "Expectation"]]:
        """The files that are not there any more, with what is expected of a class."""
        for path, by_name in self._by_file(expected).items():
            if not os.path.lexists(path):
                for name, (said, *_) in by_name.items():
                    if not said.of_run:
                        yield path, name, said

    def _by_file(self, expected: Expected) -> "_ByFile":
        if id(expected) not in self._known:
            found: _ByFile = {}
            for path, name, said in _placed(expected):
                found.setdefault(path, {}).setdefault(name, []).append(said)
            self._known[id(expected)] = expected, found
        return self._known[id(expected)][1]


_ByFile = dict[str, dict[str, list["Expectation"]]]


def _placed(expected: Expected) -> Iterator[tuple[str, str, "Expectation"]]:
    """Each expectation with the real path of its file, and its class."""
    for entry in expected.entries:
        path = find_file(entry.where, expected.root)
        if path is not None or not entry.said.of_run:
            # A module that is nowhere is missed where its file would be.
            away = expected.root.joinpath(*entry.where.split(".")).with_suffix(".py")
            yield os.path.realpath(path or away), entry.name, entry.said
    if expected.file is not None:
        from blocklint.engine.frozen import read_frozen

        for (where, name), said in read_frozen(expected.file).entries:
            yield os.path.realpath(expected.file.parent / where), name, said


def find_file(where: str, root: Path) -> Path | None:
    """The file that a target names, as far as it can be found below a folder."""
    from blocklint.engine.target_names import is_file

    return root / where if is_file(where) else find_module(where, root)


def find_module(name: str, folder: Path) -> Path | None:
    """The file of a module below a folder or its `src`; nothing is imported."""
    parts = name.split(".")
    if not all(part.isidentifier() for part in parts):
        return None
    for root in (folder, folder / "src"):
        path = root.joinpath(*parts)
        for found in (path.with_suffix(".py"), path / "__init__.py"):
            if found.is_file():
                return found
    return None
