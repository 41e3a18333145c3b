"""Modules that are not looked into, see `Project`: known by how they are made."""

from blocklint.frontends.static.values import (
    Class,
    External,
    Instance,
    Known,
    Layer,
    Symbol,
    Value,
)


def kind_of(module: Instance) -> str:
    """What a module is, in words that are equal if its class and its arguments are."""
    args = module.args
    named = (f"{name}={_said(value)}" for name, value in args.named.items())
    made = ", ".join([*map(_said, args.positional), *named])
    return f"closed {module.cls.name}({made})"


def _said(value: Value) -> str:
    match value:
        case Known(constant):
            return repr(constant)
        case Symbol(text):
            return text
        case Instance():
            return kind_of(value)
        case Class(name):
            return name
        case External(path) | Layer(path):
            return path
    return type(value).__name__
