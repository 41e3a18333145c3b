"""What `owner[key]` gives."""

import libcst as cst

from blocklint.frontends.static import containers, tensors
from blocklint.frontends.static.machine import Frame, Machine
from blocklint.frontends.static.values import (
    External,
    Known,
    Layer,
    Mapping,
    Method,
    Parameter,
    RunTime,
    Sequence,
    Symbol,
    Tensor,
    Value,
)
from blocklint.graph import Op


def evaluate_subscript(m: Machine, syntax: cst.Subscript, frame: Frame) -> Value:
    """A subscript expression."""
    owner = m.evaluate(m, syntax.value, frame)
    keys = [_index(m, element.slice, frame) for element in syntax.slice]
    return _subscript(m, owner, keys, syntax, frame)


def _index(m: Machine, piece: cst.BaseSlice, frame: Frame) -> Value | slice:
    match piece:
        case cst.Index(value):
            return m.evaluate(m, value, frame)
        case cst.Slice(lower, upper, step):
            ends = [_bound(m, each, frame) for each in (lower, upper, step)]
            return slice(*ends)
    return RunTime("index")


def _bound(m: Machine, syntax: cst.BaseExpression | None, frame: Frame) -> object:
    if syntax is None:
        return None
    match m.evaluate(m, syntax, frame):
        case Known(int() as value):
            return value
    return "unknown"


def _subscript(
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
            return m.op(Op.VIEW, "slice", (owner, *others), syntax, frame, "slice")
        case ((Sequence() | Mapping()), (slice() | Known() | Symbol() | RunTime())):
            return containers.item(m, owner, key, syntax, frame)
        case Symbol(text), Symbol(inner):
            return Symbol(f"{text}[{inner}]")
        case Symbol(text), Known(value):
            return Symbol(f"{text}[{value!r}]")
        case ((RunTime() | Method()), _):
            return RunTime("item")
        case ((External() | Parameter() | Layer()), _):
            return owner  # `build_norm_layer(...)[1]`
    return frame.unknown("item")
