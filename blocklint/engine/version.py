"""One of the two versions that are compared, with what was read of it so far."""

import os
from collections.abc import Mapping
from dataclasses import field, replace
from functools import partial

from blocklint.analysis import Block
from blocklint.comparison import Profile, profile_of
from blocklint.engine.blocks import Blocks
from blocklint.engine.discover import Names
from blocklint.engine.reach import Name
from blocklint.engine.sides import Side
from blocklint.frontends.static.annotations import Hint
from blocklint.frontends.static.files import Held
from blocklint.frontends.static.importers import Importers
from blocklint.frontends.static.project import Project
from blocklint.frontends.static.read import hint_in
from blocklint.frontends.static.values import Class
from blocklint.frozen import dataclass
from blocklint.source import Broken, Source


@dataclass(eq=False)
class Version:
    """One version, with what was read of it so far.

    `outer` are its blocks without what is in the modules that they call, but for those
    that are `rewired`.
    """

    side: Side
    names: Names
    importers: Importers = field(init=False)
    blocks: Blocks = field(init=False)
    outer: Blocks = field(init=False)
    rewired: set[Name] = field(default_factory=set)
    other: "Version | None" = None
    is_new: bool = False
    renamed: Mapping[Name, Name] = field(default_factory=dict)
    _hints: dict[tuple[Name, str], Hint | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.importers = Importers(self.side.disk)
        self._keys = {
            os.path.realpath(file.name): key for key, file in self.side.files.items()
        }
        self.forget()

    def forget(self) -> None:
        """Give back the memory that syntax trees take."""
        files = Held(self.side.disk)
        made = partial(
            Project, importers=self.importers, files=files, beside=self.beside
        )
        self.blocks = Blocks(made())
        self.outer = Blocks(made(is_closed=self._is_closed))
        self._read: dict[str, Source | Broken | None] = {}
        self._hints.clear()

    def _is_closed(self, cls: Class) -> bool:
        return (self.key_of(cls.file.path), cls.name) not in self.rewired

    def beside(self, cls: Class, parameter: str) -> Hint | None:
        """What the other version says of a parameter of a class's constructor."""
        name = self.key_of(cls.file.path), cls.name
        if (name, parameter) not in self._hints:
            self._hints[name, parameter] = self._beside(cls, name, parameter)
        return self._hints[name, parameter]

    def _beside(self, cls: Class, name: Name, parameter: str) -> Hint | None:
        if self.other is None:
            return None
        path, other = self.renamed.get(name, name)
        source = self.other.read(path)
        if not isinstance(source, Source) or source.cells is not None:
            return None
        if source.text == cls.file.source.text:
            return None
        found = hint_in(source, self.other.blocks.project, other, parameter)
        return found and replace(found, newer=self.other.is_new)

    def read(self, key: str) -> Source | Broken | None:
        """A file of this version; None if it is not there."""
        if key not in self._read:
            file = self.side.files.get(key)
            self._read[key] = file.read() if file is not None else None
        return self._read[key]

    def key_of(self, path: str) -> str:
        """What both versions call a file, by the path that it was read from."""
        return self._keys.get(os.path.realpath(path), path)

    def profile(self, block: Block) -> Profile:
        """All that is compared of a class."""
        return profile_of(block, self.key_of)


def version_of(side: Side) -> Version:
    """One version, of which nothing is read yet."""
    return Version(side, Names(side.files.values()))
