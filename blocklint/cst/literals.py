"""Numbers and strings, as they are written."""

import ast
import warnings
from collections.abc import Sequence

from blocklint.cst.expressions import BaseExpression
from blocklint.cst.node import CSTNode
from blocklint.frozen import dataclass


class BaseNumber(BaseExpression):
    """A number."""

    __slots__ = ()


@dataclass(frozen=True, eq=False, slots=True)
class Integer(BaseNumber):
    """`12`."""

    value: str

    @property
    def evaluated_value(self) -> int:
        """The number."""
        return int(self.value, 0)


@dataclass(frozen=True, eq=False, slots=True)
class Float(BaseNumber):
    """`1.5`."""

    value: str

    @property
    def evaluated_value(self) -> float:
        """The number."""
        return float(self.value)


@dataclass(frozen=True, eq=False, slots=True)
class Imaginary(BaseNumber):
    """`2j`."""

    value: str


class BaseString(BaseExpression):
    """A string, or several that follow each other."""

    __slots__ = ()


@dataclass(frozen=True, eq=False, slots=True)
class SimpleString(BaseString):
    """`"text"`, with its quotes and what stands in front of them."""

    value: str

    @property
    def evaluated_value(self) -> object:
        """The text or the bytes that are written."""
        return evaluated(self.value)


class BaseFormattedStringContent(CSTNode):
    """What an f-string is made of."""

    __slots__ = ()


@dataclass(frozen=True, eq=False, slots=True)
class FormattedStringText(BaseFormattedStringContent):
    """What stands there as it is."""

    value: str


@dataclass(frozen=True, eq=False, slots=True)
class FormattedStringExpression(BaseFormattedStringContent):
    """`{expression!conversion:format_spec}`."""

    expression: BaseExpression
    conversion: str | None = None
    format_spec: Sequence[BaseFormattedStringContent] | None = None


@dataclass(frozen=True, eq=False, slots=True)
class FormattedString(BaseString):
    """`f"text"`."""

    parts: Sequence[BaseFormattedStringContent]
    start: str
    end: str


class BaseTemplatedStringContent(CSTNode):
    """What a t-string is made of."""

    __slots__ = ()


@dataclass(frozen=True, eq=False, slots=True)
class TemplatedStringText(BaseTemplatedStringContent):
    """What stands there as it is."""

    value: str


@dataclass(frozen=True, eq=False, slots=True)
class TemplatedStringExpression(BaseTemplatedStringContent):
    """`{expression!conversion:format_spec}`."""

    expression: BaseExpression
    conversion: str | None = None
    format_spec: Sequence[BaseTemplatedStringContent] | None = None


@dataclass(frozen=True, eq=False, slots=True)
class TemplatedString(BaseString):
    """`t"text"`."""

    parts: Sequence[BaseTemplatedStringContent]
    start: str
    end: str


@dataclass(frozen=True, eq=False, slots=True)
class ConcatenatedString(BaseString):
    """Strings that follow each other are one: `"a" "b"`."""

    left: BaseString
    right: BaseString


def evaluated(text: str) -> object:
    """A literal's value; what Python thinks of its escapes is not our concern."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.literal_eval(text)
