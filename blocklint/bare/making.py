"""Nodes of LibCST made without their constructors.

They are frozen dataclasses with slots. To fill the slots takes a tenth of the time
that their constructors take, which are written for any number of defaults.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import libcst as cst

N = TypeVar("N", bound=cst.CSTNode)
Put = Callable[[object, Any], None]

_new = object.__new__


def maker(kind: type[N], *names: str) -> Callable[..., N]:
    """Makes nodes of a type out of the values of these fields; others are not set."""
    match [getattr(kind, name).__set__ for name in names]:
        case []:
            return lambda: _new(kind)
        case [one]:
            return _with_one(kind, one)
        case [one, two]:
            return _with_two(kind, one, two)
        case [one, two, three]:
            return _with_three(kind, one, two, three)
        case several:
            return _with_several(kind, several)


# Most nodes have one field to three, and a loop over them takes twice as long.
def _with_one(kind: type[N], put: Put) -> Callable[..., N]:
    def make(value: object) -> N:
        node = _new(kind)
        put(node, value)
        return node

    return make


def _with_two(kind: type[N], put_one: Put, put_two: Put) -> Callable[..., N]:
    def make(one: object, two: object) -> N:
        node = _new(kind)
        put_one(node, one)
        put_two(node, two)
        return node

    return make


def _with_three(
    kind: type[N], put_one: Put, put_two: Put, put_three: Put
) -> Callable[..., N]:
    def make(one: object, two: object, three: object) -> N:
        node = _new(kind)
        put_one(node, one)
        put_two(node, two)
        put_three(node, three)
        return node

    return make


def _with_several(kind: type[N], puts: list[Put]) -> Callable[..., N]:
    def make(*values: object) -> N:
        node = _new(kind)
        for put, value in zip(puts, values, strict=True):
            put(node, value)
        return node

    return make
