"""What a call gives: by what is called."""

from dataclasses import replace

import libcst as cst

from blocklint.frontends.static import functions, instances, python_api, tensors
from blocklint.frontends.static.construct import construct
from blocklint.frontends.static.machine import Frame, Machine
from blocklint.frontends.static.torch_api import (
    CHECKPOINTS,
    CREATION,
    function_meaning,
    hint_meaning,
    is_torch,
    layer_meaning,
)
from blocklint.frontends.static.values import (
    Arguments,
    Class,
    External,
    Function,
    Instance,
    Known,
    Layer,
    Mapping,
    Method,
    Parameter,
    Partial,
    RunTime,
    Sequence,
    Super,
    Symbol,
    Tensor,
    Value,
    tensors as nodes_of,
)
from blocklint.graph import Op, Scope


def evaluate_call(m: Machine, syntax: cst.Call, frame: Frame) -> Value:
    """A call expression."""
    if isinstance(syntax.func, cst.Name) and syntax.func.value == "super":
        return _super(m, syntax, frame)
    func = m.evaluate(m, syntax.func, frame)
    args = arguments(m, syntax, frame)
    return call(m, func, args, syntax, frame, called_name(syntax.func))


def called_name(syntax: cst.BaseExpression) -> str:
    """The name that a call uses for what it calls: `norm1` in `self.norm1(x)`."""
    match syntax:
        case cst.Name(name) | cst.Attribute(attr=cst.Name(name)):
            return name
        case cst.Subscript(value=inner) | cst.Call(func=inner):
            return called_name(inner)
    return "call"


def _super(m: Machine, syntax: cst.Call, frame: Frame) -> Value:
    instance = next(iter(frame.names.values()), None)
    if isinstance(instance, Instance) and frame.owner is not None:
        return Super(instance, frame.owner)
    return RunTime("super")


def arguments(m: Machine, syntax: cst.Call, frame: Frame) -> Arguments:
    """The arguments of a call, evaluated in order."""
    positional: list[Value] = []
    named: dict[str, Value] = {}
    spread = False
    for arg in syntax.args:
        value = m.evaluate(m, arg.value, frame)
        if arg.keyword is not None:
            named[arg.keyword.value] = value
        elif arg.star == "*":
            if isinstance(value, Sequence):
                positional.extend(value.items)
                spread = spread or value.repeated
            else:
                positional.extend([value] if isinstance(value, Tensor) else [])
                spread = True
        elif arg.star == "**":
            spread = True
            if isinstance(value, Mapping):
                spread = value.open
                named.update({str(k): v for k, v in value.items.items()})
        else:
            positional.append(value)
    return Arguments(tuple(positional), named, spread)


def call(
    m: Machine,
    func: Value,
    args: Arguments,
    syntax: cst.CSTNode,
    frame: Frame,
    name: str,
) -> Value:
    """The value that calling `func` gives."""
    match func:
        case Function():
            return _function(m, func, args, syntax, frame)
        case Instance():
            return _instance(m, func, args, syntax, frame, name)
        case Layer():
            return _layer(m, func, args, syntax, frame, name)
        case Class() | External():
            return _named(m, func, args, syntax, frame, name)
        case Partial(inner, first):
            named = {**first.named, **args.named}
            both = Arguments((*first.positional, *args.positional), named, args.spread)
            return call(m, inner, both, syntax, frame, name)
        case Method():
            return _method(m, func, args, syntax, frame, name)
        case Symbol():
            return _passed(m, func, args, syntax, frame, name)
        case Sequence() if func.kind == "sequential":
            return _sequential(m, func, args, syntax, frame, name)
        case Tensor():
            return _sublayer(m, Op.LAYER, name, "unknown", args, syntax, frame, True)
        case RunTime():
            return _runtime(m, args, syntax, frame, name)
    return functions.opaque(m, name, args, syntax, frame)


def _runtime(
    m: Machine, args: Arguments, syntax: cst.CSTNode, frame: Frame, name: str
) -> Value:
    if any(True for value in args.all() for _ in nodes_of(value)):
        return functions.opaque(m, name, args, syntax, frame)
    return RunTime(name)


def _function(
    m: Machine, func: Function, args: Arguments, syntax: cst.CSTNode, frame: Frame
) -> Value:
    """A function or method of the project: a scope of its own if it is a helper."""
    own = frame.own and (func.owner is not None or func.closure is not None)
    scope = Scope(
        frame.scope, func.name, frame.scope.owner, frame.list_item, helper=True
    )
    return functions.invoke(m, func, args, syntax, frame, scope, own)


