"""What is to be done to a block: which sites are to change, and with which norms."""

from itertools import combinations

from blocklint.analysis.block import Site
from blocklint.analysis.placement import Placement
from blocklint.migration.draft import Draft, Joint, Plan
from blocklint.migration.model import Model, Wired
from blocklint.migration.norms import Norms, Template, line_of, norms_of
from blocklint.migration.outcome import Refused
from blocklint.migration.skeleton import key_of


def plans_of(draft: Draft, to: Placement) -> list[Plan]:
    """What is to be done, site by site; fixes which norms may move, and what stays.

    Raises Refused for a site whose norms are not that simple.
    """
    found = []
    wirings = draft.wirings()
    for wired in wirings:
        for site in wired.sites:
            draft.skeletons.movable |= {key_of(norm) for norm in site.norms}
    for number, wired in enumerate(wirings):
        for site in wired.sites:
            if site.placement is not to:
                found.append(_plan(number, site, wired, draft))
        if to in (Placement.OUTPUT, Placement.PERI):
            _require_own_norms(wired, draft.model)
    draft.results = draft.computed(draft.model)
    return found


def _plan(number: int, site: Site, wired: Wired, draft: Draft) -> Plan:
    line, numbers = line_of(site, draft.model), draft.skeletons.numbers(wired.graph)
    if site.add.place is not None and not draft.model.is_here(site.add.place):
        other = site.add.place.path
        raise Refused(f"the {site.role.value} is added in another file, {other}", 1)
    norms = norms_of(site, wired, draft.model)
    uses = frozenset((key_of(n), numbers[n.index]) for n in site.norms)
    joint = Joint(number, numbers[site.add.index], numbers[site.branch.index])
    return Plan(joint, norms, uses, site.role.value, line)


def _require_own_norms(wired: Wired, model: Model) -> None:
    """Refuse branches that join together and would have to share a norm."""
    for one, two in combinations(wired.sites, 2):
        shared = {key_of(n) for n in one.norms} & {key_of(n) for n in two.norms}
        if one.add is two.add and shared:
            roles = f"{one.role.value} and {two.role.value}"
            name = sorted(key[1] for key in shared)[0]
            raise Refused(
                f"{roles} share {name}; each needs a norm of its own at its end",
                line_of(one, model),
            )


def the_one(norms: Norms, to: Placement) -> Template:
    """The norm that stays; of two, not the one that was made after the other."""
    if norms.enter and norms.leave:
        for one, two in ((norms.enter, norms.leave), (norms.leave, norms.enter)):
            if two.key[1].startswith(f"{one.key[1]}_"):
                return one
    order = {
        Placement.PRE: (norms.enter, norms.stream, norms.leave),
        Placement.OUTPUT: (norms.leave, norms.stream, norms.enter),
    }.get(to, (norms.stream, norms.leave, norms.enter))
    return next(each for each in order if each is not None)
