"""How somebody who waits may see that work goes on; nothing here prints."""

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

T = TypeVar("T")


class Watch(Protocol):
    """Hands on items one by one, and knows how many there will be."""

    def __call__(self, items: Iterable[T], total: int) -> Iterable[T]: ...


def unwatched(items: Iterable[T], total: int) -> Iterator[T]:
    """Hands on the items, and nobody looks."""
    return iter(items)
