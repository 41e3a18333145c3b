"""From what changed to all that names it, statement by statement."""

from dataclasses import dataclass

from blocklint.engine.edited import FORWARD, INIT

Name = tuple[str, str]  # the module that binds a name, by its last part, and the name


@dataclass(frozen=True)
class Named:
    """A statement: what it binds, by way of what, and the attributes that it reads.

    What is true of `heirs_of` is true of what it binds: they are a class's bases, or
    what an import stands for.
    """

    binds: frozenset[Name]
    names: frozenset[Name]
    heirs_of: frozenset[Name]
    attributes: frozenset[str]

    def inherits(self, name: Name) -> bool:
        """Whether what it binds is an heir of a name, or another name of it."""
        return name in self.heirs_of or (name[0], "*") in self.heirs_of


def reached_by(
    changed: set[Name], edited: dict[Name, frozenset[str]], bound: "Bound"
) -> frozenset[Name]:
    """The names that changed, and those bound by way of one, however far away.

    Of the `edited` classes these members changed: who inherits from one, or names one,
    is reached if it names such a member as well.
    """
    found, soft = set(changed), dict(edited)
    for name, members in edited.items():
        if INIT in members:
            found |= bound.constructed(name)
            soft[name] = members - {INIT}
    sources = frozenset(edited)
    found |= {n for n, members in soft.items() if bound.calls(n, members, sources)}
    pending = [*found, *soft]
    while pending:
        at = pending.pop()
        members = soft.get(at, frozenset())
        for user in bound.users(at):
            if at in found or members & user.attributes:
                pending += user.binds - found
                found |= user.binds
                continue
            heirs = user.binds if user.inherits(at) else frozenset[Name]()
            for name in heirs:
                if not members <= soft.get(name, frozenset()):
                    soft[name] = soft.get(name, frozenset()) | members
                    pending.append(name)
                    found |= {name} if bound.calls(name, members, sources) else set()
    return frozenset(found)


class Bound:
    """Statements by what they bind, and by what they name."""

    def __init__(self) -> None:
        self._by_name: dict[Name, list[Named]] = {}
        self._users: dict[Name, list[Named]] = {}

    def add(self, statement: Named) -> None:
        """Keep a statement."""
        for name in statement.binds:
            self._by_name.setdefault(name, []).append(statement)
        for name in statement.names | statement.heirs_of:
            self._users.setdefault(name, []).append(statement)

    def users(self, name: Name) -> tuple[Named, ...]:
        """The statements that name it, or all of its module."""
        whole = self._users.get((name[0], "*"), ())
        return (*self._users.get(name, ()), *whole)

    def constructed(self, name: Name) -> frozenset[Name]:
        """The classes whose objects a constructor has a part in that anybody follows.

        What has a `forward` nowhere is machinery for classes of other files.
        """
        seen, pending = {name}, [name]
        while pending:
            for statement in self._by_name.get(pending.pop(), ()):
                if FORWARD in statement.attributes:
                    return frozenset([name])
                pending += statement.heirs_of - seen
                seen |= statement.heirs_of
        heirs = (user for user in self.users(name) if name in user.heirs_of)
        own = (bound for user in heirs for bound in user.binds)
        return frozenset(bound for bound in own if bound[0] == name[0])

    def calls(
        self, name: Name, methods: frozenset[str], edited: frozenset[Name]
    ) -> bool:
        """Whether what a class inherits from may call one of its methods.

        Of the `edited` classes that is known: they call what they themselves changed.
        """
        seen, pending = {name}, [name]
        while pending:
            for statement in self._by_name.get(pending.pop(), ()):
                fresh = statement.heirs_of - seen - edited
                seen |= fresh
                pending += fresh
                if any(
                    methods & each.attributes
                    for heir in fresh
                    for each in self._by_name.get(heir, ())
                ):
                    return True
        return False
