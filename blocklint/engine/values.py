"""Values of a config: each reader takes one and says what it should have been."""

from collections.abc import Callable, Mapping
from typing import Any

from blocklint.engine.request import nearest

Reader = Callable[[Any], Any]


class Wrong(Exception):
    """A value is not what its key may hold; the message says what that is.

    `where` names the part of the value that is meant, empty for all of it.
    """

    def __init__(self, message: str, where: str = "") -> None:
        super().__init__(message)
        self.where = where

    def inside(self, outer: str) -> "Wrong":
        """The same, as seen from the table or list that the part is in."""
        joint = "" if self.where.startswith("[") or not self.where else "."
        return Wrong(str(self), f"{outer}{joint}{self.where}")


def string(value: object) -> str:
    """A string that says something."""
    if isinstance(value, str) and value.strip():
        return value
    raise Wrong(f"must be a string, not {shown(value)}")


def boolean(value: object) -> bool:
    """Yes or no."""
    if isinstance(value, bool):
        return value
    raise Wrong(f"must be true or false, not {shown(value)}")


def strings(value: object) -> tuple[str, ...]:
    """A list of strings."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise Wrong(f"must be a list of strings, not {shown(value)}")


def one_of(choices: tuple[str, ...]) -> Reader:
    """One of some words."""

    def read(value: object) -> str:
        if isinstance(value, str) and value in choices:
            return value
        hint = nearest(value, choices) if isinstance(value, str) else ""
        listed = ", ".join(choices)
        raise Wrong(f"must be one of {listed}; not {shown(value)}{hint}")

    return read


def each(of: Reader) -> Reader:
    """A list of strings, each of which is read."""
    return lambda value: tuple(of(item) for item in strings(value))


def items(of: Reader) -> Reader:
    """A list, each part of which is read; what is wrong is said of its number."""

    def read(value: object) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise Wrong(f"must be a list of tables, not {shown(value)}")
        return tuple(
            within(f"[{number}]", of, item)
            for number, item in enumerate(value, start=1)
        )

    return read


def table(of: Reader) -> Reader:
    """A table of any keys whose values are all alike."""

    def read(value: object) -> Mapping[str, Any]:
        return {key: of(item) for key, item in mapping(value).items()}

    return read


def record(keys: Mapping[str, Reader]) -> Reader:
    """A table of known keys, each with a reader of its own; none must be there."""

    def read(value: object) -> Mapping[str, Any]:
        found: dict[str, Any] = {}
        for key, item in mapping(value).items():
            if key not in keys:
                listed = ", ".join(keys)
                raise Wrong(
                    f"is not known; there are {listed}{nearest(key, keys)}", key
                )
            found[key] = within(key, keys[key], item)
        return found

    return read


def within(where: str, read: Reader, value: object) -> Any:  # noqa: ANN401
    """A part of a value; what is wrong with it is said of that part."""
    try:
        return read(value)
    except Wrong as error:
        raise error.inside(where) from error


def mapping(value: object) -> dict[str, Any]:
    """A table, whatever is in it."""
    if isinstance(value, dict):
        return value
    raise Wrong(f"must be a table, not {shown(value)}")


def shown(value: object) -> str:
    """A value as its file has it."""
    match value:
        case str():
            return f'"{value}"'
        case bool():
            return str(value).lower()
        case dict():
            return "a table"
    return repr(value)
