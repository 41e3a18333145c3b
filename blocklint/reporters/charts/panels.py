"""Which pictures a block has: each quantity over the depth, and two over the layers."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from blocklint.frontends.traced.stacks import StackRun
from blocklint.reporters.charts.looks import look_of
from blocklint.reporters.charts.panel import Panel, Series, key
from blocklint.reporters.charts.scales import (
    Scale,
    of_depths,
    of_layers,
    of_losses,
    of_powers,
)
from blocklint.reporters.charts.words import OWN, named, title_of, weight_of
from blocklint.stability import Quantity, Spread, Stability, Wiring

_DEPTH = "depth L of the stack"
_LAYER = "layer, from the input on"
KEY = 5  # what lines stand for is told after so many pictures
Of = Callable[[StackRun], Sequence[float | None]]


def panels_of(target: Stability) -> Iterator[Panel]:
    """The pictures of one block, in the order that they are told in."""
    if not target.depths:
        return
    for quantity in (Quantity.LAST, Quantity.FIRST):
        yield _over_depth(target, quantity, of_powers)
    yield from _over_layers(target)
    yield _over_depth(target, Quantity.STREAM, of_powers)
    losses = [
        value
        for quantity in (Quantity.BARE, Quantity.LOSS)
        for series in _by_depth(target, quantity)
        for value in _values([series])
    ]
    for quantity in (Quantity.BARE, Quantity.LOSS):
        yield _over_depth(target, quantity, lambda _: of_losses(losses))


def _over_depth(
    target: Stability, quantity: Quantity, scale: Callable[[Iterable[float]], Scale]
) -> Panel:
    series = _by_depth(target, quantity)
    title = title_of(quantity, weight_of(target))
    return Panel(
        title, _DEPTH, of_depths(target.depths), scale(_values(series)), series
    )


def _over_layers(target: Stability) -> Iterator[Panel]:
    """Gradients and stream inside of the deepest stack that every wiring has."""
    shared = [w.stacks.depths[-1] for w in target.wirings if w.stacks]
    depth = min(shared)
    for title, of in _LAYERS:
        series = tuple(
            _series(target, wiring, enumerate(wiring.by_layer(depth, of), start=1))
            for wiring in target.wirings
            if wiring.stacks
        )
        up = of_powers(_values(series))
        yield Panel(f"{title}, L = {depth}", _LAYER, of_layers(depth), up, series)


_LAYERS: tuple[tuple[str, Of], ...] = (
    ("gradient of all weights of a layer", lambda run: run.gradients),
    ("mean square of the stream after each layer", lambda run: run.stream),
)


def _by_depth(target: Stability, quantity: Quantity) -> tuple[Series, ...]:
    return tuple(
        _series(
            target, wiring, ((d, wiring.spread(quantity, d)) for d in target.depths)
        )
        for wiring in target.wirings
        if wiring.stacks
    )


def key_of(target: Stability) -> Iterator[str]:
    """The elements of a picture that says what its neighbours' lines stand for."""
    return key(
        [
            (_name(each, target), each.formula, look_of(each.placement), each.own)
            for each in target.wirings
            if each.stacks
        ]
    )


def _name(wiring: Wiring, target: Stability) -> str:
    name = named(wiring, target)
    return f"{name}, {OWN}" if wiring.own else name


def _series(
    target: Stability, wiring: Wiring, points: Iterable[tuple[float, Spread | None]]
) -> Series:
    return Series(
        _name(wiring, target), look_of(wiring.placement), tuple(points), bold=wiring.own
    )


def _values(series: Sequence[Series]) -> list[float]:
    return [
        value
        for each in series
        for _, spread in each.known
        for value in (spread.low, spread.high)
    ]
