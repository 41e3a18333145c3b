"""Modules that a list holds more than once: one object, one set of weights."""

from collections.abc import Iterator, Mapping as Names

from blocklint import cst
from blocklint.frontends.static.machine import Frame, Machine
from blocklint.frontends.static.values import (
    Instance,
    Known,
    Layer,
    Sequence,
    Value,
)
from blocklint.graph import Sharing


def multiplied(
    m: Machine, items: Sequence, times: Value, syntax: cst.CSTNode, frame: Frame
) -> None:
    """`[module] * times`."""
    once = isinstance(times, Known) and times.value in (0, 1)
    if frame.own and frame.building and not once:
        for item in items.items:
            m.share(item, Sharing(frame.place(syntax)), item)


def listed(
    m: Machine,
    item: Value,
    before: Names[str, Value],
    rounds: tuple[Value, ...],
    syntax: cst.CSTNode,
    frame: Frame,
) -> None:
    """An item that one round of a loop adds to a list.

    What a name held before the loop is the same object in every round, unless it is
    what the loop goes over.
    """
    if not (frame.own and frame.building):
        return
    place = frame.place(syntax)
    named = {id(each): name for name, each in before.items() if _is_module(each)}
    for each in _inside(rounds):
        named.pop(id(each), None)
    if id(item) in named:
        m.share(item, Sharing(place), item)
    else:
        for part in _parts(item):
            if id(part) in named:
                m.share(part, Sharing(place, part=named[id(part)]), item)


def _is_module(value: Value) -> bool:
    return isinstance(value, Instance | Layer | Sequence)


def _inside(rounds: tuple[Value, ...]) -> Iterator[Value]:
    for value in rounds:
        yield value
        if isinstance(value, Sequence):
            yield from _inside(tuple(value.items))


def _parts(item: Value) -> Iterator[Value]:
    """The modules that a module is given, or that a row consists of."""
    match item:
        case Instance() | Layer():
            for given in item.args.all():
                yield given
                yield from _parts(given)
        case Sequence(items):
            for each in items:
                yield each
                yield from _parts(each)
