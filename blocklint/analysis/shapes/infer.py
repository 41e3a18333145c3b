"""Works out the shapes of a graph, in program order, and what has to fit on the way.

The axes of an input are atoms of their own. How many an input has is learnt from what
the code does with it: a shape that is unpacked, the axes of a `permute`, a pattern. How
wide it is is learnt from the first layer that reads it.
"""

from dataclasses import replace

from blocklint.analysis.shapes import layers, pieces, products, views
from blocklint.analysis.shapes.astray import is_astray
from blocklint.analysis.shapes.broadcast import broadcast, starts_with_batch
from blocklint.analysis.shapes.joined import JOINS
from blocklint.analysis.shapes.ranks import ranks_of
from blocklint.analysis.shapes.shape import (
    NOTHING,
    Meeting,
    Shape,
    called,
    source,
)
from blocklint.analysis.shapes.signatures import Signatures, applied, no_signature
from blocklint.analysis.shapes.sizes import Sizes
from blocklint.graph import (
    SIZES,
    UNKNOWN,
    Argument,
    AxisSizes,
    BlockGraph,
    Dim,
    Facts,
    Node,
    Op,
    Size,
)
from blocklint.graph.dims import Atom
from blocklint.lazy import cached_property
from blocklint.regex import Regex

_MOVES = Regex(
    "latten|Transpose|Permute|shape|View|Squeeze|Pad|Shuffle|Upsample|Rearrange|Reduce|"
    "Fold"
)  # modules that are kept with the activations, as they have no weights
_VIEWS = {**views.VIEWS, **JOINS}
_ELEMENTWISE = frozenset(["scale", "+", "arithmetic", "shift"])


