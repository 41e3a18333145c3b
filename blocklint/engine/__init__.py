"""Runs the rules. Does no printing, never exits, and knows no format."""

from blocklint.engine.pipeline import (
    add_ignores,
    check,
    fix,
    inspect,
    save,
    save_baselines,
)
from blocklint.engine.request import BadRequest, Options, Request
from blocklint.engine.rulebook import Rulebook, load_rules
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
    "fix",
    "inspect",
    "load_rules",
    "save",
    "save_baselines",
    "trace",
]
