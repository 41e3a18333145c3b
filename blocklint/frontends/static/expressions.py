"""What an expression is worth."""

from collections.abc import Callable

import libcst as cst

from blocklint.frontends.static import (
    calls,
    conditions,
    instances,
    python_api,
    tensors,
)
from blocklint.frontends.static.machine import Frame, Machine
from blocklint.frontends.static.operators import binary
from blocklint.frontends.static.torch_api import METADATA
from blocklint.frontends.static.values import (
    NO_REASON,
    Class,
    External,
    Function,
    Imported,
    Instance,
    Known,
    Layer,
    Mapping,
    Method,
    Parameter,
    RunTime,
    Sequence,
    Super,
    Symbol,
    Tensor,
    Value,
)

_BUILTIN_CONSTANTS: dict[str, object] = {"True": True, "False": False, "None": None}


def evaluate(m: Machine, syntax: cst.BaseExpression, frame: Frame) -> Value:
    """Work out one expression in one frame."""
    handler = _HANDLERS.get(type(syntax))
    return handler(m, syntax, frame) if handler else RunTime(type(syntax).__name__)


def look_up(m: Machine, name: str, frame: Frame) -> Value:
    """What a name holds: locals, closure, the file's top level, builtins."""
    if name in frame.names:
        return frame.names[name]
    if frame.outer is not None and name in frame.outer:
        return frame.outer[name]
    if name in _BUILTIN_CONSTANTS:
        return Known(_BUILTIN_CONSTANTS[name])
    return m.library.top_level(m, frame.file, name)


def _name(m: Machine, syntax: cst.Name, frame: Frame) -> Value:
    return look_up(m, syntax.value, frame)


def _integer(m: Machine, syntax: cst.Integer | cst.Float, frame: Frame) -> Value:
    return Known(syntax.evaluated_value)


def _string(
    m: Machine, syntax: cst.SimpleString | cst.ConcatenatedString, frame: Frame
) -> Value:
    return Known(syntax.evaluated_value)


def _formatted(m: Machine, syntax: cst.FormattedString, frame: Frame) -> Value:
    parts = []
    for part in syntax.parts:
        if isinstance(part, cst.FormattedStringText):
            parts.append(part.value)
            continue
        match evaluate(m, part.expression, frame):
            case Known(str() | int() as value):
                parts.append(str(value))
            case other:
                return Symbol("f-string") if frame.building else _runtime(other)
    return Known("".join(parts))


def _runtime(_: Value) -> Value:
    return RunTime("f-string")


def _ellipsis(m: Machine, syntax: cst.Ellipsis, frame: Frame) -> Value:
    return Known(...)


def _sequence(m: Machine, syntax: cst.Tuple | cst.List | cst.Set, frame: Frame) -> Value:
    items: list[Value] = []
    repeated = False
    for element in syntax.elements:
        value = evaluate(m, element.value, frame)
        if isinstance(element, cst.StarredElement):
            match value:
                case Sequence(inner):
                    items.extend(inner)
                    repeated = repeated or value.repeated
                case _:
                    items.append(value)
        else:
            items.append(value)
    return Sequence(items, repeated, "tuple" if isinstance(syntax, cst.Tuple) else "list")


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
    return attribute(m, owner, syntax.attr.value, syntax, frame)


def attribute(
    m: Machine, owner: Value, name: str, syntax: cst.CSTNode, frame: Frame
) -> Value:
    """`owner.name`."""
    match owner:
        case Instance():
            return instances.attribute(m, owner, name, syntax, frame)
        case Super():
            return instances.inherited(m, owner, name, frame)
        case Symbol():
            return instances.setting(m, owner, name)
        case Imported(file):
            return m.library.top_level(m, file, name)
        case External(path):
            return External(f"{path}.{name}")
        case Class():
            return instances.class_attribute(m, owner, name, None, frame)
        case Mapping(items) if name in items:
            return items[name]
        case Tensor():
            return _tensor_attribute(m, owner, name, syntax, frame)
        case Parameter(text):
            known = name in METADATA
            return RunTime(name) if known else Method(owner, name)
        case Layer() if name in ("weight", "bias", "data"):
            return Parameter(name)
        case RunTime():
            return RunTime(name)
    return Method(owner, name)


