"""Which files import a file: the way back from a class to the code that uses it."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import field
from pathlib import Path

from blocklint.frontends.static.files import Disk, Files
from blocklint.frozen import dataclass
from blocklint.regex import Regex

_IMPORT = Regex(
    r"[ \t]*(?:from[ \t]+(?P<module>[.\w]+)[ \t]+)?import[ \t]+"
    r"(?P<names>\([^)]*\)|[^\n\\]*(?:\\\n[^\n\\]*)*)"
)
_WORD = Regex(r"\w+")


def imported_in(text: str) -> frozenset[str]:
    """The names that a file imports, and the last parts of the modules' names."""
    found: set[str] = set()
    end, at = 0, text.find("import")
    while at >= 0:
        statement = _IMPORT.match(text, max(end, text.rfind("\n", 0, at) + 1))
        if statement is not None:
            found.update(_WORD.compiled.findall(statement["names"]))
            found.update(_WORD.compiled.findall(statement["module"] or "")[-1:])
        end = statement.end() if statement is not None else at + len("import")
        at = text.find("import", end)
    return frozenset(found)


@dataclass
class Importers:
    """The import statements of whole packages, by the words in them.

    A file outside of any package is imported by its neighbours, in its own folder and
    in the one above. `words_of` says what a file imports, if it is known.
    """

    files: Files = field(default_factory=Disk)
    words_of: Callable[[str], frozenset[str]] | None = None
    _known: dict[Path, dict[str, list[str]]] = field(default_factory=dict)

    def of(self, path: Path, root: Path, names: Iterable[str]) -> list[str]:
        """The files that import this one, or something of one of these names."""
        words = {*names, path.parent.name if path.stem == "__init__" else path.stem}
        index = self.index(path, root)
        found = {other for word in words for other in index.get(word, ())}
        return sorted(found - {str(path)}, key=_parts)

    def index(self, path: Path, root: Path) -> dict[str, list[str]]:
        """The files around one by the words of their imports, worked out once."""
        parts = path.relative_to(root).parts
        top = root / parts[0] if len(parts) > 1 else path.parent
        if top not in self._known:
            index: dict[str, list[str]] = {}
            for other in map(str, self._around(top, len(parts) > 1)):
                for word in self._words(other):
                    index.setdefault(word, []).append(other)
            self._known[top] = index
        return self._known[top]

    def _words(self, path: str) -> frozenset[str]:
        if self.words_of is not None:
            return self.words_of(path)
        return imported_in(self.files.text(Path(path)))

    def _around(self, top: Path, is_package: bool) -> Iterator[Path]:
        yield from self.files.below(top, deep=is_package)
        if not is_package:
            yield from self.files.below(top.parent, deep=False)


def _parts(path: str) -> list[str]:
    """Puts the files of a folder before those of the next one."""
    return path.split(os.sep)
