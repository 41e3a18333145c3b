"""The builtins of Python that model code uses."""

from collections.abc import Callable

from blocklint import cst
from blocklint.frontends.static import (
    attributes,
    conditions,
    instances,
    loops,
    numerics,
)
from blocklint.frontends.static.arguments import number
from blocklint.frontends.static.machine import Frame, Machine
from blocklint.frontends.static.values import (
    UNROLLED,
    Arguments,
    Class,
    External,
    Instance,
    Known,
    Layer,
    Mapping,
    RunTime,
    Sequence,
    Symbol,
    Tensor,
    Value,
    reasons,
    tensors as nodes_of,
)
from blocklint.graph import Op

Builtin = Callable[[Machine, Arguments, cst.CSTNode, Frame], Value]
_SEQUENCES = ("ModuleList", "Iterable", "Collection", "Sequence", "Sized")


def _range(m: Machine, args: Arguments, syntax: cst.CSTNode, frame: Frame) -> Value:
    match args.positional:
        case (Known(int() as stop),) if stop <= UNROLLED:
            return Sequence([Known(i) for i in range(stop)])
    name = "index"
    first: Value = Symbol(name, Known(0)) if frame.building else RunTime(name)
    count = number(args.positional[0]) if len(args.positional) == 1 else None
    return Sequence([first], True, count=count)


def _enumerate(m: Machine, args: Arguments, syntax: cst.CSTNode, frame: Frame) -> Value:
    rounds = loops.over(m, args.positional[0], syntax, frame)
    counted = not rounds.repeat
    rows: list[Value] = []
    for i, value in enumerate(rounds.values):
        index: Value = Known(i)
        if not counted:
            index = Symbol("index", Known(0)) if frame.building else RunTime("index")
        rows.append(Sequence([index, value], False, "tuple"))
    return Sequence(rows, rounds.repeat)


def _zip(m: Machine, args: Arguments, syntax: cst.CSTNode, frame: Frame) -> Value:
    each = [loops.over(m, value, syntax, frame) for value in args.positional]
    if not each:
        return Sequence([])
    fixed = [rounds for rounds in each if not rounds.repeat]
    length = min((len(r.values) for r in fixed), default=0)
    length = length or max(len(r.values) for r in each)
    rows: list[Value] = [
        Sequence([_row(m, r, i, frame) for r in each if r.values], False, "tuple")
        for i in range(length)
    ]
    return Sequence(rows, not fixed)


def _row(m: Machine, rounds: loops.Rounds, i: int, frame: Frame) -> Value:
    """The value of a round; past those that are told it may be any of them."""
    values = rounds.values
    unsure = rounds.repeat and i >= len(values) > 1
    if unsure and all(isinstance(value, Tensor) for value in values):
        return m.join(list(values), frame)
    return values[i % len(values)]


def _listed(m: Machine, args: Arguments, syntax: cst.CSTNode, frame: Frame) -> Value:
    match args.positional:
        case (Sequence(items) as value,):
            return Sequence(list(items), value.repeated)
        case (Mapping(items) as value,):
            return Sequence([Known(key) for key in items], value.open)
        case (value, *_):
            return value
    return Sequence([])


def _reversed(m: Machine, args: Arguments, syntax: cst.CSTNode, frame: Frame) -> Value:
    match args.positional:
        case (Sequence(items) as value,):
            kind = "modules" if value.kind == "modules" else "list"
            return Sequence(items[::-1], value.repeated, kind)
        case (value, *_):
            return value
    return Sequence([])


def _map(m: Machine, args: Arguments, syntax: cst.CSTNode, frame: Frame) -> Value:
    function, *rest = args.positional
    rounds = loops.over(m, rest[0], syntax, frame) if rest else loops.Rounds((), False)
    source = rest[0] if rest else None
    made = [
        m.call(m, function, Arguments((value,)), syntax, frame, "map")
        for value in rounds.values
    ]
    return Sequence(made, rounds.repeat or isinstance(source, Tensor))


