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


class BaseSmallStatement(CSTNode):
    """A statement that may share its line with others."""


class BaseCompoundStatement(BaseStatement):
    """A statement with a colon and a body."""


class BaseSuite(CSTNode):
    """What stands behind a colon."""

    body: Sequence[CSTNode]


@dataclass(frozen=True, eq=False)
class SimpleStatementLine(BaseStatement):
    """A line of small statements."""

    body: Sequence[BaseSmallStatement]


@dataclass(frozen=True, eq=False)
class SimpleStatementSuite(BaseSuite):
    """Small statements behind a colon, on its line."""

    body: Sequence[BaseSmallStatement]


@dataclass(frozen=True, eq=False)
class IndentedBlock(BaseSuite):
    """Statements below a colon."""

    body: Sequence[BaseStatement]


@dataclass(frozen=True, eq=False)
class Module(CSTNode):
    """A file, or a part of it."""

    body: Sequence[BaseStatement]


@dataclass(frozen=True, eq=False)
class Expr(BaseSmallStatement):
    """An expression on its own."""

    value: BaseExpression


@dataclass(frozen=True, eq=False)
class AssignTarget(CSTNode):
    """`target =`."""

    target: BaseExpression


@dataclass(frozen=True, eq=False)
class Assign(BaseSmallStatement):
    """`one = two = value`."""

    targets: Sequence[AssignTarget]
    value: BaseExpression


@dataclass(frozen=True, eq=False)
class AnnAssign(BaseSmallStatement):
    """`target: annotation = value`."""

    target: BaseExpression
    annotation: Annotation
    value: BaseExpression | None = None


@dataclass(frozen=True, eq=False)
class AugAssign(BaseSmallStatement):
    """`target += value`."""

    target: BaseExpression
    operator: BaseAugOp
    value: BaseExpression


@dataclass(frozen=True, eq=False)
class Return(BaseSmallStatement):
    """`return value`."""

    value: BaseExpression | None = None


@dataclass(frozen=True, eq=False)
class Raise(BaseSmallStatement):
    """`raise exc from cause`."""

    exc: BaseExpression | None = None
    cause: From | None = None


@dataclass(frozen=True, eq=False)
class Assert(BaseSmallStatement):
    """`assert test, msg`."""

    test: BaseExpression
    msg: BaseExpression | None = None


@dataclass(frozen=True, eq=False)
class Del(BaseSmallStatement):
    """`del target`."""

    target: BaseExpression


class Pass(BaseSmallStatement):
    """`pass`."""


class Break(BaseSmallStatement):
    """`break`."""


class Continue(BaseSmallStatement):
    """`continue`."""


@dataclass(frozen=True, eq=False)
class NameItem(CSTNode):
    """One of the names of a `global` or `nonlocal`."""

    name: Name


@dataclass(frozen=True, eq=False)
class Global(BaseSmallStatement):
    """`global names`."""

    names: Sequence[NameItem]


@dataclass(frozen=True, eq=False)
class Nonlocal(BaseSmallStatement):
    """`nonlocal names`."""

    names: Sequence[NameItem]


@dataclass(frozen=True, eq=False)
class AsName(CSTNode):
    """`as name`."""

    name: BaseExpression


@dataclass(frozen=True, eq=False)
class ImportAlias(CSTNode):
    """`name as asname`."""

    name: Attribute | Name
    asname: AsName | None = None


class ImportStar(CSTNode):
    """The `*` of an import of all there is."""


class Dot(CSTNode):
    """One of the dots of a relative import."""


@dataclass(frozen=True, eq=False)
class Import(BaseSmallStatement):
    """`import names`."""

    names: Sequence[ImportAlias]


@dataclass(frozen=True, eq=False)
class ImportFrom(BaseSmallStatement):
    """`from module import names`."""

    module: Attribute | Name | None
    names: Sequence[ImportAlias] | ImportStar
    relative: Sequence[Dot] = ()


class LazyImport(Import):
    """`lazy import names`."""


class LazyImportFrom(ImportFrom):
    """`lazy from module import names`."""


@dataclass(frozen=True, eq=False)
class Else(CSTNode):
    """`else: body`."""

    body: BaseSuite


@dataclass(frozen=True, eq=False)
class If(BaseCompoundStatement):
    """`if test: body`, and `elif` in the place of the `else` of another."""

    test: BaseExpression
    body: BaseSuite
    orelse: "If | Else | None" = None


@dataclass(frozen=True, eq=False)
class For(BaseCompoundStatement):
    """`for target in iter: body`."""

    target: BaseExpression
    iter: BaseExpression
    body: BaseSuite
    orelse: Else | None = None
    asynchronous: Asynchronous | None = None


@dataclass(frozen=True, eq=False)
class While(BaseCompoundStatement):
    """`while test: body`."""

    test: BaseExpression
    body: BaseSuite
    orelse: Else | None = None


@dataclass(frozen=True, eq=False)
class WithItem(CSTNode):
    """`item as asname`."""

    item: BaseExpression
    asname: AsName | None = None


@dataclass(frozen=True, eq=False)
class With(BaseCompoundStatement):
    """`with items: body`."""

    items: Sequence[WithItem]
    body: BaseSuite
    asynchronous: Asynchronous | None = None


@dataclass(frozen=True, eq=False)
class ExceptHandler(CSTNode):
    """`except type as name: body`."""

    body: BaseSuite
    type: BaseExpression | None = None
    name: AsName | None = None


@dataclass(frozen=True, eq=False)
class ExceptStarHandler(CSTNode):
    """`except* type as name: body`."""

    body: BaseSuite
    type: BaseExpression
    name: AsName | None = None


@dataclass(frozen=True, eq=False)
class Finally(CSTNode):
    """`finally: body`."""

    body: BaseSuite


@dataclass(frozen=True, eq=False)
class Try(BaseCompoundStatement):
    """`try: body`."""

    body: BaseSuite
    handlers: Sequence[ExceptHandler] = ()
    orelse: Else | None = None
    finalbody: Finally | None = None


@dataclass(frozen=True, eq=False)
class TryStar(BaseCompoundStatement):
    """`try: body`, with `except*`."""

    body: BaseSuite
    handlers: Sequence[ExceptStarHandler] = ()
    orelse: Else | None = None
    finalbody: Finally | None = None
