"""Which file a name comes from: imports followed inside the project, never outside."""

import os
from collections.abc import Callable, Iterator
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from blocklint import cst
from blocklint.frontends.static.files import Disk, Files
from blocklint.frontends.static.importers import Importers
from blocklint.frontends.static.lookups import MARKER, Ground, Lookups
from blocklint.frontends.static.paths import stems
from blocklint.frontends.static.values import Class, External, Function, Imported
from blocklint.frozen import dataclass
from blocklint.lazy import cached_property
from blocklint.regex import Regex
from blocklint.source import Chunk, Source
from blocklint.trees import full_name

if TYPE_CHECKING:
    from blocklint.frontends.static.annotations import Hint
    from blocklint.frontends.static.library import Library

Definition = Class | Function | External | Imported | tuple[cst.BaseExpression, Chunk]


@dataclass(eq=False)
class File:
    """A file of the project and the names that it defines."""

    source: Source
    project: "Project"
    is_stock: bool = False  # our own description of torch's layers
    _known: dict[str, Definition | None] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """The file, as it was named to us."""
        return self.source.path

    def lookup(self, name: str) -> Definition | None:
        """What a top-level name stands for; None if the file does not define it.

        In a package, a file below it comes before what stars may bring: one that
        imports all of its parts so would have to be read as a whole.
        """
        if name not in self._known:
            self._known[name] = None  # An import that comes back to us ends here.
            self._known[name] = (
                self._find(name)
                or self.project.submodule(self, name)
                or self._from_stars(name)
            )
        return self._known[name]

    @cached_property
    def where(self) -> str:
        """Its absolute path."""
        return str(Path(self.path).absolute())

    @cached_property
    def classes(self) -> list[Class]:
        """The top-level classes that have a method `forward`, or may inherit one."""
        found = [
            definition
            for chunk in self.source.outline
            if chunk.header is not None
            for name in sorted(chunk.names)
            if isinstance(definition := self.lookup(name), Class)
            and definition.chunk is chunk
        ]
        return found

    def _find(self, name: str) -> Definition | None:
        for chunk in self._binding.get(name, ()):
            if chunk.is_lost:
                return External(name)
            if chunk.header is not None:
                return Class(name, chunk, self)
            for found in _definitions(chunk.tree.body, name):
                if definition := self._define(found, name, chunk):
                    if isinstance(definition, Function):
                        return self._vectorised(name, chunk) or definition
                    return definition
        return None

    def _vectorised(self, name: str, chunk: Chunk) -> Definition | None:
        """`f = torch.vmap(f)`: a function for more axes than it is written for."""
        later = [c for c in self.source.outline if name in c.names and c is not chunk]
        return External("torch.vmap") if any("vmap" in c.text for c in later) else None

    def _define(self, found: cst.CSTNode, name: str, chunk: Chunk) -> Definition | None:
        match found:
            case cst.ClassDef():
                return Class(name, chunk, self)
            case cst.FunctionDef():
                return Function(name, found, chunk, self)
            case cst.Import():
                return self._imported(found, name)
            case cst.ImportFrom():
                return self._imported_from(found, name)
            case cst.BaseExpression():
                return found, chunk
        return None

    def _imported(self, statement: cst.Import, name: str) -> Definition | None:
        for alias in statement.names:
            full = full_name(alias.name) or ""
            if alias.asname and _bound_name(alias) == name:
                return self.project.module(self, full, 0)
            if not alias.asname and full.split(".")[0] == name:
                return self.project.module(self, name, 0)
        return None

    def _imported_from(self, statement: cst.ImportFrom, name: str) -> Definition | None:
        if isinstance(statement.names, cst.ImportStar):
            return None
        for alias in statement.names:
            if _bound_name(alias) == name:
                wanted = full_name(alias.name) or name
                return self._member(statement, wanted)
        return None

    def _member(self, statement: cst.ImportFrom, name: str) -> Definition | None:
        module = self.project.module(self, *_target(statement))
        match module:
            case Imported(file):
                return file.lookup(name)
            case External(path):
                return External(f"{path}.{name}")
        return None

    def _from_stars(self, name: str) -> Definition | None:
        for statement in self._stars:
            target = _target(statement)
            if not self.project.may_define(self, *target, name):
                continue
            match self.project.module(self, *target):
                case Imported(file) if file is not self:
                    if found := file.lookup(name):
                        return found
        return None

    @cached_property
    def _stars(self) -> list[cst.ImportFrom]:
        return [
            found
            for chunk in self._binding.get("*", ())
            for found in _definitions(chunk.tree.body, "*")
            if isinstance(found, cst.ImportFrom)
        ]

    @cached_property
    def _binding(self) -> dict[str, list[Chunk]]:
        """The top-level statements by the names that they bind, in order."""
        found: dict[str, list[Chunk]] = {}
        for chunk in self.source.outline:
            for name in chunk.names:
                found.setdefault(name, []).append(chunk)
        return found


_STAR = Regex(r"import[\s\\]*\*")


