"""The keys of `[tool.blocklint]`: which there are, and what each may hold."""

from typing import Any

from blocklint.analysis import Placement
from blocklint.engine.expect_keys import of_target
from blocklint.engine.request import BadRequest, nearest
from blocklint.engine.trace_keys import tracing
from blocklint.engine.values import (
    Reader,
    Wrong,
    boolean,
    each,
    items,
    one_of,
    string,
    strings,
    table,
)
from blocklint.rule import Severity

_PLACEMENTS = tuple(
    placement.value for placement in Placement if placement is not Placement.UNKNOWN
)


def parse(table: object, file: str) -> dict[str, Any]:
    """The values of the table, checked; lists come as tuples.

    Raises BadRequest that names the file, the key, and what was expected there.
    """
    if not isinstance(table, dict):
        raise BadRequest(f"{file}: [tool.blocklint] must be a table")
    return {key: _value(key, value, file) for key, value in table.items()}


def _value(key: str, value: object, file: str) -> object:
    if key not in KEYS:
        hint = nearest(key, KEYS)
        raise BadRequest(f"{file}: unknown key `{key}` in [tool.blocklint]{hint}")
    try:
        return KEYS[key](value)
    except Wrong as error:
        where = error.inside(key).where
        raise BadRequest(f"{file}: `{where}` in [tool.blocklint] {error}") from error


KEYS: dict[str, Reader] = {
    "select": strings,
    "extend-select": strings,
    "ignore": strings,
    "exclude": strings,
    "extend-exclude": strings,
    "force-exclude": boolean,
    "respect-gitignore": boolean,
    "per-file-ignores": table(strings),
    "severity": table(one_of(tuple(severity.value for severity in Severity))),
    "placement": one_of(_PLACEMENTS),
    "allow": each(one_of(_PLACEMENTS)),
    "naming": one_of(("field", "textbook")),
    "baseline": string,
    "expect": items(of_target),
    "expectations": string,
    "trace": tracing,
}
