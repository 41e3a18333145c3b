"""Room for deep calls: Python keeps the frames of calls in pieces of 16 KB.

At the end of each piece it asks the system for the next one, and gives that back when
the call returns. Code that is followed calls deeply and returns all the time, so that
is done hundreds of times for each file. One frame that is said to be large makes a
piece with room for all that are called from it.
"""

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_LARGE = 1 << 16  # values; the piece for such a frame is 1 MB, half of which is left


def with_room(run: Callable[[], T]) -> T:
    """What a function returns that calls deeply."""
    return run()


with_room.__code__ = with_room.__code__.replace(co_stacksize=_LARGE)