@dataclass(eq=False)
class Project:
    """The files read so far, each once, and the way from one to another.

    `names` says how the user named a file, by its absolute path; `importers` which
    files import from which; `files` where they are read from. A class of modules that
    `is_closed` is not looked into where it is called. `beside` tells what another
    version of the project says of a parameter of a class's constructor; it gives None
    where that has no such class, or says the same.
    """

    names: dict[Path, str] = field(default_factory=dict)
    importers: Importers = field(default_factory=Importers)
    files: Files = field(default_factory=Disk)
    library: "Library | None" = None
    is_closed: "Callable[[Class], bool] | None" = None
    beside: "Callable[[Class, str], Hint | None] | None" = None
    lookups: Lookups = field(init=False)
    _files: dict[str, File | None] = field(default_factory=dict)
    _modules: dict[tuple[str, str, int], Imported | External] = field(
        default_factory=dict
    )

    def __post_init__(self) -> None:
        self.lookups = Lookups(self.files.has)

    def add(self, source: Source) -> File:
        """Make a source part of the project; the one already read is kept."""
        made = File(source, self)
        file = self._files.get(made.where)
        if file is None or file.source.text != source.text:
            file = self._files[made.where] = made
        return file

    def users(self, file: File) -> Iterator[File]:
        """The other files around a file that import it, or a class of its."""
        names = {name for c in file.source.outline if c.header for name in c.names}
        root = self.lookups.root(file.where)
        others = self.importers.of(Path(file.where), Path(root), names)
        self.lookups.ask(file.where, root, names, others)
        for other in others:
            if found := self._opened(other):
                yield found

    def index(self, path: str) -> None:
        """Find out who imports what around a file, before anybody asks."""
        absolute = Path(path).absolute()
        self.importers.index(absolute, Path(self.lookups.root(str(absolute))))

    def ground(self, source: Source) -> Ground:
        """What was looked at, in this project, for all that a file led to."""
        return self.lookups.ground(str(Path(source.path).absolute()))

    def module(self, file: File, dotted: str, level: int) -> Imported | External:
        """The module that an import in this file names."""
        key = (file.where, dotted, level)
        if key not in self._modules:
            found = next(self._candidates(file.where, dotted, level), None)
            path = "." * level + dotted
            self._modules[key] = Imported(found) if found else External(path)
        return self._modules[key]

    def may_define(self, file: File, dotted: str, level: int, name: str) -> bool:
        """Whether the module that a star in this file is of may have a name.

        A package may import hundreds of models so. To look for a name in a text takes
        a tenth of the time that it takes to outline it.
        """
        if (file.where, dotted, level) in self._modules or not name.isascii():
            return True
        for where in self._places(file.where, dotted, level):
            unread = where not in self._files
            if unread and (text := self.files.text(Path(where))):
                package = where.endswith(MARKER)  # the name may be that of a file in it
                return package or name in text or _STAR.search(text) is not None
            if self._opened(where) is not None:
                return True
        return True

    def submodule(self, file: File, name: str) -> Imported | None:
        """A module below a package: `from . import layers`."""
        folder, own = os.path.split(file.where)
        if own != MARKER:
            return None
        tried = self._tried(os.path.join(folder, name), file.where)
        found = next(filter(None, map(self._opened, tried)), None)
        return Imported(found) if found else None

    def _candidates(self, where: str, dotted: str, level: int) -> Iterator[File]:
        for place in self._places(where, dotted, level):
            if found := self._opened(place):
                yield found

    def _places(self, where: str, dotted: str, level: int) -> Iterator[str]:
        """Where an import leads to, if the file is there, and a note of it."""
        for stem in stems(where, self.lookups.root(where), dotted, level):
            yield from self._tried(stem, where)

    def _tried(self, stem: str, importer: str) -> Iterator[str]:
        """Where a module may be, and a note that it was looked for there, for whom."""
        for where in (f"{stem}.py", os.path.join(stem, MARKER)):
            self.lookups.follow(importer, where)
            yield where

    def _opened(self, where: str) -> File | None:
        if where not in self._files:
            self._files[where] = self._read(Path(where))
        return self._files[where]

    def _read(self, path: Path) -> File | None:
        source = self.files.open(path, self.names.get(path) or path.as_posix())
        if source is None and not self.files.has(path):
            self.lookups.miss(str(path))
        return File(source, self) if source is not None else None


def _target(statement: cst.ImportFrom) -> tuple[str, int]:
    dotted = full_name(statement.module) if statement.module else ""
    return dotted or "", len(statement.relative)


def _bound_name(alias: cst.ImportAlias) -> str:
    if alias.asname and isinstance(alias.asname.name, cst.Name):
        return alias.asname.name.value
    return full_name(alias.name) or ""


def _definitions(body: object, name: str) -> Iterator[cst.CSTNode]:
    """The nodes that bind a name at top level, inside `if`, `try` and `with` too."""
    if not isinstance(body, list | tuple):
        return
    for statement in body:
        match statement:
            case cst.ClassDef(cst.Name(value)) | cst.FunctionDef(cst.Name(value)):
                if value == name:
                    yield statement
            case cst.SimpleStatementLine(small):
                for each in small:
                    yield from _small(each, name)
            case cst.If() | cst.Try() | cst.With() | cst.Else():
                yield from _nested(statement, name)


def _nested(
    statement: cst.If | cst.Try | cst.With | cst.Else, name: str
) -> Iterator[cst.CSTNode]:
    yield from _definitions(statement.body.body, name)
    if isinstance(statement, cst.Try):
        for handler in statement.handlers:
            yield from _definitions(handler.body.body, name)
    orelse = getattr(statement, "orelse", None)
    if isinstance(orelse, cst.Else):
        yield from _definitions(orelse.body.body, name)
    elif isinstance(orelse, cst.If):
        yield from _definitions([orelse], name)


def _small(statement: cst.BaseSmallStatement, name: str) -> Iterator[cst.CSTNode]:
    match statement:
        case cst.Import() | cst.ImportFrom():
            stars = isinstance(statement.names, cst.ImportStar)
            if stars == (name == "*"):
                yield statement
        case cst.Assign(targets, value):
            for target in targets:
                if isinstance(target.target, cst.Name) and target.target.value == name:
                    yield value
        case cst.AnnAssign(cst.Name(target_name), _, cst.BaseExpression() as value):
            if target_name == name:
                yield value
