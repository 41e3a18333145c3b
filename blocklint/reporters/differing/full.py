"""For a person: every class whose wiring changed, with what changed and where."""

from collections.abc import Iterator

from blocklint.comparison import Change, Comparison, Status
from blocklint.comparison.change import Place, Ran
from blocklint.difference import Difference
from blocklint.rule import Severity
from blocklint.terminal import BOLD, PLAIN, QUIET, STYLES, Terminal, printable

_SAME = "No change in wiring.\n"
_STYLES = {
    Status.CHANGED: STYLES[Severity.WARNING],
    Status.ADDED: STYLES[Severity.NOTE],
    Status.REMOVED: STYLES[Severity.NOTE],
    Status.UNKNOWN: STYLES[Severity.WARNING],
    Status.SAME: QUIET,
}


def render(difference: Difference, terminal: Terminal = PLAIN) -> str:
    """One paragraph a class; then, if asked for, what the changes can do."""
    told = ["".join(_block(block, terminal)) for block in difference.told]
    if not told:
        return _SAME
    if difference.explained and difference.effects():
        told.append("".join(_effects(difference, terminal)))
    return "\n".join(told)


def _block(block: Comparison, terminal: Terminal) -> Iterator[str]:
    name = terminal.painted(printable(block.name), BOLD)
    was = f" (was {printable(block.was)})" if block.was != block.name else ""
    status = terminal.painted(block.status.value, _STYLES[block.status])
    yield f"{name}{was}  {status}  {between(block.old, block.new)}\n"
    if block.reason:
        yield f"  {printable(block.reason)}\n"
    for change in block.changes:
        yield f"  {printable(change.message)}  [{change.kind}]\n"
        yield f"    {between(change.old, change.new)}\n"
    if block.ran is not None:
        yield f"  {printable(ran_text(block.ran))}\n"


def between(old: Place | None, new: Place | None) -> str:
    """Both places; one, where there is only that, or both are the same."""
    shown = [f"{printable(p.path)}:{p.line}" for p in (old, new) if p is not None]
    return " -> ".join(dict.fromkeys(shown))


def ran_text(ran: Ran) -> str:
    """What came of running both versions, in a line."""
    if ran.reason:
        return f"not run beside each other: {ran.reason}"
    if not ran.largest:
        return f"run with the same weights ({ran.weights}): the same outputs"
    place = f", first at {ran.parts_at}" if ran.parts_at else ""
    return (
        f"run with the same weights ({ran.weights}): outputs differ by up to"
        f" {ran.largest:.3g} (they reach {ran.scale:.3g}){place}"
    )


def _effects(difference: Difference, terminal: Terminal) -> Iterator[str]:
    yield f"{terminal.painted('What the changes can do to training', BOLD)}\n"
    for number, (block, change, effect) in enumerate(difference.effects(), 1):
        yield f"  {number}. {printable(block.name)}: {printable(change.message)}\n"
        yield from _formulas(change)
        yield f"     {effect.reason}\n"
        if effect.rule:
            yield f"     blocklint rule {effect.rule}\n"


def _formulas(change: Change) -> Iterator[str]:
    if change.before or change.after:
        yield f"     before: {printable(change.before or '-')}\n"
        yield f"     after:  {printable(change.after or '-')}\n"