def _instance(
    m: Machine,
    func: Instance,
    args: Arguments,
    syntax: cst.CSTNode,
    frame: Frame,
    name: str,
) -> Value:
    if frame.building:
        return Symbol(f"{name}(...)")
    if m.library.is_norm(func.cls):
        return _norm(m, name, args, syntax, frame, func)
    stock = func.cls.file.is_stock
    if frame.list_item and not stock and m.library.is_block(func.cls):
        return _block(m, func, args, syntax, frame, name)
    forward = instances.attribute(m, func, "forward", syntax, frame)
    if not isinstance(forward, Function):
        forward = instances.attribute(m, func, "__call__", syntax, frame)
    if not isinstance(forward, Function):
        return _stock_forward(m, func, args, syntax, frame, name)
    place = func.made_at if stock else frame.place(syntax)
    scope = Scope(
        frame.scope, name, func.cls.name, frame.list_item, helper=stock, place=place
    )
    return functions.invoke(m, forward, args, syntax, frame, scope)


def _block(
    m: Machine,
    func: Instance,
    args: Arguments,
    syntax: cst.CSTNode,
    frame: Frame,
    name: str,
) -> Value:
    """A whole block taken from a list: a node of its own, looked into elsewhere."""
    reads = tuple(dict.fromkeys(n for v in args.all() for n in nodes_of(v)))
    key = m.library.remember(func.cls)
    place = frame.place(syntax)
    return m.emit(
        Op.BLOCK, name, reads, place, frame.scope, func.cls.name, func, key
    )


def _stock_forward(
    m: Machine,
    instance: Instance,
    args: Arguments,
    syntax: cst.CSTNode,
    frame: Frame,
    name: str,
) -> Value:
    """The `forward` of a parent outside the project, as in `class Conv(nn.Conv1d)`."""
    instances.build(m, instance, frame)
    if instance.items is not None:
        return _sequential(m, instance.items, args, syntax, frame, name)
    parents = [p for p in m.library.parents(instance.cls) if isinstance(p, External)]
    known = [p for p in parents if p.name not in ("Module", "object")]
    func = Layer(known[0].path if known else instance.cls.name, instance.args)
    return _layer(m, func, args, syntax, frame, name)


def _norm(
    m: Machine,
    name: str,
    args: Arguments,
    syntax: cst.CSTNode,
    frame: Frame,
    member: Instance | Layer | None = None,
) -> Value:
    """A norm; it may be a fused addition and norm, if it is given a second tensor."""
    if frame.building:
        return Symbol(f"{name}(...)")
    reads = tuple(n for v in tuple(args.all())[:2] for n in nodes_of(v))
    if member is not None and _has_no_weights(member):
        member = None
    place = frame.place(syntax)
    return m.emit(Op.NORM, name, reads, place, frame.scope, "", member)


def _has_no_weights(member: Instance | Layer) -> bool:
    affine = member.args.named.get("elementwise_affine")
    affine = affine or member.args.named.get("affine")
    return isinstance(affine, Known) and affine.value is False


def _layer(
    m: Machine,
    func: Layer,
    args: Arguments,
    syntax: cst.CSTNode,
    frame: Frame,
    name: str,
) -> Value:
    """A module of a class outside the project."""
    op, kind = layer_meaning(func.name)
    if func.passed:
        op, kind = hint_meaning(func.name)
        if kind == "unknown":
            op, kind = hint_meaning(name)
    if op is Op.NORM:
        return _norm(m, name, args, syntax, frame, func)
    if kind == "attention" and _is_crossed(args):
        kind = "cross-attention"
    unseen = func.passed or not is_torch(func.path)
    result = _sublayer(m, op, name, kind, args, syntax, frame, unseen, func)
    if func.name == "MultiheadAttention" and isinstance(result, Tensor):
        weights = m.op(Op.VIEW, "weights", (result,), syntax, frame, "second")
        return Sequence([result, weights], False, "tuple")
    return result


def _is_crossed(args: Arguments) -> bool:
    """Whether query and key (and value) come from different inputs."""
    query, key = args.get(0, "query"), args.get(1, "key")
    value = args.get(2, "value")
    if query is None or key is None or not isinstance(value, Tensor):
        return False
    return not (tensors.inputs(query) & tensors.inputs(key))


def _sublayer(
    m: Machine,
    op: Op,
    name: str,
    kind: str,
    args: Arguments,
    syntax: cst.CSTNode,
    frame: Frame,
    passed: bool,
    member: Layer | Symbol | None = None,
) -> Value:
    if frame.building:
        return Symbol(f"{name}(...)")
    values = tuple(args.all())
    scope = Scope(frame.scope, name, "", frame.list_item, passed)
    reads = tuple(dict.fromkeys(n for v in values for n in nodes_of(v)))
    return m.emit(op, name, reads, frame.place(syntax), scope, kind, member)


def _sequential(
    m: Machine,
    func: Sequence,
    args: Arguments,
    syntax: cst.CSTNode,
    frame: Frame,
    name: str,
) -> Value:
    """An nn.Sequential: each item reads what the one before gave."""
    value: Value = next(args.all(), RunTime("nothing"))
    outer, frame.list_item = frame.list_item, frame.list_item or func.repeated
    inner = Arguments(args.positional[1:], args.named, args.spread)
    for index, item in enumerate(func.items):
        given = replace(inner, positional=(value, *inner.positional))
        value = call(m, item, given, syntax, frame, f"{name}.{index}")
    frame.list_item = outer
    return value


