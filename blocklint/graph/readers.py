"""The code that may read what objects of a class store on themselves."""

from collections.abc import Iterator

from blocklint.frozen import dataclass
from blocklint.lazy import cached_property
from blocklint.source import Chunk


@dataclass(frozen=True, eq=False)
class Readers:
    """Statements that may read the attributes of one class's objects.

    `family` are the class, its parents and the classes that derive from it; `others`
    the rest of the files that know of it. `complete` says that the code of every
    parent can be seen, `calls_children` that a parent of torch calls what is stored
    on it. An attribute counts as read where that cannot be ruled out.
    """

    family: tuple[Chunk, ...] = ()
    others: tuple[Chunk, ...] = ()
    complete: bool = False
    calls_children: bool = False

    def read(self, attribute: str) -> bool:
        """Whether anything may read an attribute."""
        return self.read_later(attribute) or any(
            attribute in chunk.uses.building for chunk in self._with(attribute)
        )

    def read_later(self, attribute: str) -> bool:
        """Whether anything but a constructor may read an attribute."""
        if self.calls_children:
            return True
        # What long code reads takes long to find out: it is asked last.
        for chunk in self._in_turn:
            if chunk.uses.opaque or attribute in chunk.uses.own:
                return True
        every = sorted(
            (*self.family, *self.others), key=lambda each: not each.says(attribute)
        )
        return any(chunk.uses.may_name(attribute) for chunk in every)

    @property
    def opaque(self) -> bool:
        """Whether the class hands on `self`, or uses all that is stored on it."""
        return self.calls_children or any(each.uses.opaque for each in self._in_turn)

    @cached_property
    def _in_turn(self) -> list[Chunk]:
        """The family, short code first."""
        return sorted(self.family, key=lambda each: each.length)

    def _with(self, attribute: str) -> Iterator[Chunk]:
        """Those of the family whose text has a name in it."""
        return (chunk for chunk in self.family if chunk.says(attribute))

    def define(self, *names: str) -> bool:
        """Whether the class or its kin bind one of these names, a method's say."""
        headers = [chunk.header for chunk in self.family]
        return any(header and header.members & {*names} for header in headers)

    def explain(self, attribute: str) -> bool:
        """Whether a docstring of the class or its kin speaks of an attribute."""
        mention = self._with(attribute)
        return any(attribute in chunk.uses.documented for chunk in mention)

    def named_by_class(self, name: str) -> bool:
        """Whether another class names this one: to make one of it, for instance."""
        others = (c for c in self.others if c.header is not None and c.says(name))
        return any(name in chunk.uses.names for chunk in others)
