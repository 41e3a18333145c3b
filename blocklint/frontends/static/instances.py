"""Objects of the project's classes: their parents, their attributes, their making."""

from collections.abc import Iterator

from blocklint import cst
from blocklint.frontends.static import functions, parameters
from blocklint.frontends.static.arguments import Called, unsure
from blocklint.frontends.static.machine import Frame, Machine
from blocklint.frontends.static.values import (
    PROPERTIES,
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
    RunTime,
    Sequence,
    Super,
    Symbol,
    Tensor,
    Value,
)
from blocklint.frontends.torch_api import CONTAINERS, SETTINGS, is_torch, words
from blocklint.graph import Op
from blocklint.source import Place

_MODULE_FLAGS = frozenset(["training"])
_MODULE_METHODS = words(
    "apply to eval train register_buffer register_parameter add_module register_module "
    "parameters named_parameters modules children named_modules named_children "
    "state_dict buffers float half requires_grad_ post_init"
)


def attribute(
    m: Machine, owner: Instance, name: str, syntax: cst.CSTNode, frame: Frame
) -> Value:
    """`owner.name` on an object of a class of the project."""
    if not owner.built:
        build(m, owner, frame)
    value = owner.attributes.get(name)
    if value is not None:
        return _live(m, value, name, syntax, frame)
    if name in _MODULE_FLAGS:
        return RunTime(name)
    if name == "__class__":
        return owner.cls
    found = class_attribute(m, owner.cls, name, owner, frame)
    if not isinstance(found, Symbol):
        return found
    if name in _MODULE_METHODS:
        return Method(owner, name)
    held = _of_base(m, owner, name)
    return _live(m, held, name, syntax, frame) if held is not None else unsure(found)


def _live(
    m: Machine, value: Value, name: str, syntax: cst.CSTNode, frame: Frame
) -> Value:
    """A parameter becomes a node once a tensor can flow."""
    if type(value) is Parameter and not frame.building:
        called = Called(m.tables.sizes(value, frame.scope))
        return m.emit(Op.PARAM, name, (), frame.place(syntax), frame.scope, "", called)
    return value


def base_args(m: Machine, instance: Instance) -> Arguments:
    """What a parent outside the project is made with, as far as that can be seen."""
    own = [p for p in m.library.parents(instance.cls) if isinstance(p, Class)]
    makers = [p for p in own if m.library.member(p, "__init__") is not None]
    if not makers:
        return instance.args
    seen = not any(m.library.is_framework(p, instance.cls) for p in makers)
    return (instance.stock_args if seen else None) or Arguments(spread=True)


def _of_base(m: Machine, owner: Instance, name: str) -> Value | None:
    """What an object has of a parent that is a layer of torch."""
    if name != "weight" and name not in SETTINGS:
        return None
    for parent in m.library.parents(owner.cls):
        if isinstance(parent, External) and is_torch(parent.path):
            layer = Layer(parent.path, base_args(m, owner))
            if name == "weight":
                found = parameters.weight(layer, name)
                return found if found.source is not None else None
            return parameters.kept(layer, name)
    return None


def class_attribute(
    m: Machine, cls: Class, name: str, instance: Instance | None, frame: Frame
) -> Value:
    """A method or a class-level name, looked up through the parents."""
    held = m.library.inherited(cls, name)
    if held is None:
        return Symbol(name)
    parent, found = held
    if isinstance(found, Function):
        return _method(m, found, instance, frame)
    outer = m.library.file_frame(parent.file, parent.chunk)
    return m.evaluate(m, found, outer)


def _method(
    m: Machine, function: Function, instance: Instance | None, frame: Frame
) -> Value:
    to: Value | None = instance
    if "classmethod" in function.decorators:
        to = function.owner
    elif "staticmethod" in function.decorators:
        to = None
    bound = Function(
        function.name,
        function.node,
        function.chunk,
        function.file,
        function.owner,
        to,
    )
    if instance is not None and not function.decorators.isdisjoint(PROPERTIES):
        return functions.invoke(
            m, bound, Arguments(), function.node, frame, own=frame.own
        )
    return bound


