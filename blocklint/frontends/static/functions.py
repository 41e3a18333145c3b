"""Calling a function of the project: bind its arguments, follow its body."""

from blocklint import cst
from blocklint.frontends.static.arguments import Called
from blocklint.frontends.static.flow import Flow
from blocklint.frontends.static.machine import Frame, Machine
from blocklint.frontends.static.values import (
    Arguments,
    Function,
    Known,
    Mapping,
    RunTime,
    Sequence,
    Symbol,
    Value,
)
from blocklint.graph import Op, Scope


def invoke(
    m: Machine,
    function: Function,
    args: Arguments,
    syntax: cst.CSTNode,
    frame: Frame,
    scope: Scope | None = None,
    own: bool = False,
) -> Value:
    """The value that a call of a function of the project gives."""
    if not m.enter(function.node):
        m.leave()
        _may_change(args)
        return opaque(m, function.name, args, syntax, frame)
    inner = Frame(
        function.file,
        function.chunk,
        scope or frame.scope,
        {},
        function.owner,
        function.closure,
        frame.depth + 1,
        frame.building,
        own,
    )
    if function.file.is_stock:
        inner.called_at = frame.place(syntax)
    inner.names = bind(m, function, args, inner)
    result = _result(m, function, inner)
    m.leave()
    return result


def _may_change(args: Arguments) -> None:
    """A list of sizes that goes where nobody follows may come back longer."""
    for value in args.positional:
        match value:
            case Sequence([Known(), *items], kind="list") if all(
                isinstance(item, Known) for item in items
            ):
                value.repeated, value.count = True, None


def is_left_open(function: Function) -> bool:
    """Whether a body says nothing: what it does is for heirs to say."""
    node = function.node
    if isinstance(node, cst.Lambda):
        return False
    return all(map(_says_nothing, node.body.body))


def _says_nothing(statement: cst.CSTNode) -> bool:
    match statement:
        case cst.SimpleStatementLine(body):
            return all(map(_says_nothing, body))
        case cst.Pass() | cst.Expr(cst.SimpleString() | cst.Ellipsis()):
            return True
        case cst.Raise(cst.Call(func=cst.Name(name)) | cst.Name(name)):
            return name == "NotImplementedError"
    return False


def opaque(
    m: Machine, name: str, args: Arguments, syntax: cst.CSTNode, frame: Frame
) -> Value:
    """Something that could not be followed, reading all that it was given."""
    if frame.building:
        return Symbol(f"{name}(...)")
    return m.op(Op.OPAQUE, name, args.all(), syntax, frame, "", Called(args))


def _result(m: Machine, function: Function, inner: Frame) -> Value:
    node = function.node
    if not isinstance(node, cst.FunctionDef):
        return m.evaluate(m, node.body, inner)
    guards = m.guards
    flow = m.run(m, node.body.body, inner)
    m.guards = guards
    if flow is Flow.ON and inner.returned:
        inner.returned.append(Known(None))
    if not inner.returned:
        return Known(None)
    return m.join(_worth_joining(inner.returned), inner)


def _worth_joining(values: list[Value]) -> list[Value]:
    """`None` beside a real result is an early way out, not a value."""
    if len(values) == 1:
        return values
    real = [v for v in values if not (isinstance(v, Known) and v.value is None)]
    return real or values[:1]


def bind(
    m: Machine, function: Function, args: Arguments, inner: Frame
) -> dict[str, Value]:
    """The names that a function's parameters hold for these arguments."""
    parameters = function.node.params
    positional = parameters.params
    if parameters.posonly_params:
        positional = (*parameters.posonly_params, *positional)
    given = list(args.positional)
    if function.bound is not None:
        given.insert(0, function.bound)
    named = args.named
    names: dict[str, Value] = {}
    for parameter, value in zip(positional, given, strict=False):
        names[parameter.name.value] = value
    if type(parameters.star_arg) is cst.Param:
        rest = given[len(positional) :]
        names[parameters.star_arg.name.value] = Sequence(rest, False, "tuple")
    for parameter in (*positional[len(given) :], *parameters.kwonly_params):
        name = parameter.name.value
        if name in named:
            names[name] = named[name]
        else:
            names[name] = _default(m, parameter, args, inner)
    if parameters.star_kwarg is not None:
        left: dict[object, Value] = {k: named[k] for k in named if k not in names}
        names[parameters.star_kwarg.name.value] = Mapping(left, "kwargs", args.spread)
    return names


def _default(m: Machine, parameter: cst.Param, args: Arguments, inner: Frame) -> Value:
    name = parameter.name.value
    if parameter.default is not None:
        value = m.evaluate(m, parameter.default, inner)
        if args.spread and inner.building and isinstance(value, Known):
            return Symbol(name, value) if isinstance(value.value, bool) else value
        return value
    # Without it the call raises, so that it cannot be meant as it is read.
    return Symbol(name, sure=args.spread) if inner.building else RunTime(name)
