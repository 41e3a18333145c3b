"""Tuples, lists, sets, dictionaries and comprehensions."""

from collections.abc import Sequence

from blocklint.cst.expressions import Asynchronous, BaseExpression
from blocklint.cst.node import CSTNode
from blocklint.frozen import dataclass


class BaseElement(CSTNode):
    """An element of a tuple, a list or a set."""

    __slots__ = ()

    value: BaseExpression


@dataclass(frozen=True, eq=False, slots=True)
class Element(BaseElement):
    """`value`."""

    value: BaseExpression


@dataclass(frozen=True, eq=False, slots=True)
class StarredElement(BaseElement):
    """`*value`."""

    value: BaseExpression


@dataclass(frozen=True, eq=False, slots=True)
class Tuple(BaseExpression):
    """`(a, b)`."""

    elements: Sequence[BaseElement]


@dataclass(frozen=True, eq=False, slots=True)
class List(BaseExpression):
    """`[a, b]`."""

    elements: Sequence[BaseElement]


@dataclass(frozen=True, eq=False, slots=True)
class Set(BaseExpression):
    """`{a, b}`."""

    elements: Sequence[BaseElement]


class BaseDictElement(CSTNode):
    """An element of a dictionary."""

    __slots__ = ()

    value: BaseExpression


@dataclass(frozen=True, eq=False, slots=True)
class DictElement(BaseDictElement):
    """`key: value`."""

    key: BaseExpression
    value: BaseExpression


@dataclass(frozen=True, eq=False, slots=True)
class StarredDictElement(BaseDictElement):
    """`**value`."""

    value: BaseExpression


@dataclass(frozen=True, eq=False, slots=True)
class Dict(BaseExpression):
    """`{key: value}`."""

    elements: Sequence[BaseDictElement]


@dataclass(frozen=True, eq=False, slots=True)
class CompIf(CSTNode):
    """`if test` in a comprehension."""

    test: BaseExpression


@dataclass(frozen=True, eq=False, slots=True)
class CompFor(CSTNode):
    """`for target in iter if test for ...`."""

    target: BaseExpression
    iter: BaseExpression
    ifs: Sequence[CompIf] = ()
    inner_for_in: "CompFor | None" = None
    asynchronous: Asynchronous | None = None


class BaseComp(BaseExpression):
    """A comprehension."""

    __slots__ = ()

    for_in: CompFor


class BaseSimpleComp(BaseComp):
    """A comprehension of elements."""

    __slots__ = ()

    elt: BaseExpression


@dataclass(frozen=True, eq=False, slots=True)
class ListComp(BaseSimpleComp):
    """`[elt for ...]`."""

    elt: BaseExpression
    for_in: CompFor


@dataclass(frozen=True, eq=False, slots=True)
class SetComp(BaseSimpleComp):
    """`{elt for ...}`."""

    elt: BaseExpression
    for_in: CompFor


@dataclass(frozen=True, eq=False, slots=True)
class GeneratorExp(BaseSimpleComp):
    """`(elt for ...)`."""

    elt: BaseExpression
    for_in: CompFor


@dataclass(frozen=True, eq=False, slots=True)
class DictComp(BaseComp):
    """`{key: value for ...}`."""

    key: BaseExpression
    value: BaseExpression
    for_in: CompFor


@dataclass(frozen=True, eq=False, slots=True)
class StarredDictComp(BaseComp):
    """`{**value for ...}`."""

    value: BaseExpression
    for_in: CompFor
