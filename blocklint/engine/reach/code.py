"""The pieces of code of many files, by what they bind, name and read."""

from collections.abc import Iterable, Iterator
from functools import cache

from blocklint.engine.reach.names import Name, Names
from blocklint.engine.reach.survey import Survey
from blocklint.engine.reach.units import HEADER, Ref
from blocklint.frozen import dataclass

INIT = frozenset(["__init__", "__post_init__"])
FORWARD = "forward"
_MODULE = "Module"


@dataclass(frozen=True, eq=False)
class Piece:
    """A unit with what its names mean."""

    binds: Name
    member: str | None
    names: frozenset[Name]
    attributes: frozenset[str]
    own: frozenset[str]
    hints: frozenset[Name]
    makes: frozenset[Name]


class Code:
    """The pieces of code of some files, and how their classes inherit."""

    def __init__(self, surveys: list[Survey]) -> None:
        self.users: dict[Name, list[Piece]] = {}
        self.hinted: dict[Name, list[Piece]] = {}
        self.heirs: dict[Name, list[Name]] = {}
        self._readers: dict[Name, dict[str, list[Piece]]] = {}
        self._own: dict[Name, dict[str, list[Piece]]] = {}
        self._pieces: dict[Name, list[Piece]] = {}
        self._bases: dict[Name, list[Name]] = {}
        self._modules: set[Name] = set()
        names = Names(surveys)
        self._known = {m for survey in surveys for m in _members(survey)}
        for survey in surveys:
            self._add(survey, names)
        self.ancestors = cache(self._ancestors)
        self.has_forward = cache(self._has_forward)
        self.attributes_below = cache(self._attributes_below)
        self._definer = cache(self._definer_of)

    def _add(self, survey: Survey, names: Names) -> None:
        key = survey.key

        @cache
        def meant(ref: Ref) -> frozenset[Name]:
            return frozenset(names.meant(key, ref))

        def all_meant(refs: Iterable[Ref]) -> frozenset[Name]:
            return frozenset().union(*map(meant, refs))

        for unit in survey.units:
            binds = key, unit.binds
            piece = Piece(
                binds,
                unit.member,
                all_meant(unit.names) - {binds},
                unit.attributes & self._known,
                unit.own & self._known,
                all_meant(unit.hints),
                meant(unit.makes) if unit.makes else frozenset(),
            )
            self._pieces.setdefault(binds, []).append(piece)
            for name in piece.names:
                self.users.setdefault(name, []).append(piece)
            for name in piece.hints:
                self.hinted.setdefault(name, []).append(piece)
            if piece.member is not None:
                self._index(self._readers, piece, piece.attributes)
                self._index(self._own, piece, piece.own)
        for bound, refs in survey.bases:
            if any(_MODULE in ref for ref in refs):
                self._modules.add((key, bound))
            for name in all_meant(refs):
                self.heirs.setdefault(name, []).append((key, bound))
                self._bases.setdefault((key, bound), []).append(name)

    @staticmethod
    def _index(
        index: dict[Name, dict[str, list[Piece]]], piece: Piece, names: frozenset[str]
    ) -> None:
        readers = index.setdefault(piece.binds, {})
        for name in names:
            readers.setdefault(name, []).append(piece)

    def _ancestors(self, name: Name) -> tuple[Name, ...]:
        """A class and all that it inherits from, itself first."""
        found, pending = {name: None}, [name]
        while pending:
            more = [b for b in self._bases.get(pending.pop(), ()) if b not in found]
            found.update(dict.fromkeys(more))
            pending += more
        return tuple(found)

    def heirs_of_all(self, name: Name) -> set[Name]:
        """All that inherit from a class, directly or not."""
        found: set[Name] = set()
        pending = [name]
        while pending:
            more = set(self.heirs.get(pending.pop(), ())) - found
            found |= more
            pending += more
        return found

    def is_module(self, name: Name) -> bool:
        """Whether a class is an nn.Module, as far as its bases can be seen."""
        return any(each in self._modules for each in self.ancestors(name))

    def _has_forward(self, name: Name) -> bool:
        """Whether a class has a `forward`, of its own or inherited."""
        return any(
            piece.member == FORWARD
            for each in self.ancestors(name)
            for piece in self._pieces.get(each, ())
        )

    def inherited(
        self, heir: Name, base: Name, members: frozenset[str]
    ) -> frozenset[str]:
        """Those members of a base that count for an heir.

        Not those that it has of its own, without a word of the base's. The constructor
        of machinery in another file, without a `forward`, is not followed from an
        heir's own.
        """
        pieces = self._pieces.get(heir, ())
        own = {piece.member for piece in pieces}
        left = members - (own - {a for p in pieces for a in p.own})
        definer = self._definer(base)
        foreign = definer[0] != heir[0] and not self.has_forward(definer)
        if foreign and self._definer(heir) != definer:
            left -= INIT
        return left - {HEADER}

    def _definer_of(self, name: Name) -> Name:
        """The class that the constructor of a class is written in."""
        for each in self.ancestors(name):
            if any(piece.member in INIT for piece in self._pieces.get(each, ())):
                return each
        return name

    def calling(
        self, name: Name, members: frozenset[str], but: Iterable[Name] = ()
    ) -> Iterator[Piece]:
        """The pieces of a class and its ancestors that read one of its own members."""
        for each in self.ancestors(name):
            if each not in but:
                yield from _reading(self._own.get(each, {}), members)

    def reading(self, name: Name, attributes: frozenset[str]) -> Iterator[Piece]:
        """The pieces of a class that read one of these attributes of something else."""
        yield from _reading(self._readers.get(name, {}), attributes)

    def _attributes_below(self, name: Name) -> frozenset[str]:
        """The attributes that the parts of a module read, and theirs."""
        found: set[str] = set()
        seen, pending = {name}, [name]
        while pending:
            at = pending.pop()
            for each in self.ancestors(at):
                if each[0] != at[0] and not self.has_forward(each):
                    continue  # machinery
                for piece in self._pieces.get(each, ()):
                    found |= piece.attributes if at != name else frozenset()
                    fresh = piece.names - seen
                    seen |= fresh
                    pending += [n for n in fresh if self.has_forward(n)]
        return frozenset(found)


def _members(survey: Survey) -> Iterator[str]:
    """The members that classes of a file have, or had before they changed."""
    yield from (unit.member for unit in survey.units if unit.member is not None)
    for _, members in survey.edited.members:
        yield from members


def _reading(readers: dict[str, list[Piece]], names: frozenset[str]) -> Iterator[Piece]:
    for name in names & readers.keys():
        yield from readers[name]
