"""Reads one value after the other out of a JSON document that is not trusted."""

import math
from collections.abc import Callable, Mapping
from typing import TypeVar

# More than any tensor has elements, and what fits a machine's word.
LARGEST = 2**62
LONGEST = 100_000

_MARK = "\N{REPLACEMENT CHARACTER}"
_SPACES = "\N{NO-BREAK SPACE}\N{IDEOGRAPHIC SPACE}"

T = TypeVar("T")


class Misfit(Exception):
    """A value that is not what the document's description says. Names its key."""

    def __init__(self, where: str, message: str) -> None:
        super().__init__(where, message)
        self.where = where
        self.message = message

    def under(self, outer: str) -> "Misfit":
        """The same, seen from the object or list around it."""
        inner = self.where
        joined = outer + inner if inner.startswith("[") else f"{outer}.{inner}"
        return Misfit(joined if inner else outer, self.message)

    def __str__(self) -> str:
        """The key and what is wrong with it."""
        return f"{self.where or 'the document'} {self.message}"


class Fields:
    """A JSON object, asked for its values by key and type.

    Every method raises Misfit for a value of another type or outside its range. Keys
    that nobody asks for are left alone.
    """

    def __init__(self, value: object) -> None:
        if not isinstance(value, dict):
            raise Misfit("", f"is {_type_of(value)}, not an object")
        self._values: dict[str, object] = value

    def get(self, key: str) -> object:
        """The value; None where it is null. Raises Misfit where the key is missing."""
        try:
            return self._values[key]
        except KeyError:
            raise Misfit(key, "is missing") from None

    def has(self, key: str) -> bool:
        """Whether there is such a key with a value other than null."""
        return self._values.get(key) is not None

    def text(self, key: str) -> str:
        """A string, without what a terminal or a path could choke on."""
        return text(self.get(key), key)

    def text_or_none(self, key: str) -> str | None:
        """A string, or null."""
        return self.text(key) if self.get(key) is not None else None

    def flag(self, key: str) -> bool:
        """True or false."""
        return flag(self.get(key), key)

    def whole(self, key: str, low: int = 0, below: int = LARGEST) -> int:
        """A whole number in `low <= number < below`."""
        return whole(self.get(key), key, low, below)

    def whole_or_none(self, key: str, low: int = 0, below: int = LARGEST) -> int | None:
        """A whole number in `low <= number < below`, or null."""
        return self.whole(key, low, below) if self.get(key) is not None else None

    def number(self, key: str) -> float:
        """A finite number."""
        return number(self.get(key), key)

    def one_of(self, key: str, choices: frozenset[str]) -> str:
        """One of a few words."""
        value = self.get(key)
        if not isinstance(value, str) or value not in choices:
            raise Misfit(key, f"is none of {', '.join(sorted(choices))}")
        return value

    def each(self, key: str, read: Callable[[object], T]) -> tuple[T, ...]:
        """A list, every item read in the same way."""
        return each(self.get(key), key, lambda value, _: read(value))

    def numbered(self, key: str, read: Callable[[object, int], T]) -> tuple[T, ...]:
        """A list, every item read knowing its place in the list."""
        return each(self.get(key), key, read)

    def table(self, key: str, read: Callable[[object, str], T]) -> Mapping[str, T]:
        """An object of any keys, whose values are all read in the same way."""
        value = self.get(key)
        if not isinstance(value, dict):
            raise Misfit(key, f"is {_type_of(value)}, not an object")
        try:
            return {text(name, "a key"): read(it, name) for name, it in value.items()}
        except Misfit as misfit:
            raise misfit.under(key) from None

    def inner(self, key: str, read: Callable[[object], T]) -> T | None:
        """An object of its own, or null."""
        value = self.get(key)
        if value is None:
            return None
        try:
            return read(value)
        except Misfit as misfit:
            raise misfit.under(key) from None


def each(value: object, key: str, read: Callable[[object, int], T]) -> tuple[T, ...]:
    """A list, every item read knowing its place in the list."""
    if not isinstance(value, list):
        raise Misfit(key, f"is {_type_of(value)}, not a list")
    items: list[T] = []
    for index, item in enumerate(value):
        try:
            items.append(read(item, index))
        except Misfit as misfit:
            raise misfit.under(f"{key}[{index}]") from None
    return tuple(items)


def text(value: object, key: str = "") -> str:
    """A string of a bearable length; what cannot be printed shows as a mark."""
    if not isinstance(value, str):
        raise Misfit(key, f"is {_type_of(value)}, not a string")
    if len(value) > LONGEST:
        raise Misfit(key, f"is a string of {len(value)} characters")
    return value if value.isprintable() else printable(value)


def printable(value: str) -> str:
    """The text without control characters and halves of characters.

    The user's code chose it, and it ends up on a terminal, in paths and in XML.
    """
    return "".join(
        char if char in "\n\t" or char.isprintable() or char in _SPACES else _MARK
        for char in value
    )


def flag(value: object, key: str = "") -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise Misfit(key, f"is {_type_of(value)}, not true or false")
    return value


def whole(value: object, key: str = "", low: int = 0, below: int = LARGEST) -> int:
    """A whole number in `low <= number < below`."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise Misfit(key, f"is {_type_of(value)}, not a whole number")
    if not low <= value < below:
        # A number of thousands of digits cannot even be printed.
        shown = value if -LARGEST < value < LARGEST else "a number out of all range"
        raise Misfit(key, f"is {shown}, not from {low} to {below - 1}")
    return value


def number(value: object, key: str = "") -> float:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Misfit(key, f"is {_type_of(value)}, not a number")
    try:
        found = float(value)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        raise Misfit(key, "is not a finite number")
    return found


def _type_of(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "a string", bool: "true or false"}
    return "null" if value is None else names.get(type(value), "a number")
