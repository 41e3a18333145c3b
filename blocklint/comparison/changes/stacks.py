"""The norm between a stack of blocks and what reads it."""

from collections.abc import Iterator

from blocklint.comparison.both import Both
from blocklint.comparison.change import Change


def find(both: Both) -> Iterator[Change]:
    """A final norm that is gone, or new."""
    old, new = both.old.final, both.new.final
    if len(old) == len(new):
        return
    if len(new) < len(old):
        place = both.old_place(old[-1])
        message = "the stack's final norm is gone"
        yield Change("final-norm", message, place, None, "N(stack(x))", "stack(x)")
    else:
        place = both.new_place(new[-1])
        message = "a final norm follows the stack now"
        yield Change("final-norm", message, None, place, "stack(x)", "N(stack(x))")
