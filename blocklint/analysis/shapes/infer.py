"""Works out the shapes of a graph, in program order.

The axes of an input are atoms of their own. How many an input has is learnt from what
the code does with it: a shape that is unpacked, the axes of a `permute`, a pattern.
"""

from collections.abc import Iterator
from functools import cached_property

from blocklint.analysis.shapes import products, views
from blocklint.analysis.shapes.shape import Shape, operand
from blocklint.analysis.shapes.views import words
from blocklint.graph import (
    Argument,
    AxisSizes,
    BlockGraph,
    Dim,
    Node,
    Op,
    Size,
)

_KEEPS_RANK = words("linear softmax dropout activation scale identity")
_WIDTHS = {"Linear": "in_features", "MultiheadAttention": "embed_dim"}
_CUTS = words("chunk split tensor_split")
_CONVOLVED = {"Conv1d": 3, "Conv2d": 4, "Conv3d": 5}
_TOKENS = 3  # axes of a sequence of tokens: batch, position, width


class Shapes:
    """The shapes of one graph's values; None where too little is known."""

    def __init__(self, graph: BlockGraph) -> None:
        self.graph = graph
        self._found: dict[int, Shape | None] = {}
        for node in graph.nodes:
            self._found[node.index] = self._shape(node)

    def of(self, node: Node) -> Shape | None:
        """The shape of a value, `(batch, seq, d_model)` as symbolic sizes."""
        return self._found.get(node.index)

    def dim(self, argument: Argument) -> Dim | None:
        """An argument as a number, the sizes in it written out where known."""
        match argument:
            case bool():
                return None
            case int() | float():
                return Dim.of(argument)
            case Dim():
                return self._written_out(argument)
        return None

    def dims(self, arguments: tuple[Argument, ...]) -> list[Dim] | None:
        """Several sizes; None if one of them is unknown."""
        found: list[Dim] = []
        for each in arguments:
            if isinstance(each, AxisSizes):
                shape = self._found.get(each.node.index)
                if shape is None:
                    return None
                found.extend(shape[each.start : each.stop])
                continue
            size = self.dim(each)
            if size is None:
                return None
            found.append(size)
        return found

    def own(self, node: Node, axis: int) -> Dim:
        """A size of which nothing is known but whose it is."""
        return Dim.of(Size(node.index, axis))

    def shown(self, shape: Shape) -> str:
        """A shape as its reader would write it: `(x.shape[0], heads, d)`."""
        return f"({', '.join(map(self.named, shape))})"

    def named(self, size: Dim) -> str:
        """A size with the names of the values whose axes it speaks of."""
        known: dict[str | Size, Dim] = {}
        for atom in size.atoms:
            if isinstance(atom, Size):
                name = self.graph.nodes[atom.node].name
                known[atom] = Dim.of(f"{name}.shape[{atom.axis}]")
        return str(size.replaced(known) or size)

    def _written_out(self, number: Dim) -> Dim | None:
        known: dict[str | Size, Dim] = {}
        for atom in number.atoms:
            if isinstance(atom, Size):
                shape = self._found.get(atom.node)
                if shape is not None and -len(shape) <= atom.axis < len(shape):
                    known[atom] = shape[atom.axis]
        return number.replaced(known)

    def _shape(self, node: Node) -> Shape | None:
        match node.op:
            case Op.INPUT:
                return self._input(node)
            case Op.PARAM:
                return tuple(self.dims(sizes_of(node)) or ()) or None
            case Op.NORM | Op.LOOP | Op.EXIT | Op.OUTPUT:
                return self._found[node.reads[0].index] if node.reads else None
            case Op.JOIN:
                each = {self._found[read.index] for read in node.reads}
                return each.pop() if len(each) == 1 else None
            case Op.ADD:
                return self._broadcast(node)
            case Op.LAYER:
                return self._layer(node)
            case Op.VIEW:
                return self._view(node)
        return None

    def _input(self, node: Node) -> Shape | None:
        rank = self.ranks.get(node.index)
        if not rank:
            return None
        shape = [Dim.of(Size(node.index, axis)) for axis in range(rank)]
        width = self._width_read(node)
        return (*shape[:-1], width or shape[-1])

    def _width_read(self, node: Node) -> Dim | None:
        """The last size of an input, from a layer that reads it."""
        for reader in self.graph.readers(node):
            made = reader.call.made
            name = _WIDTHS.get(made.name) if made is not None else None
            if made is None or name is None or operand(reader) is not node:
                continue
            width = self.dim(made.get(0, name))
            if width is not None:
                return width
        return None

    def _broadcast(self, node: Node) -> Shape | None:
        shapes = [s for r in node.reads if (s := self._found[r.index]) is not None]
        unseen = len(shapes) < len(node.reads)
        if not shapes or (unseen and any(map(_stretches, shapes))):
            return None
        rank = max(map(len, shapes))
        return tuple(
            _widest([s[i] for s in shapes if -i <= len(s)]) for i in range(-rank, 0)
        )

    def _layer(self, node: Node) -> Shape | None:
        first = operand(node)
        made = node.call.made
        shape = self._found[first.index] if first is not None else None
        match node.kind:
            case "matmul" if node.name == "einsum":
                return products.einsum(self, node)
            case "matmul":
                return products.matmul(self, node)
            case _ if shape is None:
                return None
            case "embedding" if made is not None and made.name == "Embedding":
                width = self.dim(made.get(1, "embedding_dim"))
                return (*shape, width or self.own(node, len(shape)))
            case "linear" if made is not None and made.name == "Linear":
                width = self.dim(made.get(1, "out_features"))
                return (*shape[:-1], width or self.own(node, len(shape) - 1))
            case "linear" | "conv" if made is not None and made.name in _CONVOLVED:
                width = self.dim(made.get(1, "out_channels"))
                rest = [self.own(node, i) for i in range(2, len(shape))]
                return (shape[0], width or self.own(node, 1), *rest)
            case "attention" if made is not None:
                return shape if made.name == "MultiheadAttention" else None
            case "attention" if node.name == "scaled_dot_product_attention":
                value = operand(node, 2)
                mixed = self._found[value.index] if value is not None else None
                return (*shape[:-1], mixed[-1]) if mixed else None
        return None

    def _view(self, node: Node) -> Shape | None:
        made = node.call.made
        name = (made.name.lower() if made is not None else node.name).rstrip("_")
        source = operand(node) or (node.reads[0] if node.reads else None)
        shape = self._found[source.index] if source is not None else None
        if name in ("view", "reshape"):
            return views.view(self, node, shape)
        if name == "rearrange":
            return products.rearrange(self, node)
        if shape is None:
            return None
        if node.kind in ("scale", "+", "arithmetic") and name not in views.VIEWS:
            return self._broadcast(node)
        if node.kind == "element":
            return views.element(self, node, shape)
        if node.kind in ("dropout", "identity", "pieces") or name in views.SAME:
            return shape
        how = views.VIEWS.get(name)
        return how(self, node, shape) if how is not None else None

    @cached_property
    def ranks(self) -> dict[int, int]:
        """How many axes values have, where the code shows it, by index."""
        found = dict(self.graph.ranks)
        for node in reversed(self.graph.nodes):
            for read, rank in _shown(node, found):
                if rank > 0:
                    found.setdefault(read.index, rank)
        for node in self.graph.of(Op.INPUT):
            if node.index not in found and assumed_rank(self.graph, node):
                found[node.index] = _TOKENS
        return found