def _passed(
    m: Machine,
    func: Symbol,
    args: Arguments,
    syntax: cst.CSTNode,
    frame: Frame,
    name: str,
) -> Value:
    """Something that came in through the constructor, or that a setting chose."""
    if frame.building:
        return Layer(func.text, args, passed=True)
    given = func.text.rpartition(".")[2]
    name = given if given.isidentifier() else name
    op, kind = hint_meaning(name)
    if op is Op.NORM:
        return _norm(m, name, args, syntax, frame)
    if kind == "attention" and _is_crossed(args):
        kind = "cross-attention"
    return _sublayer(m, op, name, kind, args, syntax, frame, True)


def _named(
    m: Machine,
    func: Class | External,
    args: Arguments,
    syntax: cst.CSTNode,
    frame: Frame,
    name: str,
) -> Value:
    """A class makes an object; a function outside the project is looked up."""
    if isinstance(func, Class):
        return Instance(func, args, frame.place(syntax))
    builtin = python_api.FUNCTIONS.get(func.path)
    if builtin is not None:
        return builtin(m, args, syntax, frame)
    if func.name in ("partial", "wraps") and args.positional:
        rest = Arguments(args.positional[1:], args.named, args.spread)
        return Partial(args.positional[0], rest)
    if func.name in CHECKPOINTS and args.positional:
        return _checkpoint(m, args, syntax, frame, name)
    made = construct(m, func, args, syntax, frame)
    if made is not None:
        return made
    return _external_function(m, func, args, syntax, frame)


def _checkpoint(
    m: Machine, args: Arguments, syntax: cst.CSTNode, frame: Frame, name: str
) -> Value:
    """`checkpoint(function, *args)` computes `function(*args)`."""
    settings = {"use_reentrant", "preserve_rng_state", "determinism_check", "debug"}
    named = {k: v for k, v in args.named.items() if k not in settings}
    inner = Arguments(args.positional[1:], named, args.spread)
    return call(m, args.positional[0], inner, syntax, frame, name)


def _external_function(
    m: Machine, func: External, args: Arguments, syntax: cst.CSTNode, frame: Frame
) -> Value:
    has_tensors = any(True for value in args.all() for _ in nodes_of(value))
    if frame.building:
        return Parameter(func.name) if is_torch(func.path) else Symbol(
            f"{func.name}(...)"
        )
    if func.name in CREATION and is_torch(func.path):
        return Parameter(func.name)
    if not has_tensors:
        return Parameter(func.name) if is_torch(func.path) else RunTime(func.name)
    meaning = function_meaning(func.path)
    values = tuple(args.all())
    if meaning is None:
        return functions.opaque(m, func.name, args, syntax, frame)
    op, kind = meaning
    if is_torch(func.path) and values:
        match func.name:
            case "add" if len(values) > 1:
                return tensors.add(m, values[0], values[1], syntax, frame)
            case "mul" | "multiply" | "div" if len(values) > 1:
                return tensors.multiply(m, values[0], values[1], syntax, frame)
            case "chunk" | "split" | "unbind" | "tensor_split":
                return tensors.pieces(m, values[0], func.name, values[1:], syntax, frame)
            case "matmul" | "bmm" | "mm" if len(values) > 1:
                return tensors.product(m, values[0], values[1], syntax, frame)
    if op is Op.NORM:
        return m.op(op, func.name, values[:1], syntax, frame, kind)
    return m.op(op, func.name, values, syntax, frame, kind)


def _method(
    m: Machine,
    func: Method,
    args: Arguments,
    syntax: cst.CSTNode,
    frame: Frame,
    name: str,
) -> Value:
    """A method of a value that is no object of the project."""
    match func.owner:
        case Tensor():
            return tensors.method(m, func.owner, func.name, args, syntax, frame)
        case Sequence() | Mapping() | Known():
            return python_api.method(m, func.owner, func.name, args, frame)
        case Instance():
            return python_api.module_method(m, func.owner, func.name, args, frame)
        case Super(instance) if func.name in ("forward", "__call__"):
            return _stock_forward(m, instance, args, syntax, frame, name)
        case Super(instance):
            return python_api.module_method(m, instance, func.name, args, frame)
        case Layer() if func.name == "forward":
            return call(m, func.owner, args, syntax, frame, name)
        case Parameter():
            return _parameter_method(m, func, args, syntax, frame)
        case Sequence() if func.name == "forward":
            return call(m, func.owner, args, syntax, frame, name)
    return _runtime(m, args, syntax, frame, name)


def _parameter_method(
    m: Machine, func: Method, args: Arguments, syntax: cst.CSTNode, frame: Frame
) -> Value:
    has_tensors = any(True for value in args.all() for _ in nodes_of(value))
    if frame.building or not has_tensors:
        return func.owner
    return m.op(Op.VIEW, func.name, tuple(args.all()), syntax, frame, "reshape")
