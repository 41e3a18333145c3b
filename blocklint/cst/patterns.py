"""`match` statements, and the patterns of their cases."""

from collections.abc import Sequence

from blocklint.cst.expressions import BaseExpression, Name
from blocklint.cst.node import CSTNode
from blocklint.cst.statements import BaseCompoundStatement, BaseSuite
from blocklint.frozen import dataclass


class MatchPattern(CSTNode):
    """What a value is compared with."""

    __slots__ = ()


@dataclass(frozen=True, eq=False, slots=True)
class MatchValue(MatchPattern):
    """A number, a string or a dotted name."""

    value: BaseExpression


@dataclass(frozen=True, eq=False, slots=True)
class MatchSingleton(MatchPattern):
    """`None`, `True` or `False`."""

    value: Name


@dataclass(frozen=True, eq=False, slots=True)
class MatchSequenceElement(CSTNode):
    """An element of a sequence, or of the places of a class."""

    value: MatchPattern


@dataclass(frozen=True, eq=False, slots=True)
class MatchStar(CSTNode):
    """`*name`."""

    name: Name | None = None


class MatchSequence(MatchPattern):
    """Several patterns in a row."""

    __slots__ = ()

    patterns: Sequence[MatchSequenceElement | MatchStar]


@dataclass(frozen=True, eq=False, slots=True)
class MatchList(MatchSequence):
    """`[one, two]`."""

    patterns: Sequence[MatchSequenceElement | MatchStar]


@dataclass(frozen=True, eq=False, slots=True)
class MatchTuple(MatchSequence):
    """`(one, two)`."""

    patterns: Sequence[MatchSequenceElement | MatchStar]


@dataclass(frozen=True, eq=False, slots=True)
class MatchMappingElement(CSTNode):
    """`key: pattern`."""

    key: BaseExpression
    pattern: MatchPattern


@dataclass(frozen=True, eq=False, slots=True)
class MatchMapping(MatchPattern):
    """`{key: pattern, **rest}`."""

    elements: Sequence[MatchMappingElement] = ()
    rest: Name | None = None


@dataclass(frozen=True, eq=False, slots=True)
class MatchKeywordElement(CSTNode):
    """`key=pattern`."""

    key: Name
    pattern: MatchPattern


@dataclass(frozen=True, eq=False, slots=True)
class MatchClass(MatchPattern):
    """`cls(pattern, key=pattern)`."""

    cls: BaseExpression
    patterns: Sequence[MatchSequenceElement] = ()
    kwds: Sequence[MatchKeywordElement] = ()


@dataclass(frozen=True, eq=False, slots=True)
class MatchAs(MatchPattern):
    """`pattern as name`, `name` or `_`."""

    pattern: MatchPattern | None = None
    name: Name | None = None


@dataclass(frozen=True, eq=False, slots=True)
class MatchOrElement(CSTNode):
    """One of several patterns."""

    pattern: MatchPattern


@dataclass(frozen=True, eq=False, slots=True)
class MatchOr(MatchPattern):
    """`one | two`."""

    patterns: Sequence[MatchOrElement]


@dataclass(frozen=True, eq=False, slots=True)
class MatchCase(CSTNode):
    """`case pattern if guard: body`."""

    pattern: MatchPattern
    body: BaseSuite
    guard: BaseExpression | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Match(BaseCompoundStatement):
    """`match subject:` and its cases."""

    subject: BaseExpression
    cases: Sequence[MatchCase]
