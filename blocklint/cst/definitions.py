"""Functions and classes, and what is special about generic ones."""

from collections.abc import Sequence

from blocklint.cst.expressions import (
    Annotation,
    Arg,
    Asynchronous,
    BaseExpression,
    Name,
    Parameters,
)
from blocklint.cst.node import CSTNode
from blocklint.cst.statements import (
    BaseCompoundStatement,
    BaseSmallStatement,
    BaseSuite,
)
from blocklint.frozen import dataclass


@dataclass(frozen=True, eq=False, slots=True)
class Decorator(CSTNode):
    """`@decorator`."""

    decorator: BaseExpression


@dataclass(frozen=True, eq=False, slots=True)
class TypeVar(CSTNode):
    """`T: bound`, a parameter of a generic."""

    name: Name
    bound: BaseExpression | None = None


@dataclass(frozen=True, eq=False, slots=True)
class TypeVarTuple(CSTNode):
    """`*Ts`, a parameter of a generic."""

    name: Name


@dataclass(frozen=True, eq=False, slots=True)
class ParamSpec(CSTNode):
    """`**P`, a parameter of a generic."""

    name: Name


@dataclass(frozen=True, eq=False, slots=True)
class TypeParam(CSTNode):
    """A parameter of a generic, and what it is if it is not given."""

    param: TypeVar | TypeVarTuple | ParamSpec
    star: str = ""
    default: BaseExpression | None = None


@dataclass(frozen=True, eq=False, slots=True)
class TypeParameters(CSTNode):
    """`[T]` behind the name of a generic."""

    params: Sequence[TypeParam] = ()


@dataclass(frozen=True, eq=False, slots=True)
class TypeAlias(BaseSmallStatement):
    """`type name = value`."""

    name: Name
    value: BaseExpression
    type_parameters: TypeParameters | None = None


@dataclass(frozen=True, eq=False, slots=True)
class FunctionDef(BaseCompoundStatement):
    """`def name(params): body`."""

    name: Name
    params: Parameters
    body: BaseSuite
    decorators: Sequence[Decorator] = ()
    returns: Annotation | None = None
    asynchronous: Asynchronous | None = None
    type_parameters: TypeParameters | None = None


@dataclass(frozen=True, eq=False, slots=True)
class ClassDef(BaseCompoundStatement):
    """`class name(bases, keywords): body`."""

    name: Name
    body: BaseSuite
    bases: Sequence[Arg] = ()
    keywords: Sequence[Arg] = ()
    decorators: Sequence[Decorator] = ()
    type_parameters: TypeParameters | None = None
