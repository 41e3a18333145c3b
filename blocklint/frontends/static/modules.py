"""Calling modules: of the project, of libraries, passed in, in a row."""

from dataclasses import replace

from blocklint import cst
from blocklint.frontends.static import closed, functions, instances, tensors
from blocklint.frontends.static.arguments import Called
from blocklint.frontends.static.machine import Frame, Machine
from blocklint.frontends.static.values import (
    Arguments,
    External,
    Function,
    Instance,
    Known,
    Layer,
    Parameter,
    RunTime,
    Sequence,
    Symbol,
    Tensor,
    Value,
    reads as reads_of,
    tensors as nodes_of,
)
from blocklint.frontends.torch_api import (
    Meaning,
    hint_meaning,
    is_torch,
    layer_meaning,
)
from blocklint.graph import Node, Op, Scope


def call(
    m: Machine,
    func: Instance | Layer | Symbol | Sequence,
    args: Arguments,
    syntax: cst.CSTNode,
    frame: Frame,
    name: str,
) -> Value:
    """The value that calling a module gives, whatever we know of it."""
    match func:
        case Layer():
            return _layer(m, func, args, syntax, frame, name)
        case Instance():
            return _instance(m, func, args, syntax, frame, name)
        case Symbol():
            return _passed(m, func, args, syntax, frame, name)
        case Sequence():
            return _sequential(m, func, args, syntax, frame, name)


def _instance(
    m: Machine,
    func: Instance,
    args: Arguments,
    syntax: cst.CSTNode,
    frame: Frame,
    name: str,
) -> Value:
    """A module of a class of the project: its `forward` is followed."""
    if frame.building:
        return Symbol(f"{name}(...)")
    if m.library.is_closed(func.cls):
        kind, called = closed.kind_of(func, args), func.cls.name
        return sublayer(m, (Op.LAYER, kind), called, args, syntax, frame, True)
    if m.library.is_norm(func.cls):
        return _norm(m, name, args, syntax, frame, func)
    stock = func.cls.file.is_stock
    if frame.list_item and not stock and m.library.is_block(func.cls):
        return _block(m, func, args, syntax, frame, name)
    forward = instances.attribute(m, func, "forward", syntax, frame)
    if not isinstance(forward, Function):
        forward = instances.attribute(m, func, "__call__", syntax, frame)
    if not isinstance(forward, Function):
        return stock_forward(m, func, args, syntax, frame, name)
    if functions.is_left_open(forward):
        seen = Layer(func.cls.name, func.args, passed=True, made_at=func.made_at)
        return _layer(m, seen, args, syntax, frame, name)
    place = func.made_at if stock else frame.place(syntax)
    scope = Scope(
        frame.scope,
        name,
        func.cls.name,
        frame.list_item,
        helper=stock,
        place=place,
        given=_first(forward, args),
    )
    return functions.invoke(m, forward, args, syntax, frame, scope)


def _first(forward: Function, args: Arguments) -> Node | None:
    """The tensor that a module is given for the first parameter of its `forward`."""
    parameters = forward.node.params.params[1:]
    main = args.named.get(parameters[0].name.value) if parameters else None
    values = (*args.positional, *([main] if main is not None else []), *args.all())
    return next(iter(nodes_of(*values)), None)


def _block(
    m: Machine,
    func: Instance,
    args: Arguments,
    syntax: cst.CSTNode,
    frame: Frame,
    name: str,
) -> Value:
    """A whole block taken from a list: a node of its own, looked into elsewhere."""
    reads = reads_of(*args.all())
    key = m.library.remember(func.cls)
    place = frame.place(syntax)
    called = Called(args, func, key, func)
    return m.emit(Op.BLOCK, name, reads, place, frame.scope, func.cls.name, called)


