"""How many axes values have, where the code shows it."""

from collections.abc import Iterable, Iterator, Mapping

from blocklint.analysis.shapes import products, views
from blocklint.analysis.shapes.shape import operand, source
from blocklint.analysis.shapes.views import words
from blocklint.frozen import dataclass
from blocklint.graph import Argument, AxisSizes, BlockGraph, Node, Op

_KEEPS_RANK = words("linear softmax dropout scale identity")
_RESHAPES = ("view", "reshape")
_CUTS = words("chunk split tensor_split")
_CONVOLVED = {"Conv1d": 3, "Conv2d": 4, "Conv3d": 5}
_KEEP_RANK = views.SAME | _CUTS | {"transpose"}
_SAME = words("dropout identity")
_PAIR = 2
_TOKENS = 3  # axes of a sequence of tokens: batch, position, width
_HEADS = 4  # axes of one with heads: batch, position, heads, width of a head
_POSITION_AND_HEADS: set[Argument] = {1, 2}


@dataclass(frozen=True)
class Ranks:
    """The number of axes of values, by index; what is `assumed` may be another.

    That of some inputs shows only where conditions hold, in the nodes of `shown`.
    """

    found: Mapping[int, int]
    assumed: frozenset[int]
    shown: Mapping[int, Node]


def ranks_of(graph: BlockGraph) -> Ranks:
    """How many axes values have, as what is done with them tells."""
    shown: dict[int, Node] = {}
    sure = _followed(graph, graph.ranks, shown)
    reshaped = [n for n in graph.nodes if n.name in _RESHAPES]
    heads = {n.index: _HEADS for n in reshaped if _splits_heads(graph, n)}
    found = _followed(graph, {**heads, **sure}, {}) if heads else sure
    inputs = [node for node in graph.of(Op.INPUT) if node.index not in sure]
    tokens = [
        n.index for n in inputs if n.index not in found and _is_sequence(graph, n)
    ]
    assumed = frozenset([*tokens, *(n.index for n in inputs if n.index in found)])
    return Ranks({**dict.fromkeys(tokens, _TOKENS), **found}, assumed, shown)


def _followed(
    graph: BlockGraph, known: Mapping[int, int], only: dict[int, Node]
) -> dict[int, int]:
    """The ranks that are known, and those that follow for what is before.

    `only` is given the inputs that show theirs under conditions alone.
    """
    found = dict(known)
    signs: dict[int, list[tuple[int, Node]]] = {}
    for node in reversed(graph.nodes):
        told = signs.get(node.index)
        rank = _agreed([(r, bool(by.guards)) for r, by in told]) if told else None
        if told and rank is not None and node.index not in found:
            found[node.index] = rank
            if node.op is Op.INPUT and all(by.guards for _, by in told):
                only[node.index] = told[-1][1]
        for read, shown in _shown(node, found):
            if shown > 0:
                signs.setdefault(read.index, []).append((shown, node))
    return found


def _splits_heads(graph: BlockGraph, node: Node) -> bool:
    """`x.view(*x.shape[:-1], heads, d).transpose(1, 2)`: the heads are the third axis.

    Nothing but the axes 1 and 2 says how many there are in front of the heads.
    """
    sizes = views.listed(node.call, "shape")
    runs = [size for size in sizes if isinstance(size, AxisSizes)]
    if len(sizes) != _HEADS - 1 or [_ends(r) for r in runs] != [(0, -1)]:
        return False
    return any(_exchanged(each) == _POSITION_AND_HEADS for each in graph.readers(node))


def _ends(run: AxisSizes) -> tuple[int, int | None]:
    return run.start, run.stop


def _exchanged(node: Node) -> set[Argument]:
    """The axes that a `transpose` exchanges."""
    if node.name not in ("transpose", "swapaxes"):
        return set()
    return {node.call.get(1, "dim0"), node.call.get(2, "dim1")}


def _agreed(signs: list[tuple[int, bool]]) -> int | None:
    """The rank that several uses of a value show; those under a condition may err."""
    sure = [rank for rank, guarded in signs if not guarded]
    if sure:
        return sure[-1]
    several = {rank for rank, _ in signs}
    return several.pop() if len(several) == 1 else None


