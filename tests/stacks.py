"""Stacks as data: what a worker would have measured, made up by a rule."""

from collections.abc import Mapping

from blocklint.frontends.traced.stacks import LeftOut, StackRun, Stacks

DEPTHS = (2, 6, 12)
SEEDS = 3

# The power that the last gradient goes with; what one layer adds to the stream.
RULES: Mapping[str, tuple[float, float]] = {
    "post": (0.0, 0.0),
    "pre": (-0.5, 1.0),
    "output": (-0.5, 2.0),
    "peri": (-0.5, 2.0),
}


def stacks_of(placement: str, depths: tuple[int, ...] = DEPTHS) -> Stacks:
    """Stacks of a wiring, in which the seeds differ by a tenth."""
    runs = tuple(_run(placement, d, s) for d in depths for s in range(SEEDS))
    left_out = tuple(LeftOut(d, "no time") for d in DEPTHS if d not in depths)
    return Stacks(
        how="Block()",
        weight="mlp.2.weight",
        zeroed=(),
        sizes={"batch": 8, "seq": 32, "width": 64},
        weights=33_000,
        words=1000,
        runs=runs,
        left_out=left_out,
    )


def _run(placement: str, depth: int, seed: int) -> StackRun:
    power, added = RULES[placement]
    noise = 1 + 0.1 * (seed - 1)
    stream = tuple(1 + added * noise * layer for layer in range(1, depth + 1))
    explodes = placement == "output"
    return StackRun(
        depth=depth,
        seed=seed,
        last=noise * 0.5 * depth**power,
        first=noise * (2.0**depth if explodes else 0.5),
        gradients=tuple(noise * 0.7 for _ in stream),
        stream=stream,
        loss=7.1 * noise,
        bare=None if explodes and depth > 6 else 7.1 + 0.1 * stream[-1],
    )
