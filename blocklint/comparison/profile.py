"""Profile: all that is compared of one class."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field

from blocklint.analysis.placement import Placement
from blocklint.comparison.program import Program, Step, everything
from blocklint.comparison.reading import Piece, Said, said_by
from blocklint.comparison.spots import Spot
from blocklint.frozen import dataclass
from blocklint.lazy import cached_property
from blocklint.source import Place


@dataclass(frozen=True)
class Joined:
    """One site. Its steps are numbers in the program of its wiring.

    `others` are what is added beside stream and branch. `norms` are the
    norms that its placement rests on. `lag` counts the sums of the same stream that its
    residual leaves out, `branch_lag` those that its branch does.
    """

    role: str
    placement: Placement
    optional: bool
    parallel: bool
    stream: int
    branch: int
    others: tuple[int, ...]
    norms: tuple[int, ...]
    lag: int
    branch_lag: int
    place: Place | None


@dataclass(frozen=True)
class Wired:
    """One variant: its program, its sites in order, and what it returns.

    `spots` are where the data flow could not be followed. `ends` are the steps that
    are returned, `final` the norms that directly follow a stack.
    `shared` says which modules every item of a list is, by what they compute.
    `answers` are those to the questions that the constructor asks, by their text.
    """

    when: str | None
    program: Program
    sites: tuple[Joined, ...]
    ends: tuple[int, ...]
    spots: tuple[Spot, ...] = ()
    final: tuple[Place | None, ...] = ()
    shared: tuple[tuple[str, Place], ...] = ()
    answers: Mapping[str, object] = field(default_factory=dict, repr=False)

    @property
    def followed(self) -> bool:
        """Whether the whole data flow could be followed."""
        return not self.spots

    def goes_as(self, other: "Wired") -> bool:
        """Whether both compute the same, where they can be followed and where not."""
        codes = {spot.code for spot in self.spots}
        if self._steps != other._steps or () in codes:
            return False
        return codes == {spot.code for spot in other.spots}

    @cached_property
    def _steps(self) -> tuple[object, ...]:
        roots = [*self.ends, *(r for s in self.sites for r in (s.branch, s.stream))]
        sites = [(s.role, s.placement, s.optional, s.parallel) for s in self.sites]
        return self.program.written(roots), tuple(sites), len(self.ends)


@dataclass(frozen=True)
class Way:
    """A wiring that is one answer away from the default's.

    `question` is what is answered otherwise; `guessed` says that the code tells neither
    answer, `unless` is the condition for the default's.
    """

    wired: Wired
    question: str
    guessed: bool
    unless: str


@dataclass(frozen=True)
class Profile:
    """One class: its variants, the default first.

    `code` are the statements that the graphs were made from. `inside` are the classes
    (file and name) whose code runs as a part of this one. `find_ways` reads the class
    once more under other answers.
    """

    path: str
    name: str
    place: Place
    is_block: bool
    variants: tuple[Wired, ...]
    code: tuple[Piece, ...] = field(repr=False)
    has_stack: bool = False
    inside: frozenset[tuple[str, str]] = field(default=frozenset())
    find_ways: Callable[[], Iterable[Way]] = field(default=tuple, repr=False)

    @property
    def default(self) -> Wired:
        """The wiring that the defaults of the constructor choose."""
        return self.variants[0]

    @cached_property
    def ways(self) -> tuple[Way, ...]:
        """Every wiring that is one answer away from the default."""
        return tuple(self.find_ways())

    def answers_to(self, question: str) -> list[object]:
        """The answers that the code makes a difference between."""
        other = [w.wired for w in self.ways if w.question == question]
        known = [w.answers for w in (self.default, *other)]
        return [answers[question] for answers in known if question in answers]

    @property
    def followed(self) -> bool:
        """Whether every variant could be followed."""
        return all(variant.followed for variant in self.variants)

    @property
    def spots(self) -> list[Spot]:
        """Where it could not be followed, whatever the settings are."""
        return [spot for variant in self.variants for spot in variant.spots]

    def reads_as(self, other: "Profile") -> bool:
        """Whether the code of both is the same, but for what it looks like."""
        if self.code == other.code:
            return True
        return len(self.code) == len(other.code) and self._said.agrees(other._said)

    def computes_as(self, other: "Profile") -> bool:
        """Whether both compute the same, up to the order of independent steps.

        That is more than to have no change: what is told of a part of a block, as that
        a projection has a bias, is no change of the part by itself.
        """
        return self._computed == other._computed

    def asks_as(self, other: "Profile") -> bool:
        """Whether the class itself asks for the same settings in both versions.

        Where the answer is another, a question may lead elsewhere.
        """
        return self._asked == other._asked

    @cached_property
    def _asked(self) -> list[set[str]]:
        code = self.place.chunk.text
        return [
            {asked for asked in wired.answers if asked.rpartition(".")[2] in code}
            for wired in self.variants
        ]

    @cached_property
    def _computed(self) -> list[object]:
        found: list[object] = []
        for wired in self.variants:
            digests = wired.program.digests(_numbered())
            ends = [digests[i] for i in wired.ends]
            sites = [
                (s.placement, s.lag, s.branch_lag, digests[s.branch], digests[s.stream])
                for s in wired.sites
            ]
            shared = len(wired.final), len(wired.shared)
            found.append((wired.when, sorted(digests), ends, sites, shared))
        return found

    @cached_property
    def _said(self) -> Said:
        return said_by(self.code)

    @cached_property
    def features(self) -> Counter[str]:
        """What the default wiring computes, to find the class again elsewhere."""
        program = self.default.program
        roots = [*self.default.ends]
        for site in self.default.sites:
            roots += [site.branch, site.stream]
        reached = program.reached(roots)
        kinds = (program.steps[i].kind for i in reached)
        return Counter([*(program.outlines[i] for i in reached), *kinds])


def _numbered() -> Callable[[Step], str]:
    """All of a step; weights and inputs get numbers in the order in which they come."""
    number: dict[object, int] = {}
    return lambda step: (
        f"{everything(step)} {number.setdefault(step.weights, len(number))}"
    )
