"""A block in a text that is being rewritten: what it computes, and what may follow."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import field

from blocklint.analysis.block import Site
from blocklint.analysis.placement import Placement
from blocklint.frozen import dataclass
from blocklint.graph import Node, Op
from blocklint.migration.model import Answers, Model, Wired
from blocklint.migration.norms import Norms
from blocklint.migration.outcome import Refused
from blocklint.migration.skeleton import NormKey, Skeletons, key_of

Wanted = tuple[Placement, ...]  # any of them; none where it does not matter


@dataclass(frozen=True)
class Joint:
    """A site by the numbers of its sum and its branch, in one wiring."""

    wiring: int
    add: int
    branch: int


@dataclass(frozen=True)
class Plan:
    """What a site of the block had before, and the line it stood in."""

    joint: Joint
    norms: Norms
    uses: frozenset[tuple[NormKey, int]]  # of a norm, on which value
    role: str
    line: int


@dataclass(eq=False)
class Draft:
    """A text on its way, and what the block must go on to compute in every wiring.

    `skeletons` know which norms may move, `results` are what it returns without them.
    """

    model: Model
    name: str
    answers: tuple[Answers, ...]
    skeletons: Skeletons = field(default_factory=Skeletons)
    results: tuple[tuple[int, ...], ...] = ()

    def wirings(self, model: Model | None = None) -> list[Wired]:
        """The wirings of the block in a text, under the answers that it began with."""
        model = model or self.model
        return [model.wired(self.name, answers) for answers in self.answers]

    def wired(self, plan: Plan) -> Wired:
        """The wiring that a plan is about."""
        return self.model.wired(self.name, self.answers[plan.joint.wiring])

    def elsewhere(self) -> list[Counter[tuple[NormKey, int]]]:
        """Where the norms that may move are called beside the sites, and on what."""
        found = []
        for wired in self.wirings():
            numbers = self.skeletons.numbers(wired.graph)
            of_sites = Counter(
                (key_of(norm), numbers[norm.index])
                for norm in {n for site in wired.sites for n in site.norms}
            )
            found.append(self.skeletons.applied(wired.graph) - of_sites)
        return found

    def computed(self, model: Model) -> tuple[tuple[int, ...], ...]:
        """What the block returns in a text, in every wiring, its norms left out."""
        if self.name not in model.readings:
            return ()
        return tuple(self.skeletons.results(w.graph) for w in self.wirings(model))

    def accepts(self, text: str, plan: Plan, wanted: Wanted) -> Model | None:
        """The model of a text, if it computes the same and has the site as wanted."""
        model = self.model.changed(text)
        if model is None or self.computed(model) != self.results:
            return None
        found = self.site(plan, model)
        if wanted and (found is None or found.placement not in wanted):
            return None
        return model

    def site(self, plan: Plan, model: Model | None = None) -> Site | None:
        """The site of a plan in a text; None where it cannot be made out."""
        model = model or self.model
        wired = model.wired(self.name, self.answers[plan.joint.wiring])
        numbers = self.skeletons.numbers(wired.graph)
        for site in wired.sites:
            pair = numbers[site.add.index], numbers[site.branch.index]
            if pair == (plan.joint.add, plan.joint.branch):
                return site
        return None

    def applied(self, plan: Plan) -> Node | None:
        """A norm of a site, as it is still called in the text."""
        wired = self.wired(plan)
        numbers = self.skeletons.numbers(wired.graph)
        for node in wired.graph.of(Op.NORM):
            if (key_of(node), numbers[node.index]) in plan.uses:
                return node
        return None

    def take(self, texts: Iterable[str], plan: Plan, wanted: Wanted, why: str) -> None:
        """Go on with the first text that is accepted."""
        for text in texts:
            model = self.accepts(text, plan, wanted)
            if model is not None:
                self.model = model
                return
        raise Refused(why, plan.line)
