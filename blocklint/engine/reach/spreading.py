"""From what changed to all that may enter it, member by member."""

from collections.abc import Iterable
from dataclasses import field

from blocklint.engine.reach.code import FORWARD, INIT, Code, Piece
from blocklint.engine.reach.names import Name
from blocklint.engine.reach.survey import Survey
from blocklint.engine.reach.units import HEADER
from blocklint.frozen import dataclass

CALL = "__call__"
SAID = "the text of a constructor"  # what a hint shows of a class: its defaults


@dataclass(eq=False)
class Spread:
    """What is reached so far: `whole` names, and `members` of classes.

    A name is reached as a whole if whoever names it is: a function, or a class whose
    objects are made or called otherwise now. Of the members of a class only those who
    name one as well are reached. Who is made of modules that are reached is the same if
    they turn out to be: only those that are `rewired` reach whom they are parts of, and
    those that were edited themselves, as their defaults are seen from outside alone.
    """

    code: Code
    rewired: set[Name] = field(default_factory=set)
    whole: set[Name] = field(default_factory=set)
    members: dict[Name, set[str]] = field(default_factory=dict)
    _fresh: list[Name] = field(default_factory=list)  # reached, and not looked at yet
    _near: set[Name] = field(default_factory=set)  # classes that this step looked at
    _pending: dict[tuple[Name, Name | None], set[str]] = field(default_factory=dict)

    @classmethod
    def over(cls, surveys: list[Survey]) -> "Spread":
        """All that the changes in some files reach."""
        spread = cls(Code(surveys))
        for survey in surveys:
            for name in survey.edited.names:
                spread.rewired.add((survey.key, name))
                spread.reach((survey.key, name))
            for name, members in survey.edited.members:
                if members & (INIT | {FORWARD}):
                    spread.rewired.add((survey.key, name))
                said = [SAID] if members & INIT else []
                spread.reach_members((survey.key, name), [*members, *said])
        spread.run()
        return spread

    def beyond(self, rewired: Iterable[Name]) -> set[Name]:
        """What is reached by way of modules that turned out to be rewired, too."""
        before = set(self.whole)
        for name in set(rewired) - self.rewired:
            self.rewired.add(name)
            self._from_whole(name)
        self.run()
        return self.whole - before

    def reach(self, name: Name) -> None:
        """Note that a name is reached as a whole."""
        if name not in self.whole:
            self.whole.add(name)
            self._fresh.append(name)

    def reach_members(
        self, name: Name, members: Iterable[str], base: Name | None = None
    ) -> None:
        """Note that members of a class are reached, or of what an alias stands for.

        If it is by way of a `base`, that one knows who in it reads them.
        """
        known = self.members.setdefault(name, set())
        fresh = frozenset(members) - known
        if HEADER in fresh:
            self.reach(name)
        if fresh:
            known |= fresh
            self._pending.setdefault((name, base), set()).update(fresh)

    def run(self) -> None:
        """Go on until nothing more is reached."""
        while self._fresh or self._pending:
            while self._fresh:
                self._from_whole(self._fresh.pop())
            if self._pending:
                name, base = next(iter(self._pending))
                fresh = frozenset(self._pending.pop((name, base)))
                self._from_members(name, fresh, base)

    def _from_whole(self, name: Name) -> None:
        for heir in self.code.heirs.get(name, ()):
            self._inherits(heir, name)
            self.reach(heir)
        if name not in self.rewired and self.code.has_forward(name):
            return
        for users in (self.code.users, self.code.hinted):
            for piece in users.get(name, ()):
                self._enter(piece)

    def _inherits(self, heir: Name, base: Name) -> None:
        """Note that an heir has the edited constructor or `forward` of a base."""
        if base in self.rewired:
            self.rewired.add(heir)

    def _enter(self, piece: Piece) -> None:
        """Note that a piece of code is reached."""
        if piece.member is None:
            self.reach(piece.binds)
        else:
            self.reach_members(piece.binds, [piece.member])

    def _from_members(
        self, name: Name, fresh: frozenset[str], base: Name | None
    ) -> None:
        if self._changes_objects(name, fresh):
            self.reach(name)
        within = self.code.ancestors(base) if base is not None else ()
        self._near.clear()
        for piece in self.code.calling(name, fresh, but=within):
            self._inherit(name, piece)
        for heir in self.code.heirs.get(name, ()):
            passed = self.code.inherited(heir, name, fresh)
            if passed & (INIT | {FORWARD}):
                self._inherits(heir, name)
            self.reach_members(heir, passed, name)
        for piece in self.code.users.get(name, ()):
            self._use(piece, name, fresh)
        for piece in self.code.hinted.get(name, ()):
            self._know(piece, fresh)

    def _changes_objects(self, name: Name, fresh: frozenset[str]) -> bool:
        """Whether who makes or calls an object of a class enters one of its members."""
        if self.code.has_forward(name):
            return bool(fresh & (INIT | {FORWARD}))
        return CALL in fresh and not self.code.is_module(name)

    def _inherit(self, name: Name, piece: Piece) -> None:
        """A class has a piece of code, of its own or inherited, that is reached."""
        assert piece.member is not None, "only classes have members"
        members = frozenset([piece.member])
        if piece.binds != name:
            members = self.code.inherited(name, piece.binds, members)
        self.reach_members(name, members)

    def _use(self, piece: Piece, name: Name, fresh: frozenset[str]) -> None:
        """A piece of code names a class of which members are reached."""
        if name in piece.makes:
            self.reach_members(piece.binds, fresh)
            return
        if self.code.has_forward(name):  # A module as a whole waits to be rewired.
            fresh -= INIT | {FORWARD}
        if fresh & INIT or (piece.member is None and piece.attributes & fresh):
            self._enter(piece)
        elif piece.member is not None:
            self._use_in_class(piece, fresh)

    def _use_in_class(self, piece: Piece, fresh: frozenset[str]) -> None:
        """An object may be used beside the piece that made it, or further down."""
        if piece.binds not in self._near:
            self._near.add(piece.binds)
            for base in self.code.ancestors(piece.binds):
                for each in self.code.reading(base, fresh):
                    self._inherit(piece.binds, each)
            for heir in self.code.heirs_of_all(piece.binds):
                for each in self.code.reading(heir, fresh):
                    self._enter(each)
        if self.code.attributes_below(piece.binds) & fresh:
            self._enter(piece)

    def _know(self, piece: Piece, fresh: frozenset[str]) -> None:
        """A constructor is given a config: its defaults and properties are known."""
        if SAID in fresh:
            self._enter(piece)
        self._use_in_class(piece, fresh - INIT)
