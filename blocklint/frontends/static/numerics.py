"""Functions of numbers: sums and products of lists, rounding, the larger of two."""

from collections.abc import Callable, Sequence as Items
from functools import reduce
from math import ceil, floor, isfinite, prod

from blocklint import cst
from blocklint.frontends.static.arguments import number
from blocklint.frontends.static.machine import Frame, Machine
from blocklint.frontends.static.values import (
    Arguments,
    Class,
    Function,
    Instance,
    Known,
    Layer,
    Mapping,
    Parameter,
    Partial,
    RunTime,
    Sequence,
    Symbol,
    Tensor,
    Value,
    reasons,
    tensors as nodes_of,
)
from blocklint.frontends.torch_api import hint_meaning
from blocklint.graph import Dim, Op
from blocklint.graph.dims import product

_LARGEST_POWER = 4  # beyond it, a power of a sum is not written out
_PLAIN: dict[str, Callable[[float], object]] = {
    "int": int,
    "float": float,
    "bool": bool,
    "round": round,
    "abs": abs,
}
_WHOLE = {"math.ceil": ceil, "math.floor": floor}


def plain(m: Machine, args: Arguments, syntax: cst.CSTNode, frame: Frame) -> Value:
    """`int(x)`, `float(x)`: the same number; a quotient is taken as exact."""
    match args.positional:
        case (Known(value) as known, *rest):
            made = _converted(syntax, value) if not rest else None
            return Known(made, known.why) if made is not None else known
        case ((Symbol() | RunTime()) as value, *_):
            return value
    if any(isinstance(v, RunTime | Tensor) for v in args.positional):
        return RunTime("number")
    return frame.unknown("number")


def _converted(syntax: cst.CSTNode, value: object) -> object:
    """What Python makes of a constant; None where it makes nothing of it."""
    match syntax:
        case cst.Call(cst.Name(name)) if name in _PLAIN:
            if isinstance(value, int | float) and isfinite(value):
                return _PLAIN[name](value)
    return None


def whole(m: Machine, args: Arguments, syntax: cst.CSTNode, frame: Frame) -> Value:
    """`math.ceil(x)` and `math.floor(x)`: of a quotient, a number of its own."""
    value = args.positional[0] if args.positional else RunTime()
    name = "ceil" if _called(syntax) == "ceil" else "floor"
    match value:
        case Known(int() | float() as constant, why) if isfinite(constant):
            return Known(_WHOLE[f"math.{name}"](constant), why)
    found = number(value)
    if found is not None and not is_whole(found):
        found = atom(f"{name}({found})", [found])
    return _as_value(value, f"{name}(...)", found)


def _called(syntax: cst.CSTNode) -> str:
    match syntax:
        case cst.Call(cst.Attribute(attr=cst.Name(name)) | cst.Name(name)):
            return name
    return ""


def extreme(m: Machine, args: Arguments, syntax: cst.CSTNode, frame: Frame) -> Value:
    """`max(a, b)` and `min(a, b)`: a number of its own, unless both are known."""
    values = _items(args)
    if not values or nodes_of(*values):
        return frame.unknown("number")
    name = "min" if _called(syntax) == "min" else "max"
    found = [number(value) for value in values]
    dims = [each for each in found if each is not None]
    if len(dims) < len(found):
        return _as_value(values[0], f"{name}(...)", None)
    constants = [c for each in dims if (c := each.constant) is not None]
    if len(constants) == len(dims):
        chosen = (min if name == "min" else max)(constants)
        exact = int(chosen) if chosen.denominator == 1 else float(chosen)
        return Known(exact, reasons(*values))
    if len(set(dims)) == 1:
        return _as_value(values[0], f"{name}(...)", dims[0])
    shown = ", ".join(sorted(map(str, dims)))
    return _as_value(values[0], f"{name}(...)", atom(f"{name}({shown})", dims))


def summed(m: Machine, args: Arguments, syntax: cst.CSTNode, frame: Frame) -> Value:
    """`sum(items)`: of tensors a sum, of numbers theirs."""
    match args.positional:
        case (Sequence(items), *_) if any(isinstance(i, Tensor) for i in items):
            return m.op(Op.ADD, "sum", tuple(items), syntax, frame)
        case (Tensor() as value, *_):
            return m.op(Op.VIEW, "sum", (value,), syntax, frame, "arithmetic")
        case (Sequence(items) as listed,) if not listed.repeated:
            dims = [number(item) for item in items]
            return _folded(dims, items, "sum", frame)
    return frame.unknown("sum(...)")


