"""Arithmetic on tensors: sums, scales, and norms written out as formulas."""

from dataclasses import replace

from blocklint import cst
from blocklint.frontends.static import parameters
from blocklint.frontends.static.arguments import Called, inverse
from blocklint.frontends.static.machine import Frame, Machine
from blocklint.frontends.static.sizes import size
from blocklint.frontends.static.values import (
    Arguments,
    Known,
    Parameter,
    RunTime,
    Sequence,
    Sizes,
    Tensor,
    Value,
    tensors,
)
from blocklint.frontends.torch_api import CREATION, FUNCTIONS, METADATA, words
from blocklint.graph import Node, Op
from blocklint.graph.formulas import is_normalised, is_weight

MOST_PIECES = 16
# Methods whose other tensors flow into the result; elsewhere they are only indices.
MIXING = words(
    "where lerp addcmul addcdiv scatter scatter_add index_add index_copy index_put "
    "masked_scatter maximum minimum max min update copy fill put sub rsub pow "
    "logaddexp cross fmod remainder"
)
LIKE = frozenset(["type_as", "to", "view_as", "expand_as", "reshape_as", "type"])


def add(
    m: Machine, left: Value, right: Value, syntax: cst.CSTNode, frame: Frame
) -> Value:
    """A sum; with a parameter or a number it is only a shift.

    What is a tuple in some cases only is no tuple where it is added to a tensor.
    """
    if type(left) is not Tensor or type(right) is not Tensor:
        left, right = _alone(left, right), _alone(right, left)
    if type(left) is Tensor and type(right) is Tensor:
        return m.op(Op.ADD, "+", (left, right), syntax, frame)
    called = _called(left, right)
    return m.op(Op.VIEW, "shift", (left, right), syntax, frame, "+", called)


def _alone(value: Value, other: Value) -> Value:
    """The first of what may be a tuple or that alone, beside a tensor."""
    match value, other:
        case Sequence([Tensor() as first, *_], may_be_first=True), Tensor():
            return first
    return value


def multiply(
    m: Machine, left: Value, right: Value, syntax: cst.CSTNode, frame: Frame
) -> Value:
    """A product: a norm if one side is a statistic of the other."""
    one, two = tensors(left), tensors(right)
    if one and two:
        for value, scale in ((one[0], two[0]), (two[0], one[0])):
            if is_normalised(value, scale):
                reads: tuple[Value, ...] = (Tensor(value),)
                name = frame.scope.module.name if frame.scope.parent else "formula"
                return m.op(Op.NORM, name, reads, syntax, frame, "formula")
    name = "gate" if one and two else "scale"
    called = _called(left, right)
    return m.op(Op.VIEW, name, (left, right), syntax, frame, "scale", called)


def divide(
    m: Machine, left: Value, right: Value, syntax: cst.CSTNode, frame: Frame
) -> Value:
    """A quotient: a product with the inverse, where that is a number."""
    by = right if tensors(right) else inverse(right)
    return multiply(m, left, by, syntax, frame)


def _called(*values: Value) -> Called:
    return Called(Arguments(values))


def product(
    m: Machine, left: Value, right: Value, syntax: cst.CSTNode, frame: Frame
) -> Value:
    """A matrix product: with a parameter it is a linear layer."""
    kind = "linear" if _holds_weight(left) or _holds_weight(right) else "matmul"
    called = _called(left, right)
    return m.op(Op.LAYER, "matmul", (left, right), syntax, frame, kind, called)


def _holds_weight(value: Value) -> bool:
    """Whether a value is a parameter of a module, and not a tensor made on the way."""
    if isinstance(value, Parameter):
        return value.text not in CREATION
    return is_weight(tensors(value))


def inputs(value: Value) -> set[int]:
    """The inputs of the module that a value is computed from."""
    found: set[int] = set()
    seen: set[int] = set()
    pending = tensors(value)
    while pending:
        node = pending.pop()
        if node.index in seen:
            continue
        seen.add(node.index)
        if node.op is Op.INPUT:
            found.add(node.index)
        pending.extend(node.reads)
    return found