def sizes_of(parameter: Node) -> tuple[Argument, ...]:
    """The sizes that a parameter was made of: `zeros(1, n, d)`, `zeros((1, n, d))`."""
    match parameter.call.positional:
        case (tuple() as sizes,):
            return sizes
        case sizes:
            return sizes


def _stretches(shape: Shape) -> bool:
    """Whether a value may be stretched by another one that is larger."""
    return any(size.constant == 1 for size in shape)


def _widest(sizes: list[Dim]) -> Dim:
    wide = [size for size in sizes if size.constant != 1]
    return wide[0] if wide else sizes[0]


def _shown(node: Node, found: dict[int, int]) -> Iterator[tuple[Node, int]]:
    """The ranks of what a node reads, where the node shows them."""
    source = operand(node)
    if source is None:
        return
    rank = found.get(node.index)
    made = node.call.made
    if node.name == "permute" and (order := views.listed(node, "dims")):
        yield source, len(order)
    elif made is not None and made.name in _CONVOLVED:
        yield source, _CONVOLVED[made.name]
    elif (made.name.lower() if made else node.name) == "rearrange":
        sides = products.pattern(node)
        if sides is not None:
            yield source, len(sides[0])
    elif node.name == "einsum":
        yield from _of_operands(node)
    elif node.name in ("view", "reshape") and rank is not None:
        yield from _kept_sizes(node, rank)
    elif rank is not None and _keeps_rank(node):
        yield source, rank


def _of_operands(node: Node) -> Iterator[tuple[Node, int]]:
    parts = products.equation(node)
    if parts is not None:
        operands = products.einsum_operands(node)
        for letters, value in zip(parts[0], operands, strict=False):
            if isinstance(value, Node):
                yield value, len(letters)


def _kept_sizes(node: Node, rank: int) -> Iterator[tuple[Node, int]]:
    """`x.view(*y.shape[:-1], h, d)` with a known rank tells the rank of `y`."""
    sizes = views.listed(node, "shape")
    runs = [size for size in sizes if isinstance(size, AxisSizes)]
    if len(runs) == 1 and runs[0].start == 0 and (runs[0].stop or 0) <= 0:
        yield runs[0].node, rank - len(sizes) + 1 - (runs[0].stop or 0)


def _keeps_rank(node: Node) -> bool:
    whole = operand(node)
    if node.kind == "element":
        return whole is not None and whole.name in _CUTS
    kept = node.kind in _KEEPS_RANK or node.op in (Op.NORM, Op.LOOP, Op.EXIT)
    return kept or node.name.rstrip("_") in views.SAME | _CUTS | {"transpose"}


def assumed_rank(graph: BlockGraph, node: Node) -> bool:
    """Whether an input that shows no rank is a sequence: it attends to itself.

    One with two axes would have nothing to attend to, and one with more would have been
    reshaped in view of all its axes.
    """
    linear = [r for r in graph.readers(node) if r.kind == "linear"]
    return any(
        late.kind in ("matmul", "attention")
        and sum(any(graph.reaches(each, r) for each in linear) for r in late.reads) > 1
        for late in graph.nodes
    )
