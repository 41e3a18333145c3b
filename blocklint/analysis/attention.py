"""Attention that is written out: scores, softmax, and the weighted sum of values."""

from collections.abc import Iterator

from blocklint.analysis.shapes import Shape, Shapes
from blocklint.analysis.shapes.products import einsum_operands, equation
from blocklint.analysis.shapes.shape import axis_of, operand
from blocklint.analysis.shapes.views import SAME
from blocklint.frozen import dataclass
from blocklint.graph import BlockGraph, Dim, Node, Op

_SWAPS = frozenset(["transpose", "swapaxes", "swapdims"])


@dataclass(frozen=True, eq=False)
class Scaling:
    """What a value is multiplied by on its way; None where that cannot be told."""

    factor: Dim | None
    nodes: tuple[Node, ...]

    def __mul__(self, other: "Scaling") -> "Scaling":
        known = self.factor is not None and other.factor is not None
        factor = self.factor * other.factor if known else None  # type: ignore[operator]
        return Scaling(factor, (*self.nodes, *other.nodes))

    def resolved(self, shapes: Shapes) -> "Scaling":
        """The same with the sizes in the factor written out."""
        return Scaling(shapes.dim(self.factor), self.nodes)


UNSCALED = Scaling(Dim.of(1), ())


@dataclass(frozen=True, eq=False)
class Attention:
    """`softmax(q @ k^T * scale) @ v`, or torch's own function for it.

    `scores` and `softmax` are None for torch's function, which does both.
    """

    mix: Node
    query: Node
    key: Node
    scores: Node | None
    softmax: Node | None
    scaling: Scaling
    shapes: Shapes
    added: tuple[Node, ...] = ()  # to the scores: masks, biases

    @property
    def head_width(self) -> Dim | None:
        """The size of the axis over which queries and keys are multiplied."""
        shape = self.shapes.of(self.query)
        if self.scores is None or self.scores.name != "einsum":
            return shape.at(-1)
        parts = equation(self.scores)
        if parts is None or shape.open or len(parts[0]) != 2:  # noqa: PLR2004
            return None
        (one, two), result = parts
        shared = [a for a in one if a in two and a not in result]
        return shape.at(one.index(shared[0])) if len(shared) == 1 else None

    @property
    def heads(self) -> Dim | None:
        """What is left of the width of the query once it is split into heads."""
        projected = projection(self.query)
        width = self.shapes.of(projected).at(-1) if projected is not None else None
        if width is None or self.head_width is None:
            return None
        return width / self.head_width

    @property
    def mixed_axis(self) -> tuple[int, int] | None:
        """The axis that the softmax norms and the one that the values are summed over.

        Both from the end, as axes of the softmax; None where either is unclear.
        """
        if self.softmax is None:
            return None
        normed = _from_end(_dim(self.softmax), self.shapes.of(self.softmax))
        summed = _summed_axis(self.mix, self.softmax, self.shapes)
        return (normed, summed) if normed is not None and summed is not None else None


def attentions_of(graph: BlockGraph, shapes: Shapes) -> tuple[Attention, ...]:
    """Every attention of a graph whose parts can be followed."""
    return tuple([*_written_out(graph, shapes), *_fused(graph, shapes)])


def projection(value: Node) -> Node | None:
    """The linear layer that a query or key comes from, reshaping left out."""
    while value.op is Op.VIEW and value.reads:
        value = value.reads[0]
    return value if value.kind == "linear" else None


def _fused(graph: BlockGraph, shapes: Shapes) -> Iterator[Attention]:
    for node in graph.nodes:
        if node.name != "scaled_dot_product_attention":
            continue
        query, key = operand(node), operand(node, 1)
        if query is not None and key is not None:
            scaling = (_scaling(query) * _scaling(key)).resolved(shapes)
            yield Attention(node, query, key, None, None, scaling, shapes)


def _written_out(graph: BlockGraph, shapes: Shapes) -> Iterator[Attention]:
    for softmax in graph.nodes:
        if softmax.kind != "softmax" or not softmax.reads:
            continue
        scores = _scores(softmax)
        mix = _mix(graph, softmax)
        if scores is None or mix is None:
            continue
        query, key = _operands(scores)
        if query is None or key is None:
            continue
        after = _between(scores, softmax)
        scaling = (after * _scaling(query) * _scaling(key)).resolved(shapes)
        added = tuple(_added(graph, scores, softmax))
        yield Attention(mix, query, key, scores, softmax, scaling, shapes, added)


def _operands(product: Node) -> tuple[Node | None, Node | None]:
    if product.name != "einsum":
        return operand(product), operand(product, 1)
    given = [a for a in einsum_operands(product) if isinstance(a, Node)]
    return (given[0], given[1]) if len(given) == 2 else (None, None)  # noqa: PLR2004


def _scores(softmax: Node) -> Node | None:
    """The one product of queries and keys that a softmax is taken of."""
    pending, seen, found = [softmax.reads[0]], set[int](), []
    while pending:
        node = pending.pop()
        if node.index in seen:
            continue
        seen.add(node.index)
        if node.kind == "matmul" and len(node.reads) == 2:  # noqa: PLR2004
            if _mixes_heads(node):
                return None
            found.append(node)
        elif node.op in (Op.VIEW, Op.JOIN) or node.op is Op.ADD:
            pending.extend(node.reads)
    return found[0] if len(found) == 1 else None


