"""Whether sizes are equal in both versions, up to the names of settings."""

from dataclasses import field

from blocklint.comparison.program import Program
from blocklint.frozen import dataclass
from blocklint.graph import Dim, Size
from blocklint.graph.dims import Atom


@dataclass
class Settings:
    """Which settings of the old version are called what in the new one.

    Those with the same name on both sides are the same. Another one gets its new name
    at the place where they first meet.
    """

    old: frozenset[Atom]
    new: frozenset[Atom]
    _known: dict[Atom, Dim] = field(default_factory=dict)
    _named: set[Atom] = field(default_factory=set)

    @classmethod
    def of(cls, old: Program, new: Program) -> "Settings":
        """The settings that the sizes of two programs are made of."""
        return cls(_atoms(old), _atoms(new))

    def equal(self, old: Dim | None, new: Dim | None) -> bool | None:
        """Whether two sizes are equal; None where that cannot be told."""
        if old is None or new is None:
            return None
        if any(isinstance(atom, Size) for atom in old.atoms | new.atoms):
            return None
        meant = old.replaced(self._known)
        if meant is None or meant == new:
            return True if meant else None
        return self._renames(old, meant, new)

    def _renames(self, old: Dim, meant: Dim, new: Dim) -> bool:
        """Whether names that are still open can make two sizes equal."""
        gone = [a for a in old.atoms if a not in self.new and a not in self._known]
        came = [a for a in new.atoms if a not in self.old and a not in self._named]
        if not gone or not came:
            return False
        if new == Dim.of(came[0]) or len(gone) == 1:
            for atom in came:
                for lost in gone:
                    if self._fits(lost, atom, meant, new):
                        return True
        if new == Dim.of(came[0]):  # a product of settings that is one setting now
            self._named.add(came[0])
            return True
        if meant == Dim.of(gone[0]):
            self._known[gone[0]] = new
            self._named.update(came)
            return True
        return self._all_fit(gone, came, meant, new)

    def _fits(self, lost: Atom, atom: Atom, meant: Dim, new: Dim) -> bool:
        if meant.replaced({lost: Dim.of(atom)}) != new:
            return False
        self._known[lost] = Dim.of(atom)
        self._named.add(atom)
        return True

    def _all_fit(
        self, gone: list[Atom], came: list[Atom], meant: Dim, new: Dim
    ) -> bool:
        """Several settings with new names in one size, in the order of their names."""
        if len(gone) != len(came):
            return False
        pairs = dict(zip(sorted(gone, key=str), sorted(came, key=str), strict=True))
        named = {old: Dim.of(atom) for old, atom in pairs.items()}
        if meant.replaced(dict(named)) != new:
            return False
        self._known.update(named)
        self._named.update(came)
        return True


def _atoms(program: Program) -> frozenset[Atom]:
    found: set[Atom] = set()
    for step in program.steps:
        for size in (*step.sizes, step.scores.scale if step.scores else None):
            found |= size.atoms if size is not None else set()
    return frozenset(found)
