"""What `owner.name` gives."""

from collections.abc import Callable
from dataclasses import replace

from blocklint import cst
from blocklint.frontends.static import configs, functions, instances, parameters
from blocklint.frontends.static.arguments import Called, number
from blocklint.frontends.static.machine import Frame, Machine
from blocklint.frontends.static.values import (
    TEXT_METHODS,
    Arguments,
    Class,
    External,
    Imported,
    Instance,
    Known,
    Layer,
    Mapping,
    Method,
    Parameter,
    RunTime,
    Sizes,
    Super,
    Symbol,
    Tensor,
    Value,
)
from blocklint.frontends.torch_api import METADATA, is_torch
from blocklint.graph import Op


def attribute(
    m: Machine, owner: Value, name: str, syntax: cst.CSTNode, frame: Frame
) -> Value:
    """`owner.name`."""
    how = _BY_OWNER.get(type(owner), _of_data)  # a `match` takes thrice the time
    return how(m, owner, name, syntax, frame)


def _of_external(
    m: Machine, owner: External, name: str, syntax: cst.CSTNode, frame: Frame
) -> Value:
    return External(f"{owner.path}.{name}")


def _of_parents(
    m: Machine, owner: Super, name: str, syntax: cst.CSTNode, frame: Frame
) -> Value:
    return instances.inherited(m, owner, name, frame)


def _of_module(
    m: Machine, owner: Imported, name: str, syntax: cst.CSTNode, frame: Frame
) -> Value:
    return m.library.top_level(m, owner.file, name)


def _of_class(
    m: Machine, owner: Class, name: str, syntax: cst.CSTNode, frame: Frame
) -> Value:
    found = instances.class_attribute(m, owner, name, None, frame)
    unseen = isinstance(found, Symbol) and name == "apply"
    # `Function.apply(x)` of torch.autograd: a kernel, and no module.
    return External(f"{owner.name}.{name}") if unseen else found


def _of_setting(
    m: Machine, owner: Symbol, name: str, syntax: cst.CSTNode, frame: Frame
) -> Value:
    """An attribute of a config, or a method of a text that nobody knows."""
    if owner.reset and name in (reset := dict(owner.reset)):
        return reset[name]
    if name in TEXT_METHODS and (
        name in ("startswith", "endswith") or _is_text(owner.default)
    ):
        return Method(owner, name)
    configs.learn(m, owner)
    return _property(m, owner, name, syntax, frame) or instances.setting(m, owner, name)


def _is_text(default: Known | None) -> bool:
    return default is not None and isinstance(default.value, str)


def _property(
    m: Machine, owner: Symbol, name: str, syntax: cst.CSTNode, frame: Frame
) -> Value | None:
    """A number that a config class works out of its settings, `config.head_dim`."""
    if not isinstance(owner.config, Class):
        return None
    found = m.library.property_of(owner.config, name)
    if found is None:
        return None
    bound = replace(found, bound=owner)
    with m.aside():
        value = functions.invoke(m, bound, Arguments(), syntax, frame)
    is_number = isinstance(value, Symbol) and number(value) is not None
    return value if is_number else None


def _of_data(
    m: Machine, owner: Value, name: str, syntax: cst.CSTNode, frame: Frame
) -> Value:
    """An attribute of what is no object of the project; unknown ones are methods."""
    match owner:
        case Mapping(items) if name in items:
            return items[name]
        case Parameter() if name in METADATA:
            return parameters.shape(owner) if name == "shape" else RunTime(name)
        case Parameter() if name in ("T", "mT", "data"):
            return parameters.applied(owner, name, Arguments((owner,)), "reshape")
        case Layer() if name in ("weight", "bias", "data"):
            return _weight(owner, name, syntax, frame)
        case Layer() if not owner.passed and is_torch(owner.path):
            return parameters.kept(owner, name) or Method(owner, name)
        case RunTime():
            return RunTime(name)
    return Method(owner, name)


def _weight(layer: Layer, name: str, syntax: cst.CSTNode, frame: Frame) -> Value:
    """A weight of a layer; a constructor may tie it to another one."""
    if frame.building and isinstance(syntax, cst.Attribute) and name != "data":
        return parameters.weight(layer, name, frame.chunk.code(syntax.value))
    return parameters.weight(layer, name)


def _tensor_attribute(
    m: Machine, owner: Tensor, name: str, syntax: cst.CSTNode, frame: Frame
) -> Value:
    if name == "shape":
        return Sizes(owner.node)
    if name in METADATA:
        return Method(owner, name)
    if name in ("T", "mT", "H", "data", "real", "imag", "last_hidden_state"):
        called = Called(Arguments((owner,)))
        return m.op(Op.VIEW, name, (owner,), syntax, frame, "reshape", called)
    return Method(owner, name)


_BY_OWNER: dict[type, Callable[..., Value]] = {
    Instance: instances.attribute,
    External: _of_external,
    Symbol: _of_setting,
    Tensor: _tensor_attribute,
    Super: _of_parents,
    Imported: _of_module,
    Class: _of_class,
}
