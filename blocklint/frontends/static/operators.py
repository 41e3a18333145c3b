"""Binary operators on whatever their two sides hold."""

import operator
from collections.abc import Callable

from blocklint import cst
from blocklint.frontends.static import numerics, parameters, sharing, tensors
from blocklint.frontends.static.arguments import Called, number
from blocklint.frontends.static.machine import Frame, Machine
from blocklint.frontends.static.values import (
    UNROLLED,
    Arguments,
    Known,
    Mapping,
    Parameter,
    RunTime,
    Sequence,
    Sizes,
    Symbol,
    Tensor,
    Value,
    tensors as nodes_of,
)
from blocklint.graph import Dim, Op

_CONSTANT: dict[type, tuple[str, Callable[..., object]]] = {
    cst.Add: ("+", operator.add),
    cst.Subtract: ("-", operator.sub),
    cst.Multiply: ("*", operator.mul),
    cst.FloorDivide: ("//", operator.floordiv),
    cst.Divide: ("/", operator.truediv),
    cst.Modulo: ("%", operator.mod),
    cst.Power: ("**", operator.pow),
    cst.BitXor: ("^", operator.xor),
    cst.BitAnd: ("&", operator.and_),
    cst.BitOr: ("|", operator.or_),
}
_NUMBERS = frozenset({Known, Symbol, RunTime})
_AUGMENTED: dict[type, type] = {
    cst.AddAssign: cst.Add,
    cst.SubtractAssign: cst.Subtract,
    cst.MultiplyAssign: cst.Multiply,
    cst.DivideAssign: cst.Divide,
    cst.MatrixMultiplyAssign: cst.MatrixMultiply,
    cst.FloorDivideAssign: cst.FloorDivide,
}


def augmented(operation: cst.BaseAugOp) -> cst.BaseBinaryOp | None:
    """The plain operator of `+=` and its like."""
    made = _AUGMENTED.get(type(operation))
    return made() if made else None


def binary(
    m: Machine,
    left: Value,
    operation: cst.BaseBinaryOp,
    right: Value,
    syntax: cst.CSTNode,
    frame: Frame,
) -> Value:
    """`left operation right`."""
    if type(left) is Tensor or type(right) is Tensor:
        return _on_tensors(m, left, operation, right, syntax, frame)
    if type(left) is Known and type(right) is Known:
        return _constant(left.value, operation, right.value, left.why | right.why)
    if type(left) in _NUMBERS and type(right) in _NUMBERS:
        made = _logical(m, left, operation, right)
        return made or _numbers(left, operation, right)
    match left, right:
        case Sequence(), _ if _plain(left):
            return _lists(m, left, operation, right, syntax, frame)
        case Known() | Symbol(), Sequence() if _repeats(operation, right):
            return _lists(m, right, operation, left, syntax, frame)
        case Mapping(one), Mapping(two):
            return Mapping({**one, **two}, open=left.open or right.open)
    if _holds(left, right):
        return _on_tensors(m, left, operation, right, syntax, frame)
    if type(operation) is cst.Add and isinstance(left, Sizes):
        items = Sequence([left], False, "tuple")
        return _lists(m, items, operation, right, syntax, frame)
    return _numbers(left, operation, right)


def _numbers(left: Value, operation: cst.BaseBinaryOp, right: Value) -> Value:
    """Arithmetic on numbers and parameters, none of which flows from an input."""
    if type(left) is Parameter or type(right) is Parameter:
        return parameters.combined(left, _sign(operation), right)
    made = computed(left, operation, right)
    if type(left) is RunTime or type(right) is RunTime:
        return RunTime("number", made)
    text = f"{_operand(left)} {_sign(operation)} {_operand(right)}"
    return Symbol(text, number=made, sure=made is not None)


_COMPUTED: dict[type[cst.BaseBinaryOp], Callable[[Dim, Dim], Dim | None]] = {
    cst.Add: operator.add,
    cst.Subtract: operator.sub,
    cst.Multiply: operator.mul,
    cst.Divide: operator.truediv,
    cst.FloorDivide: numerics.floored,
    cst.Power: numerics.raised,
}