class Shapes:
    """The shapes of one graph's values, and the sizes that meet in it."""

    def __init__(self, graph: BlockGraph, signature: Signatures = no_signature) -> None:
        self.graph = graph
        self._signature = signature
        self.ranks = ranks_of(graph)
        self.sizes = Sizes(graph, self.ranks.found)
        self._found: dict[int, Shape] = {}
        for node in graph.nodes:
            self._found[node.index] = self._shape(node)

    def of(self, node: Node) -> Shape:
        """The shape of a value, `(batch, seq, d_model)` as symbolic sizes."""
        found = self._found.get(node.index, NOTHING)
        known = self.sizes.known
        if not known or known.keys().isdisjoint(found.atoms):
            return found
        axes = (self.sizes.written(size) for size in found.axes)
        self._found[node.index] = Shape(tuple(axes), found.open)
        return self._found[node.index]

    def grown(self, node: Node, count: int) -> Shape:
        """The shape of a value that must have some axes, with so many of them."""
        shape = self.of(node)
        missing = count - len(shape.axes)
        if not shape.open or missing <= 0:
            return shape
        new = (self.own(node, axis) for axis in range(-count, missing - count))
        self._found[node.index] = Shape((*new, *shape.axes), True)
        return self.of(node)

    @cached_property
    def facts(self) -> Facts:
        """What the code says of its settings, and of sizes as far as they are known."""
        facts = self.graph.facts
        equal, at_most = self._pairs(facts.equal), self._pairs(facts.at_most)
        return replace(facts, equal=equal, at_most=at_most)

    def _pairs(self, pairs: tuple[tuple[Dim, Dim], ...]) -> tuple[tuple[Dim, Dim], ...]:
        known = [[self._written_out(size) or size for size in pair] for pair in pairs]
        return tuple((one, other) for one, other in known)

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
                sizes = self._some(each)
                if sizes is None:
                    return None
                found.extend(sizes)
                continue
            size = self.dim(each)
            if size is None:
                return None
            found.append(size)
        return found

    def _some(self, sizes: AxisSizes) -> tuple[Dim, ...] | None:
        shape = self.grown(sizes.node, -min(sizes.start, 0))
        if shape.open and sizes.start >= 0:
            return None
        return shape.axes[sizes.start : sizes.stop]

    def meet(self, meeting: Meeting) -> None:
        """Learn a size that was unknown from what it meets, or note the meeting."""
        self.sizes.meet(meeting, lambda each: not is_astray(self, each))

    def beside(self, length: Size) -> frozenset[Dim]:
        """The settings that are axes of values of which a length is another axis."""
        shapes = [self.of(node) for node in self.graph.nodes]
        return frozenset(
            size
            for shape in shapes
            if length in shape.atoms
            for size in shape.axes
            if size.is_fixed and size.atoms
        )

    def own(self, node: Node, axis: int) -> Dim:
        """A size of which nothing is known but whose it is."""
        return Dim.of(Size(node.index, axis))

    def shown(self, shape: Shape) -> str:
        """A shape as its reader would write it: `(x.shape[0], heads, d)`."""
        front = ["..."] if shape.open else []
        return f"({', '.join([*front, *map(self.named, shape.axes)])})"

    def named(self, size: Dim) -> str:
        """A size with the names of the values whose axes it speaks of."""
        known: dict[Atom, Dim] = {}
        for atom in size.atoms:
            if isinstance(atom, Size):
                name = self.graph.nodes[atom.node].name
                known[atom] = Dim.of(f"{name}.shape[{atom.axis}]")
        return str(size.replaced(known) or size)

    def _written_out(self, number: Dim) -> Dim | None:
        known: dict[Atom, Dim] = {}
        for atom in number.atoms:
            if isinstance(atom, Size):
                size = self.of(self.graph.nodes[atom.node]).at(atom.axis)
                if size is not None:
                    known[atom] = size
        found = number.replaced(known)
        return self.sizes.written(found) if found is not None else None

    def _shape(self, node: Node) -> Shape:
        match node.op:
            case Op.VIEW:
                return self._view(node)
            case Op.LAYER:
                return self._layer(node)
            case Op.ADD:
                return broadcast(self, node, node.reads)
            case Op.INPUT:
                return self._input(node)
            case Op.PARAM:
                sizes = self.dims(sizes_of(node))
                return Shape(tuple(sizes)) if sizes else NOTHING
            case Op.NORM | Op.BLOCK if (found := self._signature(node)) is not None:
                return applied(self, node, found)
            case Op.NORM:
                return layers.norm(self, node)
            case Op.LOOP | Op.OUTPUT:
                return self.of(node.reads[0]) if node.reads else NOTHING
            case Op.EXIT | Op.JOIN:
                return self._either(node)
        return Shape((self.own(node, -1),), open=True)

    def _input(self, node: Node) -> Shape:
        rank = self.ranks.found.get(node.index)
        if not rank:
            return Shape((self.own(node, -1),), open=True)
        return Shape(tuple(self.own(node, axis) for axis in range(rank)))

    def _either(self, node: Node) -> Shape:
        """The shape of what is one of several values; the axes that they share.

        What goes around a loop is as before only where it comes back as it went in.
        """
        heads = self._heads(node) if node.op is Op.EXIT else []
        shapes = [self.of(value) for value in (*node.reads, *heads)]
        by_sizes = _looks_at_sizes(node)
        if not heads and not by_sizes:
            passed = self._passed_by(node)
            if passed is not None:
                return passed
            if NOTHING in shapes:
                by_sizes = any(map(self._is_longer, node.reads))
                shapes = [shape for shape in shapes if shape != NOTHING]
        if not shapes:
            return NOTHING
        count = min(len(shape.axes) for shape in shapes)
        axes = []
        for axis in range(-count, 0):
            every = [shape.axes[axis] for shape in shapes]
            sizes = set(every)
            axes.append(sizes.pop() if len(sizes) == 1 else self.own(node, axis))
        ranks = {self.of(value).rank for value in (*node.reads, *heads)}
        whole = Shape(tuple(axes), len(ranks) > 1 or None in ranks)
        return views.last_of(whole) if by_sizes else whole

    def _passed_by(self, node: Node) -> Shape | None:
        """The shape of a value that unseen code may be given first, and gives back.

        `if cache is not None: k = cache.update(k)`: what follows works with either, and
        so for the value as it was.
        """
        unknown = [value for value in node.reads if self.of(value) == NOTHING]
        known = [value for value in node.reads if value not in unknown]
        if len(known) != 1 or len(unknown) != 1:
            return None
        shape = self.of(known[0])
        return shape if _hands_back(known[0], unknown[0]) and shape.rank else None

    def _is_longer(self, node: Node) -> bool:
        """Whether something was put beside a value, along an axis nobody knows of."""
        return node.name in JOINS and self.of(node) == NOTHING

    def _heads(self, node: Node) -> list[Node]:
        """The value at the head of the loop that a value comes out of."""
        same = [
            early
            for early in self.graph.of(Op.LOOP)
            if early.name == node.name and self.graph.reaches(early, node)
        ]
        return same[-1:]

    def _layer(self, node: Node) -> Shape:
        made = node.call.made
        value = source(node)
        shape = self.of(value) if value is not None else NOTHING
        name = made.of_torch if made is not None else ""
        if made is not None and name in layers.LAYERS:
            return layers.LAYERS[name](self, node, made, shape)
        match made, node.name:
            case None, "einsum":
                return products.einsum(self, node)
            case None, name if name in products.MATRICES:
                return products.matmul(self, node)
            case None, name if name in products.ADDED_TO:
                return products.added_to(self, node)
            case None, "linear":
                return products.weighted(self, node)
            case None, "scaled_dot_product_attention":
                return products.attended(self, node)
        return Shape((self.own(node, -1),), open=True)

    def _view(self, node: Node) -> Shape:
        made = node.call.made
        name = (made.of_torch.lower() if made is not None else node.name).rstrip("_")
        value = source(node)
        shape = self.of(value) if value is not None else NOTHING
        if products.pattern(node) is not None:
            return products.rearranged(self, node)
        if node.kind == "slice":
            return pieces.subscripted(self, node, node.call, shape)
        if node.kind == "element":
            return pieces.element(self, node, node.call, shape)
        if name == "where" or (node.kind in _ELEMENTWISE and name not in _VIEWS):
            return _beside_unknown(self, node, broadcast(self, node, _operands(node)))
        if node.kind == "pieces" and name in pieces.REDUCED:
            return NOTHING  # one number, or two values
        if node.kind in ("dropout", "identity", "pieces") or name in views.SAME:
            return shape
        how = _VIEWS.get(name)
        if how is not None:
            return how(self, node, called(node), shape)
        return self._unknown_view(node, shape)

    def _unknown_view(self, node: Node, shape: Shape) -> Shape:
        """A function that could be anything; an activation keeps or halves the width.

        Nobody can see what a table of activations holds, but no more than that.
        """
        made = node.call.made
        moves = made is not None and _MOVES.search(made.name)
        if node.kind == "activation" and not moves and shape.axes:
            width = self.own(node, -1)
            self.sizes.expect(Size(node.index, -1), shape.axes[-1])
            return shape.ending(width)
        return Shape((self.own(node, -1),), open=True)


