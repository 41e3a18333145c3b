"""What `owner[key]` gives."""

from blocklint import cst
from blocklint.frontends.static import containers, parameters, sizes, tensors
from blocklint.frontends.static.arguments import Called, number
from blocklint.frontends.static.machine import Frame, Machine
from blocklint.frontends.static.operators import text
from blocklint.frontends.static.values import (
    Arguments,
    External,
    Instance,
    Known,
    Layer,
    Mapping,
    Method,
    Parameter,
    RunTime,
    Sequence,
    Sizes,
    Symbol,
    Tensor,
    Value,
)
from blocklint.graph import Op


def evaluate_subscript(m: Machine, syntax: cst.Subscript, frame: Frame) -> Value:
    """A subscript expression."""
    evaluate = m.evaluate
    owner = evaluate(m, syntax.value, frame)
    keys = [index(m, element.slice, frame) for element in syntax.slice]
    return _subscript(m, owner, keys, syntax, frame)


def index(m: Machine, piece: cst.BaseSlice, frame: Frame) -> Value | slice:
    """One key of a subscript; a bound that is not known is a text."""
    if type(piece) is cst.Slice:
        ends = (piece.lower, piece.upper, piece.step)
        return slice(*[_bound(m, each, frame) for each in ends])
    assert isinstance(piece, cst.Index)
    return m.evaluate(m, piece.value, frame)


def _bound(m: Machine, syntax: cst.BaseExpression | None, frame: Frame) -> object:
    if syntax is None:
        return None
    value = m.evaluate(m, syntax, frame)
    match value:
        case Known(int() as constant):
            return constant
    return number(value) or "unknown"


def _name_of(table: Layer | Instance) -> str:
    return table.name if isinstance(table, Layer) else table.cls.name


def _as_value(key: Value | slice) -> Value:
    return Known(key) if isinstance(key, slice) else key


def _of_sizes(owner: Sizes, key: Value | slice | None) -> Value:
    match key:
        case Known(int() as axis):
            return sizes.item(owner, axis)
        case slice():
            return _some_sizes(owner, key)
    return RunTime("item")


def _some_sizes(owner: Sizes, key: slice) -> Value:
    match key.start, key.stop, key.step:
        case (None | int()) as start, (None | int()) as stop, None:
            return sizes.part(owner, start or 0, stop)
    return RunTime("sizes")


def _of_tensor(
    m: Machine,
    owner: Tensor,
    keys: "list[Value | slice]",
    syntax: cst.CSTNode,
    frame: Frame,
) -> Value:
    match keys:
        case [Known(int() | str() as value)]:
            return tensors.element(m, owner, value, syntax, frame)
    others = (k for k in keys if isinstance(k, Tensor))
    called = Called(Arguments((owner, *map(_as_value, keys))))
    return m.op(Op.VIEW, "slice", (owner, *others), syntax, frame, "slice", called)


def _subscript(
    m: Machine,
    owner: Value,
    keys: "list[Value | slice]",
    syntax: cst.CSTNode,
    frame: Frame,
) -> Value:
    """`owner[keys]`."""
    key = keys[0] if len(keys) == 1 else None
    if type(owner) is Tensor:
        return _of_tensor(m, owner, keys, syntax, frame)
    if type(owner) is Sizes:
        return _of_sizes(owner, key)
    match owner, key:
        case ((Sequence() | Mapping()), (slice() | Known() | Symbol() | RunTime())):
            return containers.item(m, owner, key, syntax, frame)
        case Symbol(name), (Symbol() | Known() as named):
            return Symbol(f"{name}[{text(named)}]")
        case (Layer() | Instance()) as table, (Symbol() | Known(str()) as named):
            return Symbol(f"{_name_of(table)}[{text(named)}]")  # `activations[name]`
        case Parameter(), _:
            given = Arguments((owner, *map(_as_value, keys)))
            return parameters.applied(owner, "slice", given, "slice")
        case ((External() | Layer()), _):
            return owner  # `build_norm_layer(...)[1]`
    seen = isinstance(owner, (RunTime, Method))
    return RunTime("item") if seen else frame.unknown("item")
