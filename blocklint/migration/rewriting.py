"""Rewrites a block: its norms are taken out site by site, then put in as wanted.

Every step is read again: with the norms left out, a block must compute what it did
before, and where it norms must be what was asked for. A step for which no text passes
ends the whole in a refusal.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import field

from blocklint.analysis.block import Site
from blocklint.analysis.placement import Placement
from blocklint.frozen import dataclass
from blocklint.graph import Node
from blocklint.migration.draft import Draft, Plan, Wanted
from blocklint.migration.dressing import Spot, after, entering, leaving, spot_of
from blocklint.migration.making import (
    fresh_attribute,
    maker_of,
    with_another,
    without_attribute,
)
from blocklint.migration.norms import Template, line_of
from blocklint.migration.outcome import Refused
from blocklint.migration.plans import plans_of, the_one
from blocklint.migration.rows import freed
from blocklint.migration.skeleton import NormKey, Skeletons, key_of
from blocklint.migration.stripping import without

_FORM = {
    Placement.PRE: entering,
    Placement.OUTPUT: leaving,
    Placement.POST: after,
}
Proposals = Callable[[Spot, Template], Iterator[str]]


@dataclass(eq=False)
class Rewriting:
    """A block on its way from one text to another."""

    draft: Draft
    to: Placement
    added: dict[NormKey, str] = field(default_factory=dict)
    removed: dict[NormKey, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    _owners: dict[NormKey, str] = field(default_factory=dict)
    _fresh: dict[NormKey, str] = field(default_factory=dict)

    def run(self) -> None:
        """Bring every site of every wiring to the wanted placement."""
        self._free()
        plans = plans_of(self.draft, self.to)
        others, shape = self.draft.elsewhere(), self._shape()
        self._owners = {n.key: n.owner for plan in plans for n in plan.norms.all}
        before = self._attributes(plans)
        for plan in plans:
            self._strip(plan)
        for plan in plans:
            self._dress(plan)
        used = set(self._used())
        for key, (owner, attribute) in before.items():
            if key not in used:
                self._drop(key, owner, attribute)
        idle = {each.key for p in plans for each in p.norms.all} - used
        self.notes = [_of_idle(key) for key in sorted(idle) if key not in self.removed]
        if self.draft.elsewhere() != others or self._shape() != shape:
            line = self.draft.model.block(self.draft.name).place.span.line
            raise Refused("rewritten, its sites or norms would be others", line)
        self._require_placed()

    def _free(self) -> None:
        """Give the norms that are items of a row attributes of their own."""
        while norm := self._in_a_row():
            found = freed(norm, self.draft.model)
            model = self.draft.model.changed(found[0]) if found else None
            if found is None or model is None:
                return  # It is refused with its line once it is to be moved.
            old = key_of(norm)
            key = (old[0], found[2], old[2])
            same = Skeletons({old, key})
            before, after = (
                [(same.results(w.graph), [_put_at(s) for s in w.sites]) for w in each]
                for each in (self.draft.wirings(), self.draft.wirings(model))
            )
            if before != after:
                return
            self.draft.model = model
            self.draft.skeletons.movable |= {old, key}
            self.removed[old] = f"{found[1]}.{norm.name}"
            self.added[key] = f"{found[1]}.{found[2]}"

    def _in_a_row(self) -> Node | None:
        """A norm of a site that is to be moved, and is an item of an nn.Sequential."""
        for wired in self.draft.wirings():
            for site in wired.sites:
                for norm in site.norms if site.placement is not self.to else ():
                    if "." in norm.name:
                        return norm
        return None

    def _shape(self) -> list[list[tuple[str, bool]]]:
        """The roles of all sites, and which of them are optional."""
        return [
            [(site.role.value, site.optional) for site in wired.sites]
            for wired in self.draft.wirings()
        ]

    def _require_placed(self) -> None:
        """Read the result as a whole: every site is as wanted."""
        for wired in self.draft.wirings():
            for site in wired.sites:
                if site.placement is not self.to:
                    line = line_of(site, self.draft.model)
                    formula = site.placement.formula
                    raise Refused(f"rewritten, a site would be {formula}", line)

    def _attributes(self, plans: Iterable[Plan]) -> dict[NormKey, tuple[str, str]]:
        return {
            each.key: (each.owner, each.attribute)
            for plan in plans
            for each in plan.norms.all
            if each.attribute
        }

    def _used(self) -> Iterator[NormKey]:
        for wired in self.draft.wirings():
            for site in wired.sites:
                yield from map(key_of, site.norms)

    def _strip(self, plan: Plan) -> None:
        """Take out the norms of one site, one call after the other."""
        while norm := self.draft.applied(plan):
            wired = self.draft.wired(plan)
            texts = without(norm, wired, self.draft.model, plan.line)
            self.draft.take(texts, plan, (), f"{norm.name} could not be taken out")

    def _dress(self, plan: Plan) -> None:
        """Put the norms of one site where they are wanted."""
        site = self.draft.site(plan)
        if site is not None and site.placement is self.to:
            return
        if self.to is Placement.PERI:
            enter, leave = self._pair(plan)
            # Code that is shared with a site before it may be there already.
            self._put(plan, leaving, leave, (Placement.OUTPUT, Placement.PERI))
            self._put(plan, entering, enter, (Placement.PERI,))
            return
        self._put(plan, _FORM[self.to], the_one(plan.norms, self.to), (self.to,))

    def _pair(self, plan: Plan) -> tuple[Template, Template]:
        """A norm for each end of the branch; where there is one, it gets a second."""
        norms = plan.norms
        if norms.leave and not norms.enter:
            return self._another(norms.leave, "in", plan), norms.leave
        enter = norms.enter or norms.stream
        assert enter is not None
        leave = norms.leave or (norms.stream if norms.enter else None)
        return enter, leave or self._another(enter, "out", plan)

    def _another(self, norm: Template, suffix: str, plan: Plan) -> Template:
        """A norm that is made as another one is, once for all that need it."""
        if norm.attribute is None:
            raise Refused(
                f"a second norm is needed, and {norm.key[1]} is no attribute that "
                "another could be made after",
                plan.line,
            )
        known = (norm.key[0], f"{norm.attribute}_{suffix}", norm.key[2])
        return (
            self._made(norm, suffix, plan)
            if known not in self._fresh
            else (norm.renamed(self._fresh[known]))
        )

    def _made(self, norm: Template, suffix: str, plan: Plan) -> Template:
        """A second norm in the class that makes the first; all its objects get one."""
        assert norm.attribute is not None
        maker = maker_of(norm.owner, norm.attribute, self.draft.model)
        if maker is None:
            raise Refused(
                f"a second norm is needed, and {norm.owner} does not make "
                f"self.{norm.attribute} itself, so that it could not be made alike",
                plan.line,
            )
        fresh = fresh_attribute(norm.attribute, suffix, maker, self.draft.model)
        text = with_another(maker, norm.attribute, fresh, self.draft.model)
        model = self.draft.model.changed(text)
        assert model is not None
        self.draft.model = model
        for key, owner in self._owners.items():
            if owner == norm.owner and key[1:] == norm.key[1:]:
                made = (key[0], fresh, key[2])
                self.draft.skeletons.movable.add(made)
                self.added[made] = f"{maker}.{fresh}"
                self._fresh[key[0], f"{norm.attribute}_{suffix}", key[2]] = fresh
        return norm.renamed(fresh)

    def _put(self, plan: Plan, form: Proposals, norm: Template, wanted: Wanted) -> None:
        wired = self.draft.wired(plan)
        found = self.draft.site(plan)
        if found is not None and found.placement in wanted:
            return
        numbers = dict(self.draft.skeletons.numbers(wired.graph))
        joint = plan.joint
        spot = spot_of(joint.add, joint.branch, numbers, wired, self.draft.model)
        if spot is None:
            raise Refused(f"the {plan.role} is not found without its norm", plan.line)
        why = f"no way is known to write the {plan.role} as {wanted[-1].formula}"
        self.draft.take(form(spot, norm), plan, wanted, why)

    def _drop(self, key: NormKey, owner: str, attribute: str) -> None:
        """Make a norm no longer that no site uses."""
        owner = maker_of(owner, attribute, self.draft.model) or owner
        text = without_attribute(owner, attribute, self.draft.model)
        model = self.draft.model.changed(text) if text is not None else None
        if model is not None and self.draft.computed(model) == self.draft.results:
            self.draft.model = model
            self.removed[key] = f"{owner}.{attribute}"


def _put_at(site: Site) -> tuple[Placement, str]:
    return site.placement, site.role.value


def _of_idle(key: NormKey) -> str:
    return f"{'.'.join((*key[0], key[1]))} is not used any more: take it out"