def inherited(m: Machine, owner: Super, name: str, frame: Frame) -> Value:
    """`super().name`: the next class up that has it."""
    parents = m.library.parents(owner.instance.cls)
    after = [i for i, p in enumerate(parents) if p is owner.cls]
    for parent in parents[after[0] + 1 if after else 1 :]:
        if isinstance(parent, External):
            continue
        found = m.library.member(parent, name)
        if isinstance(found, Function):
            if name == "__init__" and m.library.is_framework(
                parent, owner.instance.cls
            ):
                break
            return _method(m, found, owner.instance, frame)
    return Method(owner, name)


def listed(m: Machine, instance: Instance) -> Sequence | None:
    """The items of an object whose class is an nn.Sequential or nn.ModuleList."""
    if instance.items is None:
        for parent in m.library.parents(instance.cls):
            if isinstance(parent, External) and parent.name in CONTAINERS:
                instance.items = Sequence([], False, CONTAINERS[parent.name])
    return instance.items


def set_attribute(
    instance: Instance, name: str, value: Value, place: Place | None
) -> None:
    """`instance.name = value`."""
    instance.attributes[name] = value
    if place is not None:
        instance.set_at.setdefault(name, place)


def held(instance: Instance) -> Iterator[Value]:
    """The tensors that an object and the modules in it store on themselves."""
    pending: list[Value] = [instance]
    seen: set[int] = set()
    while pending:
        value = pending.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if type(value) is Tensor:
            yield value
        elif type(value) is Instance:
            pending.extend(value.attributes.values())
            pending.extend([value.items] if value.items else [])
        elif type(value) is Sequence:
            pending.extend(value.items)
        elif type(value) is Mapping:
            pending.extend(value.items.values())


def has(m: Machine, instance: Instance, name: str, frame: Frame) -> Value:
    """`hasattr(instance, name)`, where all parents can be seen."""
    build(m, instance, frame)
    if name in instance.attributes:
        return Known(True)
    found = class_attribute(m, instance.cls, name, instance, frame)
    if not isinstance(found, Symbol):
        return Known(True)
    return Known(False)


def build(m: Machine, instance: Instance, frame: Frame) -> None:
    """Follow `__init__`, the first time that anything is asked of the object."""
    if instance.built:
        return
    instance.built = True
    nodes, guards = m.nodes, m.guards
    inner = Frame(
        instance.cls.file,
        instance.cls.chunk,
        frame.scope,
        {},
        building=True,
        own=frame.own and frame.building and frame.depth == 0,
    )
    if _is_stand_in(m, instance):
        return
    match class_attribute(m, instance.cls, "__init__", instance, inner):
        case Function() as init:
            own = inner.own
            functions.invoke(m, init, instance.args, init.node, inner, own=own)
        case _:
            _fields(m, instance, inner)
    m.nodes, m.guards = nodes, guards


def _is_stand_in(m: Machine, instance: Instance) -> bool:
    """Whether an object stands for one of a class that the code does not tell.

    A base of models, with no `forward`, makes objects of its children by `cls(config)`:
    where it does not show of which, nothing is known of what they hold.
    """
    cls, made_at = instance.cls, instance.made_at
    return (
        made_at is not None
        and made_at.chunk is cls.chunk
        and m.library.is_module_class(cls)
        and m.library.inherited(cls, "forward") is None
    )


def _fields(m: Machine, instance: Instance, frame: Frame) -> None:
    """The fields of a dataclass, in order; nothing for a class without `__init__`."""
    for position, (name, default) in enumerate(m.library.fields(instance.cls)):
        value = instance.args.get(position, name)
        if value is None and default is not None:
            value = m.evaluate(m, default, frame)
        instance.attributes[name] = value or Symbol(name)


def setting(m: Machine, owner: Symbol, name: str) -> Symbol:
    """`config.name`: a setting, with the default that its config class shows."""
    text = f"{owner.text}.{name}"
    if not owner.sure:
        return Symbol(text, sure=False)
    if owner.config is not None:
        default = m.library.config_default(m, owner.config, name)
        return m.noted.setting(Symbol(text, default))
    if owner.text.isidentifier():
        m.noted.unseen.add(text)
    return Symbol(text)
