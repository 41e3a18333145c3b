"""The builtins of Python that model code uses."""

from collections.abc import Callable

import libcst as cst

from blocklint.frontends.static import instances, loops
from blocklint.frontends.static.binding import assign
from blocklint.frontends.static.machine import Frame, Machine
from blocklint.frontends.static.values import (
    Arguments,
    Class,
    External,
    Instance,
    Known,
    Layer,
    Mapping,
    Parameter,
    RunTime,
    Sequence,
    Symbol,
    Tensor,
    Value,
)
from blocklint.graph import Op

Builtin = Callable[[Machine, Arguments, cst.CSTNode, Frame], Value]


def _unknown(frame: Frame, text: str) -> Value:
    return Symbol(text) if frame.building else RunTime(text)


def _range(m: Machine, args: Arguments, syntax: cst.CSTNode, frame: Frame) -> Value:
    match args.positional:
        case (Known(int() as stop),) if stop <= loops.UNROLLED:
            return Sequence([Known(i) for i in range(stop)])
    name = "index"
    first: Value = Symbol(name, Known(0)) if frame.building else RunTime(name)
    return Sequence([first], True)


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
        Sequence([r.values[i % len(r.values)] for r in each if r.values], False, "tuple")
        for i in range(length)
    ]
    return Sequence(rows, not fixed)


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
            return Sequence(items[::-1], value.repeated)
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


def _len(m: Machine, args: Arguments, syntax: cst.CSTNode, frame: Frame) -> Value:
    match args.positional:
        case (Sequence(items) as value,) if not value.repeated:
            return Known(len(items))
    return _unknown(frame, "len(...)")


def _isinstance(m: Machine, args: Arguments, syntax: cst.CSTNode, frame: Frame) -> Value:
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
            return Known(layer.name == kind.name or kind.name == "Module")
        case Layer() as layer, Class() if not layer.passed:
            return Known(False)
        case Known(inner), External():
            return Known(type(inner).__name__ == kind.name)
        case Sequence(), External():
            return Known(kind.name in (value.kind, "ModuleList", "Iterable"))
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
            made = instances.setting(m, symbol, name)
            if isinstance(made, Symbol) and made.default is None:
                if isinstance(default, Known):
                    return Symbol(made.text, default)
            return made
        case (External(path), Known(str() as name)):
            return External(f"{path}.{name}")
    return default or _unknown(frame, "getattr(...)")


def _setattr(m: Machine, args: Arguments, syntax: cst.CSTNode, frame: Frame) -> Value:
    match args.positional:
        case (Instance() as instance, Known(str() as name), value):
            instances.set_attribute(instance, name, value, frame.place(syntax))
    return Known(None)


def _number(m: Machine, args: Arguments, syntax: cst.CSTNode, frame: Frame) -> Value:
    match args.positional:
        case (Known() as value,):
            return value
        case (Symbol() as value, *_):
            return value
    if any(isinstance(v, RunTime | Tensor) for v in args.positional):
        return RunTime("number")
    return _unknown(frame, "number")


def _any_all(m: Machine, args: Arguments, syntax: cst.CSTNode, frame: Frame) -> Value:
    return RunTime("condition")


def _summed(m: Machine, args: Arguments, syntax: cst.CSTNode, frame: Frame) -> Value:
    match args.positional:
        case (Sequence(items), *_) if any(isinstance(i, Tensor) for i in items):
            return m.op(Op.ADD, "sum", tuple(items), syntax, frame)
        case (Tensor() as value, *_):
            return m.op(Op.VIEW, "sum", (value,), syntax, frame, "arithmetic")
    return _unknown(frame, "sum(...)")


def _next(m: Machine, args: Arguments, syntax: cst.CSTNode, frame: Frame) -> Value:
    match args.positional:
        case (Sequence([first, *_]), *_):
            return first
        case (Tensor() as value, *_):
            return m.op(Op.VIEW, "next", (value,), syntax, frame, "element")
    return _unknown(frame, "next(...)")


def _nothing(m: Machine, args: Arguments, syntax: cst.CSTNode, frame: Frame) -> Value:
    return Known(None)


FUNCTIONS: dict[str, Builtin] = {
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
    "len": _len,
    "isinstance": _isinstance,
    "hasattr": _hasattr,
    "getattr": _getattr,
    "setattr": _setattr,
    "int": _number,
    "float": _number,
    "bool": _number,
    "min": _number,
    "max": _number,
    "round": _number,
    "abs": _number,
    "any": _any_all,
    "all": _any_all,
    "callable": _any_all,
    "sum": _summed,
    "next": _next,
    "print": _nothing,
}


def method(
    m: Machine, owner: Value, name: str, args: Arguments, frame: Frame
) -> Value:
    """A method of a list, a dict or a constant."""
    match owner:
        case Sequence():
            return _list_method(m, owner, name, args, frame)
        case Mapping():
            return _dict_method(owner, name, args, frame)
    return _unknown(frame, name)


