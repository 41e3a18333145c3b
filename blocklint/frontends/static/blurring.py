"""One item that stands for several: numbers in which they differ are unknown."""

from dataclasses import replace

from blocklint.frontends.static.arguments import number, unsure
from blocklint.frontends.static.values import (
    Arguments,
    Instance,
    Known,
    Layer,
    Sequence,
    Symbol,
    Value,
)


def blurred(items: list[Value]) -> Value:
    """The first of some modules of one make, as far as all of them are made alike.

    A module of the project that was built already is left as it is.
    """
    first = items[0]
    if isinstance(first, Sequence):
        lists = [item.items for item in items if isinstance(item, Sequence)]
        if {len(each) for each in lists} == {len(first.items)}:
            for i, column in enumerate(zip(*lists, strict=True)):
                first.items[i] = blurred(list(column))
    elif isinstance(first, Layer):
        made = [item.args for item in items if isinstance(item, Layer)]
        return first if _is_same(made) else replace(first, args=_arguments(made))
    elif isinstance(first, Instance) and not first.built:
        first.args = _arguments([i.args for i in items if isinstance(i, Instance)])
    return first


def _is_same(made: list[Arguments]) -> bool:
    return all(_arguments([made[0], each]) == made[0] for each in made[1:])


def _arguments(made: list[Arguments]) -> Arguments:
    first = made[0]
    positional = tuple(
        _value([a.positional[i] for a in made if i < len(a.positional)])
        for i in range(len(first.positional))
    )
    named = {
        name: _value([a.named[name] for a in made if name in a.named])
        for name in first.named
    }
    return Arguments(positional, named, first.spread)


def _value(values: list[Value]) -> Value:
    first = values[0]
    match first:
        case Sequence(items):
            lists = [v.items for v in values if isinstance(v, Sequence)]
            if {len(each) for each in lists} == {len(items)} and items:
                made = [_value(list(row)) for row in zip(*lists, strict=True)]
                same = all(a is b for a, b in zip(made, items, strict=True))
                return first if same else replace(first, items=made)
        case Known() | Symbol():
            found = number(first)
            if all(number(each) == found for each in values):
                return first
            return _unknown(first)
    return first


def _unknown(value: Known | Symbol) -> Value:
    """A number that is another one elsewhere; conditions go by this one's value."""
    match value:
        case Known(int() | float() as constant) if not isinstance(constant, bool):
            return Symbol(f"number {constant}", value, sure=False)
        case Symbol():
            return unsure(value)
    return value


def are_alike(items: list[Value]) -> bool:
    """Whether modules, or groups of them, are of the same classes: a stack's layers."""
    return len({_shape(item) for item in items}) == 1


def _shape(value: Value) -> object:
    match value:
        case Instance(cls, args):
            return cls.key, *(_shape(each) for each in args.all() if is_module(each))
        case Layer(path):
            return path
        case Sequence(items):
            return tuple(_shape(item) for item in items)
    return type(value)


def is_module(value: Value) -> bool:
    """Whether a value is a module, or a group that holds one."""
    match value:
        case Instance() | Layer():
            return True
        case Sequence(items):
            return any(is_module(item) for item in items)
    return False
