"""Rows whose items take long to work out, and that are often asked for again."""

from collections.abc import Iterable, Iterator
from itertools import count
from typing import Generic, TypeVar

T = TypeVar("T")


class Replayed(Generic[T]):
    """A row that is worked out as far as it is asked for, and only once."""

    def __init__(self, items: Iterable[T]) -> None:
        self._rest = iter(items)
        self._known: list[T] = []

    def __iter__(self) -> Iterator[T]:
        for at in count():
            if at == len(self._known):
                for item in self._rest:
                    self._known.append(item)
                    break
                else:
                    return
            yield self._known[at]
