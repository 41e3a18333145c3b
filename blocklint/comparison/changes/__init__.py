"""The kinds of change, one file each: `find` yields those between two wirings."""

from collections.abc import Callable, Iterator

from blocklint.comparison.both import Both
from blocklint.comparison.change import Change
from blocklint.comparison.changes import (
    attention,
    calls,
    dropout,
    norms,
    outputs,
    parameters,
    placement,
    scaling,
    sharing,
    sites,
    stacks,
    streams,
    sublayers,
    widths,
)

Find = Callable[[Both], Iterator[Change]]

FINDERS: tuple[Find, ...] = (
    sites.find,
    placement.find,
    streams.find,
    norms.find,
    stacks.find,
    scaling.find,
    dropout.find,
    attention.find,
    sublayers.find,
    calls.find,
    widths.find,
    parameters.find,
    sharing.find,
    outputs.find,
)
