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


@dataclass(frozen=True, eq=False)
class Name(BaseExpression):
    """`x`, and `None`, `True` and `False` too."""

    value: str


@dataclass(frozen=True, eq=False)
class Attribute(BaseExpression):
    """`value.attr`."""

    value: BaseExpression
    attr: Name


@dataclass(frozen=True, eq=False)
class Annotation(CSTNode):
    """What stands behind the colon of a name, or behind `->`."""

    annotation: BaseExpression


class Ellipsis(BaseExpression):
    """`...`."""


class Asynchronous(CSTNode):
    """The word `async`."""


@dataclass(frozen=True, eq=False)
class Arg(CSTNode):
    """An argument of a call, or a base of a class: `keyword=value`, `*value`."""

    value: BaseExpression
    keyword: Name | None = None
    star: str = ""


@dataclass(frozen=True, eq=False)
class Call(BaseExpression):
    """`func(args)`."""

    func: BaseExpression
    args: Sequence[Arg] = ()


class BaseSlice(CSTNode):
    """What stands in the brackets of a subscript."""


@dataclass(frozen=True, eq=False)
class Index(BaseSlice):
    """`value`, or `*value`."""

    value: BaseExpression
    star: str | None = None


@dataclass(frozen=True, eq=False)
class Slice(BaseSlice):
    """`lower:upper:step`."""

    lower: BaseExpression | None
    upper: BaseExpression | None
    step: BaseExpression | None = None


@dataclass(frozen=True, eq=False)
class SubscriptElement(CSTNode):
    """One of several parts between brackets."""

    slice: BaseSlice


@dataclass(frozen=True, eq=False)
class Subscript(BaseExpression):
    """`value[slice]`."""

    value: BaseExpression
    slice: Sequence[SubscriptElement]


@dataclass(frozen=True, eq=False)
class UnaryOperation(BaseExpression):
    """`-expression`."""

    operator: BaseUnaryOp
    expression: BaseExpression


@dataclass(frozen=True, eq=False)
class BinaryOperation(BaseExpression):
    """`left + right`."""

    left: BaseExpression
    operator: BaseBinaryOp
    right: BaseExpression


@dataclass(frozen=True, eq=False)
class BooleanOperation(BaseExpression):
    """`left and right`."""

    left: BaseExpression
    operator: BaseBooleanOp
    right: BaseExpression


@dataclass(frozen=True, eq=False)
class ComparisonTarget(CSTNode):
    """`< comparator`."""

    operator: BaseCompOp
    comparator: BaseExpression


@dataclass(frozen=True, eq=False)
class Comparison(BaseExpression):
    """`left < middle < right`."""

    left: BaseExpression
    comparisons: Sequence[ComparisonTarget]


@dataclass(frozen=True, eq=False)
class IfExp(BaseExpression):
    """`body if test else orelse`."""

    test: BaseExpression
    body: BaseExpression
    orelse: BaseExpression


@dataclass(frozen=True, eq=False)
class NamedExpr(BaseExpression):
    """`target := value`."""

    target: BaseExpression
    value: BaseExpression


@dataclass(frozen=True, eq=False)
class Await(BaseExpression):
    """`await expression`."""

    expression: BaseExpression


@dataclass(frozen=True, eq=False)
class From(CSTNode):
    """`from item`."""

    item: BaseExpression


@dataclass(frozen=True, eq=False)
class Yield(BaseExpression):
    """`yield value`, `yield from item`."""

    value: BaseExpression | From | None = None


@dataclass(frozen=True, eq=False)
class Param(CSTNode):
    """A parameter: `name: annotation = default`, `*name`."""

    name: Name
    annotation: Annotation | None = None
    default: BaseExpression | None = None
    star: str = ""


class ParamStar(CSTNode):
    """The `*` in front of parameters that are given by name alone."""


class ParamSlash(CSTNode):
    """The `/` behind parameters that are given by place alone."""


@dataclass(frozen=True, eq=False)
class Parameters(CSTNode):
    """The parameters of a function."""

    params: Sequence[Param] = ()
    star_arg: Param | ParamStar | None = None
    kwonly_params: Sequence[Param] = ()
    star_kwarg: Param | None = None
    posonly_params: Sequence[Param] = ()
    posonly_ind: ParamSlash | None = None


@dataclass(frozen=True, eq=False)
class Lambda(BaseExpression):
    """`lambda params: body`."""

    params: Parameters
    body: BaseExpression
