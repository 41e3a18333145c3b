"""What the reading of a file has looked at: the ground that its findings stand on."""

import os
from collections.abc import Callable
from dataclasses import field
from pathlib import Path

from blocklint.frozen import dataclass

MARKER = "__init__.py"  # of a package


@dataclass(frozen=True)
class Query:
    """The question which files import one, or something of some names, and the answer.

    `root` is the folder that holds the top package of the file.
    """

    path: str
    root: str
    names: tuple[str, ...]
    answer: tuple[str, ...]


@dataclass(frozen=True)
class Ground:
    """All that a result depends on, by absolute paths.

    `files` are those that were read, the file itself first; `missing` were looked for
    in vain; of `packages` it matters only that they are there, for they say which
    folder an import begins in; `queries` were asked about importers.
    """

    files: tuple[str, ...]
    missing: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    queries: tuple[Query, ...] = ()


@dataclass
class Lookups:
    """Where the code of each file led to, as far as anybody followed it.

    What is worked out once is used many times, so it is kept by file and not by who
    asked: the ground of a file is all that can be reached from it. That is more than
    was needed at times, and never less. `has` says which files there are. All paths
    are absolute, and plain texts: thousands are looked up for each file.
    """

    has: Callable[[Path], bool] = Path.exists
    _followed: dict[str, dict[str, None]] = field(default_factory=dict)
    _missing: set[str] = field(default_factory=set)
    _asked: dict[str, Query] = field(default_factory=dict)
    _roots: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    _folders: dict[str, str] = field(default_factory=dict)

    def follow(self, file: str, tried: str) -> None:
        """Note that an import in a file was looked for in a place."""
        self._followed.setdefault(file, {})[tried] = None

    def miss(self, path: str) -> None:
        """Note that there is no such file."""
        self._missing.add(path)

    def ask(self, file: str, root: str, names: set[str], found: list[str]) -> None:
        """Note that somebody asked who imports a file, and what came of it."""
        wanted = tuple(sorted(names))
        self._asked[file] = Query(file, root, wanted, tuple(found))

    def root(self, path: str) -> str:
        """The folder that holds the top package of a file."""
        return self._rooted(self._folder(path))[0]

    def ground(self, file: str) -> Ground:
        """What the result of a file depends on, as far as it was followed by now."""
        reached = self._reached(file)
        queries = tuple(self._asked[path] for path in reached if path in self._asked)
        there = [path for path in reached if path not in self._missing]
        missing = [path for path in reached if path in self._missing]
        packages: dict[str, None] = {}
        for folder in dict.fromkeys(map(self._folder, there)):
            root, found = self._rooted(folder)
            packages.update(dict.fromkeys(found))
            missing.append(os.path.join(root, MARKER))
        others = (path for query in queries for path in query.answer)
        files = tuple(dict.fromkeys([*there, *others]))
        return Ground(files, tuple(dict.fromkeys(missing)), tuple(packages), queries)

    def _reached(self, file: str) -> dict[str, None]:
        reached = dict.fromkeys([file])
        pending = [file]
        while pending:
            for other in self._followed.get(pending.pop(), ()):
                if other not in reached:
                    reached[other] = None
                    pending.append(other)
        return reached

    def _folder(self, path: str) -> str:
        if path not in self._folders:
            self._folders[path] = os.path.dirname(path)
        return self._folders[path]

    def _rooted(self, folder: str) -> tuple[str, tuple[str, ...]]:
        """The folder above all packages that a folder is in, and what makes them so."""
        if folder not in self._roots:
            marker, above = os.path.join(folder, MARKER), os.path.dirname(folder)
            if self.has(Path(marker)) and above != folder:
                root, found = self._rooted(above)
                self._roots[folder] = root, (marker, *found)
            else:
                self._roots[folder] = folder, ()
        return self._roots[folder]
