"""Where a number stands on an axis, and which numbers are written along it."""

import math
from collections.abc import Iterable

from blocklint.frozen import dataclass

_MOST_TICKS = 6
_STEPS = (1, 2, 5)
_NARROWEST = 2.6  # a little more than there is between two of the steps


@dataclass(frozen=True)
class Scale:
    """An axis from `low` to `high`; by powers if `is_log`, else evenly.

    `ticks` are the numbers that are written along it, in rising order.
    """

    low: float
    high: float
    ticks: tuple[float, ...]
    is_log: bool = False

    def share(self, value: float) -> float:
        """How far along the axis a value is: 0 at its low end, 1 at the high one."""
        low, high, at = (self._at(each) for each in (self.low, self.high, value))
        return (at - low) / (high - low)

    def _at(self, value: float) -> float:
        return math.log(value) if self.is_log else value


def of_depths(depths: Iterable[int]) -> Scale:
    """An axis of powers that has each depth written along it, as far as there is room.

    Depths are at least 1.
    """
    found = sorted(set(depths))
    low, high = found[0], found[-1]
    if low == high:
        return Scale(low / 2, low * 2, (low,), is_log=True)
    room = math.log(high / low) / (_MOST_TICKS + 2)
    ticks = [found[-1]]
    for depth in reversed(found[:-1]):
        if math.log(ticks[-1] / depth) >= room:
            ticks.append(depth)
    return Scale(low, high, tuple(reversed(ticks)), is_log=True)


def of_layers(depth: int) -> Scale:
    """An even axis from the first layer to the last."""
    if depth == 1:
        return Scale(0, 2, (1,))
    step = max(1, round(depth / 4))
    inner = [n for n in range(step, depth, step) if depth - n >= step / 2 and n > 1]
    return Scale(1, depth, (1, *inner, depth))


def of_powers(values: Iterable[float]) -> Scale:
    """An axis of powers around some numbers above zero; wide enough for a tick."""
    found = [value for value in values if value > 0] or [1.0]
    low, high = min(found) / 1.15, max(found) * 1.15
    if high / low < _NARROWEST:
        middle, half = math.sqrt(low * high), math.sqrt(_NARROWEST)
        low, high = middle / half, middle * half
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    every = [n * 10.0**power for power in powers for n in _STEPS]
    ticks = [tick for tick in every if low <= tick <= high]
    if len(ticks) > _MOST_TICKS:
        ticks = [10.0**power for power in powers if low <= 10.0**power <= high]
    step = math.ceil(len(ticks) / _MOST_TICKS)
    return Scale(low, high, tuple(ticks[::step]), is_log=True)


def of_losses(values: Iterable[float]) -> Scale:
    """An even axis around some numbers, and at least one wide."""
    found = list(values) or [0.0]
    low, high = min(found), max(found)
    room = max(0.08 * (high - low), (1 - (high - low)) / 2, 0.1)
    low, high = low - room, high + room
    rough = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(n * power for n in (*_STEPS, 10) if n * power >= rough)
    first = math.ceil(low / step)
    return Scale(
        low, high, tuple(step * n for n in range(first, math.floor(high / step) + 1))
    )
