"""Making objects of classes outside the project: layers, containers, parameters."""

import re

from blocklint import cst
from blocklint.frontends.static import parameters
from blocklint.frontends.static.copies import copied
from blocklint.frontends.static.machine import Frame, Machine
from blocklint.frontends.static.values import (
    Arguments,
    External,
    Instance,
    Known,
    Layer,
    Mapping,
    Parameter,
    Sequence,
    Tensor,
    Value,
)
from blocklint.frontends.torch_api import (
    CONTAINERS,
    COPIERS,
    MAPPINGS,
    PARAMETERS,
    WRAPPERS,
    is_torch,
)
from blocklint.regex import Regex

_CLASS = Regex(r"^_*[A-Z]")


def construct(
    m: Machine, func: External, args: Arguments, syntax: cst.CSTNode, frame: Frame
) -> Value | None:
    """The object that a call of an external class makes; None if it is a function."""
    name = func.name
    if name in CONTAINERS:
        return _sequence(m, CONTAINERS[name], args)
    if name in MAPPINGS:
        return _mapping("modules" if name == "ModuleDict" else "dict", args)
    if name in PARAMETERS or (name == "Tensor" and is_torch(func.path)):
        return _tensor(name, args)
    if name in WRAPPERS and args.positional:
        return args.positional[0]
    if name in COPIERS and args.positional:
        return copied(m, args.positional[0])
    if name in ("get_clones", "_get_clones", "clones"):
        return Sequence([copied(m, each) for each in args.positional[:1]], True)
    stock = m.library.stock(func.path)
    if stock is not None:
        return Instance(stock, args, frame.place(syntax), m.next())
    if _CLASS.match(name) and (frame.building or not name.isupper()):
        # In a forward, `ACT[name](x)` calls what a table holds.
        return Layer(func.path, args, made=m.next(), made_at=frame.place(syntax))
    if frame.building and not is_torch(func.path) and _makes_layer(name):
        place = frame.place(syntax)
        return Layer(func.path, args, passed=True, made=m.next(), made_at=place)
    return None


def _tensor(name: str, args: Arguments) -> Parameter:
    """A parameter made of another tensor, or a tensor made of sizes."""
    given = args.positional[0] if args.positional else None
    if isinstance(given, Parameter):
        return Parameter(name, given.source)
    if name in PARAMETERS or isinstance(given, Sequence | Tensor):
        return Parameter(name)
    return parameters.created(name, args)


def _makes_layer(name: str) -> bool:
    """Whether a function is named as a factory: `get_norm`, `build_attention`."""
    return bool(
        re.search(r"norm|attn|attention|mlp|ffn|linear|conv|drop|act|layer", name)
    )


def _sequence(m: Machine, kind: str, args: Arguments) -> Value:
    items: list[Value] = []
    repeated = args.spread
    for value in args.positional:
        match value:
            case Sequence(inner) if kind == "modules":
                items.extend(inner)
                repeated = repeated or value.repeated
            case Mapping(entries):
                items.extend(entries.values())
            case _:
                items.append(value)
    match args.positional:
        case (Sequence(count=count),) if kind == "modules" and repeated:
            return Sequence(items, repeated, kind, count=count)
    return Sequence(items, repeated, kind)


def _mapping(kind: str, args: Arguments) -> Value:
    made = Mapping(kind=kind)
    for value in args.positional:
        match value:
            case Mapping(items):
                made.items.update(items)
                made.open = made.open or value.open
            case Sequence(pairs):
                made.items.update(_pairs(pairs))
                made.open = value.repeated
            case _:
                made.open = True
    made.items.update(args.named)
    return made


def _pairs(pairs: list[Value]) -> dict[object, Value]:
    found: dict[object, Value] = {}
    for pair in pairs:
        match pair:
            case Sequence([Known(key), value]):
                found[key] = value
    return found
