"""Which files import a file: the way back from a class to the code that uses it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from blocklint.frontends.static.files import Disk, Files

_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+(?P<module>[.\w]+)[ \t]+)?import[ \t]+"
    r"(?P<names>\([^)]*\)|(?:[^\n\\]|\\\n)*)",
    re.MULTILINE,
)
_WORD = re.compile(r"\w+")


@dataclass
class Importers:
    """The import statements of whole packages, by the words in them.

    A file outside of any package is imported by its neighbours, in its own folder and
    in the one above.
    """

    files: Files = field(default_factory=Disk)
    _known: dict[Path, dict[str, list[Path]]] = field(default_factory=dict)

    def of(self, path: Path, root: Path, names: Iterable[str]) -> list[Path]:
        """The files that import this one, or something of one of these names."""
        words = {*names, path.parent.name if path.stem == "__init__" else path.stem}
        index = self._index(path, root)
        found = {other for word in words for other in index.get(word, ())}
        return sorted(found - {path})

    def _index(self, path: Path, root: Path) -> dict[str, list[Path]]:
        parts = path.relative_to(root).parts
        top = root / parts[0] if len(parts) > 1 else path.parent
        if top not in self._known:
            index: dict[str, list[Path]] = {}
            for other in self._around(top, len(parts) > 1):
                for word in _imported(self.files.text(other)):
                    index.setdefault(word, []).append(other)
            self._known[top] = index
        return self._known[top]

    def _around(self, top: Path, is_package: bool) -> Iterator[Path]:
        yield from self.files.below(top, deep=is_package)
        if not is_package:
            yield from self.files.below(top.parent, deep=False)


def _imported(text: str) -> set[str]:
    """The names that a file imports, and the last parts of the modules' names."""
    found: set[str] = set()
    for statement in _IMPORT.finditer(text):
        found.update(_WORD.findall(statement["names"]))
        found.update(_WORD.findall(statement["module"] or "")[-1:])
    return found