def _tensor_attribute(
    m: Machine, owner: Tensor, name: str, syntax: cst.CSTNode, frame: Frame
) -> Value:
    if name in METADATA:
        return Method(owner, name)
    if name in ("T", "mT", "H", "data", "real", "imag", "last_hidden_state"):
        return m.op(tensors.Op.VIEW, name, (owner,), syntax, frame, "reshape")
    return Method(owner, name)


def _subscript(m: Machine, syntax: cst.Subscript, frame: Frame) -> Value:
    owner = evaluate(m, syntax.value, frame)
    keys = [_index(m, element.slice, frame) for element in syntax.slice]
    return subscript(m, owner, keys, syntax, frame)


def _index(m: Machine, piece: cst.BaseSlice, frame: Frame) -> Value | slice:
    match piece:
        case cst.Index(value):
            return evaluate(m, value, frame)
        case cst.Slice(lower, upper, step):
            ends = [_bound(m, each, frame) for each in (lower, upper, step)]
            return slice(*ends)
    return RunTime("index")


def _bound(m: Machine, syntax: cst.BaseExpression | None, frame: Frame) -> object:
    if syntax is None:
        return None
    match evaluate(m, syntax, frame):
        case Known(int() as value):
            return value
    return "unknown"


def subscript(
    m: Machine,
    owner: Value,
    keys: "list[Value | slice]",
    syntax: cst.CSTNode,
    frame: Frame,
) -> Value:
    """`owner[keys]`."""
    key = keys[0] if len(keys) == 1 else None
    match owner, key:
        case Tensor(), Known(value) if isinstance(value, int | str):
            return tensors.element(m, owner, value, syntax, frame)
        case Tensor(), _:
            others = tuple(k for k in keys if isinstance(k, Tensor))
            return m.op(tensors.Op.VIEW, "slice", (owner, *others), syntax, frame, "slice")
        case (Sequence() | Mapping()), (slice() | Known() | Symbol() | RunTime()):
            return python_api.item(m, owner, key, syntax, frame)
        case Symbol(text), Symbol(inner):
            return Symbol(f"{text}[{inner}]")
        case Symbol(text), Known(value):
            return Symbol(f"{text}[{value!r}]")
        case (RunTime() | Method()), _:
            return RunTime("item")
        case External(), _:
            return owner
        case Parameter(), _:
            return owner
    return Symbol("item") if frame.building else RunTime("item")


def _call(m: Machine, syntax: cst.Call, frame: Frame) -> Value:
    return calls.evaluate_call(m, syntax, frame)


def _binary(m: Machine, syntax: cst.BinaryOperation, frame: Frame) -> Value:
    left = evaluate(m, syntax.left, frame)
    right = evaluate(m, syntax.right, frame)
    return binary(m, left, syntax.operator, right, syntax, frame)


def _unary(m: Machine, syntax: cst.UnaryOperation, frame: Frame) -> Value:
    value = evaluate(m, syntax.expression, frame)
    if isinstance(syntax.operator, cst.Not):
        return conditions.negated(conditions.truth(m, value))
    match value:
        case Known(int() | float() as number, why):
            minus = isinstance(syntax.operator, cst.Minus)
            return Known(-number if minus else number, why)
        case Tensor():
            return m.op(tensors.Op.VIEW, "sign", (value,), syntax, frame, "scale")
    return value


def _boolean(m: Machine, syntax: cst.BooleanOperation, frame: Frame) -> Value:
    left = evaluate(m, syntax.left, frame)
    is_and = isinstance(syntax.operator, cst.And)
    match conditions.truth(m, left):
        case Known(value, why):
            arms = (syntax.left, syntax.right)
            m.choices.branched_on(why, conditions.matters(m, arms, frame))
            if bool(value) is not is_and:
                return left if not isinstance(left, Symbol) else _settled(left, value, why)
            right = evaluate(m, syntax.right, frame)
            return _because(right, why)
    right = evaluate(m, syntax.right, frame)
    if isinstance(left, Tensor) and isinstance(right, Tensor) and not is_and:
        return m.join([left, right], frame)
    match conditions.truth(m, right):
        case Known(value, why) if bool(value) is not is_and:
            return Known(value, why)
    return RunTime("condition")


