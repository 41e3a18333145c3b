"""The sites of a graph: which residual additions are a block's own, in order."""

from dataclasses import replace

from blocklint.analysis.blends import (
    is_beside,
    is_choice,
    is_put_back,
    is_scheduled,
    is_straight_through,
    is_update,
)
from blocklint.analysis.block import Site
from blocklint.analysis.evidence import Join, Wires
from blocklint.analysis.ownership import child_of, own_residuals
from blocklint.analysis.placement import Placement
from blocklint.analysis.role import Role
from blocklint.analysis.roles import role_of
from blocklint.graph import BlockGraph, Node, Op
from blocklint.graph.residuals import THROUGH, Residual, Residuals


def sites_of(graph: BlockGraph) -> tuple[Site, ...]:
    """The sites of a block, in execution order; none for what is no block."""
    residuals = graph.once(Residuals)
    kept = own_residuals(graph, residuals.outer)
    every = _sites(graph, residuals, kept)
    sites = [site for site in every if not _is_arithmetic(graph, residuals, site)]
    if _is_convolutional(sites) or all(_is_cell(graph, site) for site in sites):
        return ()
    if _is_beside_the_point(graph, residuals, sites):
        return ()
    return tuple(sites)


def called_sites(graph: BlockGraph) -> tuple[Site, ...]:
    """Every site of a graph, those of the modules that the class only calls too."""
    residuals = graph.once(Residuals)
    return tuple(_sites(graph, residuals, list(residuals.outer)))


def _sites(graph: BlockGraph, residuals: Residuals, kept: list[Residual]) -> list[Site]:
    joins = [
        Join(residual, part)
        for residual in kept
        for branch in residual.branches
        for part in _parts(graph, residuals, residual, branch)
    ]
    wires = Wires(graph, residuals, joins)
    sites = sorted(
        (_site(wires, join) for join in joins),
        key=lambda site: (site.add.index, site.branch.index),
    )
    return _one_of_exclusive(sites)


def _parts(
    graph: BlockGraph, residuals: Residuals, residual: Residual, branch: Node
) -> list[Node]:
    """Attention and ffn summed before they join are two branches of one site."""
    inner = branch
    while inner.op is Op.VIEW:
        fed = [read for read in inner.reads if residuals.feeds(residual.stream, read)]
        if len(fed) != 1:
            break
        inner = fed[0]
    if inner.op is not Op.ADD or child_of(inner) is not child_of(residual.add):
        return [branch]
    parts = [r for r in inner.reads if residuals.feeds(residual.stream, r)]
    wires = Wires(graph, residuals, [])
    roles = {
        role_of(graph, wires.sources(Join(residual, part)), part) for part in parts
    }
    independent = not any(
        graph.reaches(a, b) for a in parts for b in parts if a is not b
    )
    return parts if len(roles) > 1 and independent else [branch]


def _site(wires: Wires, join: Join) -> Site:
    facts = wires.facts(join)
    role = role_of(wires.graph, wires.sources(join), join.branch)
    return Site(
        join.add,
        join.stream,
        join.branch,
        role,
        facts.placement,
        facts.norms,
        _sublayer(wires.graph, wires.sources(join), join.branch),
        any(not guard.rest for guard in join.add.guards),
        _modifiers(wires, join, role),
    )


def _sublayer(graph: BlockGraph, sources: list[Node], branch: Node) -> Node | None:
    """The first learnable or mixing node of a branch."""
    nodes = [n for s in sources for n in [*graph.between(s, branch), branch]]
    layers = [n for n in nodes if n.op in (Op.LAYER, Op.BLOCK, Op.OPAQUE)]
    return min(layers, key=lambda node: node.index, default=None)


def _modifiers(wires: Wires, join: Join, role: Role) -> frozenset[str]:
    found: set[str] = set()
    for start in (join.branch, join.stream):
        end = start
        while end.op in (Op.VIEW, Op.NORM) and end.reads:
            if end.kind == "scale":
                found.add("scaled")
            if "drop" in end.name and "path" in end.name.lower():
                found.add("drop-path")
            end = end.reads[-1] if end.kind == "scale" else end.reads[0]
    if wires.facts(join).switched_off:
        found.add("norm-off")
    if len(join.residual.branches) > 1 or join.branch not in join.residual.branches:
        found.add("parallel")
    if role in (Role.ATTENTION, Role.CROSS_ATTENTION) and _has_qk_norm(wires, join):
        found.add("qk-norm")
    return frozenset(found)


