"""Properties that are worked out when they are first asked for, and then kept.

The standard library's `cached_property` takes a lock before Python 3.12, and puts what
it keeps into the `__dict__` of the object, which Python makes only for whoever asks for
it: then the object takes more memory, and all its attributes more time.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

T = TypeVar("T")

if TYPE_CHECKING:
    from functools import cached_property
else:

    class cached_property(Generic[T]):
        """A property that is an attribute once it was asked for."""

        def __init__(self, work_out: Callable[[object], T]) -> None:
            self._work_out = work_out
            self.__doc__ = work_out.__doc__

        def __set_name__(self, owner: type, name: str) -> None:
            self._name = name

        def __get__(self, found: object, owner: type) -> T:
            if found is None:
                return self
            value = self._work_out(found)
            _put(found, self._name, value)
            return value


_put = object.__setattr__  # that of a frozen class refuses

__all__ = ["cached_property"]
