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
    Tensor,
    Value,
)
from blocklint.graph import Node


def kind_of(module: Instance, given: Arguments) -> str:
    """What a module is, what it is made with and what it is given, in words.

    Of tensors they say which are the same one; the step's reads say what these are.
    """
    seen: dict[Node, int] = {}
    return f"closed {_made(module)}({_all_said(given, seen)})"


def _made(module: Instance) -> str:
    return f"{module.cls.name}({_all_said(module.args, {})})"


def _all_said(args: Arguments, seen: dict[Node, int]) -> str:
    positional = [_said(value, seen) for value in args.positional]
    named = [f"{name}={_said(value, seen)}" for name, value in args.named.items()]
    return ", ".join([*positional, *named])


def _said(value: Value, seen: dict[Node, int]) -> str:
    match value:
        case Known(constant):
            return repr(constant)
        case Symbol(text) | RunTime(text):
            return text
        case Tensor(node):
            return f"tensor {seen.setdefault(node, len(seen))}"
        case Instance():
            return _made(value)
        case Class(name):
            return name
        case External(path) | Layer(path):
            return path
    return type(value).__name__
