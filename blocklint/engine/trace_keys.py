"""What `trace` of `[tool.blocklint]` holds: what to run, how, and what to expect.

Either a list of targets, `[[tool.blocklint.trace]]`, in which an entry without a target
holds the settings for all, or a table of settings whose `targets` is that list.
"""

import re
from collections.abc import Mapping
from typing import Any

from blocklint.engine.expect_keys import of_run
from blocklint.engine.target_names import named
from blocklint.engine.tensors import Tensor, tensor
from blocklint.engine.trace_settings import NO_INPUTS, TIMEOUT, Target, Tracing
from blocklint.engine.values import (
    Wrong,
    items,
    mapping,
    record,
    shown,
    string,
    within,
)

_UNITS = {"MB": 10**6, "MiB": 2**20, "GB": 10**9, "GiB": 2**30}
_MEMORY = re.compile(rf"(\d{{1,6}}(?:\.\d{{1,3}})?)\s*({'|'.join(_UNITS)})")


def tracing(value: object) -> Tracing:
    """Read the whole key. Raises Wrong that names the part and what it should be."""
    match value:
        case list():
            return _of_list(value)
        case dict():
            found = _table(value)
            return _made(found, found.get("targets", ()))
    raise Wrong(f"must be a list of tables or a table, not {shown(value)}")


def _of_list(entries: list[object]) -> Tracing:
    settings: dict[str, Any] = {}
    targets: list[Target] = []
    for number, entry in enumerate(entries, start=1):
        try:
            if "target" in mapping(entry):
                targets.append(_target(entry))
            elif settings:
                raise Wrong("is a second entry without `target`; one holds settings")
            else:
                settings = dict(_settings(entry))
        except Wrong as error:
            raise error.inside(f"[{number}]") from error
    return _made(settings, targets)


def _made(settings: Mapping[str, Any], targets: Any) -> Tracing:  # noqa: ANN401
    return Tracing(
        settings.get("python"),
        settings.get("timeout", TIMEOUT),
        settings.get("memory"),
        tuple(targets),
    )


def _settings(entry: object) -> Mapping[str, Any]:
    """An entry of the list that names no target: settings, and nothing else."""
    own = [key for key in mapping(entry) if key in TARGET_KEYS]
    if own:
        raise Wrong("must have a `target`, as it has settings of one", own[0])
    found: Mapping[str, Any] = record(SETTINGS)(entry)
    return found


def _target(entry: object) -> Target:
    general = [key for key in mapping(entry) if key in SETTINGS]
    if general:
        raise Wrong("goes for all targets: into an entry without `target`", general[0])
    found = record(TARGET_KEYS)(entry)
    if "target" not in found:
        raise Wrong("must have a `target`")
    where, name = found["target"]
    return Target(
        where,
        name,
        found.get("init"),
        found.get("inputs", NO_INPUTS),
        found.get("expect"),
    )


def _init(value: object) -> str:
    """An expression; that it is one is known without running it."""
    text = string(value)
    try:
        compile(text, "init", "eval")
    except (SyntaxError, ValueError) as error:
        raise Wrong(f'must be an expression of Python, not "{text}"') from error
    return text


def _inputs(value: object) -> Mapping[str, Tensor]:
    return {name: within(name, tensor, item) for name, item in mapping(value).items()}


def _seconds(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
        return float(value)
    raise Wrong(f"must be a positive number of seconds, not {shown(value)}")


def _memory(value: object) -> int:
    found = _MEMORY.fullmatch(value) if isinstance(value, str) else None
    size = int(float(found[1]) * _UNITS[found[2]]) if found else 0
    if not size:
        units = ", ".join(_UNITS)
        raise Wrong(
            f'must be a size such as "8 GB", with one of {units}; not {shown(value)}'
        )
    return size


SETTINGS = {"python": string, "timeout": _seconds, "memory": _memory}
TARGET_KEYS = {
    "target": named,
    "init": _init,
    "inputs": _inputs,
    "expect": of_run,
}
_table = record({**SETTINGS, "targets": items(_target)})