def _filter(m: Machine, args: Arguments, syntax: cst.CSTNode, frame: Frame) -> Value:
    """The items that a test lets through; those it says nothing of stay."""
    test, source = args.positional
    rounds = loops.over(m, source, syntax, frame)
    kept = []
    for value in rounds.values:
        passed = m.call(m, test, Arguments((value,)), syntax, frame, "filter")
        result = conditions.truth(m, value if isinstance(test, Known) else passed)
        if not isinstance(result, Known) or result.value:
            kept.append(value)
    return Sequence(kept, rounds.repeat)


def _len(m: Machine, args: Arguments, syntax: cst.CSTNode, frame: Frame) -> Value:
    match args.positional:
        case (Sequence(items) as value,) if not value.repeated:
            return Known(len(items))
    return frame.unknown("len(...)")


def _type(m: Machine, args: Arguments, syntax: cst.CSTNode, frame: Frame) -> Value:
    """What `type(x) == list` asks for; as a class to call, it stays unknown."""
    match args.positional:
        case (Sequence(kind="list" | "tuple" as kind),):
            return External(kind)
        case (Known(value),):
            return External(type(value).__name__)
        case (Tensor(node),) if node.op is not Op.INPUT:
            return External("torch.Tensor")
    return frame.unknown("type")


def _isinstance(
    m: Machine, args: Arguments, syntax: cst.CSTNode, frame: Frame
) -> Value:
    match args.positional:
        case (value, kind):
            return _is_of(m, value, kind)
    return RunTime("condition")


def _is_of(m: Machine, value: Value, kind: Value) -> Value:
    match value, kind:
        case _, Sequence(kinds):
            each = [_is_of(m, value, k) for k in kinds]
            known = [e.value for e in each if isinstance(e, Known)]
            if any(known):
                return Known(True)
            return Known(False) if len(known) == len(each) else RunTime("condition")
        case Instance(cls), Class():
            return Known(any(p is kind for p in m.library.parents(cls)))
        case Instance(cls), External():
            names = {p.name for p in m.library.parents(cls)}
            return Known(kind.name in names or kind.name == "Module")
        case Layer() as layer, External() if not layer.passed:
            return Known(kind.name in (layer.name, "Module"))
        case Layer() as layer, Class() if not layer.passed:
            return Known(False)
        case Known(inner), External():
            return Known(type(inner).__name__ == kind.name)
        case Sequence(), External():
            own = (value.kind, value.kind.capitalize())
            return Known(kind.name in (*own, *_SEQUENCES))
        case Tensor(node), External() if node.op is not Op.INPUT:
            return Known(kind.name == "Tensor")
    return RunTime("condition")


def _hasattr(m: Machine, args: Arguments, syntax: cst.CSTNode, frame: Frame) -> Value:
    match args.positional:
        case (Instance() as instance, Known(str() as name)):
            return instances.has(m, instance, name, frame)
        case (Symbol(text), Known(str() as name)):
            return m.choices.test(f"hasattr({text}, {name!r})", True)
        case (External(), _):
            return Known(True)
    return RunTime("condition")


def _getattr(m: Machine, args: Arguments, syntax: cst.CSTNode, frame: Frame) -> Value:
    default = args.positional[2] if len(args.positional) > 2 else None  # noqa: PLR2004
    match args.positional[:2]:
        case (Instance() as instance, Known(str() as name)):
            found = instances.has(m, instance, name, frame)
            if isinstance(found, Known) and not found.value and default is not None:
                return default
            return instances.attribute(m, instance, name, syntax, frame)
        case (Symbol() as symbol, Known(str() as name)):
            made = attributes.attribute(m, symbol, name, syntax, frame)
            match made, default:
                case Symbol(text, None, sure=True), Known() if text.endswith(name):
                    return m.noted.setting(Symbol(text, default))
            return made
        case (External(path), Known(str() as name)):
            return External(f"{path}.{name}")
    return default or frame.unknown("getattr(...)")


