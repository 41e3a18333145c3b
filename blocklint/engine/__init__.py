"""Runs the rules. Does no printing, never exits, and knows no format."""

from blocklint.engine.pipeline import check, fix, inspect, save
from blocklint.engine.request import BadRequest, Options, Request
from blocklint.engine.rulebook import Rulebook, load_rules

__all__ = [
    "BadRequest",
    "Options",
    "Request",
    "Rulebook",
    "check",
    "fix",
    "inspect",
    "load_rules",
    "save",
]
