"""The widths of a block's sub-layers, as read, beside those that ran."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tracing import Rung, rungs_of

from blocklint.analysis import Block
from blocklint.analysis.agreement import agreement
from blocklint.analysis.sublayers import InnerCall, ends_of
from blocklint.frontends.traced import worker
from blocklint.frontends.traced.calls import (
    InnerCall as RecordedCall,
    Recorded,
    inner_calls,
)
from blocklint.frontends.traced.record import Record
from blocklint.graph import Dim
from blocklint.graph.dims import Atom

Compared = tuple[str, str, int | float, set[int]]  # call, end, as read, as run


def compared_widths(block: Block, names: dict[str, Any]) -> list[Compared]:
    """Each width that the code tells, in numbers, and what the run showed there.

    Nothing for a block that cannot be made or called without configuration.
    """
    try:
        rung = next(iter(list(rungs_of(block, names))), None)
    except worker.NotFound:
        return []
    return list(_compared(block, rung)) if rung is not None else []


def _compared(block: Block, rung: Rung) -> Iterator[Compared]:
    _, variant = agreement(block, rung.wiring)
    ends = {call: ends for call, *ends in ends_of(variant)}
    for call, recorded in _same(list(ends), rung.record):
        ran = [_ran(each, rung.record) for each in recorded]
        for end, node in enumerate(ends[call]):
            last = variant.shapes.of(node).at(-1)
            width = _number(last, rung.sizes) if last is not None else None
            if width is not None and ran:
                found = set[int]().union(*(widths[end] for widths in ran))
                yield call.name, ("input", "output")[end], width, found


def _number(size: Dim, sizes: Mapping[str, int]) -> float | None:
    """A size with the settings that the run had; None where one is not known."""
    known: dict[Atom, Dim] = {
        atom: Dim.of(sizes[name])
        for atom in size.atoms
        if isinstance(atom, str) and (name := atom.rpartition(".")[2]) in sizes
    }
    written = size.replaced(known)
    constant = written.constant if written is not None else None
    return float(constant) if constant is not None else None


def _same(
    calls: Sequence[InnerCall], record: Record
) -> Iterator[tuple[InnerCall, list[RecordedCall]]]:
    """The recorded calls that a call in the code stands for: on its line, by its name.

    What a loop took from a list has another name there: then the order on the line
    tells, if as many modules were called as the code shows.
    """
    rows: dict[int | None, dict[str, list[RecordedCall]]] = {}
    for each in inner_calls(record):
        made = record.calls[each.index]
        module = record.modules[made.module]
        row = re.sub(r"\d+", "*", module.path) if module.is_item else module.path
        rows.setdefault(made.line, {}).setdefault(row, []).append(each)
    for call in calls:
        line = call.place.span.line if call.place is not None else None
        beside = [c for c in calls if c.place and c.place.span.line == line]
        found = rows.get(line, {})
        named = [row for row in found if call.name in row.split(".")]
        if not named and len(found) == len(beside):
            named = [list(found)[beside.index(call)]]
        yield call, [each for row in named for each in found[row]]


def _ran(each: RecordedCall, record: Record) -> tuple[set[int], set[int]]:
    """The widths of what a recorded call was given, and of what it gave back.

    A module may read something else before its first argument: each of the values that
    it was given may be that one.
    """
    given = [record.nodes[i].shape for i in Recorded(record).given(each.index)]
    taken = record.nodes[each.taken].shape if each.taken is not None else None
    return {s[-1] for s in given if s}, {s[-1] for s in (taken,) if s}
