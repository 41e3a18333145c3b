"""Enumerations whose members are found as fast as any attribute of a class.

Up to Python 3.11, a class made by `enum` calls a function for what it does not have,
and so Python takes the long way for each member of it: five times as long. A check
looks up some millions of them.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from enum import Enum as Kinds
else:

    class _Listing(type):
        """What makes a member of each text that the body of a class gives a name."""

        def __init__(cls, name: str, bases: tuple[type, ...], body: dict) -> None:
            super().__init__(name, bases, body)
            cls._by_value = {}
            for key, value in body.items():
                if isinstance(value, str) and not key.startswith("__"):
                    member = cls._by_value[value] = cls.__new__(cls)
                    member.name, member.value = key, value
                    setattr(cls, key, member)

        def __iter__(cls) -> "Iterator[Kinds]":
            return iter(cls._by_value.values())

        def __call__(cls, value: str) -> "Kinds":
            if value not in cls._by_value:
                raise ValueError(f"{value!r} is no {cls.__qualname__}")
            return cls._by_value[value]

    class Kinds(metaclass=_Listing):
        """What `Enum` is, for members that are texts; each is one object."""

        def __repr__(self) -> str:
            return f"{type(self).__qualname__}.{self.name}"

        def __reduce__(self) -> tuple[type, tuple[str]]:
            return type(self), (self.value,)


__all__ = ["Kinds"]
