"""Frozen dataclasses as lists that JSON can hold, and back again, exactly."""

from dataclasses import fields, is_dataclass
from enum import Enum
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def plain(value: object) -> Any:  # noqa: ANN401 (whatever JSON holds)
    """A value made of dataclasses, enums, tuples and atoms, as lists and atoms."""
    match value:
        case Enum():
            return value.value
        case tuple():
            return [plain(each) for each in value]
        case _ if is_dataclass(value):
            return [plain(getattr(value, f.name)) for f in fields(value)]
    return value


def restored(kind: type[T], data: Any) -> T:  # noqa: ANN401 (whatever JSON holds)
    """The value of a dataclass that `plain` made such data of.

    Raises TypeError or ValueError for data of another form.
    """
    wanted = _fields(kind)
    if not isinstance(data, list) or len(data) != len(wanted):
        raise ValueError(f"is no {kind.__name__}")
    return kind(*map(_value, wanted, data))


_KNOWN: dict[object, tuple[Any, ...]] = {}


def _fields(kind: type[T]) -> tuple[Any, ...]:
    """The types of the fields of a dataclass, in order."""
    if kind not in _KNOWN:
        hints = get_type_hints(kind)
        assert is_dataclass(kind)
        _KNOWN[kind] = tuple(hints[field.name] for field in fields(kind))
    return _KNOWN[kind]


def _value(hint: Any, data: Any) -> Any:  # noqa: ANN401 (a type, and what it fits)
    if get_origin(hint) in (Union, UnionType):
        if data is None:
            return None
        (hint,) = (each for each in get_args(hint) if each is not NoneType)
    if get_origin(hint) is tuple:
        inner = get_args(hint)[0]
        return tuple(_value(inner, each) for each in data)
    if is_dataclass(hint) and isinstance(hint, type):
        return restored(hint, data)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(data)
    if not isinstance(data, hint):
        raise ValueError(f"is no {hint.__name__}")
    return data
