"""What one function call of a run does, by the name of the function."""

from collections.abc import Sequence

from blocklint.frontends.torch_api import CREATION, function_meaning, words
from blocklint.frontends.traced.record import NodeRecord
from blocklint.frozen import dataclass
from blocklint.graph import Node, Op
from blocklint.graph.formulas import is_normalised, is_weight

_COMPARISONS = words("eq ne lt le gt ge isnan isinf logical_not logical_and logical_or")
# Of their operands only the first flows into the result: the others say where.
_PLACED = words(
    "masked_fill gather index_select take_along_dim type_as to view_as expand_as "
    "reshape_as roll"
)
_FOURIER = words("fft_c2c fft_r2c fft_c2r")


@dataclass(frozen=True)
class Step:
    """A node in the making."""

    op: Op
    name: str
    reads: Sequence[Node]
    kind: str = ""


def is_constant(name: str) -> bool:
    """Whether a function gives a value that nothing flows into: a mask, an index."""
    return name in CREATION or name in _COMPARISONS


def step_of(
    node: NodeRecord, reads: Sequence[Node], of_several: bool, home: str
) -> Step:
    """What a call of a function does to what it reads.

    `of_several` says that the first is no tensor but several of them. `home` is the
    name of a norm that is written out here.
    """
    match node.name:
        case "add" if len(reads) > 1:
            return Step(Op.ADD, "+", reads)
        case "add":
            return Step(Op.VIEW, "shift", reads, "+")
        case "mul" | "div":
            return _product(reads, home)
        case "matmul" | "bmm" | "mm":
            linear = any(is_weight([read]) for read in reads)
            return Step(Op.LAYER, "matmul", reads, "linear" if linear else "matmul")
        case "getitem":
            return _item(node, reads, of_several)
    op, kind = function_meaning(f"torch.{node.name}") or (Op.OPAQUE, "")
    if node.name in _FOURIER:
        op, kind = Op.LAYER, "fft"
    if node.shape is None:
        op, kind = Op.VIEW, "pieces"
    if op is Op.NORM or node.name in _PLACED:
        reads = reads[:1]
    return Step(op, node.name, reads, kind)


def _product(reads: Sequence[Node], home: str) -> Step:
    """A product: a norm if one side is a statistic of the other."""
    for value, scale in (reads[:2], reads[1::-1]) if len(reads) > 1 else ():
        if is_normalised(value, scale):
            return Step(Op.NORM, home, [value], "formula")
    return Step(Op.VIEW, "gate" if len(reads) > 1 else "scale", reads, "scale")


def _item(node: NodeRecord, reads: Sequence[Node], of_several: bool) -> Step:
    """One of several pieces, one of the values that a module gives, or a slice."""
    key = int(node.numbers[0]) if node.numbers else 0
    if reads[0].kind == "pieces":
        return Step(Op.VIEW, f"[{key}]", reads[:1], "element")
    if of_several:
        kind = "second" if key and reads[0].op is Op.LAYER else "element"
        return Step(Op.VIEW, f"[{key}]", reads[:1], kind)
    return Step(Op.VIEW, "slice", reads, "slice")
