"""What an expression is worth."""

from collections.abc import Callable
from functools import cache

from blocklint import cst
from blocklint.cst.literals import evaluated
from blocklint.frontends.static import (
    attributes,
    calls,
    comprehensions,
    conditions,
    numerics,
    subscripts,
)
from blocklint.frontends.static.machine import Arm, Frame, Machine
from blocklint.frontends.static.operators import binary
from blocklint.frontends.static.values import (
    Function,
    Known,
    Mapping,
    RunTime,
    Sequence,
    Symbol,
    Tensor,
    Value,
)
from blocklint.graph import SIZES, Op

_BUILTIN_CONSTANTS = {"True": Known(True), "False": Known(False), "None": Known(None)}


def evaluate(m: Machine, syntax: cst.BaseExpression, frame: Frame) -> Value:
    """Work out one expression in one frame."""
    m.steps += 1
    if type(syntax) is cst.Name:  # every second one, and most of them are locals
        held = frame.names.get(syntax.value)
        if held is not None:
            return held
    try:
        handler = _HANDLERS[type(syntax)]
    except KeyError:
        return RunTime(type(syntax).__name__)
    return handler(m, syntax, frame)


def _name(m: Machine, syntax: cst.Name, frame: Frame) -> Value:
    """What a name holds that is no local: closure, the file's top level, builtins."""
    name = syntax.value
    constant = _BUILTIN_CONSTANTS.get(name)
    if constant is not None:
        return constant
    if frame.outer is not None and name in frame.outer:
        return frame.outer[name]
    return m.library.top_level(m, frame.file, name)


def _literal(
    m: Machine, syntax: cst.Integer | cst.Float | cst.SimpleString, frame: Frame
) -> Value:
    return _constant(syntax.value)


def _concatenated(m: Machine, syntax: cst.ConcatenatedString, frame: Frame) -> Value:
    match evaluate(m, syntax.left, frame), evaluate(m, syntax.right, frame):
        case Known(str(left)), Known(str(right)):
            return Known(left + right)
        case Known(bytes(first)), Known(bytes(second)):
            return Known(first + second)
    return frame.unknown("strings")


@cache
def _constant(text: str) -> Known:
    return Known(evaluated(text))


def _formatted(m: Machine, syntax: cst.FormattedString, frame: Frame) -> Value:
    parts = []
    for part in syntax.parts:
        match part:
            case cst.FormattedStringText(text):
                parts.append(text)
                continue
            case cst.FormattedStringExpression(expression):
                match evaluate(m, expression, frame):
                    case Known(str() | int() as value):
                        parts.append(str(value))
                        continue
        return frame.unknown("f-string")
    return Known("".join(parts))


def _ellipsis(m: Machine, syntax: cst.Ellipsis, frame: Frame) -> Value:
    return Known(...)


def _sequence(
    m: Machine, syntax: cst.Tuple | cst.List | cst.Set, frame: Frame
) -> Value:
    items: list[Value] = []
    repeated = False
    for element in syntax.elements:
        value = evaluate(m, element.value, frame)
        if type(element) is cst.StarredElement:
            match value:
                case Sequence(inner):
                    items.extend(inner)
                    repeated = repeated or value.repeated
                case _:
                    items.append(value)
        else:
            items.append(value)
    return Sequence(items, repeated, "tuple" if type(syntax) is cst.Tuple else "list")


def _dict(m: Machine, syntax: cst.Dict, frame: Frame) -> Value:
    made = Mapping()
    for element in syntax.elements:
        value = evaluate(m, element.value, frame)
        if isinstance(element, cst.DictElement):
            key = evaluate(m, element.key, frame)
            made.items[key.value if isinstance(key, Known) else key] = value
        elif isinstance(value, Mapping):
            made.items.update(value.items)
            made.open = made.open or value.open
        else:
            made.open = True
    return made


def _attribute(m: Machine, syntax: cst.Attribute, frame: Frame) -> Value:
    owner = evaluate(m, syntax.value, frame)
    return attributes.attribute(m, owner, syntax.attr.value, syntax, frame)


def _binary(m: Machine, syntax: cst.BinaryOperation, frame: Frame) -> Value:
    left = evaluate(m, syntax.left, frame)
    right = evaluate(m, syntax.right, frame)
    return binary(m, left, syntax.operator, right, syntax, frame)


def _unary(m: Machine, syntax: cst.UnaryOperation, frame: Frame) -> Value:
    value = evaluate(m, syntax.expression, frame)
    if type(syntax.operator) is cst.Not:
        return conditions.negated(conditions.truth(m, value))
    minus = type(syntax.operator) is cst.Minus
    if type(value) is Known and isinstance(value.value, (int, float)):
        return Known(-value.value if minus else value.value, value.why)
    match value:
        case Symbol() | RunTime() if minus:
            return numerics.negative(value)
        case Tensor():
            return m.op(Op.VIEW, "sign", (value,), syntax, frame, "scale")
    return value


