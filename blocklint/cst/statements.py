"""Statements, and what they are made of."""

from collections.abc import Sequence

from blocklint.cst.expressions import (
    Annotation,
    Asynchronous,
    Attribute,
    BaseExpression,
    From,
    Name,
)
from blocklint.cst.node import CSTNode
from blocklint.cst.operators import BaseAugOp
from blocklint.frozen import dataclass


class BaseStatement(CSTNode):
    """What stands on lines of its own."""

    __slots__ = ()


class BaseSmallStatement(CSTNode):
    """A statement that may share its line with others."""

    __slots__ = ()


class BaseCompoundStatement(BaseStatement):
    """A statement with a colon and a body."""

    __slots__ = ()


class BaseSuite(CSTNode):
    """What stands behind a colon."""

    __slots__ = ()

    body: Sequence[CSTNode]


@dataclass(frozen=True, eq=False, slots=True)
class SimpleStatementLine(BaseStatement):
    """A line of small statements."""

    body: Sequence[BaseSmallStatement]


@dataclass(frozen=True, eq=False, slots=True)
class SimpleStatementSuite(BaseSuite):
    """Small statements behind a colon, on its line."""

    body: Sequence[BaseSmallStatement]


@dataclass(frozen=True, eq=False, slots=True)
class IndentedBlock(BaseSuite):
    """Statements below a colon."""

    body: Sequence[BaseStatement]


@dataclass(frozen=True, eq=False, slots=True)
class Module(CSTNode):
    """A file, or a part of it."""

    body: Sequence[BaseStatement]


@dataclass(frozen=True, eq=False, slots=True)
class Expr(BaseSmallStatement):
    """An expression on its own."""

    value: BaseExpression


@dataclass(frozen=True, eq=False, slots=True)
class AssignTarget(CSTNode):
    """`target =`."""

    target: BaseExpression


@dataclass(frozen=True, eq=False, slots=True)
class Assign(BaseSmallStatement):
    """`one = two = value`."""

    targets: Sequence[AssignTarget]
    value: BaseExpression


@dataclass(frozen=True, eq=False, slots=True)
class AnnAssign(BaseSmallStatement):
    """`target: annotation = value`."""

    target: BaseExpression
    annotation: Annotation
    value: BaseExpression | None = None


@dataclass(frozen=True, eq=False, slots=True)
class AugAssign(BaseSmallStatement):
    """`target += value`."""

    target: BaseExpression
    operator: BaseAugOp
    value: BaseExpression


@dataclass(frozen=True, eq=False, slots=True)
class Return(BaseSmallStatement):
    """`return value`."""

    value: BaseExpression | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Raise(BaseSmallStatement):
    """`raise exc from cause`."""

    exc: BaseExpression | None = None
    cause: From | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Assert(BaseSmallStatement):
    """`assert test, msg`."""

    test: BaseExpression
    msg: BaseExpression | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Del(BaseSmallStatement):
    """`del target`."""

    target: BaseExpression


class Pass(BaseSmallStatement):
    """`pass`."""

    __slots__ = ()


class Break(BaseSmallStatement):
    """`break`."""

    __slots__ = ()


class Continue(BaseSmallStatement):
    """`continue`."""

    __slots__ = ()


@dataclass(frozen=True, eq=False, slots=True)
class NameItem(CSTNode):
    """One of the names of a `global` or `nonlocal`."""

    name: Name


@dataclass(frozen=True, eq=False, slots=True)
class Global(BaseSmallStatement):
    """`global names`."""

    names: Sequence[NameItem]


@dataclass(frozen=True, eq=False, slots=True)
class Nonlocal(BaseSmallStatement):
    """`nonlocal names`."""

    names: Sequence[NameItem]


@dataclass(frozen=True, eq=False, slots=True)
class AsName(CSTNode):
    """`as name`."""

    name: BaseExpression


@dataclass(frozen=True, eq=False, slots=True)
class ImportAlias(CSTNode):
    """`name as asname`."""

    name: Attribute | Name
    asname: AsName | None = None


class ImportStar(CSTNode):
    """The `*` of an import of all there is."""

    __slots__ = ()


class Dot(CSTNode):
    """One of the dots of a relative import."""

    __slots__ = ()


@dataclass(frozen=True, eq=False, slots=True)
class Import(BaseSmallStatement):
    """`import names`."""

    names: Sequence[ImportAlias]


@dataclass(frozen=True, eq=False, slots=True)
class ImportFrom(BaseSmallStatement):
    """`from module import names`."""

    module: Attribute | Name | None
    names: Sequence[ImportAlias] | ImportStar
    relative: Sequence[Dot] = ()


class LazyImport(Import):
    """`lazy import names`."""

    __slots__ = ()


class LazyImportFrom(ImportFrom):
    """`lazy from module import names`."""

    __slots__ = ()


@dataclass(frozen=True, eq=False, slots=True)
class Else(CSTNode):
    """`else: body`."""

    body: BaseSuite


@dataclass(frozen=True, eq=False, slots=True)
class If(BaseCompoundStatement):
    """`if test: body`, and `elif` in the place of the `else` of another."""

    test: BaseExpression
    body: BaseSuite
    orelse: "If | Else | None" = None


@dataclass(frozen=True, eq=False, slots=True)
class For(BaseCompoundStatement):
    """`for target in iter: body`."""

    target: BaseExpression
    iter: BaseExpression
    body: BaseSuite
    orelse: Else | None = None
    asynchronous: Asynchronous | None = None


@dataclass(frozen=True, eq=False, slots=True)
class While(BaseCompoundStatement):
    """`while test: body`."""

    test: BaseExpression
    body: BaseSuite
    orelse: Else | None = None


@dataclass(frozen=True, eq=False, slots=True)
class WithItem(CSTNode):
    """`item as asname`."""

    item: BaseExpression
    asname: AsName | None = None


@dataclass(frozen=True, eq=False, slots=True)
class With(BaseCompoundStatement):
    """`with items: body`."""

    items: Sequence[WithItem]
    body: BaseSuite
    asynchronous: Asynchronous | None = None


@dataclass(frozen=True, eq=False, slots=True)
class ExceptHandler(CSTNode):
    """`except type as name: body`."""

    body: BaseSuite
    type: BaseExpression | None = None
    name: AsName | None = None


@dataclass(frozen=True, eq=False, slots=True)
class ExceptStarHandler(CSTNode):
    """`except* type as name: body`."""

    body: BaseSuite
    type: BaseExpression
    name: AsName | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Finally(CSTNode):
    """`finally: body`."""

    body: BaseSuite


@dataclass(frozen=True, eq=False, slots=True)
class Try(BaseCompoundStatement):
    """`try: body`."""

    body: BaseSuite
    handlers: Sequence[ExceptHandler] = ()
    orelse: Else | None = None
    finalbody: Finally | None = None


@dataclass(frozen=True, eq=False, slots=True)
class TryStar(BaseCompoundStatement):
    """`try: body`, with `except*`."""

    body: BaseSuite
    handlers: Sequence[ExceptStarHandler] = ()
    orelse: Else | None = None
    finalbody: Finally | None = None
