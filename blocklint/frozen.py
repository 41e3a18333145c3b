"""Dataclasses that are frozen for the type checker, and cheap at run time.

The standard library's frozen dataclasses set each field by a call, which takes three
times as long as to make a plain object, and for each class six functions are written
and compiled when it is imported. A check makes a million objects of these classes and
imports two hundred of them, of which it makes objects of a third, and compares few.
So here a function is written when it is first called. mypy, which sees all code of this
project, finds an assignment to a field of a frozen one just as well. What callers of
`blocklint` are handed, findings and texts, is `sealed`: it is frozen for real.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, Never, TypeVar

T = TypeVar("T")

if TYPE_CHECKING:
    from dataclasses import dataclass, dataclass as sealed
else:

    def dataclass(
        cls: type[T] | None = None,
        /,
        *,
        frozen: bool = False,
        eq: bool = True,
        order: bool = False,
        slots: bool = False,
    ) -> type[T] | Callable[[type[T]], type[T]]:
        """A dataclass; the objects of a frozen one have a hash, and can be changed.

        With `slots` they take less memory, and less time to be made and to be read: its
        bases must have them too. The class takes twice as long to be made.
        """

        def made(cls: type[T]) -> type[T]:
            cls = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots)(
                cls
            )
            written = ["__init__", *(["__eq__"] if eq else [])]
            written += ["__hash__"] if eq and frozen else []
            written += _ORDERS if order else []
            own = cls.__dict__
            for name in written:
                if name not in own:
                    _write_later(cls, name)
            if "__repr__" not in own:
                cls.__repr__ = _shown
            if eq and not frozen:
                cls.__hash__ = None
            return cls

        return made if cls is None else made(cls)

    def sealed(
        *, frozen: bool, eq: bool = True, order: bool = False
    ) -> Callable[[type[T]], type[T]]:
        """A frozen dataclass, whose objects cannot be changed."""

        def made(cls: type[T]) -> type[T]:
            cls.__setattr__, cls.__delattr__ = _refuse_to_set, _refuse_to_delete
            return dataclass(cls, frozen=frozen, eq=eq, order=order)

        return made


def _write_later(cls: type, name: str) -> None:
    """Give a class a method that puts another in its own place when it is called."""

    def first(self: object, *given: object, **named: object) -> object:
        known: dict[str, Any] = {}
        exec(_text(cls, name, known), known)
        method = known[name]
        method.__qualname__ = f"{cls.__qualname__}.{name}"
        method.__module__ = cls.__module__
        setattr(cls, name, method)
        return method(self, *given, **named)

    setattr(cls, name, first)


_ORDERS = {"__lt__": "<", "__le__": "<=", "__gt__": ">", "__ge__": ">="}


def _text(cls: type, name: str, known: dict[str, Any]) -> str:
    """A method as it is written; `known` is given what it is to know by name."""
    if name == "__init__":
        return _init(cls, known)
    if name == "__hash__":
        return f"def __hash__(self):\n    return hash({_values(cls, 'self')})"
    sign = _ORDERS.get(name, "==")
    return (
        f"def {name}(self, other):\n"
        "    if other.__class__ is self.__class__:\n"
        f"        return {_values(cls, 'self')} {sign} {_values(cls, 'other')}\n"
        "    return NotImplemented"
    )


def _init(cls: type, known: dict[str, Any]) -> str:
    is_open = cls.__setattr__ is object.__setattr__  # type: ignore[comparison-overlap]
    known |= {"_put": object.__setattr__, "_missing": MISSING}
    given, lines = ["self"], []
    for field in dataclasses.fields(cls):
        value = name = field.name
        if field.default_factory is not MISSING:
            known[f"_new_{name}"] = field.default_factory
            value = f"_new_{name}()"
            if field.init:
                given.append(f"{name}=_missing")
                value += f" if {name} is _missing else {name}"
        elif not field.init:
            continue  # It is set elsewhere, or it is that of the class.
        elif field.default is not MISSING:
            known[f"_default_{name}"] = field.default
            given.append(f"{name}=_default_{name}")
        else:
            given.append(name)
        put = f"self.{name} = {value}" if is_open else f"_put(self, {name!r}, {value})"
        lines.append(f"    {put}\n")
    if hasattr(cls, "__post_init__"):
        lines.append("    self.__post_init__()\n")
    return f"def __init__({', '.join(given)}):\n{''.join(lines) or '    pass'}"


def _values(cls: type, of: str) -> str:
    """A tuple of the fields by which objects are compared."""
    names = [field.name for field in dataclasses.fields(cls) if field.compare]
    return f"({''.join(f'{of}.{name},' for name in names)})"


def _refuse_to_set(self: object, name: str, value: object) -> Never:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: object, name: str) -> Never:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


@recursive_repr()
def _shown(self: object) -> str:
    """What an object shows of itself: its fields, as any dataclass does."""
    shown = ", ".join(
        f"{field.name}={getattr(self, field.name)!r}"
        for field in dataclasses.fields(self)  # type: ignore[arg-type]
        if field.repr
    )
    return f"{type(self).__qualname__}({shown})"


__all__ = ["dataclass", "sealed"]
