"""Deep copies of modules: objects of their own, that know what they were made from."""

from dataclasses import replace

from blocklint.frontends.static.machine import Machine
from blocklint.frontends.static.values import (
    Arguments,
    Instance,
    Layer,
    Mapping,
    Sequence,
    Value,
)


def copied(m: Machine, value: Value) -> Value:
    """`copy.deepcopy(value)`."""
    return _copied(m, value, {})


def _copied(m: Machine, value: Value, done: dict[int, Value]) -> Value:
    if id(value) in done:
        return done[id(value)]
    match value:
        case Layer():
            made: Value = replace(value, made=m.next(), copy_of=value)
            m.copied.append(value)
        case Instance():
            made = Instance(value.cls, value.args, value.made_at, m.next(), value)
            m.copied.append(value)
            done[id(value)] = made
            made.args = _arguments(m, value.args, done)
            made.attributes = {
                name: _copied(m, each, done) for name, each in value.attributes.items()
            }
            made.set_at, made.built = dict(value.set_at), value.built
            made.items = value.items and _list(m, value.items, done)
        case Sequence():
            made = _list(m, value, done)
        case Mapping(items, kind, is_open):
            copies = {key: _copied(m, each, done) for key, each in items.items()}
            made = Mapping(copies, kind, is_open)
        case _:
            made = value
    done[id(value)] = made
    return made


def _list(m: Machine, value: Sequence, done: dict[int, Value]) -> Sequence:
    items = [_copied(m, each, done) for each in value.items]
    return Sequence(items, value.repeated, value.kind)


def _arguments(m: Machine, args: Arguments, done: dict[int, Value]) -> Arguments:
    positional = tuple(_copied(m, each, done) for each in args.positional)
    named = {name: _copied(m, each, done) for name, each in args.named.items()}
    return Arguments(positional, named, args.spread)
