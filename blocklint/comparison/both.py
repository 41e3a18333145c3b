"""Both: two versions of one wiring beside each other, which every kind looks at."""

from collections.abc import Callable, Iterator

from blocklint.comparison.change import Change, Place
from blocklint.comparison.pairing import Pairs, aligned, paired
from blocklint.comparison.profile import Joined, Wired
from blocklint.comparison.program import Step
from blocklint.comparison.settings import Settings
from blocklint.frozen import dataclass
from blocklint.lazy import cached_property
from blocklint.source import Place as SourcePlace

Shown = Callable[[SourcePlace | None], Place | None]


@dataclass(frozen=True, eq=False)
class Part:
    """A part of both wirings: one site, or all that is outside of sites.

    `name` is what messages call it. `roots` are the steps that it ends in.
    """

    both: "Both"
    name: str
    old_roots: tuple[int, ...]
    new_roots: tuple[int, ...]
    old: Joined | None = None
    new: Joined | None = None

    @cached_property
    def pairs(self) -> list[tuple[int, int]]:
        """The steps that are the same one in both, by their numbers."""
        old, new = self.both.old.program, self.both.new.program
        return aligned(old, list(self.old_roots), new, list(self.new_roots))

    @cached_property
    def old_steps(self) -> list[int]:
        """The numbers of its steps in the old program, in order."""
        return self.both.old.program.reached(self.old_roots)

    @cached_property
    def new_steps(self) -> list[int]:
        """The numbers of its steps in the new program, in order."""
        return self.both.new.program.reached(self.new_roots)

    @property
    def is_comparable(self) -> bool:
        """Whether single factors and dropouts can be told apart: in blocks they can."""
        in_block = bool(self.both.old.sites or self.both.new.sites)
        return in_block or self.same_outline

    @cached_property
    def followed(self) -> bool:
        """Whether the data flow of the part could be followed in both."""
        old, new = self.both.old.program.steps, self.both.new.program.steps
        kinds = {old[i].kind for i in self.old_steps}
        return "opaque" not in kinds | {new[i].kind for i in self.new_steps}

    @property
    def same_outline(self) -> bool:
        """Whether both compute the same, but for norms, factors and dropout."""
        ours, theirs = self.both.old.program.outlines, self.both.new.program.outlines
        return [ours[i] for i in self.old_roots] == [theirs[i] for i in self.new_roots]

    def change(
        self,
        kind: str,
        message: str,
        old: int | None = None,
        new: int | None = None,
        before: str = "",
        after: str = "",
    ) -> Change:
        """A change of this part; `old` and `new` are steps that show it best."""
        text = f"{self.name}: {message}" if self.name else message
        return Change(
            kind, text, self._place_old(old), self._place_new(new), before, after
        )

    def _place_old(self, step: int | None) -> Place | None:
        program = self.both.old.program
        place = program.place(step) if step is not None else None
        return self.both.old_place(place or (self.old.place if self.old else None))

    def _place_new(self, step: int | None) -> Place | None:
        program = self.both.new.program
        place = program.place(step) if step is not None else None
        return self.both.new_place(place or (self.new.place if self.new else None))


@dataclass(frozen=True, eq=False)
class Both:
    """Two versions of one wiring; `old_names`, `new_names` are the classes around."""

    old: Wired
    new: Wired
    old_place: Shown
    new_place: Shown
    old_names: frozenset[str] = frozenset()
    new_names: frozenset[str] = frozenset()

    @cached_property
    def pairs(self) -> Pairs:
        """The sites that are the same one, by their numbers."""
        return paired(self.old, self.new)

    @cached_property
    def sites(self) -> tuple[Part, ...]:
        """The sites that are in both."""
        return tuple(
            Part(
                self,
                two.role if two.role != "other" else one.role,
                (one.branch,),
                (two.branch,),
                one,
                two,
            )
            for one, two in (
                (self.old.sites[i], self.new.sites[j]) for i, j in self.pairs
            )
        )

    @cached_property
    def outside(self) -> Part:
        """What is returned, up to the last sums."""
        return Part(self, "", self.old.ends, self.new.ends)

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The sites, and what is outside of them; none that could not be followed."""
        return tuple(p for p in (*self.sites, self.outside) if p.followed)

    @cached_property
    def settings(self) -> Settings:
        """The names of settings in both."""
        return Settings.of(self.old.program, self.new.program)

    def steps(self, part: Part) -> Iterator[tuple[Step, Step, int, int]]:
        """The steps of a part that are the same one in both, with their numbers."""
        for one, two in part.pairs:
            yield self.old.program.steps[one], self.new.program.steps[two], one, two
