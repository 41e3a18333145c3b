"""A bar on the standard error, for somebody who waits at a terminal."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, TypeVar

import click

from blocklint.frozen import dataclass

if TYPE_CHECKING:
    from blocklint.engine import Watch

T = TypeVar("T")


@dataclass(frozen=True)
class Bar:
    """Hands on items, and shows how far that is once it took too long; in seconds."""

    patience: float = 1.0
    clock: Callable[[], float] = time.monotonic

    def __call__(self, items: Iterable[T], total: int) -> Iterator[T]:
        """The items as they are; the bar comes between two of them."""
        begun = self.clock()
        bar = None
        with ExitStack() as shown:
            for done, item in enumerate(items):
                if bar is not None:
                    bar.update(1)
                elif self.clock() - begun >= self.patience:
                    fresh = click.progressbar(length=total, file=sys.stderr)
                    bar = shown.enter_context(fresh)
                    bar.update(done)
                yield item
            if bar is not None:
                bar.update(1)


def watch_of(wanted: bool) -> "Watch":
    """A bar, if it is wanted and the standard error is a terminal."""
    from blocklint.engine.watch import unwatched

    # A standard error that was closed before we began is none at all.
    waits = wanted and sys.stderr is not None and sys.stderr.isatty()
    return Bar() if waits else unwatched
