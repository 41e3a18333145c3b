"""Which residual additions are a block's own, and which those of what it calls."""

from collections import Counter

from blocklint.graph import BlockGraph, Node, Op, Scope
from blocklint.graph.residuals import Residual, same_value


def own_residuals(graph: BlockGraph, residuals: tuple[Residual, ...]) -> list[Residual]:
    """Leave out what belongs to the blocks that this class only calls.

    A sub-layer with one residual of its own counts as part of the block, as in BERT;
    one with several is a block itself, and counts only beside sites of our own.
    """
    child = {id(r): child_of(r.add) for r in residuals}
    count = Counter(id(scope) for scope in child.values() if scope)
    inline = any(child[id(r)] is None and _in_loop(r, residuals) for r in residuals)
    own, single, nested = [], [], []
    calls_blocks = any(graph.of(Op.BLOCK))
    for residual in residuals:
        scope = child[id(residual)]
        if scope is None:
            own.append(residual)
        elif (_is_listed(residual) and not inline) or not (
            _enters(residual, scope, residuals) and _is_used(graph, residual)
        ):
            calls_blocks = calls_blocks or _is_listed(residual)
        elif count[id(scope)] == 1:
            single.append(residual)
        else:
            nested.append(residual)
    busy = {id(scope) for residual in own for scope in _computing(residual)}
    if not own and (
        calls_blocks or (len(single) == 1 and _is_closed(graph, single[0]))
    ):
        return []  # a model, or a class that only calls one sub-layer with a residual
    children = [*single, *(nested if own else [])]
    kept = [*own, *(r for r in children if id(child[id(r)]) not in busy)]
    return sorted(kept, key=lambda residual: residual.add.index)


def _is_closed(graph: BlockGraph, residual: Residual) -> bool:
    """Whether one sub-module computes the whole branch and adds it."""
    scope = child_of(residual.add)
    return all(
        child_of(node) is scope
        for branch in residual.branches
        for node in (*graph.between(residual.stream, branch), branch)
    )


def _is_used(graph: BlockGraph, residual: Residual) -> bool:
    return any(graph.reaches(residual.add, out) for out in graph.of(Op.OUTPUT))


def _is_listed(residual: Residual) -> bool:
    """Whether a sum stands inside a module that was taken from a list."""
    return any(scope.of_list for scope in residual.add.scope.chain)


def _enters(residual: Residual, scope: Scope, residuals: tuple[Residual, ...]) -> bool:
    """Whether a sub-module adds to a stream that comes from outside of it."""
    earlier = {r.add.index: r for r in residuals if r is not residual}
    pending, seen = [residual.stream], set[int]()
    while pending:
        for node in same_value(pending.pop()):
            if node.index in seen:
                continue
            seen.add(node.index)
            if child_of(node) is not scope:
                return True
            if node.index in earlier:
                pending.append(earlier[node.index].stream)
            elif node.op is Op.NORM:
                pending.extend(node.reads[:1])
    return False


def child_of(node: Node) -> Scope | None:
    """The sub-module of the block that a node was made in; None for its own code."""
    return next((s for s in node.scope.chain[1:] if not s.helper), None)


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
    return [scope for scope in map(child_of, ends) if scope is not None]
