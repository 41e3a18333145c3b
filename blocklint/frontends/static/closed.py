"""Modules that are not looked into, see `Project`: known by how they are made."""

from blocklint.frontends.static.values import (
    Arguments,
    Class,
    External,
    Instance,
    Known,
    Layer,
    RunTime,
    Symbol,
    Value,
)


def kind_of(module: Instance, given: Arguments) -> str:
    """What a module is and is given, but for tensors, in words.

    They are equal if its class is, what it is made with and what it is called with.
    """
    return f"closed {_made(module)}({_all_said(given)})"


def _made(module: Instance) -> str:
    return f"{module.cls.name}({_all_said(module.args)})"


def _all_said(args: Arguments) -> str:
    named = (f"{name}={_said(value)}" for name, value in args.named.items())
    return ", ".join([*map(_said, args.positional), *named])


def _said(value: Value) -> str:
    match value:
        case Known(constant):
            return repr(constant)
        case Symbol(text) | RunTime(text):
            return text
        case Instance():
            return _made(value)
        case Class(name):
            return name
        case External(path) | Layer(path):
            return path
    return type(value).__name__
