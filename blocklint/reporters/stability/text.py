"""What stacks of a block showed, for a person at a terminal: a table a quantity."""

from collections.abc import Iterator, Sequence
from textwrap import wrap

from blocklint.reporters.charts.words import (
    KNOWN,
    UNKNOWN,
    cells_of,
    left_out,
    named,
    setting_of,
    state_of,
    title_of,
    trend_text,
    weight_of,
)
from blocklint.stability import Quantity, Stability, StabilityReport

_WIDE = 86
_TAIL = 20  # lines of what a failed run printed


def render(report: StabilityReport) -> str:
    """Each block with its tables; then what is known of such numbers, and what not."""
    pages = ["".join(_lines(target)) for target in report.targets]
    if any(not target.failed for target in report.targets):
        pages.append("".join(_notes()))
    return "\n".join(pages)


def _notes() -> Iterator[str]:
    for title, text in (("What is known", KNOWN), ("What is not", UNKNOWN)):
        yield f"{title}\n"
        yield from (f"{line}\n" for line in _wrapped(text, "  "))


def _lines(target: Stability) -> Iterator[str]:
    for line in _target(target):
        yield "".join(c if c.isprintable() else "?" for c in line) + "\n"


def _target(target: Stability) -> Iterator[str]:
    status = "failed" if target.failed else "measured"
    yield f"{target.target}  {status} in {target.seconds:.1f} s"
    for line in setting_of(target):
        yield from _wrapped(line, "  ", "    ")
    wide = max(len(named(each, target)) for each in target.wirings)
    for wiring in target.wirings:
        name = f"{named(wiring, target):<{wide}}"
        yield f"    {name}  {wiring.formula:<18}  {state_of(wiring)}"
        if wiring.output.strip():
            for line in wiring.output.rstrip().splitlines()[-_TAIL:]:
                yield f"      | {line}"
    if not target.failed:
        for quantity in Quantity:
            yield f"  {title_of(quantity, weight_of(target))}"
            yield from _table(target, quantity)
    for line in left_out(target):
        yield from _wrapped(f"left out: {line}", "  ", "    ")


def _wrapped(text: str, first: str, rest: str | None = None) -> list[str]:
    rest = first if rest is None else rest
    return wrap(
        text,
        _WIDE,
        initial_indent=first,
        subsequent_indent=rest,
        break_on_hyphens=False,
    )


def _table(target: Stability, quantity: Quantity) -> Iterator[str]:
    """A row a wiring, a column a depth, and how it goes with the depth."""
    depths = target.depths
    last = "" if quantity.is_loss or len(depths) == 1 else "with the depth"
    rows = [["", *(f"L = {depth}" for depth in depths), last]]
    for wiring in target.wirings:
        if wiring.stacks is not None:
            cells = cells_of(target, wiring, quantity)
            trend = trend_text(wiring.trend(quantity))
            rows.append([named(wiring, target), *cells, trend])
    yield from _aligned(rows)


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    wide = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (f"{cell:<{width}}" for cell, width in zip(row, wide, strict=True))
        yield f"    {'  '.join(cells)}".rstrip()