def stock_forward(
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
    path = known[0].path if known else instance.cls.name
    func = Layer(path, instances.base_args(m, instance), made_at=instance.made_at)
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
    reads = tuple(nodes_of(*args.all()[:2]))
    place, kind = frame.place(syntax), _class_of(member)
    key = m.library.remember(member.cls) if isinstance(member, Instance) else None
    made = member
    if member is not None and _has_no_weights(member):
        member = None
    called = Called(args, member, key, made)
    return m.emit(Op.NORM, name, reads, place, frame.scope, kind, called)


def _class_of(member: Instance | Layer | None) -> str:
    match member:
        case Instance(cls):
            return cls.name
        case Layer():
            return member.name
    return ""


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
    if kind == "activation" and "hidden_features" in func.args.named:
        op, kind = Op.LAYER, "ffn"  # `SwiGLU(in_features, hidden_features)`
    if func.passed:
        op, kind = hint_meaning(func.name)
        if kind == "unknown":
            op, kind = hint_meaning(name)
    if op is Op.NORM:
        return _norm(m, name, args, syntax, frame, func)
    if kind == "attention" and _is_crossed(args):
        kind = "cross-attention"
    if kind == "conv" and _is_pointwise(func):
        kind = "linear"
    unseen = func.passed or not is_torch(func.path)
    args, identity = _apart(args) if unseen else (args, None)
    result = sublayer(m, (op, kind), name, args, syntax, frame, unseen, func)
    if identity is not None:
        return _with_identity(m, result, identity, syntax, frame)
    torchs = func.name == "MultiheadAttention" and is_torch(func.path)
    if torchs and isinstance(result, Tensor):
        weights = m.op(Op.VIEW, "weights", (result,), syntax, frame, "second")
        return Sequence([result, weights], False, "tuple")
    return result


def _is_pointwise(func: Layer) -> bool:
    """Whether a convolution has a kernel of one: a linear layer by another name."""
    size, groups = func.args.get(2, "kernel_size"), func.args.get(6, "groups")
    dense = groups is None or (isinstance(groups, Known) and groups.value == 1)
    return dense and isinstance(size, Known) and size.value == 1


def _is_crossed(args: Arguments) -> bool:
    """Whether queries come from another input than keys do, and values with them."""
    query, key = args.get(0, "query"), args.get(1, "key")
    value = args.get(2, "value")
    if query is None or key is None or not isinstance(value, Tensor):
        return False
    keys = tensors.inputs(key)
    alike = not keys or bool(keys & tensors.inputs(value))  # no mask, no positions
    return alike and not (tensors.inputs(query) & keys)


def sublayer(
    m: Machine,
    meaning: Meaning,
    name: str,
    args: Arguments,
    syntax: cst.CSTNode,
    frame: Frame,
    unseen: bool,
    member: Layer | None = None,
) -> Value:
    """A module that is a node of its own: its code is not looked into."""
    if frame.building:
        return Symbol(f"{name}(...)")
    op, kind = meaning
    scope = Scope(frame.scope, name, "", frame.list_item, unseen)
    reads = reads_of(*args.all())
    called = Called(args, member, made=member)
    return m.emit(op, name, reads, frame.place(syntax), scope, kind, called)


def _sequential(
    m: Machine,
    func: Sequence,
    args: Arguments,
    syntax: cst.CSTNode,
    frame: Frame,
    name: str,
) -> Value:
    """An nn.Sequential: each item reads what the one before gave."""
    if func.repeated and not func.items:  # made of a list that cannot be seen
        return sublayer(m, hint_meaning(name), name, args, syntax, frame, True)
    value: Value = next(iter(args.all()), RunTime("nothing"))
    outer, frame.list_item = frame.list_item, frame.list_item or func.repeated
    inner = Arguments(args.positional[1:], args.named, args.spread)
    for index, item in enumerate(func.items):
        given = replace(inner, positional=(value, *inner.positional))
        value = m.call(m, item, given, syntax, frame, f"{name}.{index}")
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
        return Layer(func.text, args, passed=True, made=m.next())
    given = func.text.rpartition(".")[2]
    name = given if given.isidentifier() else name
    op, kind = hint_meaning(name)
    if op is Op.NORM:
        return _norm(m, name, args, syntax, frame)
    if kind == "attention" and _is_crossed(args):
        kind = "cross-attention"
    args, identity = _apart(args)
    result = sublayer(m, (op, kind), name, args, syntax, frame, True)
    return _with_identity(m, result, identity, syntax, frame)


def _with_identity(
    m: Machine,
    result: Value,
    identity: Value | None,
    syntax: cst.CSTNode,
    frame: Frame,
) -> Value:
    """What is handed to an unseen module as `identity=` is added to its result."""
    if isinstance(identity, Tensor) and isinstance(result, Tensor):
        return tensors.add(m, identity, result, syntax, frame)
    return result


def _apart(args: Arguments) -> tuple[Arguments, Value | None]:
    """The arguments of an unseen module without its identity path, and that path."""
    for name in ("identity", "residual"):
        if isinstance(args.named.get(name), Tensor):
            rest = {k: v for k, v in args.named.items() if k != name}
            return replace(args, named=rest), args.named[name]
    return args, None


_FILLING = frozenset(
    ["__init__", "append", "extend", "insert", "add_module", "register_module"]
)


def method(
    m: Machine, owner: Instance, name: str, args: Arguments, frame: Frame
) -> Value:
    """A method that every nn.Module has."""
    if name == "__init__":
        owner.stock_args = args
    if name in _FILLING and args.positional:
        items = instances.listed(m, owner)
        if items is not None:
            _fill(items, name, args, frame)
    match name, args.positional:
        case (("register_buffer" | "register_parameter"), (Known(str() as key), *rest)):
            given = rest[0] if rest else args.named.get("tensor")
            none = isinstance(given, Known) and given.value is None
            source = given.source if isinstance(given, Parameter) else None
            value: Value = Known(None) if none else Parameter(key, source)
            instances.set_attribute(owner, key, value, None)
        case (("add_module" | "register_module"), (Known(str() as key), value)):
            instances.set_attribute(owner, key, value, None)
        case (("add_module" | "register_module"), (_, value)):
            instances.set_attribute(owner, f"<{len(owner.attributes)}>", value, None)
        case (("to" | "apply" | "eval" | "train" | "float" | "half"), _):
            return owner
    return Known(None)


def _fill(items: Sequence, name: str, args: Arguments, frame: Frame) -> None:
    """The items of an object whose class is a list of modules."""
    values = list(args.positional)
    if name in ("add_module", "register_module"):
        values = values[1:]
    if name == "extend" or (items.kind == "modules" and name == "__init__"):
        values = [i for v in values if isinstance(v, Sequence) for i in v.items]
    items.items.extend(values)
    items.repeated = items.repeated or args.spread or frame.repeating > 0
