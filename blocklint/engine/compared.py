"""Files of both versions read and their classes compared, in one process or several."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace

from blocklint.analysis import Block
from blocklint.comparison import (
    Comparison,
    Profile,
    Status,
    compared,
    unchanged,
)
from blocklint.comparison.change import Place
from blocklint.comparison.comparing import Sides, home_in
from blocklint.comparison.matching import Known
from blocklint.engine.blocks import Blocks
from blocklint.engine.faults import During
from blocklint.engine.notebooks import shown_broken
from blocklint.engine.reach import Name
from blocklint.engine.version import Version
from blocklint.engine.work import modules_of
from blocklint.frozen import dataclass
from blocklint.source import Broken, Chunk, Source


@dataclass(frozen=True)
class Told:
    """A class compared; one that is not `whole` is not spoken of where it is a part."""

    comparison: Comparison
    whole: bool


@dataclass(frozen=True)
class Looked:
    """What came of a file: classes compared, and those left to match elsewhere.

    `rewired` are the classes that are not surely wired as they were, parts of others
    too. `inside` are those, by file and name, whose code runs as a part of another.
    """

    told: tuple[Told, ...] = ()
    old: tuple[Known, ...] = ()
    new: tuple[Known, ...] = ()
    rewired: frozenset[Name] = frozenset()
    old_inside: frozenset[tuple[str, str]] = frozenset()
    new_inside: frozenset[tuple[str, str]] = frozenset()
    broken: tuple[Broken, ...] = ()

    def found(self, key: str) -> list[Comparison]:
        """The classes of a file of this name that are spoken of."""
        return [
            each.comparison
            for each in self.told
            if each.whole or (key, each.comparison.name) not in self.new_inside
        ]

    def then(self, later: "Looked") -> "Looked":
        """This, and what came of a second look at some classes of the same file."""
        told = {t.comparison.name: t for t in (*self.told, *later.told)}
        return Looked(
            tuple(told.values()),
            (*self.old, *later.old),
            (*self.new, *later.new),
            later.rewired,
            self.old_inside | later.old_inside,
            self.new_inside | later.new_inside,
            tuple(dict.fromkeys((*self.broken, *later.broken))),
        )


@dataclass(eq=False)
class Looker:
    """Looks at files of both versions.

    `reached` are the names that are worth a look. What they are made of is looked into
    if it is `rewired`, or else once they are not surely the same. Of files that are
    `differing` all classes are told of. Blocks that are `running` afterwards have to be
    known even where nothing changed.
    """

    old: Version
    new: Version
    reached: set[Name] = field(default_factory=set)
    rewired: set[Name] = field(default_factory=set)
    differing: frozenset[str] = frozenset()
    running: bool = False

    def __post_init__(self) -> None:
        self.old.other, self.new.other = self.new, self.old
        self.new.is_new = True
        self.old.rewired = self.new.rewired = self.rewired

    def look(self, keys: Iterable[str]) -> dict[str, Looked]:
        """Compare the classes of some files that share what was read."""
        self.old.forget()
        self.new.forget()
        return {key: self._look(key) for key in keys}

    def _look(self, key: str) -> Looked:
        with During(f"comparing {key or self.new.side.title}"):
            before, after = self.old.read(key), self.new.read(key)
            broken = [each for each in (before, after) if isinstance(each, Broken)]
            for source in (before, after):
                if isinstance(source, Source):
                    broken += [shown_broken(each, source) for each in source.broken]
            told = self._told(key, before, after)
            same = self._unreached(key, before, after)
            return replace(told, told=(*told.told, *same), broken=tuple(broken))

    def _told(
        self, key: str, before: Source | Broken | None, after: Source | Broken | None
    ) -> Looked:
        """The classes that are reached, compared closely if they have to be."""
        if not (isinstance(before, Source) and isinstance(after, Source)):
            return self._closely(key, before, after, None)
        if before.cells is not None or after.cells is not None:
            return self._closely(key, before, after, None)
        names = {name for file, name in self.reached if file == key}
        ours = self._profiles(self.old.outer, self.old, before, names)
        theirs = self._profiles(self.new.outer, self.new, after, names)
        sides = self._sides(before, after)
        same = {
            name: unchanged(ours[name], theirs[name], sides)
            for name in ours.keys() & theirs.keys()
        }
        sure = {name: each for name, each in same.items() if each is not None}
        again = self._closely(key, before, after, names - sure.keys())
        told = [Told(each, _is_spoken_of(theirs[name])) for name, each in sure.items()]
        return replace(
            again,
            told=(*told, *again.told),
            old_inside=again.old_inside | _inside(ours[n] for n in sure),
            new_inside=again.new_inside | _inside(theirs[n] for n in sure),
        )

    def _closely(
        self,
        key: str,
        before: Source | Broken | None,
        after: Source | Broken | None,
        names: set[str] | None,
    ) -> Looked:
        ours = self._profiles(self.old.blocks, self.old, before, names)
        theirs = self._profiles(self.new.blocks, self.new, after, names)
        return self._compare(key, ours, theirs, before, after)

    def _profiles(
        self,
        blocks: Blocks,
        version: Version,
        source: Source | Broken | None,
        names: set[str] | None,
    ) -> dict[str, Profile]:
        """The classes of a file by their names; the last one of a name counts."""
        if not isinstance(source, Source) or "forward" not in source.text:
            return {}
        found: dict[str, Profile] = {}
        if names is None:
            wanted: Iterable[Block] = modules_of(source, blocks)
        else:
            wanted = _wanted(blocks, source, names)
        for block in wanted:
            with During(f"reading class {block.name}"):
                found[block.name] = version.profile(block)
        return found

    def _is_reached(self, key: str, chunk: Chunk) -> bool:
        return any((key, name) in self.reached for name in chunk.names)

    def _unreached(
        self, key: str, before: Source | Broken | None, after: Source | Broken | None
    ) -> Iterator[Told]:
        """The modules that no change can have reached, in a file that differs.

        They are not read, unless blocks are to be run.
        """
        if key not in self.differing or not isinstance(before, Source):
            return
        if not isinstance(after, Source) or after.cells is not None:
            return
        lines = {n: _line_of(n, c) for c in before.outline if c.header for n in c.names}
        for chunk in after.outline:
            if chunk.header is None or self._is_reached(key, chunk):
                continue
            for name in chunk.names & lines.keys():
                if "forward" in chunk.header.members:
                    is_block = self.running and self._is_block(after, chunk)
                    old = Place(self.old.names.shown(before.path), lines[name])
                    new = Place(self.new.names.shown(after.path), _line_of(name, chunk))
                    same = Comparison(name, name, old, new, Status.SAME)
                    yield Told(replace(same, is_block=is_block), whole=True)

    def _is_block(self, source: Source, chunk: Chunk) -> bool:
        first = chunk.first_line
        found = self.new.blocks.of(source, range(first, first + 1))
        return any(block.is_block for block in found)

    def _compare(
        self,
        key: str,
        ours: Mapping[str, Profile],
        theirs: Mapping[str, Profile],
        before: Source | Broken | None,
        after: Source | Broken | None,
    ) -> Looked:
        sides = self._sides(before, after)
        every = {
            name: compared(ours[name], theirs[name], sides)
            for name in ours
            if name in theirs
        }
        told = [
            Told(each, _is_spoken_of(theirs[name]))
            for name, each in every.items()
            if _is_told(each, theirs[name])
        ]
        return Looked(
            tuple(told),
            tuple(_known(p) for n, p in ours.items() if n not in theirs),
            tuple(_known(p) for n, p in theirs.items() if n not in ours),
            frozenset(
                (key, name)
                for name, each in every.items()
                if each.status is not Status.SAME
                or not ours[name].computes_as(theirs[name])
            ),
            _inside(ours.values()),
            _inside(theirs.values()),
        )

    def _sides(
        self, before: Source | Broken | None, after: Source | Broken | None
    ) -> Sides:
        shown = self.old.names.shown, self.new.names.shown
        return Sides(*shown, _names(before), _names(after))

    def pair(self, old: Known, new: Known) -> Comparison | None:
        """Two classes that are one, in different files or under different names."""
        one, two = (old.path, old.name), (new.path, new.name)
        self.old.renamed, self.new.renamed = {one: two}, {two: one}
        self.old.forget()
        self.new.forget()
        before, after = self.old.read(old.path), self.new.read(new.path)
        ours = self._one(self.old, before, old.name)
        theirs = self._one(self.new, after, new.name)
        if ours is None or theirs is None:
            return None
        return compared(ours, theirs, self._sides(before, after))

    def _one(
        self, version: Version, source: Source | Broken | None, name: str
    ) -> Profile | None:
        if not isinstance(source, Source):
            return None
        found = [b for b in modules_of(source, version.blocks) if b.name == name]
        return version.profile(found[-1]) if found else None


def _line_of(name: str, chunk: Chunk) -> int:
    """The line that a class is named on, below its decorators."""
    for number, line in enumerate(chunk.text.splitlines(), chunk.first_line):
        if re.match(rf"class\s+{re.escape(name)}\b", line):
            return number
    return chunk.first_line


def _names(source: Source | Broken | None) -> frozenset[str]:
    if not isinstance(source, Source):
        return frozenset()
    return frozenset(n for c in source.outline if c.header for n in c.names)


def _known(profile: Profile) -> Known:
    return Known(
        profile.path,
        profile.name,
        profile.is_block,
        profile.features,
        profile.has_stack,
        home_in(str, profile.place, profile.name).line,
    )


def _wanted(blocks: Blocks, source: Source, names: set[str]) -> Iterator[Block]:
    for chunk in source.outline:
        if chunk.header is not None and chunk.names & names:
            first = chunk.first_line
            yield from blocks.of(source, range(first, first + 1))


def _is_spoken_of(profile: Profile) -> bool:
    """Whether a class is spoken of even where it is a part of another."""
    return profile.is_block or profile.has_stack


def _is_told(comparison: Comparison, profile: Profile) -> bool:
    """Whether a class is spoken of; of what is no block, not if it is unknown."""
    known = comparison.status is not Status.UNKNOWN
    return known or comparison.is_block or profile.has_stack


def _inside(profiles: Iterable[Profile]) -> frozenset[tuple[str, str]]:
    """The classes that are a part of another one."""
    return frozenset(
        part
        for profile in profiles
        for part in profile.inside
        if part != (profile.path, profile.name)
    )
