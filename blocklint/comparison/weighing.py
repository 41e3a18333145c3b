"""Attention, whether it is written out, torch's function, or torch's module."""

from collections.abc import Iterator

from blocklint.analysis import Variant
from blocklint.analysis.attention import Attention
from blocklint.analysis.shapes.shape import operand
from blocklint.comparison.layers import is_off, size_in
from blocklint.comparison.program import Scores
from blocklint.graph import UNKNOWN, Dim, Node, Op
from blocklint.graph.model import Argument

GIVEN, FIXED, SOME = "given", "fixed", "some"
_MASKS = ("attn_mask", "key_padding_mask", "attention_mask", "mask", "block_mask")
_FILLS = frozenset(["masked_fill", "masked_fill_", "where"])


class Weighing:
    """The attentions of one wiring: how each weighs, and the steps that are its own."""

    def __init__(self, variant: Variant) -> None:
        self._graph = variant.graph
        self._shapes = variant.shapes
        self.by_mix = {each.mix.index: each for each in variant.attentions}
        self.factors = {
            node.index: node
            for each in variant.attentions
            for node in each.scaling.nodes
            if _number(node) is not None
        }
        self.weights = {
            node.index
            for each in variant.attentions
            if each.scores is not None
            for node in (*self._graph.between(each.scores, each.mix), each.scores)
        }

    def operands(self, found: Attention) -> tuple[Node, Node, Node | None]:
        """The query, the key and the value that an attention reads."""
        if found.softmax is None:
            return found.query, found.key, operand(found.mix, 2)
        values = [
            read
            for read in found.mix.reads
            if not self._graph.reaches(found.softmax, read)
        ]
        return found.query, found.key, values[0] if values else None

    def scores(self, found: Attention) -> Scores:
        """How an attention weighs."""
        if found.softmax is None or found.scores is None:
            return self._fused(found)
        factor: Dim | None = Dim.of(1)
        for node in found.scaling.nodes:
            number = _number(node)
            factor = factor * number if factor and number is not None else None
        factor = self._shapes.dim(factor)
        axes = found.mixed_axis
        return Scores(
            factor,
            _is_usual(factor, found.head_width),
            frozenset(self._masks(found.scores, found.softmax)),
            axes[0] - axes[1] if axes else None,
            any(True for _ in self._masked_late(found)),
            any(
                node.kind == "dropout"
                for node in self._graph.between(found.softmax, found.mix)
            ),
        )

    def of_module(self, node: Node) -> Scores:
        """How an `nn.MultiheadAttention` weighs."""
        made = node.call.made
        rate = made.get(2, "dropout", 0.0) if made is not None else UNKNOWN
        drops = None if rate is UNKNOWN else not is_off(rate)
        return Scores(None, True, self._given(node), drops=drops)

    def of_call(self, node: Node) -> Scores:
        """How some other function or module of attention weighs, as far as it tells."""
        return Scores(None, None, self._given(node), drops=None)

    def heads(self, node: Node) -> Dim | None:
        """How many heads an `nn.MultiheadAttention` has."""
        made = node.call.made
        return size_in(made, 1, "num_heads") if made is not None else None

    def _fused(self, found: Attention) -> Scores:
        call = found.mix.call
        factor, scale = found.scaling.factor, call.get(6, "scale", None)
        if scale is None:
            usual: bool | None = factor == Dim.of(1) if factor is not None else True
            factor = None if usual else factor
        else:
            number = Dim.of(scale) if isinstance(scale, int | float) else scale
            own = number if isinstance(number, Dim) else None
            factor = self._shapes.dim(own)
            usual = _is_usual(factor, found.head_width)
        rate = call.get(4, "dropout_p", 0.0)
        drops = None if rate is UNKNOWN else not is_off(rate)
        return Scores(factor, usual, self._given(found.mix), drops=drops)

    def _given(self, node: Node) -> frozenset[str] | None:
        """The masks that a call is given; None where that depends."""
        call, found = node.call, set[str]()
        position = 3 if node.name == "scaled_dot_product_attention" else None
        masks: list[Argument] = [call.get(position, "attn_mask", None)]
        masks += [call.named[name] for name in _MASKS[1:] if name in call.named]
        unsure = False
        for mask in masks:
            if isinstance(mask, Node):
                found.add(self._origin(mask))
            unsure = unsure or mask is UNKNOWN
        match call.get(5 if position else None, "is_causal", False):
            case True:
                found.add(FIXED)
            case False | None:
                pass
            case _:
                unsure = True
        return None if unsure and not found else frozenset(found)

    def _origin(self, mask: Node) -> str:
        given = any(self._graph.reaches(i, mask) for i in self._graph.of(Op.INPUT))
        return GIVEN if given else FIXED

    def _masks(self, scores: Node, softmax: Node) -> Iterator[str]:
        for node in self._graph.between(scores, softmax):
            if node.op is not Op.ADD and node.name not in _FILLS:
                continue
            others = [r for r in node.reads if not self._graph.reaches(scores, r)]
            yield from map(self._origin, others)
            if not others:
                yield SOME

    def _masked_late(self, found: Attention) -> Iterator[Node]:
        assert found.softmax is not None, "it is written out"
        for node in self._graph.between(found.softmax, found.mix):
            if node.name in _FILLS:
                yield node


def _number(node: Node) -> Dim | None:
    """The number that a value is multiplied by; None where it is a tensor."""
    numbers: list[Argument] = [a for a in node.call.positional if type(a) is not Node]
    match numbers:
        case [bool()]:
            return None
        case [int() | float() as constant]:
            return Dim.of(constant)
        case [Dim() as number]:
            return number
    return None


def _is_usual(factor: Dim | None, head_width: Dim | None) -> bool | None:
    """Whether scores are divided by the root of the width of a head."""
    if factor is None or head_width is None:
        return None
    if factor * factor * head_width == Dim.of(1):
        return True
    # Sizes of values may be equal to settings, for all that is known.
    return False if factor.is_fixed and head_width.is_fixed else None
