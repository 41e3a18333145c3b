"""Arithmetic that amounts to a layer: norms and projections written as formulas."""

from blocklint.graph.model import Node, Op

_RESHAPES = frozenset(["reshape", "slice", "element"])
_AXES = frozenset(["dim", "axis"])
_LOSSES = ("_loss", "cross_entropy", "kl_div")
FAR = 24  # nodes looked at behind a value; the formula of a norm has about ten


def is_normalised(value: Node, scale: Node) -> bool:
    """Whether `scale` is an inverse statistic (mean, variance, norm) of `value`.

    One that leaves its axis out is of another shape, and the product is no norm.
    """
    pending, seen = [scale], set[int]()
    found = lost = reshaped = False
    while pending:
        node = pending.pop()
        if node.index in seen or len(seen) > FAR:
            continue
        seen.add(node.index)
        if node.kind == "stat":
            found, lost = True, lost or leaves_out(node)
            if _roots(value).isdisjoint(_roots(node)):
                return False
            continue
        if node.op not in (Op.VIEW, Op.ADD) or node.kind in ("softmax", "activation"):
            return False
        reshaped = reshaped or node.kind in _RESHAPES
        pending.extend(node.reads)
    return found and (reshaped or not lost)


def leaves_out(statistic: Node) -> bool:
    """Whether a mean over the last axis leaves that axis out: no `keepdim`."""
    call = statistic.call
    over = call.named.get("axis", call.get(1, "dim", None))
    kept = call.named.get("keepdims", call.get(2, "keepdim", False))
    return over == -1 and kept is False


def is_number(node: Node) -> bool:
    """Whether a mean or a sum is taken over all axes: a loss, a temperature."""
    reduces = node.kind == "stat" or node.name in ("mean", "sum")
    alone = len(node.call.positional) == 1 and not node.call.named.keys() & _AXES
    return reduces and node.op is Op.VIEW and len(node.reads) == 1 and alone


def _roots(node: Node) -> set[int]:
    """What a value is elementwise made of."""
    found: set[int] = set()
    pending = [node]
    while pending and len(found) < FAR:
        node = pending.pop()
        if node.index in found:
            continue
        found.add(node.index)
        if node.op is Op.VIEW and node.kind != "softmax":
            pending.extend(node.reads)
    return found


def is_weight(nodes: list[Node]) -> bool:
    """Whether a side of a product is a parameter, perhaps transposed."""
    roots = [
        node for each in nodes for node in _made_of(each) if node.op is not Op.VIEW
    ]
    return bool(roots) and all(node.op is Op.PARAM for node in roots)


def _made_of(node: Node) -> list[Node]:
    """A value and what it is made of by views alone, each once."""
    found: dict[int, Node] = {}
    pending = [node]
    while pending:
        node = pending.pop()
        if node.index not in found:
            found[node.index] = node
            pending.extend(node.reads if node.op is Op.VIEW else ())
    return list(found.values())


def is_another(node: Node) -> bool:
    """One of several pieces of a value, several side by side, or a mere number."""
    piece = node.kind == "element" and any(r.kind == "pieces" for r in node.reads)
    loss = node.op is Op.VIEW and node.name.endswith(_LOSSES)
    part = piece or _is_of_list(node) or _is_joined(node)
    return part or loss or is_number(node)


def _is_of_list(node: Node) -> bool:
    """Whether it is one that was picked from a list that came in."""
    if node.kind != "element" or node.name == "each" or not node.reads:
        return False
    source = node.reads[0]
    while source.op is Op.VIEW and source.kind == "reshape" and len(source.reads) == 1:
        source = source.reads[0]
    return source.op is Op.INPUT


def _is_joined(node: Node) -> bool:
    """Several values side by side: neither of them is the whole."""
    return len(node.reads) > 1 and node.name in ("cat", "concat", "stack", "hstack")
