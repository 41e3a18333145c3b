"""What a call gives: by what is called."""

from blocklint import cst
from blocklint.frontends.static import (
    builtins,
    comprehensions,
    containers,
    external,
    functions,
    modules,
    parameters,
    tensors,
)
from blocklint.frontends.static.arguments import Called
from blocklint.frontends.static.construct import construct
from blocklint.frontends.static.machine import Frame, Machine
from blocklint.frontends.static.values import (
    NO_ARGUMENTS,
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
    Sizes,
    Super,
    Symbol,
    Tensor,
    Value,
    tensors as nodes_of,
)
from blocklint.frontends.torch_api import (
    CHECKPOINTS,
    hint_meaning,
    is_torch,
)
from blocklint.graph import Op, Scope


def evaluate_call(m: Machine, syntax: cst.Call, frame: Frame) -> Value:
    """A call expression."""
    written, evaluate = syntax.func, m.evaluate
    if type(written) is cst.Name and written.value == "super":
        return _super(m, syntax, frame)
    func = evaluate(m, written, frame)
    growing = None
    if type(func) is Method and func.name == "extend":
        growing = _growing(m, func.owner, syntax, frame)
    args = growing or arguments(m, syntax, frame)
    name = called_name(written)
    fallback = _fallback(args) if name.startswith("get") else None
    if fallback is not None and isinstance(func, Symbol | RunTime):
        return fallback
    found = call(m, func, args, syntax, frame, name)
    return found if fallback is None or _is_known(found) else fallback


def _growing(
    m: Machine, owner: Value, syntax: cst.Call, frame: Frame
) -> Arguments | None:
    """The arguments of a list's `extend` by a generator, which sees the list grow."""
    match owner, syntax.args:
        case Sequence(), [cst.Arg(cst.GeneratorExp() as made)]:
            return Arguments((comprehensions.extending(m, owner, made, frame),))
    return None


def _fallback(args: Arguments) -> Function | None:
    """What `kernels.get(name, plain_attention)` gives if nothing else is there."""
    default = args.get(1, "default")
    return default if isinstance(default, Function) else None


def _is_known(value: Value) -> bool:
    unknown = isinstance(value, RunTime | Symbol)
    return not (unknown or (isinstance(value, Known) and value.value is None))


def called_name(syntax: cst.BaseExpression) -> str:
    """The name that a call uses for what it calls: `norm1` in `self.norm1(x)`."""
    if type(syntax) is cst.Name:
        return syntax.value
    if type(syntax) is cst.Attribute:
        return syntax.attr.value
    if type(syntax) is cst.Subscript:
        return called_name(syntax.value)
    return called_name(syntax.func) if type(syntax) is cst.Call else "call"


def _super(m: Machine, syntax: cst.Call, frame: Frame) -> Value:
    instance = next(iter(frame.names.values()), None)
    if isinstance(instance, Instance) and frame.owner is not None:
        return Super(instance, frame.owner)
    return RunTime("super")


def arguments(m: Machine, syntax: cst.Call, frame: Frame) -> Arguments:
    """The arguments of a call, evaluated in order."""
    if not syntax.args:
        return NO_ARGUMENTS
    positional: list[Value] = []
    named: dict[str, Value] = {}
    spread = False
    evaluate = m.evaluate
    for arg in syntax.args:
        value = evaluate(m, arg.value, frame)
        if arg.keyword is not None:
            named[arg.keyword.value] = value
        elif not arg.star:
            positional.append(value)
        elif arg.star == "*":
            if isinstance(value, Sequence):
                positional.extend(value.items)
                spread = spread or value.repeated
            else:
                positional.extend([value] if isinstance(value, Tensor | Sizes) else [])
                spread = spread or not isinstance(value, Sizes)
        else:
            spread = True
            if isinstance(value, Mapping):
                spread = value.open
                named.update({str(k): v for k, v in value.items.items()})
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
    if type(func) is External:  # most are one of these
        return _external(m, func, args, syntax, frame, name)
    if type(func) is Method:
        return _method(m, func, args, syntax, frame, name)
    if type(func) is Function:
        return _function(m, func, args, syntax, frame)
    match func:
        case Class():
            given = args.positional[:1] if not frame.building else ()
            if given and isinstance(given[0], Tensor) and m.library.is_norm(func):
                norm = Instance(func, Arguments())  # it stands for what is given
                return modules.call(m, norm, args, syntax, frame, name)
            instance = Instance(func, args, frame.place(syntax), m.next())
            return _made(m, instance, args, frame)
        case Layer() | Instance() | Symbol() | Sequence(kind="sequential"):
            return modules.call(m, func, args, syntax, frame, name)
        case Partial(inner, first):
            named = {**first.named, **args.named}
            both = Arguments((*first.positional, *args.positional), named, args.spread)
            return call(m, inner, both, syntax, frame, name)
        case Tensor():
            return modules.sublayer(
                m, (Op.LAYER, "unknown"), name, args, syntax, frame, True
            )
        case RunTime():
            return _runtime(m, args, syntax, frame, name)
    return functions.opaque(m, name, args, syntax, frame)