def _shown(node: Node, found: dict[int, int]) -> Iterable[tuple[Node, int]]:
    """The ranks of what a node reads, where the node shows them."""
    value = source(node)
    if value is None:
        return ()
    rank = found.get(node.index)
    made = node.call.made
    if node.name == "permute":
        order = views.listed(node.call, "dims")
        shown = len(order) if all(isinstance(a, int) for a in order) else 0
        return ((value, shown),)
    if made is not None and made.name in _CONVOLVED:
        return ((value, _CONVOLVED[made.name]),)
    if (sides := products.pattern(node)) is not None:
        free = products.ELLIPSIS in sides[0]
        return () if free else ((value, len(sides[0])),)
    if node.name == "einsum":
        return _of_operands(node)
    if rank is None:
        return ()
    if node.name in _RESHAPES:
        return _kept_sizes(node, rank)
    return ((value, rank),) if _keeps_rank(node) else ()


def _of_operands(node: Node) -> Iterator[tuple[Node, int]]:
    parts = products.equation(node)
    if parts is not None:
        operands = products.einsum_operands(node)
        for letters, value in zip(parts[0], operands, strict=False):
            if isinstance(value, Node):
                yield value, len(letters)


def _kept_sizes(node: Node, rank: int) -> Iterator[tuple[Node, int]]:
    """`x.view(*y.shape[:-1], h, d)` with a known rank tells the rank of `y`."""
    sizes = views.listed(node.call, "shape")
    runs = [size for size in sizes if isinstance(size, AxisSizes)]
    if len(runs) == 1 and runs[0].start == 0 and (runs[0].stop or 0) <= 0:
        yield runs[0].node, rank - len(sizes) + 1 - (runs[0].stop or 0)


def _keeps_rank(node: Node) -> bool:
    whole = operand(node)
    if node.kind == "element":
        return whole is not None and whole.name in _CUTS
    kept = node.kind in _KEEPS_RANK or node.op in (Op.NORM, Op.LOOP, Op.EXIT)
    return kept or node.name.rstrip("_") in _KEEP_RANK


def _is_sequence(graph: BlockGraph, node: Node) -> bool:
    """Whether an input that shows no rank is a sequence: it is attended to, or attends.

    One with two axes would have nothing to attend to, and one with more would have been
    reshaped in view of all its axes.
    """
    values = _as_they_come(graph, node)
    projections = [
        each for value in values for each in graph.readers(value) if _is_linear(each)
    ]
    for late in graph.nodes if projections else ():
        if late.kind in ("matmul", "attention"):
            made = [r for r in late.reads if _is_projected(graph, projections, r)]
            alone = late.kind == "attention" and len(made) == 1
            if len(made) >= _PAIR or (alone and not _is_laid_out(graph, node, made[0])):
                return True
    return False


def _is_laid_out(graph: BlockGraph, early: Node, late: Node) -> bool:
    """Whether a reshape lists all axes of a value, which may be a single vector."""
    between = (*graph.between(early, late), late)
    return any(node.name in _RESHAPES for node in between)


def _as_they_come(graph: BlockGraph, node: Node) -> list[Node]:
    """A value, and what norms and dropout make of it."""
    found = [node]
    for each in found:
        found += [r for r in graph.readers(each) if r.op is Op.NORM or r.kind in _SAME]
    return found


def _is_linear(node: Node) -> bool:
    return node.kind == "linear"


def _is_projected(graph: BlockGraph, projections: list[Node], value: Node) -> bool:
    """Whether one of some projections makes a query or a key, with no layer between."""
    return value in projections or any(
        not any(_is_between(n) for n in (*graph.between(each, value), value))
        for each in projections
        if graph.reaches(each, value)
    )


def _is_between(node: Node) -> bool:
    """Whether a value is no longer the projection as it is, or gets more axes."""
    return _is_linear(node) or node.name == "unsqueeze" or node.kind == "slice"
