"""What is said beside the numbers of stacks, whatever the form of the report."""

import math
from collections.abc import Iterator

from blocklint.analysis import Placement
from blocklint.reporters.inspection.text import name_of
from blocklint.stability import Quantity, Spread, Stability, Trend, Wiring

OWN = "as it is"

KNOWN = (
    "Xiong et al. 2020 (arXiv 2002.04745) bound the gradient of the last FFN weight "
    "before any training: for post-norm the bound is the same at every depth L, for "
    "pre-norm it falls as 1/sqrt(L). They hold that this is why post-norm needs a "
    "warm-up of the learning rate. The bound is for weights that begin as with "
    "`--init theory`, and for that weight alone."
)
UNKNOWN = (
    "Nothing was trained here, and none of these numbers says how training goes. Liu "
    "et al. 2020 (arXiv 2004.08249) find that unbalanced gradients are not the root "
    "cause of unstable training; they name a heavy dependency on the residual branches,"
    " which amplifies small changes of the weights. Peri-LN (arXiv 2502.02732) is about"
    " large models while they are trained, which a stack before its first step cannot "
    "show. And a model may start its weights in another way than its blocks do, scale "
    "them by depth, or have layers that differ."
)


def title_of(quantity: Quantity, weight: str) -> str:
    """A quantity in words; `weight` is the one whose gradient is looked at."""
    match quantity:
        case Quantity.LAST:
            return f"gradient of {weight} in the last layer"
        case Quantity.FIRST:
            return f"gradient of {weight} in the first layer"
        case Quantity.STREAM:
            return "mean square of the stream after the last layer"
        case Quantity.LOSS:
            return "initial loss with a final norm"
        case Quantity.BARE:
            return "initial loss without a final norm"


def weight_of(target: Stability) -> str:
    """The weight whose gradient is looked at."""
    return target.own.stacks.weight if target.own.stacks else "the last weight"


def start_of(target: Stability) -> str:
    """How the weights begin."""
    name, _, deviation = target.plan.init.partition(":")
    stacks = target.own.stacks
    zeroed = ", ".join(stacks.zeroed) if stacks else ""
    match name:
        case "own":
            return "weights as the block makes them"
        case "xavier":
            return "matrices as Xavier draws them, biases zero"
        case "normal":
            return f"matrices of N(0, {deviation}^2), biases zero"
    found = f"{zeroed} zero" if zeroed else "no queries and keys were found"
    return f"matrices as Xavier draws them, biases zero; {found}"


def setting_of(target: Stability) -> Iterator[str]:
    """How it was measured, one thing a line."""
    stacks = target.own.stacks
    if stacks is None:
        return
    yield f"called as {stacks.how}; {stacks.weights:,} numbers are its weights"
    yield f"{start_of(target)} (--init {target.plan.init})"
    sizes = stacks.sizes
    seeds = target.plan.seeds
    yield (
        f"{seeds} seed{'s' if seeds > 1 else ''}; {sizes['batch']} sequences of "
        f"{sizes['seq']} random tokens out of {stacks.words}, width {sizes['width']}; "
        f"ln {stacks.words} = {math.log(stacks.words):.2f}"
    )
    yield (
        "embedding of N(0, 1), head as Xavier draws it, final norm without weights; "
        "gradients of the loss with it"
    )


def left_out(target: Stability) -> Iterator[str]:
    """What was asked for and not measured, and why."""
    for wiring in target.wirings:
        for each in wiring.stacks.left_out if wiring.stacks else ():
            yield f"depth {each.depth} of {wiring.placement}: {each.reason}"


def state_of(wiring: Wiring) -> str:
    """Whether a wiring is the block's own, or why it was not measured."""
    if wiring.reason is not None:
        return f"not measured: {wiring.reason}"
    return OWN if wiring.own else "rewired"


def named(wiring: Wiring, target: Stability) -> str:
    """A placement's name, as the project wants it."""
    known = {each.value: each for each in Placement}
    placement = known.get(wiring.placement)
    return wiring.placement if placement is None else name_of(placement, target.naming)


def number(value: float) -> str:
    """A number with three digits that mean something."""
    if value and not 1e-3 <= abs(value) < 1e6:  # noqa: PLR2004
        return f"{value:.1e}"
    if abs(value) >= 100:  # noqa: PLR2004
        return f"{value:,.0f}"
    return f"{value:#.3g}"


def spread_text(spread: Spread | None) -> str:
    """The median of the seeds, and half of their range as a share of it."""
    if spread is None:
        return "overflow"
    return f"{number(spread.middle)} ±{spread.share:.0%}"


def cells_of(target: Stability, wiring: Wiring, quantity: Quantity) -> Iterator[str]:
    """A row of a table: a quantity at each depth; a dash where it was not measured."""
    measured = wiring.stacks.depths if wiring.stacks else ()
    for depth in target.depths:
        known = depth in measured
        yield spread_text(wiring.spread(quantity, depth)) if known else "-"


def trend_text(trend: Trend | None) -> str:
    """How a number goes with the depth L; as a mere factor where it is no power."""
    match trend:
        case None:
            return ""
        case Trend(power=None):
            return f"x {number(trend.factor)}"
        case Trend(power=Spread() as power):
            half = (power.high - power.low) / 2
            return f"L^{power.middle:.2f} ±{half:.2f}"
    return ""