def _settled(symbol: Symbol, value: object, why: frozenset[str]) -> Value:
    return Known(value, why) if value is False else symbol


def _because(value: Value, why: frozenset[str]) -> Value:
    match value:
        case Known(inner, reasons):
            return Known(inner, reasons | why)
    return value


def _comparison(m: Machine, syntax: cst.Comparison, frame: Frame) -> Value:
    left = evaluate(m, syntax.left, frame)
    result: Value = Known(True, NO_REASON)
    for part in syntax.comparisons:
        right = evaluate(m, part.comparator, frame)
        each = conditions.compare(m, left, part.operator, right, syntax, frame)
        result = conditions.both(result, each)
        left = right
    return result


def _conditional(m: Machine, syntax: cst.IfExp, frame: Frame) -> Value:
    match conditions.truth(m, evaluate(m, syntax.test, frame)):
        case Known(value, why):
            arms = (syntax.body, syntax.orelse)
            m.choices.branched_on(why, conditions.matters(m, arms, frame))
            return evaluate(m, syntax.body if value else syntax.orelse, frame)
    condition = m.condition()
    with m.arm(condition, True):
        one = evaluate(m, syntax.body, frame)
    with m.arm(condition, False):
        two = evaluate(m, syntax.orelse, frame)
    return m.join([one, two], frame)


def _lambda(m: Machine, syntax: cst.Lambda, frame: Frame) -> Value:
    closure = {**(frame.outer or {}), **frame.names}
    return Function(
        "lambda", syntax, frame.chunk, frame.file, frame.owner, None, closure
    )


def _comprehension(
    m: Machine, syntax: cst.ListComp | cst.GeneratorExp | cst.SetComp, frame: Frame
) -> Value:
    return python_api.comprehension(m, syntax.elt, syntax.for_in, frame)


def _dict_comprehension(m: Machine, syntax: cst.DictComp, frame: Frame) -> Value:
    values = python_api.comprehension(m, syntax.value, syntax.for_in, frame)
    keys = python_api.comprehension(m, syntax.key, syntax.for_in, frame)
    made = Mapping(open=True)
    if isinstance(values, Sequence) and isinstance(keys, Sequence):
        for i, (key, value) in enumerate(zip(keys.items, values.items, strict=False)):
            made.items[key.value if isinstance(key, Known) else i] = value
    return made


def _named(m: Machine, syntax: cst.NamedExpr, frame: Frame) -> Value:
    value = evaluate(m, syntax.value, frame)
    if isinstance(syntax.target, cst.Name):
        frame.names[syntax.target.value] = value
    return value


def _await(m: Machine, syntax: cst.Await | cst.Yield, frame: Frame) -> Value:
    inner = getattr(syntax, "expression", None) or getattr(syntax, "value", None)
    if isinstance(inner, cst.BaseExpression):
        return evaluate(m, inner, frame)
    return Known(None)


_HANDLERS: dict[type, Callable[..., Value]] = {
    cst.Name: _name,
    cst.Integer: _integer,
    cst.Float: _integer,
    cst.SimpleString: _string,
    cst.ConcatenatedString: _string,
    cst.FormattedString: _formatted,
    cst.Ellipsis: _ellipsis,
    cst.Tuple: _sequence,
    cst.List: _sequence,
    cst.Set: _sequence,
    cst.Dict: _dict,
    cst.Attribute: _attribute,
    cst.Subscript: _subscript,
    cst.Call: _call,
    cst.BinaryOperation: _binary,
    cst.UnaryOperation: _unary,
    cst.BooleanOperation: _boolean,
    cst.Comparison: _comparison,
    cst.IfExp: _conditional,
    cst.Lambda: _lambda,
    cst.ListComp: _comprehension,
    cst.GeneratorExp: _comprehension,
    cst.SetComp: _comprehension,
    cst.DictComp: _dict_comprehension,
    cst.NamedExpr: _named,
    cst.Await: _await,
    cst.Yield: _await,
}
