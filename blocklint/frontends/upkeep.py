"""Calls that set weights, warn or print: whatever they do, they wire nothing."""

from functools import lru_cache

from blocklint.regex import Regex

_UPKEEP = Regex(
    r"init_weights|post_init|reset_parameters|_init_param|_(normal|uniform|zeros|ones|"
    r"constant|fill)_$|^(warn|warning|info|debug|warning_once|log|print)$"
)

_MOVING = frozenset(
    ["to", "cuda", "cpu", "float", "half", "double", "bfloat16", "train", "eval"]
)


@lru_cache(10_000)
def is_upkeep(name: str) -> bool:
    """Whether a function or method of this name is called for upkeep alone."""
    return _UPKEEP.search(name) is not None


def is_moving(name: str) -> bool:
    """Whether a method of this name puts a module or tensor elsewhere, as it is."""
    return name in _MOVING
