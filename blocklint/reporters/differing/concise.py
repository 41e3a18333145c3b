"""One line a change, in the form that editors and `grep` understand."""

from collections.abc import Iterator

from blocklint.comparison import Comparison
from blocklint.difference import Difference
from blocklint.terminal import BOLD, PLAIN, Terminal, printable


def render(difference: Difference, terminal: Terminal = PLAIN) -> str:
    """`path:line: class: kind: message`, at the new place where there is one."""
    return "".join(
        line for block in difference.told for line in _lines(block, terminal)
    )


def _lines(block: Comparison, terminal: Terminal) -> Iterator[str]:
    if not block.changes:
        reason = f": {block.reason}" if block.reason else ""
        yield _line(block, f"{block.status.value}{reason}", block, terminal)
    for change in block.changes:
        message = f"{change.kind}: {change.message}"
        yield _line(block, message, change, terminal)


def _line(block: Comparison, message: str, at: object, terminal: Terminal) -> str:
    place = getattr(at, "new", None) or block.new or block.old
    assert place is not None, "a class stands in one of the versions"
    home = terminal.painted(printable(place.path), BOLD)
    return f"{home}:{place.line}: {printable(block.name)}: {printable(message)}\n"
