"""Tuples, lists, sets, dictionaries and comprehensions."""

from collections.abc import Sequence

from blocklint.cst.expressions import Asynchronous, BaseExpression
from blocklint.cst.node import CSTNode
from blocklint.frozen import dataclass


class BaseElement(CSTNode):
    """An element of a tuple, a list or a set."""

    value: BaseExpression


@dataclass(frozen=True, eq=False)
class Element(BaseElement):
    """`value`."""

    value: BaseExpression


@dataclass(frozen=True, eq=False)
class StarredElement(BaseElement):
    """`*value`."""

    value: BaseExpression


@dataclass(frozen=True, eq=False)
class Tuple(BaseExpression):
    """`(a, b)`."""

    elements: Sequence[BaseElement]


@dataclass(frozen=True, eq=False)
class List(BaseExpression):
    """`[a, b]`."""

    elements: Sequence[BaseElement]


@dataclass(frozen=True, eq=False)
class Set(BaseExpression):
    """`{a, b}`."""

    elements: Sequence[BaseElement]


class BaseDictElement(CSTNode):
    """An element of a dictionary."""

    value: BaseExpression


@dataclass(frozen=True, eq=False)
class DictElement(BaseDictElement):
    """`key: value`."""

    key: BaseExpression
    value: BaseExpression


@dataclass(frozen=True, eq=False)
class StarredDictElement(BaseDictElement):
    """`**value`."""

    value: BaseExpression


@dataclass(frozen=True, eq=False)
class Dict(BaseExpression):
    """`{key: value}`."""

    elements: Sequence[BaseDictElement]


@dataclass(frozen=True, eq=False)
class CompIf(CSTNode):
    """`if test` in a comprehension."""

    test: BaseExpression


@dataclass(frozen=True, eq=False)
class CompFor(CSTNode):
    """`for target in iter if test for ...`."""

    target: BaseExpression
    iter: BaseExpression
    ifs: Sequence[CompIf] = ()
    inner_for_in: "CompFor | None" = None
    asynchronous: Asynchronous | None = None


class BaseComp(BaseExpression):
    """A comprehension."""

    for_in: CompFor


class BaseSimpleComp(BaseComp):
    """A comprehension of elements."""

    elt: BaseExpression


@dataclass(frozen=True, eq=False)
class ListComp(BaseSimpleComp):
    """`[elt for ...]`."""

    elt: BaseExpression
    for_in: CompFor


@dataclass(frozen=True, eq=False)
class SetComp(BaseSimpleComp):
    """`{elt for ...}`."""

    elt: BaseExpression
    for_in: CompFor


@dataclass(frozen=True, eq=False)
class GeneratorExp(BaseSimpleComp):
    """`(elt for ...)`."""

    elt: BaseExpression
    for_in: CompFor


@dataclass(frozen=True, eq=False)
class DictComp(BaseComp):
    """`{key: value for ...}`."""

    key: BaseExpression
    value: BaseExpression
    for_in: CompFor


@dataclass(frozen=True, eq=False)
class StarredDictComp(BaseComp):
    """`{**value for ...}`."""

    value: BaseExpression
    for_in: CompFor