def _runtime(
    m: Machine, args: Arguments, syntax: cst.CSTNode, frame: Frame, name: str
) -> Value:
    if frame.building:
        return Symbol(f"{name}(...)")
    if not nodes_of(*args.all()):
        return RunTime(name)
    if hint_meaning(name)[0] is Op.NORM:  # looked up by name, as in a property
        return call(m, Symbol(name), args, syntax, frame, name)
    return functions.opaque(m, name, args, syntax, frame)


def _function(
    m: Machine, func: Function, args: Arguments, syntax: cst.CSTNode, frame: Frame
) -> Value:
    """A function or method of the project: a scope of its own if it is a helper."""
    if _is_of_machinery(m, func, args):
        return Known(None)
    own = frame.own and (func.owner is not None or func.closure is not None)
    scope = Scope(
        frame.scope, func.name, frame.scope.owner, frame.list_item, helper=True
    )
    return functions.invoke(m, func, args, syntax, frame, scope, own)


def _is_of_machinery(m: Machine, func: Function, args: Arguments) -> bool:
    """Whether it is `Trained.__init__(self, config)`, as `super()` would call it."""
    if func.name != "__init__" or func.bound is not None:
        return False
    match func.owner, args.positional:
        case Class() as owner, [Instance(cls), *_]:
            return m.library.is_framework(owner, cls)
    return False


def _external(
    m: Machine,
    func: External,
    args: Arguments,
    syntax: cst.CSTNode,
    frame: Frame,
    name: str,
) -> Value:
    """A function or class outside the project is looked up."""
    builtin = builtins.FUNCTIONS.get(func.path)
    if builtin is not None:
        return builtin(m, args, syntax, frame)
    own = func.name
    if own in ("partial", "wraps") and args.positional:
        rest = Arguments(args.positional[1:], args.named, args.spread)
        return Partial(args.positional[0], rest)
    if own in CHECKPOINTS and args.positional:
        return _checkpoint(m, args, syntax, frame, name)
    made = construct(m, func, args, syntax, frame)
    if made is not None:
        return _made(m, made, args, frame)
    handed = None if frame.building else _handed_on(func, args)
    if handed is not None:
        return call(m, args.positional[0], handed, syntax, frame, name)
    return external.call(m, func, args, syntax, frame)


def _handed_on(func: External, args: Arguments) -> Arguments | None:
    """What `apply_in_chunks(self.feed_forward, size, dim, x)` calls its method with.

    A function of others that gets a method of one input, and one tensor beside
    numbers, can do little else with them.
    """
    if is_torch(func.path):
        return None
    match args.positional:
        case (Function(bound=Instance()) as method, *rest):
            values = [each for each in rest if not isinstance(each, Known | Symbol)]
            _, *inputs = method.node.params.params or (None,)
            needed = [each for each in inputs if each and each.default is None]
            if len(values) == len(needed) == 1 and isinstance(values[0], Tensor):
                return Arguments((values[0],))
    return None


def _made(m: Machine, value: Value, args: Arguments, frame: Frame) -> Value:
    """An object that was made; one that is made of tensors, an output, keeps them."""
    if not frame.building and isinstance(value, (Instance, Layer)):
        m.keep(Sequence(list(args.all())))
    return value


def _checkpoint(
    m: Machine, args: Arguments, syntax: cst.CSTNode, frame: Frame, name: str
) -> Value:
    """`checkpoint(function, *args)` computes `function(*args)`."""
    settings = {"use_reentrant", "preserve_rng_state", "determinism_check", "debug"}
    named = {k: v for k, v in args.named.items() if k not in settings}
    inner = Arguments(args.positional[1:], named, args.spread)
    return call(m, args.positional[0], inner, syntax, frame, name)


def _method(
    m: Machine,
    func: Method,
    args: Arguments,
    syntax: cst.CSTNode,
    frame: Frame,
    name: str,
) -> Value:
    """A method of a value that is no object of the project."""
    owner = func.owner
    if type(owner) is Tensor:  # most
        return tensors.method(m, owner, func.name, args, syntax, frame)
    match owner:
        case Super(instance) if func.name in ("forward", "__call__"):
            return modules.stock_forward(m, instance, args, syntax, frame, name)
        case Super(instance):
            return modules.method(m, instance, func.name, args, frame)
        case Sequence() | Mapping() | Known() | Symbol():
            return containers.method(m, owner, func.name, args, syntax, frame)
        case Instance():
            return modules.method(m, owner, func.name, args, frame)
        case Layer() if func.name == "forward":
            return call(m, owner, args, syntax, frame, name)
        case Parameter():
            return _parameter_method(m, func, args, syntax, frame)
    return _runtime(m, args, syntax, frame, name)


def _parameter_method(
    m: Machine, func: Method, args: Arguments, syntax: cst.CSTNode, frame: Frame
) -> Value:
    whole = tensors.with_first(func.owner, args)
    if frame.building or not nodes_of(*args.all()):
        assert isinstance(func.owner, Parameter)
        return parameters.applied(func.owner, func.name, whole, "reshape")
    called = Called(whole)
    return m.op(Op.VIEW, func.name, args.all(), syntax, frame, "reshape", called)
