"""Sums of two values in shares that make one: `m * x + (1 - m) * y`.

With a mask for `m`, each place takes one value or the other, as in imputation. With a
gate it is what a recurrent cell or a highway does; in a Transformer block it is a
residual with a gate.
"""

from blocklint.graph import BlockGraph, Node, Op
from blocklint.graph.residuals import Residuals, same_value

_WEIGHTS = (Op.LAYER, Op.BLOCK, Op.OPAQUE)
_RESHAPES = frozenset(["reshape", "slice"])


def is_update(graph: BlockGraph, stream: Node, branch: Node) -> bool:
    """Whether a blend takes in another input than the stream is made of.

    As a recurrent cell does, which takes a step into a state; a highway, of one value
    and what was made of it, is a residual.
    """
    share = share_of(stream, branch)
    if share is None:
        return False
    old = _weighed(stream, share)
    return any(
        graph.reaches(each, branch) and not any(graph.reaches(each, v) for v in old)
        for each in graph.of(Op.INPUT)
    )


def is_choice(graph: BlockGraph, stream: Node, branch: Node) -> bool:
    """Whether the shares are given, by a mask: nothing learnt chooses them."""
    share = share_of(stream, branch)
    if share is None or not graph.is_made_of(Op.INPUT, share):
        return False
    return not any(graph.is_made_of(op, share) for op in _WEIGHTS)


def share_of(stream: Node, branch: Node) -> Node | None:
    """The share of one summand, where that of the other is a number less it."""
    mine, other = _factors(stream), _factors(branch)
    for one, rest in ((a, b) for a in mine for b in other):
        if _lacks(rest, one):
            return one
        if _lacks(one, rest):
            return rest
    return None


def is_straight_through(stream: Node, branch: Node) -> bool:
    """Whether `x + (y - x).detach()` gives y the gradient of x: it is no sum at all."""
    while branch.kind == "reshape" and branch.reads:
        branch = branch.reads[0]
    taken = branch.reads[1:] if branch.name == "-" else ()
    return any(value in taken for value in same_value(stream))


def is_beside(residuals: Residuals, stream: Node, branch: Node) -> bool:
    """Whether the stream chooses the shares of a blend, and of the rest nothing.

    What it is blended with is another value, as where features are fused.
    """
    share = share_of(stream, branch)
    if share is None:
        return False
    weighed = _weighed(branch, share)
    return not any(residuals.feeds(stream, factor) for factor in weighed)


def is_put_back(graph: BlockGraph, stream: Node, branch: Node) -> bool:
    """Whether a spread and a mean of the input are put back: `y * std + mean`."""
    below = graph.ancestors(stream)
    made_of = [node for node in graph.nodes if below >> node.index & 1]
    if any(node.op in _WEIGHTS for node in made_of) or not any(map(_sums, made_of)):
        return False
    inputs = [node for node in made_of if node.op is Op.INPUT]
    return any(
        factor not in made_of
        and not any(graph.is_made_of(op, factor) for op in _WEIGHTS)
        and any(graph.reaches(each, factor) for each in inputs)
        for factor in _factors(branch)
    )


def _sums(node: Node) -> bool:
    """Whether a value is made of all that stand along an axis."""
    return node.kind == "stat" or node.name.endswith(("sum", "mean", "median"))


def is_scheduled(graph: BlockGraph, node: Node) -> bool:
    """Whether a value is multiplied by a number that comes with the inputs.

    Or by one that was looked up in a table for each sample, as in a schedule of noise.
    """
    return any(
        not any(graph.is_made_of(op, factor) for op in _WEIGHTS)
        and (graph.is_made_of(Op.INPUT, factor) or factor.name == "gather")
        for factor in _factors(node)
    )


def _factors(node: Node) -> tuple[Node, ...]:
    """The two values that a summand is the product of, without their reshaping."""
    match _plain(node):
        case Node(kind="scale", reads=(one, two)):
            return _plain(one), _plain(two)
    return ()


def _weighed(product: Node, share: Node) -> list[Node]:
    """What a share is multiplied with."""
    return [f for f in _factors(product) if f is not share and not _lacks(f, share)]


def _lacks(rest: Node, share: Node) -> bool:
    """Whether a value is a number less another value, `1 - m`."""
    less = rest.kind == "arithmetic" and rest.name == "-" and len(rest.reads) == 1
    return less and _plain(rest.reads[0]) is share


def _plain(node: Node) -> Node:
    """A value before it was reshaped, cast or cut."""
    while node.op is Op.VIEW and node.kind in _RESHAPES and len(node.reads) == 1:
        if node.name == "gather":
            return node
        node = node.reads[0]
    return node