def _has_qk_norm(wires: Wires, join: Join) -> bool:
    facts = wires.facts(join)
    inside = [
        node
        for source in wires.sources(join)
        for node in wires.graph.between(source, join.branch)
        if node.op is Op.NORM and node not in facts.norms
    ]
    return bool(inside)


def _one_of_exclusive(sites: list[Site]) -> list[Site]:
    """Of two arms that do the same, one is enough; a site in one arm is optional."""
    conditions = {g.condition for site in sites for g in site.add.guards}
    for condition in sorted(conditions):
        arms = {
            arm: [s for s in sites if _in_arm(s, condition, arm)]
            for arm in (True, False)
        }
        if arms[True] and arms[False]:
            less = min((True, False), key=lambda arm: len(arms[arm]))
            sites = [s for s in sites if s not in arms[less]]
            kept = arms[not less]
            extra = kept[len(arms[less]) :]
            sites = [s if s in extra or s not in kept else _required(s) for s in sites]
    return sites


def _in_arm(site: Site, condition: int, arm: bool) -> bool:
    return any(g.condition == condition and g.arm is arm for g in site.add.guards)


def _required(site: Site) -> Site:
    return replace(site, optional=False)


def _is_convolutional(sites: list[Site]) -> bool:
    """Residual blocks of a CNN are no Transformer blocks."""
    return all(site.role is Role.CONV for site in sites)


def _is_arithmetic(graph: BlockGraph, residuals: Residuals, site: Site) -> bool:
    """A sum that no norm and no nameable sub-layer has a part in: a loss, a state.

    Nor is it a residual where a mask chooses one of two values, where the shares alone
    of another value are computed from the stream, where the input's mean is put back,
    where the stream is taken off again, or where a schedule weighs what some model made
    of its input.
    """
    pair = site.stream, site.branch
    if is_choice(graph, *pair) or is_put_back(graph, *pair):
        return True
    if is_straight_through(*pair) or is_beside(residuals, *pair):
        return True
    bare = site.placement in (Placement.NONE, Placement.UNKNOWN)
    if not bare or site.role is not Role.OTHER:
        return False
    return not _is_wrapped(graph, site) or is_scheduled(graph, site.branch)


def _is_wrapped(graph: BlockGraph, site: Site) -> bool:
    """Whether a branch is what one module computes that came in from outside."""
    if site.sublayer is None or not site.sublayer.scope.passed:
        return False
    inside = graph.ancestors(site.branch) & ~graph.ancestors(site.stream)
    modules = graph.of(Op.LAYER, Op.BLOCK, Op.OPAQUE)
    return len({m.name for m in modules if inside >> m.index & 1}) == 1


def _is_cell(graph: BlockGraph, site: Site) -> bool:
    """A gate between the old and the new, without attention or norm: a recurrent cell.

    What a block joins by such a gate stands in the block, beside what it computes.
    """
    bare = site.placement in (Placement.NONE, Placement.UNKNOWN)
    attends = site.role in (Role.ATTENTION, Role.CROSS_ATTENTION)
    return bare and not attends and is_update(graph, site.stream, site.branch)


def _is_beside_the_point(
    graph: BlockGraph, residuals: Residuals, sites: list[Site]
) -> bool:
    """Norm-free sums in a class whose business is something else.

    A model that calls blocks and refines a box beside them; a mixer that projects its
    input, skips inside, and projects the sum back.
    """
    placements = {site.placement for site in sites}
    if any(graph.of(Op.BLOCK)) and all(site.role is Role.OTHER for site in sites):
        return True
    if not placements <= {Placement.NONE, Placement.UNKNOWN}:
        return False
    if all(_is_internal(graph, residuals, site) for site in sites):
        return True
    own = {site.add.index for site in sites}
    calls = any(graph.of(Op.BLOCK)) or any(
        residual.add.index not in own and child_of(residual.add) is not None
        for residual in residuals.outer
    )
    return calls


def _is_internal(graph: BlockGraph, residuals: Residuals, site: Site) -> bool:
    """Whether a stream starts in a projection and ends in one."""
    _, ends = residuals.lineage(site.stream)
    if any(end.op is Op.INPUT for end in ends):
        return False
    pending, seen = [site.add], set[int]()
    while pending:
        for reader in graph.readers(pending.pop()):
            if reader.op is Op.OUTPUT:
                return False
            if reader.op in (*THROUGH, Op.NORM, Op.ADD) and reader.index not in seen:
                seen.add(reader.index)
                pending.append(reader)
    return True