def _setattr(m: Machine, args: Arguments, syntax: cst.CSTNode, frame: Frame) -> Value:
    match args.positional:
        case (Instance() as instance, Known(str() as name), value):
            instances.set_attribute(instance, name, value, frame.place(syntax))
        case (Instance() as instance, _, value):
            name = f"<{len(instance.attributes)}>"
            instances.set_attribute(instance, name, value, None)
    return Known(None)


def _root(m: Machine, args: Arguments, syntax: cst.CSTNode, frame: Frame) -> Value:
    """The square root of a number, as the scale of attention is written."""
    source = args.positional[0] if args.positional else RunTime()
    if nodes_of(source):
        return m.op(Op.VIEW, "sqrt", (source,), syntax, frame, "arithmetic")
    found = number(source)
    root = found**0.5 if found is not None and found.terms else None
    if isinstance(source, RunTime) or not frame.building:
        return RunTime("number", root)
    return Symbol("sqrt(...)", number=root, sure=root is not None)


def _any(m: Machine, args: Arguments, syntax: cst.CSTNode, frame: Frame) -> Value:
    return _decided(True, args, syntax)


def _all(m: Machine, args: Arguments, syntax: cst.CSTNode, frame: Frame) -> Value:
    return _decided(False, args, syntax)


def _decided(by: bool, args: Arguments, syntax: cst.CSTNode) -> Value:
    """`any` is decided by one item that is true, `all` by one that is not."""
    match args.positional, syntax:
        case _, cst.Call(args=[cst.Arg(value=cst.BaseComp(for_in=clause))]) if (
            clause.ifs or clause.inner_for_in
        ):
            pass  # which items are left is not known
        case (Sequence(items, False),), _:
            known = [each for each in items if isinstance(each, Known)]
            if any(bool(each.value) is by for each in known):
                return Known(by, reasons(*known))
            if len(known) == len(items):
                return Known(not by, reasons(*known))
    return RunTime("condition")


def _next(m: Machine, args: Arguments, syntax: cst.CSTNode, frame: Frame) -> Value:
    match args.positional:
        case (Sequence([first, *_]), *_):
            return first
        case (Tensor() as value, *_):
            return m.op(Op.VIEW, "next", (value,), syntax, frame, "element")
    return frame.unknown("next(...)")


def _nothing(m: Machine, args: Arguments, syntax: cst.CSTNode, frame: Frame) -> Value:
    return Known(None)


def _no(m: Machine, args: Arguments, syntax: cst.CSTNode, frame: Frame) -> Value:
    """Whether the code is scripted, traced, compiled or exported: it is just run."""
    return Known(False)


_EXPORTS = (
    "torch.jit.is_scripting",
    "torch.jit.is_tracing",
    "torch.onnx.is_in_onnx_export",
    "torch.compiler.is_compiling",
    "torch.compiler.is_exporting",
)
FUNCTIONS: dict[str, Builtin] = {
    **dict.fromkeys(_EXPORTS, _no),
    "range": _range,
    "enumerate": _enumerate,
    "zip": _zip,
    "list": _listed,
    "tuple": _listed,
    "iter": _listed,
    "sorted": _listed,
    "set": _listed,
    "reversed": _reversed,
    "map": _map,
    "filter": _filter,
    "len": _len,
    "isinstance": _isinstance,
    "type": _type,
    "hasattr": _hasattr,
    "getattr": _getattr,
    "setattr": _setattr,
    "int": numerics.plain,
    "float": numerics.plain,
    "bool": numerics.plain,
    "min": numerics.extreme,
    "max": numerics.extreme,
    "round": numerics.plain,
    "abs": numerics.plain,
    "any": _any,
    "all": _all,
    "callable": numerics.can_be_called,
    "sum": numerics.summed,
    "math.ceil": numerics.whole,
    "math.floor": numerics.whole,
    "math.prod": numerics.multiplied,
    "np.prod": numerics.multiplied,
    "numpy.prod": numerics.multiplied,
    "next": _next,
    "math.sqrt": _root,
    "np.sqrt": _root,
    "numpy.sqrt": _root,
    "print": _nothing,
}
