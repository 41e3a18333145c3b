"""What stacks of a block showed, as numbers that a reporter can write down.

Everything here is of a stack before any training: how it goes on from there, these
numbers do not say.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import field
from enum import Enum
from statistics import median

from blocklint.analysis import Placement
from blocklint.frontends.traced.client import Measure
from blocklint.frontends.traced.stacks import StackRun, Stacks
from blocklint.frozen import dataclass
from blocklint.text import Broken

_FITS = 0.2  # how far a depth may lie off a power of the depth, as a share of it


class Quantity(Enum):
    """One number of a stack, looked at over the depth; the value is its key in JSON."""

    LAST = "last"
    FIRST = "first"
    STREAM = "stream"
    LOSS = "loss"
    BARE = "bare"

    def of(self, run: StackRun) -> float | None:
        """The number of one stack; None where it is not finite."""
        match self:
            case Quantity.LAST:
                return run.last
            case Quantity.FIRST:
                return run.first
            case Quantity.STREAM:
                return run.stream[-1]
            case Quantity.LOSS:
                return run.loss
            case Quantity.BARE:
                return run.bare

    @property
    def is_loss(self) -> bool:
        """Whether it is a loss, which is no power of anything."""
        return self in (Quantity.LOSS, Quantity.BARE)


@dataclass(frozen=True)
class Spread:
    """What several seeds gave: the median, the least and the largest."""

    middle: float
    low: float
    high: float

    @property
    def share(self) -> float:
        """Half of the way from the least to the largest, as a share of the median."""
        return (self.high - self.low) / 2 / abs(self.middle) if self.middle else 0.0


@dataclass(frozen=True)
class Trend:
    """How a number goes with the depth L.

    It is about c * L ** `power` where that fits every depth, else `power` is None.
    `factor` is what the largest depth has of what the lowest has.
    """

    power: Spread | None
    factor: float


def spread_of(values: Sequence[float | None]) -> Spread | None:
    """The spread of some seeds; None if there are none, or one is not finite."""
    finite = [value for value in values if value is not None]
    if not finite or len(finite) < len(values):
        return None
    return Spread(median(finite), min(finite), max(finite))


@dataclass(frozen=True)
class Wiring:
    """One wiring of a block, stacked; `reason` says why there are no stacks.

    `placement` is the word for the block as it ran. `own` is the block as it is, in
    contrast to those that were rewired for the comparison.
    """

    placement: str
    own: bool = False
    stacks: Stacks | None = field(default=None, repr=False)
    reason: str | None = None
    output: str = ""

    @property
    def formula(self) -> str:
        """The placement as a formula; nothing where the sites differ."""
        known = {each.value: each.formula for each in Placement}
        return known.get(self.placement, "")

    def spread(self, quantity: Quantity, depth: int) -> Spread | None:
        """A quantity at one depth; None where it was not measured, or not finite."""
        if self.stacks is None:
            return None
        return spread_of([quantity.of(run) for run in self.stacks.at(depth)])

    def trend(self, quantity: Quantity) -> Trend | None:
        """How a quantity goes with the depth; None without two depths to compare."""
        if self.stacks is None or quantity.is_loss:
            return None
        return trend_of(self.stacks, quantity.of)

    def by_layer(
        self, depth: int, of: Callable[[StackRun], Sequence[float | None]]
    ) -> tuple[Spread | None, ...]:
        """A number of each layer of the stacks of one depth, from the input on."""
        runs = self.stacks.at(depth) if self.stacks else ()
        columns = zip(*(of(run) for run in runs), strict=True)
        return tuple(spread_of(column) for column in columns)


def trend_of(stacks: Stacks, of: Callable[[StackRun], float | None]) -> Trend | None:
    """The power of the depth that a number goes with, seed by seed."""
    depths = stacks.depths
    middles = [spread_of([of(run) for run in stacks.at(depth)]) for depth in depths]
    found = [each.middle for each in middles if each is not None and each.low > 0]
    if len(depths) < 2 or len(found) < len(depths):  # noqa: PLR2004
        return None
    factor = found[-1] / found[0]
    if not _fitted(depths, found)[1]:
        return Trend(None, factor)
    seeds = sorted({run.seed for run in stacks.runs})
    slopes = [_fitted(depths, _of_seed(stacks, seed, of))[0] for seed in seeds]
    return Trend(spread_of(slopes), factor)


def _of_seed(
    stacks: Stacks, seed: int, of: Callable[[StackRun], float | None]
) -> list[float]:
    runs = [run for depth in stacks.depths for run in stacks.at(depth)]
    return [value for run in runs if run.seed == seed and (value := of(run))]


def _fitted(depths: Sequence[int], values: Sequence[float]) -> tuple[float, bool]:
    """The slope of logarithms by least squares, and whether it fits each of them."""
    x = [math.log(depth) for depth in depths]
    y = [math.log(value) for value in values]
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    across = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True))
    slope = across / sum((a - mean_x) ** 2 for a in x)
    off = [b - mean_y - slope * (a - mean_x) for a, b in zip(x, y, strict=True)]
    return slope, max(map(abs, off)) <= math.log1p(_FITS)


@dataclass(frozen=True)
class Stability:
    """One block as `trace --stability` shows it: stacks of it, and of it rewired.

    `target` is what was asked for, `plan` how it was to be measured.
    """

    target: str
    path: str
    name: str
    line: int
    plan: Measure
    wirings: tuple[Wiring, ...]
    seconds: float
    naming: str = "field"

    @property
    def own(self) -> Wiring:
        """The block as it is."""
        return self.wirings[0]

    @property
    def depths(self) -> tuple[int, ...]:
        """The depths that some wiring was measured at."""
        every = {d for w in self.wirings if w.stacks for d in w.stacks.depths}
        return tuple(sorted(every))

    @property
    def failed(self) -> bool:
        """Whether nothing is known of the block as it is."""
        return self.own.stacks is None


@dataclass(frozen=True)
class StabilityReport:
    """The outcome of one `trace --stability`, in the order that was asked for."""

    targets: tuple[Stability, ...]
    files: int
    broken: tuple[Broken, ...] = ()

    @property
    def fails(self) -> bool:
        """Whether a block could not be measured, or a file could not be read."""
        return bool(self.broken) or any(target.failed for target in self.targets)
