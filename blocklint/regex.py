"""Regular expressions that are compiled when they are first asked.

A check of a small file asks a quarter of those that its modules hold, and to compile
the others would take a twentieth of its time.
"""

import re
from typing import AnyStr, Generic, Protocol

from blocklint.lazy import cached_property

STRING = (  # of Python, without its prefix
    r'"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*"""'
    r"|'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*'''"
    r'|"(?!"")[^"\\\n]*(?:\\.[^"\\\n]*)*"'
    r"|'(?!'')[^'\\\n]*(?:\\.[^'\\\n]*)*'"
)


class Finds(Protocol[AnyStr]):
    """What looks for an expression in a text, or in a stretch of it."""

    def __call__(
        self, string: AnyStr, pos: int = 0, endpos: int = ...
    ) -> re.Match[AnyStr] | None: ...


class Regex(Generic[AnyStr]):
    """A regular expression, by its text."""

    def __init__(self, pattern: AnyStr, flags: re.RegexFlag = re.NOFLAG) -> None:
        self.pattern: AnyStr = pattern
        self.flags = flags

    @cached_property
    def compiled(self) -> re.Pattern[AnyStr]:
        """The expression as `re` has it."""
        return re.compile(self.pattern, self.flags)

    @cached_property
    def search(self) -> Finds[AnyStr]:
        """Where it is found first."""
        return self.compiled.search

    @cached_property
    def match(self) -> Finds[AnyStr]:
        """Where a text begins with it."""
        return self.compiled.match

    @cached_property
    def fullmatch(self) -> Finds[AnyStr]:
        """Where it is the whole text."""
        return self.compiled.fullmatch
