"""What a name in a file means: where it is bound, through imports of other files."""

from collections.abc import Iterable, Iterator

from blocklint.engine.reach.survey import Import, Survey
from blocklint.engine.reach.units import Ref

Name = tuple[str, str]  # a file, by its key, and a name that is bound at its top
STAR = "*"
MODULE = ""  # the name of a file itself


class Names:
    """The names of some files, by where they are bound."""

    def __init__(self, surveys: Iterable[Survey]) -> None:
        self._files = {survey.key: survey for survey in surveys}
        self._imports = {
            key: _by_name(survey.imports) for key, survey in self._files.items()
        }
        self._bound = {key: _bound(survey) for key, survey in self._files.items()}
        self._modules: dict[str, list[tuple[list[str], str]]] = {}
        for key in self._files:
            parts = _parts(key)
            self._modules.setdefault(parts[-1] if parts else "", []).append(
                (parts, key)
            )
        self._known: dict[tuple[str, str], frozenset[Name]] = {}
        self._found: dict[tuple[str, str, int], tuple[str, ...]] = {}

    def meant(self, key: str, ref: Ref) -> Iterator[Name]:
        """What a reference in a file may mean, and all that it is imported through."""
        owner, attribute = ref
        if owner not in self._bound[key] and STAR not in self._imports[key]:
            return
        for name in self.meaning((key, owner)):
            yield name
            if attribute and name[1] == MODULE:
                yield from self.meaning((name[0], attribute))

    def meaning(self, name: Name) -> frozenset[Name]:
        """A name, those that it is imported from, and the file if it is a module."""
        if name not in self._known:
            self._known[name] = frozenset()  # If imports go round in a circle.
            own = [name] if name[1] in self._bound.get(name[0], ()) else []
            self._known[name] = frozenset([*own, *self._sources(name)])
        return self._known[name]

    def _sources(self, name: Name) -> Iterator[Name]:
        key, bound = name
        imports = self._imports.get(key, {})
        for each in imports.get(bound, ()):
            yield from self._imported(key, each)
        if bound in self._bound.get(key, ()):
            return
        for star in imports.get(STAR, ()):
            for home in self._homes(key, star.module, star.level):
                if found := self.meaning((home, bound)):
                    yield key, STAR
                    yield from found

    def _imported(self, key: str, each: Import) -> Iterator[Name]:
        if each.name is None:
            # `import a.b` binds `a`, and what is read of it is read of `a.b` mostly.
            for home in self._homes(key, each.module, 0):
                yield home, MODULE
            return
        for home in self._homes(key, each.module, each.level):
            yield from self.meaning((home, each.name))
        inner = f"{each.module}.{each.name}" if each.module else each.name
        for home in self._homes(key, inner, each.level):
            yield home, MODULE

    def _homes(self, key: str, module: str, level: int) -> tuple[str, ...]:
        """The files that an import may mean, by the end of their paths."""
        folder = key.rpartition("/")[0] if level else ""
        asked = folder, module, level
        if asked not in self._found:
            self._found[asked] = tuple(self._search(folder, module, level))
        return self._found[asked]

    def _search(self, folder: str, module: str, level: int) -> Iterator[str]:
        wanted = module.split(".") if module else []
        if level:
            above = folder.split("/") if folder else []
            wanted = above[: max(len(above) - level + 1, 0)] + wanted
        last = wanted[-1] if wanted else ""
        for parts, key in self._modules.get(last, ()):
            if level:
                fits = parts == wanted
            else:
                shared = min(len(parts), len(wanted))
                fits = parts[-shared:] == wanted[-shared:]
            if fits:
                yield key


def _parts(key: str) -> list[str]:
    """The parts of the dotted name of a file, as seen from the top folder."""
    *folders, name = key.split("/")
    stem = name.partition(".")[0]
    return folders if stem == "__init__" else [*folders, stem]


def _bound(survey: Survey) -> frozenset[str]:
    """What a file binds, or did before it changed."""
    units = {unit.binds for unit in survey.units}
    return survey.edited.names | units | {each.binds for each in survey.imports}


def _by_name(imports: Iterable[Import]) -> dict[str, list[Import]]:
    found: dict[str, list[Import]] = {}
    for each in imports:
        name = STAR if each.name == STAR else each.binds
        found.setdefault(name, []).append(each)
    return found