def multiplied(m: Machine, args: Arguments, syntax: cst.CSTNode, frame: Frame) -> Value:
    """`math.prod(items)`."""
    match args.positional:
        case (Sequence(items) as listed, *_) if not listed.repeated:
            if not nodes_of(*items):
                dims = [number(item) for item in items]
                return _folded(dims, items, "prod", frame)
    return frame.unknown("prod(...)")


def _folded(
    found: list[Dim | None], items: list[Value], name: str, frame: Frame
) -> Value:
    dims = [each for each in found if each is not None]
    if len(dims) < len(found):
        return frame.unknown(f"{name}(...)")
    constants = [item.value for item in items if isinstance(item, Known)]
    if len(constants) == len(items):
        plain = [each for each in constants if isinstance(each, int | float)]
        return Known(sum(plain) if name == "sum" else prod(plain), reasons(*items))
    total = reduce(lambda one, two: one + two, dims) if name == "sum" else product(dims)
    value = next((i for i in items if isinstance(i, RunTime)), items[0])
    if not isinstance(value, RunTime):
        return Symbol(str(total), number=total)
    return RunTime("number", total)


def can_be_called(
    m: Machine, args: Arguments, syntax: cst.CSTNode, frame: Frame
) -> Value:
    """`callable(x)`: a setting that holds a number, or may, is not called."""
    match args.positional:
        case (Function() | Class() | Partial() | Layer() | Instance(),):
            return Known(True)
        case (Known() | Sequence() | Mapping() | Tensor() | Parameter(),):
            return Known(False)
        case (Symbol() as symbol,) if _holds_number(symbol, frame):
            return Known(False)
    return RunTime("condition")


def _holds_number(symbol: Symbol, frame: Frame) -> bool:
    """Whether a setting is a number, as far as its name and its default show."""
    if frame.building and hint_meaning(symbol.text) == (Op.LAYER, "unknown"):
        return True
    default = symbol.default.value if symbol.default is not None else None
    return symbol.number is not None or isinstance(default, int | float)


def floored(one: Dim, two: Dim) -> Dim | None:
    """`one // two`, taken as exact, but for a sum that shows that it is not."""
    exact = one / two if two.terms else None
    if len(one.terms) < 2 or (exact is not None and is_whole(exact)):  # noqa: PLR2004
        return exact
    return atom(f"({one}) // {two}", [one, two])


def raised(base: Dim, exponent: Dim) -> Dim | None:
    """`base ** exponent`, also of a sum where the exponent is small."""
    power = exponent.constant
    if power is None or not base.terms:
        return None
    if len(base.terms) > 1 and power.denominator == 1 and 0 < power <= _LARGEST_POWER:
        return product([base] * int(power))
    return base**power


def is_whole(number: Dim) -> bool:
    """Whether a number is a sum of products of settings, with nothing divided."""
    return all(
        factor.denominator == 1 and all(power > 0 for _, power in powers)
        for powers, factor in number.terms
    )


def atom(text: str, dims: Items[Dim]) -> Dim | None:
    """A number that only its own text tells, where settings alone make it."""
    return Dim.of(text) if all(each.is_fixed for each in dims) else None


def negative(value: Symbol | RunTime) -> Value:
    """`-x`."""
    found = number(value)
    minus = Dim.of(-1) * found if found is not None else None
    if isinstance(value, RunTime):
        return RunTime(value.text, minus)
    return Symbol(f"-{value.text}", number=minus, sure=minus is not None)


def _items(args: Arguments) -> tuple[Value, ...]:
    match args.positional:
        case (Sequence(items) as listed,):
            return () if listed.repeated else tuple(items)
    return () if args.spread else args.positional


def _as_value(like: Value, text: str, found: Dim | None) -> Value:
    """A number that is known when its first operand is."""
    if isinstance(like, RunTime):
        return RunTime("number", found)
    return Symbol(
        text if found is None else str(found), None, None, found, found is not None
    )
