"""Which blocks a model calls."""

from collections.abc import Iterator

from blocklint.comparison.both import Both
from blocklint.comparison.change import Change


def find(both: Both) -> Iterator[Change]:
    """Calls of another block; one that has only got another name is the same one."""
    for part in both.parts:
        for one, two, i, j in both.steps(part):
            before, after = one.callee, two.callee
            if before == after or not before or not after:
                continue
            if before in both.new_names or after in both.old_names:
                message = f"{after} is called in place of {before}"
                yield part.change("block", message, i, j, before, after)
