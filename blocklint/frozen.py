"""Dataclasses that are frozen for the type checker, and cheap at run time.

The standard library's frozen dataclasses set each field by a call, which takes three
times as long as to make a plain object, and for each class six functions are written
and compiled when it is imported. A check makes a million objects of these classes and
imports a hundred and fifty of them. mypy, which sees all code of this project, finds
an assignment to a field of a frozen one just as well. What callers of `blocklint` are
handed, findings and texts, is frozen for real.
"""

import dataclasses
from collections.abc import Callable
from reprlib import recursive_repr
from typing import TYPE_CHECKING, TypeVar

T = TypeVar("T")

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(
        cls: type[T] | None = None,
        /,
        *,
        frozen: bool = False,
        eq: bool = True,
        order: bool = False,
    ) -> type[T] | Callable[[type[T]], type[T]]:
        """A dataclass; the objects of a frozen one have a hash, and can be changed."""

        def made(cls: type[T]) -> type[T]:
            if "__repr__" not in cls.__dict__:
                cls.__repr__ = _shown
            make = dataclasses.dataclass(
                eq=eq, order=order, unsafe_hash=frozen and eq, repr=False
            )
            return make(cls)

        return made if cls is None else made(cls)


@recursive_repr()
def _shown(self: object) -> str:
    """What an object shows of itself: its fields, as any dataclass does."""
    shown = ", ".join(
        f"{field.name}={getattr(self, field.name)!r}"
        for field in dataclasses.fields(self)  # type: ignore[arg-type]
        if field.repr
    )
    return f"{type(self).__qualname__}({shown})"


__all__ = ["dataclass"]
