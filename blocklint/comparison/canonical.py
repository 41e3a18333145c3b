"""A graph written as a program that does not change when its code is only rewritten.

Names, helpers, classes and wrappers are gone, sums have no order, attention is one step
however it is spelled, and three projections are the same as one that is split in three.
"""

from collections.abc import Callable, Sequence
from dataclasses import field, replace

from blocklint.analysis import Variant
from blocklint.analysis.attention import Attention
from blocklint.comparison.layers import (
    FollowNorm,
    bias_of,
    drops_nothing,
    norm_family,
    operation,
    reshapes,
    sizes_of,
)
from blocklint.comparison.program import Program, Step
from blocklint.comparison.weighing import Weighing
from blocklint.frozen import dataclass
from blocklint.graph import Dim, Node, Op

_TRAINING = ("training", "not training")
_MADE_OF_NUMBERS = frozenset(["number", "arange", "ones", "zeros", "tensor", "full"])
_PRODUCTS = frozenset(["matmul"])


@dataclass
class Writer:
    """Writes the steps of one wiring; `at` says which step the value of a node is.

    `sums` are the additions of the sites by their nodes' numbers, each with its number
    among the sites. `follow` looks up the graph of the class that a norm has.
    """

    variant: Variant
    sums: dict[int, int]
    follow: FollowNorm
    at: dict[int, int] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    _known: dict[Step, int] = field(default_factory=dict)
    _nodes: list[Node] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._graph = self.variant.graph
        self.weighing = Weighing(self.variant)
        self._streams = self._from_inputs()
        for node in self._graph.nodes:
            self.at[node.index] = self._write(node)

    @property
    def program(self) -> Program:
        """The program, once all is written."""
        return Program(tuple(self.steps), tuple(self._nodes))

    def _from_inputs(self) -> int:
        """The inputs that streams come from, as bits; all, where there is no site."""
        bits = 0
        for site in self.variant.sites:
            bits |= 1 << site.stream.index
        every = sum(1 << node.index for node in self._graph.of(Op.INPUT))
        return bits or every

    def _write(self, node: Node) -> int:
        reads = tuple(self.at[read.index] for read in node.reads)
        if node.index in self.sums:
            number = self.sums[node.index]
            return self._add(Step("stream", stream=number), node)
        if (found := self.weighing.by_mix.get(node.index)) is not None:
            return self._attention(found)
        if node.index in self.weighing.factors:
            return reads[0]
        if node.op in (Op.LOOP, Op.EXIT, Op.OUTPUT) and reads:
            return reads[0]
        write = self._writers().get(node.op)
        return write(node, reads) if write else self._opaque(node, reads)

    def _writers(self) -> dict[Op, Callable[[Node, tuple[int, ...]], int]]:
        return {
            Op.INPUT: self._input,
            Op.PARAM: self._parameter,
            Op.NORM: self._norm,
            Op.LAYER: self._layer,
            Op.ADD: self._sum,
            Op.JOIN: self._join,
            Op.VIEW: self._view,
            Op.BLOCK: self._block,
        }

    def _opaque(self, node: Node, reads: tuple[int, ...]) -> int:
        return self._step(node, "opaque", node.name, reads)

    def _input(self, node: Node, _: tuple[int, ...]) -> int:
        return self._step(node, "input", weights=("input", node.name))

    def _block(self, node: Node, reads: tuple[int, ...]) -> int:
        name = node.callee[1] if node.callee else node.kind
        step = Step("block", "", reads[:1], self._weights(node), callee=name)
        return self._add(step, node)

    def _parameter(self, node: Node, _: tuple[int, ...]) -> int:
        if node.name in _MADE_OF_NUMBERS or node.call.of_torch:
            return self._step(node, "number")
        path = tuple(scope.name for scope in node.scope.module.chain[1:])
        return self._step(node, "parameter", weights=(*path, node.name))

    def _norm(self, node: Node, reads: tuple[int, ...]) -> int:
        if node.kind == "unit":
            return self._step(node, "unit", "length", reads[:1])
        family = norm_family(node, self.follow)
        return self._step(node, "norm", family, reads, self._weights(node))

    def _weights(self, node: Node) -> tuple[object, ...]:
        """What the weights of a node are known by: its module's number."""
        return (node.member,) if node.member else ("at", node.index)

    def _layer(self, node: Node, reads: tuple[int, ...]) -> int:
        if _is_module_attention(node):
            return self._module_attention(node)
        if node.kind in _PRODUCTS:
            return self._step(node, "matmul", "", reads)
        known = node.kind if node.kind != "unknown" else ""
        made = node.call.made
        label = known or (made.name if made and made.of_torch else "")
        if label in ("attention", "cross-attention"):
            scores = self.weighing.of_call(node)
            return self._add(Step("attention", "", reads, scores=scores), node)
        return self._step(
            node,
            label or "layer",
            "",
            reads,
            self._weights(node),
            sizes_of(node),
            bias_of(node),
        )

    def _attention(self, found: Attention) -> int:
        query, key, value = self.weighing.operands(found)
        each = [node for node in (query, key, value) if node is not None]
        reads = tuple(self.at[node.index] for node in each)
        scores = self.weighing.scores(found)
        return self._add(Step("attention", "", reads, scores=scores), found.mix)

    def _module_attention(self, node: Node) -> int:
        """`nn.MultiheadAttention` as what it is: projections around an attention."""
        made = node.call.made
        assert made is not None, "it is a module"
        width, *_ = sizes_of(replace(node, kind="linear"))
        bias = made.get(3, "bias", True)
        has_bias = bias if isinstance(bias, bool) else None
        given = [a for a in node.call.positional[:3] if isinstance(a, Node)]
        sides = [
            self._step(
                node,
                "linear",
                "",
                (self.at[each.index],),
                (node.member, side),
                (width, width),
                has_bias,
            )
            for side, each in zip("qkv", given, strict=False)
        ]
        scores = self.weighing.of_module(node)
        mixed = self._add(Step("attention", "", tuple(sides), scores=scores), node)
        weights = (node.member, "out")
        return self._step(
            node, "linear", "", (mixed,), weights, (width, width), has_bias
        )

    def _sum(self, node: Node, reads: tuple[int, ...]) -> int:
        terms: list[int] = []
        for read in reads:
            step = self.steps[read]
            terms.extend(step.reads if step.kind == "add" else (read,))
        return self._step(node, "add", "", tuple(sorted(terms)))

    def _join(self, node: Node, reads: tuple[int, ...]) -> int:
        """One of several values; what only training does to a value is dropout."""
        distinct: dict[int, None] = {}
        for read in self._unskipped(node, reads):
            step = self.steps[read]
            distinct.update(
                dict.fromkeys(step.reads if step.kind == "join" else (read,))
            )
        values = sorted(distinct)
        if len(values) == 1:
            return values[0]
        if (plain := self._undropped(node, values)) is not None:
            return self._step(node, "dropout", "path", (plain,))
        return self._step(node, "join", "", tuple(values))

    def _unskipped(self, node: Node, reads: tuple[int, ...]) -> list[int]:
        """The values of a join; a round of a loop that may be skipped counts as run."""
        for head in self._graph.of(Op.LOOP):
            if all(self._graph.reaches(head, read) for read in node.reads):
                works = [read for read in reads if read != self.at[head.index]]
                if 0 < len(works) < len(reads):
                    return works
        return list(reads)

    def _undropped(self, node: Node, values: list[int]) -> int | None:
        """The value that is left alone unless the module is trained."""
        guards = {guard.on for read in node.reads for guard in read.guards}
        if not guards & set(_TRAINING):
            return None
        plain = values[0]
        return plain if all(self._scales(v, plain) for v in values[1:]) else None

    def _scales(self, value: int, plain: int) -> bool:
        while value != plain:
            step = self.steps[value]
            if step.kind not in ("scale", "dropout", "op") or not step.reads:
                return False
            value = step.reads[0]
        return True

    def _view(self, node: Node, reads: tuple[int, ...]) -> int:
        if not reads:
            return self._step(node, "number")
        if node.kind == "second":
            return self._step(node, "second", "", reads[:1])
        if node.kind in ("element", "slice") and len(reads) == 1:
            return self._piece(node, reads[0])
        if node.name == "update" and len(reads) > 1:
            return self._step(node, "cached", "", reads[-2:])
        if reshapes(node) or (node.kind == "dropout" and drops_nothing(node)):
            return reads[0]
        return self._operation(node, reads)

    def _operation(self, node: Node, reads: tuple[int, ...]) -> int:
        match node.kind:
            case "dropout":
                path = "path" in operation(node) or "depth" in operation(node)
                return self._step(node, "dropout", "path" if path else "", reads[:1])
            case "scale":
                return self._scale(node, reads)
            case "softmax":
                axis = node.call.made or node.call
                shown = axis.get(0 if node.call.made else 1, "dim", None)
                return self._step(node, "softmax", str(shown), reads[:1])
            case "activation":
                return self._step(node, "activation", operation(node), reads[:1])
        kind = "activation" if len(reads) == 1 else "op"
        return self._step(node, kind, operation(node), reads)

    def _piece(self, node: Node, read: int) -> int:
        """A piece of a projection is a projection with weights of its own."""
        step = self.steps[read]
        if step.kind == "cached":
            number = {"[0]": 0, "[1]": 1}.get(node.name)
            return step.reads[number] if number is not None else read
        if step.kind != "linear":
            return read
        which = node.name if node.kind == "element" else str(node.call.positional[1:])
        sizes = (*step.sizes[:1], None)
        piece = replace(step, weights=(*step.weights, which), sizes=sizes)
        return self._add(piece, self._nodes[read])

    def _scale(self, node: Node, reads: tuple[int, ...]) -> int:
        if node.name == "sign":
            return self._step(node, "activation", "negative", reads[:1])
        numbers = [a for a in node.call.positional if type(a) is not Node]
        if len(reads) == 1:
            factor = _factor(numbers)
            if factor == Dim.of(1):
                return reads[0]
            return self._step(node, "scale", "", reads, sizes=(factor,))
        bits = self._graph.ancestors
        sides = [bool(bits(read) & self._streams) for read in node.reads]
        product = all(sides) and not any(r.op is Op.PARAM for r in node.reads)
        # What flows comes first: the other side only scales it.
        main = [read for read, flows in zip(reads, sides, strict=True) if flows]
        reads = tuple(dict.fromkeys((*main[:1], *sorted(reads))))
        return self._add(Step("scale", "", reads, product=product), node)

    def _step(
        self,
        node: Node,
        kind: str,
        label: str = "",
        reads: tuple[int, ...] = (),
        weights: tuple[object, ...] = (),
        sizes: tuple[Dim | None, ...] = (),
        bias: bool | None = None,
    ) -> int:
        return self._add(Step(kind, label, reads, weights, sizes, bias), node)

    def _add(self, step: Step, node: Node) -> int:
        if step not in self._known:
            self._known[step] = len(self.steps)
            self.steps.append(step)
            self._nodes.append(node)
        return self._known[step]


def _is_module_attention(node: Node) -> bool:
    """Whether a layer is torch's own module, called with queries, keys and values."""
    made = node.call.made
    known = node.kind in ("attention", "cross-attention") and made is not None
    return known and bool(made and made.of_torch) and len(node.call.positional) > 1


def _factor(numbers: Sequence[object]) -> Dim | None:
    match numbers:
        case [int() | float() as constant] if not isinstance(constant, bool):
            return Dim.of(constant)
        case [Dim() as number]:
            return number
    return None
