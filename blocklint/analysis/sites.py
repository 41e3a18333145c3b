"""The sites of a graph: which residual additions are a block's own, in order."""

from collections import Counter

from blocklint.analysis.block import Role, Site
from blocklint.analysis.evidence import Join, Wires
from blocklint.analysis.roles import role_of
from blocklint.graph import BlockGraph, Node, Op, Scope
from blocklint.graph.residuals import Residual, Residuals, same_value


def sites_of(graph: BlockGraph) -> tuple[Site, ...]:
    """The sites of a block, in execution order; none for what is no block."""
    residuals = Residuals(graph)
    sites = _sites(graph, residuals, _own(graph, residuals.outer))
    return () if _is_convolutional(sites) else tuple(sites)


def called_sites(graph: BlockGraph) -> tuple[Site, ...]:
    """Every site of a graph, those of the modules that the class only calls too."""
    residuals = Residuals(graph)
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


def _is_used(graph: BlockGraph, residual: Residual) -> bool:
    return any(graph.reaches(residual.add, out) for out in graph.of(Op.OUTPUT))


def _own(graph: BlockGraph, residuals: tuple[Residual, ...]) -> list[Residual]:
    """Leave out what belongs to the blocks that this class only calls.

    A sub-layer with one residual of its own counts as part of the block, as in BERT;
    one with several is a block itself, and counts only beside sites of our own.
    """
    child = {id(r): _child(r.add) for r in residuals}
    count = Counter(id(scope) for scope in child.values() if scope)
    inline = any(child[id(r)] is None and _in_loop(r, residuals) for r in residuals)
    own, single, nested = [], [], []
    for residual in residuals:
        scope = child[id(residual)]
        if scope is None:
            own.append(residual)
        elif (_is_listed(residual) and not inline) or not (
            _enters(residual, scope, residuals) and _is_used(graph, residual)
        ):
            continue
        elif count[id(scope)] == 1:
            single.append(residual)
        else:
            nested.append(residual)
    busy = {id(scope) for residual in own for scope in _computing(residual)}
    children = [*single, *(nested if own else [])]
    kept = [*own, *(r for r in children if id(child[id(r)]) not in busy)]
    return sorted(kept, key=lambda residual: residual.add.index)


def _is_listed(residual: Residual) -> bool:
    """Whether a sum stands inside a module that was taken from a list."""
    return any(scope.of_list for scope in residual.add.scope.chain)


def _in_loop(residual: Residual, residuals: tuple[Residual, ...]) -> bool:
    """Whether a sum stands in the body of a loop: its stream comes round again."""
    streams = {r.add.index: r.stream for r in residuals}
    pending, seen = [residual.stream], set[int]()
    while pending:
        node = pending.pop()
        if node.op is Op.LOOP:
            return True
        if node.index in seen or node.op is Op.EXIT:
            continue
        seen.add(node.index)
        if node.index in streams:
            pending.append(streams[node.index])
        elif node.op in (Op.VIEW, Op.JOIN, Op.NORM):
            pending.extend(node.reads)
    return False


def _computing(residual: Residual) -> list[Scope]:
    """The sub-modules that give a residual its branches."""
    ends = [n for branch in residual.branches for n in same_value(branch)]
    return [scope for scope in map(_child, ends) if scope is not None]


def _enters(residual: Residual, scope: Scope, residuals: tuple[Residual, ...]) -> bool:
    """Whether a sub-module adds to a stream that comes from outside of it."""
    earlier = {r.add.index: r for r in residuals if r is not residual}
    pending, seen = [residual.stream], set[int]()
    while pending:
        for node in same_value(pending.pop()):
            if node.index in seen:
                continue
            seen.add(node.index)
            if _child(node) is not scope:
                return True
            if node.index in earlier:
                pending.append(earlier[node.index].stream)
            elif node.op is Op.NORM:
                pending.extend(node.reads[:1])
    return False


def _child(node: Node) -> Scope | None:
    """The sub-module of the block that a node was made in; None for its own code."""
    return next((s for s in node.scope.chain[1:] if not s.helper), None)


def _parts(
    graph: BlockGraph, residuals: Residuals, residual: Residual, branch: Node
) -> list[Node]:
    """Attention and ffn summed before they join are two branches of one site."""
    inner = branch
    while inner.op is Op.VIEW and len(inner.reads) == 1:
        inner = inner.reads[0]
    if inner.op is not Op.ADD or _child(inner) is not _child(residual.add):
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
    values = {k: getattr(site, k) for k in site.__dataclass_fields__}
    return Site(**{**values, "optional": False})


def _is_convolutional(sites: list[Site]) -> bool:
    """Residual blocks of a CNN are no Transformer blocks."""
    return all(site.role is Role.CONV for site in sites)
