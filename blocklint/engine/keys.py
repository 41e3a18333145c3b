"""The keys of `[tool.blocklint]`: which there are, and what each may hold."""

from collections.abc import Callable, Mapping
from typing import Any

from blocklint.analysis import Placement
from blocklint.engine.request import BadRequest, nearest
from blocklint.rule import Severity

_Reader = Callable[[Any], Any]
_PLACEMENTS = tuple(
    placement.value for placement in Placement if placement is not Placement.UNKNOWN
)


class _Wrong(Exception):
    """A value is not what its key may hold; the message says what that is."""


def parse(table: object, file: str) -> dict[str, Any]:
    """The values of the table, checked; lists come as tuples.

    Raises BadRequest that names the file, the key, and what was expected there.
    """
    if not isinstance(table, dict):
        raise BadRequest(f"{file}: [tool.blocklint] must be a table")
    return {key: _value(key, value, file) for key, value in table.items()}


def _value(key: str, value: object, file: str) -> object:
    if key not in _KEYS:
        hint = nearest(key, _KEYS)
        raise BadRequest(f"{file}: unknown key `{key}` in [tool.blocklint]{hint}")
    try:
        return _KEYS[key](value)
    except _Wrong as error:
        raise BadRequest(f"{file}: `{key}` in [tool.blocklint] {error}") from error


def _strings(value: object) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise _Wrong(f"must be a list of strings, not {_shown(value)}")


def _one_of(choices: tuple[str, ...]) -> _Reader:
    def read(value: object) -> str:
        if isinstance(value, str) and value in choices:
            return value
        hint = nearest(value, choices) if isinstance(value, str) else ""
        listed = ", ".join(choices)
        raise _Wrong(f"must be one of {listed}; not {_shown(value)}{hint}")

    return read


def _each(of: _Reader) -> _Reader:
    return lambda value: tuple(of(item) for item in _strings(value))


def _table(of: _Reader) -> _Reader:
    def read(value: object) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise _Wrong(f"must be a table, not {_shown(value)}")
        return {key: of(item) for key, item in value.items()}

    return read


def _shown(value: object) -> str:
    match value:
        case str():
            return f'"{value}"'
        case bool():
            return str(value).lower()
        case dict():
            return "a table"
    return repr(value)


_KEYS: dict[str, _Reader] = {
    "select": _strings,
    "extend-select": _strings,
    "ignore": _strings,
    "exclude": _strings,
    "extend-exclude": _strings,
    "per-file-ignores": _table(_strings),
    "severity": _table(_one_of(tuple(severity.value for severity in Severity))),
    "placement": _one_of(_PLACEMENTS),
    "allow": _each(_one_of(_PLACEMENTS)),
    "naming": _one_of(("field", "textbook")),
}
