"""What the reading of a file has looked at: the ground that its findings stand on."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path


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
    was needed at times, and never less. `has` says which files there are.
    """

    has: Callable[[Path], bool] = Path.exists
    _followed: dict[Path, dict[Path, None]] = field(default_factory=dict)
    _missing: set[Path] = field(default_factory=set)
    _asked: dict[Path, Query] = field(default_factory=dict)
    _roots: dict[Path, tuple[Path, tuple[Path, ...]]] = field(default_factory=dict)

    def follow(self, file: Path, tried: Path) -> None:
        """Note that an import in a file was looked for in a place."""
        self._followed.setdefault(file, {})[tried] = None

    def miss(self, path: Path) -> None:
        """Note that there is no such file."""
        self._missing.add(path)

    def ask(self, file: Path, root: Path, names: set[str], found: list[str]) -> None:
        """Note that somebody asked who imports a file, and what came of it."""
        wanted = tuple(sorted(names))
        self._asked[file] = Query(str(file), str(root), wanted, tuple(found))

    def root(self, path: Path) -> Path:
        """The folder that holds the top package of a file."""
        return self._rooted(path.parent)[0]

    def ground(self, file: Path) -> Ground:
        """What the result of a file depends on, as far as it was followed by now."""
        reached = dict.fromkeys([file])
        pending = [file]
        while pending:
            more = self._followed.get(pending.pop(), {}).keys() - reached.keys()
            reached.update(dict.fromkeys(more))
            pending += more
        queries = tuple(self._asked[path] for path in reached if path in self._asked)
        there = [path for path in reached if path not in self._missing]
        missing = [path for path in reached if path in self._missing]
        packages: dict[Path, None] = {}
        for folder in dict.fromkeys(path.parent for path in there):
            root, found = self._rooted(folder)
            packages.update(dict.fromkeys(found))
            missing.append(root / "__init__.py")
        others = (path for query in queries for path in query.answer)
        files = dict.fromkeys([*map(str, there), *others])
        return Ground(tuple(files), _texts(missing), _texts(packages), queries)

    def _rooted(self, folder: Path) -> tuple[Path, tuple[Path, ...]]:
        """The folder above all packages that a folder is in, and what makes them so."""
        if folder not in self._roots:
            marker = folder / "__init__.py"
            if self.has(marker) and folder.parent != folder:
                root, found = self._rooted(folder.parent)
                self._roots[folder] = root, (marker, *found)
            else:
                self._roots[folder] = folder, ()
        return self._roots[folder]


def _texts(paths: Iterable[Path]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(str, paths)))
