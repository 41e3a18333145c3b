"""Expressions, and what they are made of."""

from collections.abc import Sequence

from blocklint.cst.node import CSTNode
from blocklint.cst.operators import (
    BaseBinaryOp,
    BaseBooleanOp,
    BaseCompOp,
    BaseUnaryOp,
)
from blocklint.frozen import dataclass


class BaseExpression(CSTNode):
    """What has a value."""

    __slots__ = ()


@dataclass(frozen=True, eq=False, slots=True)
class Name(BaseExpression):
    """`x`, and `None`, `True` and `False` too."""

    value: str


@dataclass(frozen=True, eq=False, slots=True)
class Attribute(BaseExpression):
    """`value.attr`."""

    value: BaseExpression
    attr: Name


@dataclass(frozen=True, eq=False, slots=True)
class Annotation(CSTNode):
    """What stands behind the colon of a name, or behind `->`."""

    annotation: BaseExpression


class Ellipsis(BaseExpression):
    """`...`."""

    __slots__ = ()


class Asynchronous(CSTNode):
    """The word `async`."""

    __slots__ = ()


@dataclass(frozen=True, eq=False, slots=True)
class Arg(CSTNode):
    """An argument of a call, or a base of a class: `keyword=value`, `*value`."""

    value: BaseExpression
    keyword: Name | None = None
    star: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class Call(BaseExpression):
    """`func(args)`."""

    func: BaseExpression
    args: Sequence[Arg] = ()


class BaseSlice(CSTNode):
    """What stands in the brackets of a subscript."""

    __slots__ = ()


@dataclass(frozen=True, eq=False, slots=True)
class Index(BaseSlice):
    """`value`, or `*value`."""

    value: BaseExpression
    star: str | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Slice(BaseSlice):
    """`lower:upper:step`."""

    lower: BaseExpression | None
    upper: BaseExpression | None
    step: BaseExpression | None = None


@dataclass(frozen=True, eq=False, slots=True)
class SubscriptElement(CSTNode):
    """One of several parts between brackets."""

    slice: BaseSlice


@dataclass(frozen=True, eq=False, slots=True)
class Subscript(BaseExpression):
    """`value[slice]`."""

    value: BaseExpression
    slice: Sequence[SubscriptElement]


@dataclass(frozen=True, eq=False, slots=True)
class UnaryOperation(BaseExpression):
    """`-expression`."""

    operator: BaseUnaryOp
    expression: BaseExpression


@dataclass(frozen=True, eq=False, slots=True)
class BinaryOperation(BaseExpression):
    """`left + right`."""

    left: BaseExpression
    operator: BaseBinaryOp
    right: BaseExpression


@dataclass(frozen=True, eq=False, slots=True)
class BooleanOperation(BaseExpression):
    """`left and right`."""

    left: BaseExpression
    operator: BaseBooleanOp
    right: BaseExpression


@dataclass(frozen=True, eq=False, slots=True)
class ComparisonTarget(CSTNode):
    """`< comparator`."""

    operator: BaseCompOp
    comparator: BaseExpression


@dataclass(frozen=True, eq=False, slots=True)
class Comparison(BaseExpression):
    """`left < middle < right`."""

    left: BaseExpression
    comparisons: Sequence[ComparisonTarget]


@dataclass(frozen=True, eq=False, slots=True)
class IfExp(BaseExpression):
    """`body if test else orelse`."""

    test: BaseExpression
    body: BaseExpression
    orelse: BaseExpression


@dataclass(frozen=True, eq=False, slots=True)
class NamedExpr(BaseExpression):
    """`target := value`."""

    target: BaseExpression
    value: BaseExpression


@dataclass(frozen=True, eq=False, slots=True)
class Await(BaseExpression):
    """`await expression`."""

    expression: BaseExpression


@dataclass(frozen=True, eq=False, slots=True)
class From(CSTNode):
    """`from item`."""

    item: BaseExpression


@dataclass(frozen=True, eq=False, slots=True)
class Yield(BaseExpression):
    """`yield value`, `yield from item`."""

    value: BaseExpression | From | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Param(CSTNode):
    """A parameter: `name: annotation = default`, `*name`."""

    name: Name
    annotation: Annotation | None = None
    default: BaseExpression | None = None
    star: str = ""


class ParamStar(CSTNode):
    """The `*` in front of parameters that are given by name alone."""

    __slots__ = ()


class ParamSlash(CSTNode):
    """The `/` behind parameters that are given by place alone."""

    __slots__ = ()


@dataclass(frozen=True, eq=False, slots=True)
class Parameters(CSTNode):
    """The parameters of a function."""

    params: Sequence[Param] = ()
    star_arg: Param | ParamStar | None = None
    kwonly_params: Sequence[Param] = ()
    star_kwarg: Param | None = None
    posonly_params: Sequence[Param] = ()
    posonly_ind: ParamSlash | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Lambda(BaseExpression):
    """`lambda params: body`."""

    params: Parameters
    body: BaseExpression