def computed(left: Value, operation: cst.BaseBinaryOp, right: Value) -> Dim | None:
    """The result of arithmetic on two numbers, where it is a sum of products."""
    one, two = number(left), number(right)
    if one is None or two is None:
        return None
    how = _COMPUTED.get(type(operation))
    divides = type(operation) in (cst.Divide, cst.FloorDivide)
    return how(one, two) if how and (two.terms or not divides) else None


_LOGICAL = frozenset({cst.BitXor, cst.BitAnd, cst.BitOr})


def _logical(
    m: Machine, left: Value, operation: cst.BaseBinaryOp, right: Value
) -> Known | None:
    """`after ^ self.normalize_before`: truth values, one of them a setting."""
    if type(operation) not in _LOGICAL:
        return None
    match left, right:
        case Known(bool()), Symbol():
            return _known(left, operation, m.choices.truth(right))
        case Symbol(), Known(bool()):
            return _known(m.choices.truth(left), operation, right)
        case Symbol(default=Known(bool())), Symbol(default=Known(bool())):
            one, two = m.choices.truth(left), m.choices.truth(right)
            return _known(one, operation, two)
    return None


def _known(left: Known, operation: cst.BaseBinaryOp, right: Known) -> Known | None:
    made = _constant(left.value, operation, right.value, left.why | right.why)
    return made if isinstance(made, Known) else None


def _holds(left: Value, right: Value) -> bool:
    return bool(nodes_of(left, right))


def _plain(value: Sequence) -> bool:
    return value.kind in ("list", "tuple", "modules")


_ON_TENSORS = {
    cst.Add: tensors.add,
    cst.Multiply: tensors.multiply,
    cst.Divide: tensors.divide,
    cst.MatrixMultiply: tensors.product,
}


def _on_tensors(
    m: Machine,
    left: Value,
    operation: cst.BaseBinaryOp,
    right: Value,
    syntax: cst.CSTNode,
    frame: Frame,
) -> Value:
    if how := _ON_TENSORS.get(type(operation)):
        return how(m, left, right, syntax, frame)
    name = _sign(operation)
    called = Called(Arguments((left, right)))
    return m.op(Op.VIEW, name, (left, right), syntax, frame, "arithmetic", called)


def _repeats(operation: cst.BaseBinaryOp, items: Sequence) -> bool:
    return type(operation) is cst.Multiply and _plain(items)


def _lists(
    m: Machine,
    left: Sequence,
    operation: cst.BaseBinaryOp,
    right: Value,
    syntax: cst.CSTNode,
    frame: Frame,
) -> Value:
    if isinstance(operation, cst.Multiply):
        sharing.multiplied(m, left, right, syntax, frame)
    match operation, right:
        case cst.Add(), Sequence(items):
            repeated = left.repeated or right.repeated
            return Sequence([*left.items, *items], repeated, left.kind)
        case cst.Add(), Sizes():
            return Sequence([*left.items, right], left.repeated, left.kind)
        case cst.Add(), _:
            return Sequence(list(left.items), True, left.kind)
        case cst.Multiply(), Known(int() as times) if times <= UNROLLED:
            return Sequence(left.items * times, left.repeated, left.kind)
        case cst.Multiply(), _:
            return Sequence(list(left.items), True, left.kind)
    return left


def _constant(
    a: object, operation: cst.BaseBinaryOp, b: object, why: frozenset[str]
) -> Value:
    numbers = isinstance(a, int | float | str) and isinstance(b, int | float | str)
    how = _CONSTANT.get(type(operation))
    if how is None or not numbers:
        return RunTime("number")
    try:
        result = how[1](a, b)
    except (TypeError, ValueError, ArithmeticError, MemoryError):
        return RunTime("number")
    return Known(result, why)


def _sign(operation: cst.BaseBinaryOp) -> str:
    how = _CONSTANT.get(type(operation))
    return how[0] if how else "?"


def text(value: Value) -> str:
    """A construction-time value as its reader would write it."""
    if type(value) is Symbol:
        return value.text
    return repr(value.value) if type(value) is Known else "?"


def _operand(value: Value) -> str:
    shown = text(value)
    return f"({shown})" if " " in shown else shown