def _hands_back(value: Node, late: Node) -> bool:
    """Whether an object, or code that is not seen, was given a value and gave another.

    Functions of the value itself have a shape of their own.
    """
    by = late.reads[0] if late.kind == "element" and late.reads else late
    return value in by.reads and (by.op is Op.OPAQUE or by.reads[0] is not value)


def _looks_at_sizes(node: Node) -> bool:
    """Whether a value is one of several by how many axes, or what sizes, there are."""
    guards = (guard for read in node.reads for guard in read.guards)
    return any(SIZES in guard.on for guard in guards if guard not in node.guards)


def _beside_unknown(shapes: Shapes, node: Node, shape: Shape) -> Shape:
    """The shape where an operand may be anything: it may stretch axes, or have more."""
    if UNKNOWN not in node.call.positional:
        return shape
    sizes = (
        shapes.own(node, axis) if size.constant == 1 else size
        for axis, size in enumerate(shape.axes, -len(shape.axes))
    )
    return Shape(tuple(sizes), shape.open or not starts_with_batch(shape))


def _operands(node: Node) -> list[Node]:
    """The values of a graph that an elementwise function is given."""
    given = [a for a in node.call.positional if isinstance(a, Node)]
    if node.name == "where" and len(given) == len(node.call.positional) == 3:  # noqa: PLR2004
        return given[1:]
    return given or list(node.reads)


def sizes_of(parameter: Node) -> tuple[Argument, ...]:
    """The sizes that a parameter was made of: `zeros(1, n, d)`, `zeros((1, n, d))`."""
    match parameter.call.positional:
        case (tuple() as sizes,):
            return sizes
        case sizes:
            return sizes
