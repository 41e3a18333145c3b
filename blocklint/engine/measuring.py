"""How stacks are to be measured: what `trace --stability` says of it, made certain."""

from blocklint.engine.request import BadRequest, nearest
from blocklint.frontends.traced.client import Measure
from blocklint.frontends.traced.stacks import DEEPEST

DEPTHS = (2, 6, 12, 24, 48)
SEEDS = 5
OWN = "own"
_STARTS = (OWN, "xavier", "theory", "normal")
_MOST_SEEDS = 100
_MOST_DEPTHS = 50


def measure_of(
    depths: str | None = None, seeds: int | None = None, init: str | None = None
) -> Measure:
    """What is to be measured; None stands for what is usual.

    Raises BadRequest that names the option and what it takes.
    """
    return Measure(
        DEPTHS if depths is None else _depths(depths),
        SEEDS if seeds is None else _seeds(seeds),
        OWN if init is None else _init(init),
    )


def _depths(text: str) -> tuple[int, ...]:
    """Depths in rising order, each once."""
    found: set[int] = set()
    for part in text.split(","):
        number = part.strip()
        depth = int(number) if number.isascii() and number.isdecimal() else 0
        if not 1 <= depth <= DEEPEST:
            raise BadRequest(
                f"--depths: `{number}` is no depth; give whole numbers from 1 to "
                f"{DEEPEST}, such as `--depths 6,12,24`"
            )
        found.add(depth)
    if len(found) > _MOST_DEPTHS:
        raise BadRequest(f"--depths: are {len(found)}, more than {_MOST_DEPTHS}")
    return tuple(sorted(found))


def _seeds(number: int) -> int:
    if not 1 <= number <= _MOST_SEEDS:
        raise BadRequest(f"--seeds: must be from 1 to {_MOST_SEEDS}, not {number}")
    return number


def _init(text: str) -> str:
    """The name of a start; `normal` has its standard deviation behind a colon."""
    name, colon, number = text.strip().partition(":")
    if name not in _STARTS:
        raise BadRequest(
            f"--init: `{text}` is none of own, xavier, theory and normal:STD"
            f"{nearest(name, _STARTS)}"
        )
    if name != "normal":
        if colon:
            raise BadRequest(f"--init: `{name}` takes no number, `normal` does")
        return name
    try:
        deviation = float(number)
    except ValueError:
        deviation = 0.0
    if not 0 < deviation <= 1000:  # noqa: PLR2004 (and no NaN)
        raise BadRequest(
            f"--init: `{text}` has no standard deviation; write `normal:0.02`"
        )
    return f"normal:{deviation:g}"