def method(
    m: Machine,
    owner: Tensor,
    name: str,
    args: Arguments,
    syntax: cst.CSTNode,
    frame: Frame,
) -> Value:
    """A method of a tensor."""
    casts = name == "type" and bool(args.all())
    if name in METADATA and not casts:
        return _metadata(owner, name, args)
    if name in CREATION or name in ("eq", "ne", "lt", "gt", "le", "ge"):
        return _made_of(owner, name, args)
    bare = name.rstrip("_")
    others = () if bare in LIKE else args.all()
    match bare:
        case "add" if others:
            return add(m, owner, others[0], syntax, frame)
        case "mul" | "multiply" if others:
            return multiply(m, owner, others[0], syntax, frame)
        case "div" | "divide" if others:
            return divide(m, owner, others[0], syntax, frame)
        case "matmul" | "bmm" | "mm" | "baddbmm" if others:
            return product(m, owner, others[0], syntax, frame)
        case "chunk" | "split" | "unbind" | "tensor_split" | "sort" | "topk" | "max":
            return pieces(m, owner, name, args, syntax, frame)
    op, kind = FUNCTIONS.get(bare, (Op.VIEW, "reshape"))
    if op not in (Op.VIEW, Op.LAYER):
        op, kind = Op.VIEW, "reshape"
    reads = (owner, *others) if op is Op.LAYER or bare in MIXING else (owner,)
    called = Called(with_first(owner, args))
    return m.op(op, name, reads, syntax, frame, kind, called)


def _made_of(owner: Tensor, name: str, args: Arguments) -> Parameter:
    """`x.new_zeros(n, d)`, `x.eq(0)`: a tensor that nothing flows into."""
    if name in CREATION:
        return parameters.created(name, args)
    return replace(parameters.created("zeros_like", Arguments((owner,))), text=name)


def with_first(owner: Value, args: Arguments) -> Arguments:
    """The arguments of `owner.f(...)` as those of `f(owner, ...)`."""
    return Arguments((owner, *args.positional), args.named, args.spread)


def _metadata(owner: Tensor, name: str, args: Arguments) -> Value:
    match name, args.get(0, "dim"):
        case "size", None:
            return Sizes(owner.node)
        case "size", Known(int() as axis):
            return size(owner.node, axis)
    return RunTime(name)


def pieces(
    m: Machine,
    owner: Value,
    name: str,
    args: Arguments,
    syntax: cst.CSTNode,
    frame: Frame,
) -> Value:
    """Several tensors out of one; where unsaid, whoever unpacks them says how many."""
    values = (owner, *args.all())
    called = Called(with_first(owner, args))
    whole = m.op(Op.VIEW, name, values, syntax, frame, "pieces", called)
    match name, args.get(0, "chunks"):
        case "chunk", Known(int() as count) if count <= MOST_PIECES:
            return Sequence([element(m, whole, i, syntax, frame) for i in range(count)])
    return whole


def element(
    m: Machine,
    value: Tensor,
    key: object,
    syntax: cst.CSTNode,
    frame: Frame,
    of: int | None = None,
) -> Value:
    """`value[key]` with a constant key, or one `of` several unpacked values."""
    node = value.node
    if node.op is Op.INPUT and isinstance(key, int | str) and node.kind != "tensor":
        return Tensor(m.element(node, key))
    if node.op is Op.NORM:
        return value if key == 0 else _condition(m, node, key, syntax, frame)
    if key not in (0, None) and node.kind in ("attention", "unknown", "ffn"):
        return m.op(Op.VIEW, f"[{key}]", (value,), syntax, frame, "second")
    named: dict[str, Value] = {} if of is None else {"of": Known(of)}
    called = Called(Arguments((value, Known(key)), named))
    return m.op(Op.VIEW, f"[{key}]", (value,), syntax, frame, "element", called)


def _condition(
    m: Machine, norm: Node, key: object, syntax: cst.CSTNode, frame: Frame
) -> Value:
    """What an adaptive norm gives beside the normed value: made of the condition."""
    reads: tuple[Value, ...] = tuple(Tensor(read) for read in norm.reads[1:])
    return m.op(Op.VIEW, f"[{key}]", reads, syntax, frame, "element")


def fused(m: Machine, norm: Node, syntax: cst.CSTNode, frame: Frame) -> list[Value]:
    """`normed, summed = norm(x, residual)`: a fused addition and norm."""
    total = m.emit(Op.ADD, "+", norm.reads, norm.place, norm.scope)
    reads: tuple[Value, ...] = (total,)
    return [m.op(Op.NORM, norm.name, reads, syntax, frame, norm.kind), total]