def _boolean(m: Machine, syntax: cst.BooleanOperation, frame: Frame) -> Value:
    left = evaluate(m, syntax.left, frame)
    is_and = type(syntax.operator) is cst.And
    match conditions.truth(m, left):
        case Known(value, why):
            arms = (syntax.left, syntax.right)
            conditions.branched(m, why, arms, frame)
            if bool(value) is not is_and:
                return (
                    left if not isinstance(left, Symbol) else _settled(left, value, why)
                )
            right = evaluate(m, syntax.right, frame)
            return _because(right, why)
    right = evaluate(m, syntax.right, frame)
    if isinstance(left, Tensor) and isinstance(right, Tensor) and not is_and:
        return m.join([left, right], frame)
    match conditions.truth(m, right):
        case Known(value, why) if bool(value) is not is_and:
            return Known(value, why)
    names = filter(None, map(conditions.tested, (left, right)))
    return RunTime((" and " if is_and else " or ").join(names))


def _settled(symbol: Symbol, value: object, why: frozenset[str]) -> Value:
    return Known(value, why) if value is False else symbol


def _because(value: Value, why: frozenset[str]) -> Value:
    return Known(value.value, value.why | why) if isinstance(value, Known) else value


def _comparison(m: Machine, syntax: cst.Comparison, frame: Frame) -> Value:
    left = evaluate(m, syntax.left, frame)
    result: Value | None = None
    for part in syntax.comparisons:
        right = evaluate(m, part.comparator, frame)
        each = conditions.compare(m, left, part.operator, right, syntax, frame)
        result = each if result is None else conditions.both(result, each)
        left = right
    return result or Known(True)


def _conditional(m: Machine, syntax: cst.IfExp, frame: Frame) -> Value:
    test = evaluate(m, syntax.test, frame)
    known = conditions.truth(m, test)
    if isinstance(known, Known):
        arms = (syntax.body, syntax.orelse)
        conditions.branched(m, known.why, arms, frame)
        return evaluate(m, syntax.body if known.value else syntax.orelse, frame)
    condition, on = m.condition(), conditions.tested(test)
    with Arm(m, condition, True, on):
        one = evaluate(m, syntax.body, frame)
    with Arm(m, condition, False, on):
        two = evaluate(m, syntax.orelse, frame)
    if SIZES in on:
        one = _where_it_fits(m, one, two, (condition, True, on), frame)
        two = _where_it_fits(m, two, one, (condition, False, on), frame)
    return m.join([one, two], frame)


def _where_it_fits(
    m: Machine, value: Value, other: Value, arm: tuple[int, bool, str], frame: Frame
) -> Value:
    """`x if x.shape[-1] == d else None`: a value that is there if its sizes fit."""
    match value, other:
        case Tensor(node), Known(None):
            with Arm(m, *arm):
                return m.emit(Op.JOIN, "either", (node,), None, frame.scope)
    return value


def _lambda(m: Machine, syntax: cst.Lambda, frame: Frame) -> Value:
    closure = {**(frame.outer or {}), **frame.names}
    return Function(
        "lambda", syntax, frame.chunk, frame.file, frame.owner, None, closure
    )


def _named(m: Machine, syntax: cst.NamedExpr, frame: Frame) -> Value:
    value = evaluate(m, syntax.value, frame)
    if isinstance(syntax.target, cst.Name):
        frame.names[syntax.target.value] = value
    return value


def _await(m: Machine, syntax: cst.Await | cst.Yield, frame: Frame) -> Value:
    inner = getattr(syntax, "expression", None) or getattr(syntax, "value", None)
    if not isinstance(inner, cst.BaseExpression):
        return Known(None)
    value = evaluate(m, inner, frame)
    if isinstance(syntax, cst.Yield):
        m.keep(value)
    return value


_HANDLERS: dict[type, Callable[..., Value]] = {
    cst.Name: _name,
    cst.Integer: _literal,
    cst.Float: _literal,
    cst.SimpleString: _literal,
    cst.ConcatenatedString: _concatenated,
    cst.FormattedString: _formatted,
    cst.Ellipsis: _ellipsis,
    cst.Tuple: _sequence,
    cst.List: _sequence,
    cst.Set: _sequence,
    cst.Dict: _dict,
    cst.Attribute: _attribute,
    cst.Subscript: subscripts.evaluate_subscript,
    cst.Call: calls.evaluate_call,
    cst.BinaryOperation: _binary,
    cst.UnaryOperation: _unary,
    cst.BooleanOperation: _boolean,
    cst.Comparison: _comparison,
    cst.IfExp: _conditional,
    cst.Lambda: _lambda,
    cst.ListComp: comprehensions.evaluate_comprehension,
    cst.GeneratorExp: comprehensions.evaluate_comprehension,
    cst.SetComp: comprehensions.evaluate_comprehension,
    cst.DictComp: comprehensions.evaluate_dict_comprehension,
    cst.NamedExpr: _named,
    cst.Await: _await,
    cst.Yield: _await,
}