def _list_method(
    m: Machine, owner: Sequence, name: str, args: Arguments, frame: Frame
) -> Value:
    added: list[Value] = []
    match name, args.positional:
        case "append", (value, *_):
            added = [value]
        case ("extend", (Sequence(items) as more, *_)):
            added = list(items)
            owner.repeated = owner.repeated or more.repeated
        case "insert", (Known(0), value):
            owner.items.insert(0, value)
        case ("add_module" | "insert"), (_, value):
            added = [value]
        case "pop", _ if owner.items:
            return owner.items[-1]
        case "forward", _:
            return Known(None)
    owner.items.extend(added)
    if added and frame.repeating:
        owner.repeated = True
    return Known(None)


def _dict_method(owner: Mapping, name: str, args: Arguments, frame: Frame) -> Value:
    match name, args.positional:
        case ("get" | "pop"), (Known(key), *rest):
            default = rest[0] if rest else Known(None)
            if key in owner.items:
                return owner.items[key]
            return _unknown(frame, f"[{key!r}]") if owner.open else default
        case "values", _:
            return Sequence(list(owner.items.values()), owner.open)
        case "keys", _:
            return Sequence([Known(key) for key in owner.items], owner.open)
        case "items", _:
            pairs: list[Value] = [
                Sequence([Known(key), value], False, "tuple")
                for key, value in owner.items.items()
            ]
            return Sequence(pairs, owner.open)
        case "copy", _:
            return Mapping(dict(owner.items), owner.kind, owner.open)
        case "update", (Mapping(items) as more, *_):
            owner.items.update(items)
            owner.open = owner.open or more.open
        case "setdefault", (Known(key), value):
            return owner.items.setdefault(key, value)
    return Known(None) if name == "update" else _unknown(frame, name)


def module_method(
    m: Machine, owner: Instance, name: str, args: Arguments, frame: Frame
) -> Value:
    """A method that every nn.Module has."""
    if name in ("__init__", "append", "extend", "insert") and args.positional:
        items = instances.listed(m, owner)
        if items is not None:
            _fill(items, name, args, frame)
    match name, args.positional:
        case ("register_buffer" | "register_parameter"), (Known(str() as key), *rest):
            given = rest[0] if rest else args.named.get("tensor")
            none = isinstance(given, Known) and given.value is None
            value: Value = Known(None) if none else Parameter(key)
            instances.set_attribute(owner, key, value, None)
        case ("add_module" | "register_module"), (Known(str() as key), value):
            instances.set_attribute(owner, key, value, None)
        case ("to" | "apply" | "eval" | "train" | "float" | "half"), _:
            return owner
    return Known(None)


def _fill(items: Sequence, name: str, args: Arguments, frame: Frame) -> None:
    """The items of an object whose class is a list of modules."""
    values = list(args.positional)
    if name == "extend" or (items.kind == "list" and name == "__init__"):
        values = [i for v in values if isinstance(v, Sequence) for i in v.items]
    items.items.extend(values)
    items.repeated = items.repeated or args.spread or frame.repeating > 0


def comprehension(
    m: Machine, element: cst.BaseExpression, clause: cst.CompFor, frame: Frame
) -> Value:
    """A list made by a loop."""
    names = dict(frame.names)
    rounds = loops.over(
        m, m.evaluate(m, clause.iter, frame), clause.iter, frame
    )
    made: list[Value] = []
    repeat = rounds.repeat
    outer, frame.list_item = frame.list_item, frame.list_item or rounds.modules
    for value in rounds.values:
        assign(m, clause.target, value, frame)
        if clause.inner_for_in is not None:
            match comprehension(m, element, clause.inner_for_in, frame):
                case Sequence(items) as inner:
                    made.extend(items)
                    repeat = repeat or inner.repeated
        else:
            made.append(m.evaluate(m, element, frame))
    frame.names, frame.list_item = names, outer
    return Sequence(made, repeat)


def item(
    m: Machine, owner: Value, key: object, syntax: cst.CSTNode, frame: Frame
) -> Value:
    """`owner[key]` of a list or a dict; any item if the key is not known."""
    match owner, key:
        case Sequence(items), slice():
            return _sliced(owner, key)
        case Sequence(items), Known(int() as index) if (
            not owner.repeated and -len(items) <= index < len(items)
        ):
            return items[index]
        case Sequence(items), _ if items:
            return _any_of(m, items, frame)
        case Mapping(entries), Known(constant) if constant in entries:
            return entries[constant]
        case Mapping(entries), Symbol() if entries:
            return next(iter(entries.values()))
        case Mapping(entries), _ if entries and owner.open:
            return next(iter(entries.values()))
    return _unknown(frame, "item")


def _sliced(owner: Sequence, key: slice) -> Value:
    ends = (key.start, key.stop, key.step)
    if owner.repeated or not all(e is None or isinstance(e, int) for e in ends):
        return Sequence(list(owner.items), owner.repeated, owner.kind)
    return Sequence(owner.items[key], False, owner.kind)


def _any_of(m: Machine, items: list[Value], frame: Frame) -> Value:
    if all(isinstance(each, Tensor) for each in items):
        return m.join(list(items), frame)
    return items[0]
