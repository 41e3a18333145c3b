"""Runs the rules. Does no printing, never exits, and knows no format."""

from blocklint.engine.pipeline import check, fix, inspect, save
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
    "check",
    "fix",
    "inspect",
    "load_rules",
    "save",
    "trace",
]
