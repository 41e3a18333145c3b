"""Whether shapes that did not fit are the block's fault, or that of a guess.

A run is given a batch, a length and often settings that were made up. A table for 16
tokens does not fit 13, and two widths that should have been chosen alike do not fit
each other; neither is a mistake in the code. `d_model` against `4*d_model` is one,
whatever is chosen, and so is anything that the project's own settings lead to.
"""

import re

from blocklint.analysis.run import Problem, Run
from blocklint.regex import Regex

Clash = tuple[str, str]

_GUESSED = frozenset(["batch", "seq", "side"])
_BY_WIDTH = frozenset(["linear", "layer_norm", "rms_norm"])
_PRODUCTS = frozenset(["matmul", "bmm", "mm"])
_ELEMENTWISE = frozenset(["add", "sub", "mul", "div", "where", "masked_fill"])
_ASKED = Regex(r"shape '\[([-\d, ]+)\]'")
_PAIR, _MATRIX = 2, 2


def never_fits(run: Run) -> bool:
    """Whether a run ended at shapes that its code cannot make fit."""
    problem = run.problem
    if problem is None or not problem.is_of_shapes:
        return False
    if asked := _ASKED.search(problem.message):
        return _keeps_tokens(run, problem, asked[1])
    found = _clashes(problem)
    return bool(found) and all(_is_certain(clash, run) for clash in found)


def _keeps_tokens(run: Run, problem: Problem, asked: str) -> bool:
    """Whether a reshape leaves batch and length as they are, so that the rest is wrong.

    What was asked for is known in numbers; sizes of a run are told apart by them.
    """
    sizes = [int(size) for size in asked.split(",") if size.strip()]
    given = _names(*problem.shapes[0]) & _GUESSED
    kept = [run.sizes.get(name) for name in given]
    together = run.sizes.get("batch", 0) * run.sizes.get("seq", 0)
    whole = together in sizes and given <= {"batch", "seq"}
    return _is_settled(run) and (whole or all(size in sizes for size in kept))


def _clashes(problem: Problem) -> list[Clash]:
    """The pairs of sizes that should be equal; none where that is not known."""
    if len(problem.shapes) < _PAIR:
        return []
    one, two = problem.shapes[:2]
    if problem.operation in _BY_WIDTH:
        pairs = [(one[-1], two[-1])] if one and two else []
    elif problem.operation in _PRODUCTS:
        if min(len(one), len(two)) < _MATRIX:
            return []
        pairs = [(one[-1], two[-2]), *_aligned(one[:-2], two[:-2])]
    elif problem.operation in _ELEMENTWISE:
        pairs = _aligned(one, two)
    else:
        return []
    return [(a, b) for a, b in pairs if a != b]


def _aligned(one: tuple[str, ...], two: tuple[str, ...]) -> list[Clash]:
    pairs = zip(reversed(one), reversed(two), strict=False)
    return [(a, b) for a, b in pairs if "1" not in (a, b)]


def _is_certain(clash: Clash, run: Run) -> bool:
    """Whether two sizes differ whatever is chosen."""
    one, two = map(_names, clash)
    width = _names(*run.taken[-1:]) - _GUESSED
    if (one | two) & _GUESSED:
        return bool((one | two) & width)  # the length where a width should be
    return _is_settled(run) or bool(one & two)


def _is_settled(run: Run) -> bool:
    """Whether nothing that the instance was made with is a guess of ours."""
    return run.configured or run.how.endswith("()")


def _names(*sizes: str) -> frozenset[str]:
    return frozenset(
        name for size in sizes for name in re.findall(r"[A-Za-z_]\w*", size)
    )