def _mix(graph: BlockGraph, softmax: Node) -> Node | None:
    """The product of the weights with the values."""
    pending, seen = [softmax], {softmax.index}
    found = []
    while pending:
        for reader in graph.readers(pending.pop()):
            if reader.index in seen:
                continue
            seen.add(reader.index)
            if reader.kind == "matmul" and not _mixes_heads(reader):
                found.append(reader)
            elif reader.op in (Op.VIEW, Op.JOIN) and reader.kind != "second":
                pending.append(reader)
    return found[0] if len(found) == 1 else None


def _mixes_heads(product: Node) -> bool:
    """Whether a product is one with a parameter, as in talking heads."""
    return any(read.op is Op.PARAM for read in product.reads)


def _between(scores: Node, softmax: Node) -> Scaling:
    """The factors on every way from the scores to the softmax."""
    total = UNSCALED
    pending, seen = [softmax.reads[0]], set[int]()
    while pending:
        node = pending.pop()
        if node is scores or node.index in seen:
            continue
        seen.add(node.index)
        match node.op:
            case Op.VIEW:
                total = total * _factor(node)
                pending.extend(node.reads)
            case Op.JOIN | Op.ADD:
                pending.extend(node.reads)
            case Op.OPAQUE | Op.NORM | Op.LOOP | Op.EXIT | Op.BLOCK:
                return Scaling(None, total.nodes)
    return total


def _added(graph: BlockGraph, scores: Node, softmax: Node) -> Iterator[Node]:
    for node in graph.between(scores, softmax):
        if node.op is Op.ADD or node.name == "where":
            yield from (r for r in node.reads if not graph.reaches(scores, r))


def _scaling(value: Node) -> Scaling:
    """The factors on a query or a key since it was projected."""
    total = UNSCALED
    while value.op is Op.VIEW and value.reads:
        total = total * _factor(value)
        value = value.reads[0]
    return total if value.kind == "linear" else Scaling(None, total.nodes)


def _factor(node: Node) -> Scaling:
    if node.kind != "scale":
        known = node.kind != "arithmetic"
        return UNSCALED if known else Scaling(None, ())
    numbers = [a for a in node.call.positional if not isinstance(a, Node)]
    match numbers:
        case [bool()]:
            return Scaling(None, (node,))
        case [int() | float() as constant]:
            return Scaling(Dim.of(constant), (node,))
        case [Dim() as number]:
            return Scaling(number, (node,))
    return Scaling(None, (node,))


def _dim(softmax: Node) -> object:
    made = softmax.call.made
    return made.get(0, "dim") if made is not None else softmax.call.get(1, "dim")


def _from_end(axis: object, shape: Shape) -> int | None:
    if not isinstance(axis, int) or isinstance(axis, bool):
        return None
    if axis < 0:
        return axis
    rank = shape.rank
    return axis - rank if rank is not None and axis < rank else None


def _summed_axis(mix: Node, softmax: Node, shapes: Shapes) -> int | None:
    """The axis of the weights that the values are summed over, from the end."""
    weights, axis = _contracted(mix, softmax)
    while weights is not None and weights is not softmax:
        if axis is None or weights.op is not Op.VIEW or not weights.reads:
            return None
        axis = _before(weights, axis, shapes)
        weights = weights.reads[0]
    return axis


def _contracted(mix: Node, softmax: Node) -> tuple[Node | None, int | None]:
    """The operand that holds the weights, and its axis that disappears."""
    one, two = _operands(mix)
    if mix.name == "einsum":
        parts = equation(mix)
        if parts is None or len(parts[0]) != 2:  # noqa: PLR2004
            return None, None
        first, second = parts[0]
        for value, own, other in ((one, first, second), (two, second, first)):
            if value is not None and _comes_from(value, softmax):
                gone = [a for a in own if a in other and a not in parts[1]]
                axis = own.index(gone[0]) - len(own) if len(gone) == 1 else None
                return value, axis
        return None, None
    if one is not None and _comes_from(one, softmax):
        return one, -1
    return (two, -2) if two is not None and _comes_from(two, softmax) else (None, None)


def _comes_from(value: Node, source: Node) -> bool:
    while value is not source and value.op is Op.VIEW and value.reads:
        value = value.reads[0]
    return value is source


def _before(node: Node, axis: int, shapes: Shapes) -> int | None:
    """The axis of what a node reads that becomes this axis of its result."""
    made = node.call.made
    if node.name in _SWAPS:
        shape = shapes.of(node)
        one, two = node.call.get(1, "dim0"), node.call.get(2, "dim1")
        if not isinstance(one, int) or not isinstance(two, int):
            return None
        if shape.open and (one >= 0 or two >= 0):
            return None
        rank = max(-one, -two, -axis) if shape.rank is None else shape.rank
        first, second = axis_of(one, rank), axis_of(two, rank)
        if first is None or second is None:
            return None
        swap = {first - rank: second - rank, second - rank: first - rank}
        return swap.get(axis, axis)
    if node.name in ("T", "mT"):
        return {-1: -2, -2: -1}.get(axis, axis)
    same = node.kind in ("dropout", "identity") or node.name.rstrip("_") in SAME
    return axis if same and (made is None or node.kind != "activation") else None
