"""Runs the rules. Does no printing, never exits, and knows no format."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from blocklint.engine.diffing import diff
    from blocklint.engine.freezing import freeze
    from blocklint.engine.migrating import migrate
    from blocklint.engine.pipeline import (
        add_ignores,
        check,
        fix,
        inspect,
        save,
        save_baselines,
        save_expectations,
    )
    from blocklint.engine.request import BadRequest, Options, Request
    from blocklint.engine.rulebook import Rulebook, load_rules
    from blocklint.engine.stacking import stability
    from blocklint.engine.traces import trace
    from blocklint.engine.watch import Watch

__all__ = [
    "BadRequest",
    "Options",
    "Request",
    "Rulebook",
    "Watch",
    "add_ignores",
    "check",
    "diff",
    "fix",
    "freeze",
    "inspect",
    "load_rules",
    "migrate",
    "save",
    "save_baselines",
    "save_expectations",
    "stability",
    "trace",
]

_HOMES = {
    "BadRequest": "request",
    "Options": "request",
    "Request": "request",
    "Rulebook": "rulebook",
    "Watch": "watch",
    "diff": "diffing",
    "freeze": "freezing",
    "load_rules": "rulebook",
    "migrate": "migrating",
    "stability": "stacking",
    "trace": "traces",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 (of several kinds)
    """Import what is asked for only then: a bad option needs none of the engine."""
    if name in __all__:
        home = import_module(f"{__name__}.{_HOMES.get(name, 'pipeline')}")
        return getattr(home, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
