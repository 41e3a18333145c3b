"""Frozen dataclasses as lists that JSON can hold, and back again, exactly."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache, partial
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

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
    wanted = _readers(kind)
    if not isinstance(data, list) or len(data) != len(wanted):
        raise ValueError(f"is no {kind.__name__}")
    return kind(*[read(each) for read, each in zip(wanted, data, strict=True)])


_Reads = Callable[[Any], Any]
_KNOWN: dict[object, tuple[_Reads, ...]] = {}


def _readers(kind: type[T]) -> tuple[_Reads, ...]:
    """What reads the fields of a dataclass, in order."""
    if kind not in _KNOWN:
        hints = get_type_hints(kind)
        assert is_dataclass(kind)
        _KNOWN[kind] = tuple(_reader(hints[field.name]) for field in fields(kind))
    return _KNOWN[kind]


@cache
def _reader(hint: Any) -> _Reads:  # noqa: ANN401 (a type)
    """What makes values of a type out of what stands for them."""
    if get_origin(hint) in (Union, UnionType):
        (inner,) = (each for each in get_args(hint) if each is not NoneType)
        read = _reader(inner)
        return lambda data: None if data is None else read(data)
    if get_origin(hint) is tuple:
        each_read = _reader(get_args(hint)[0])
        return lambda data: tuple([each_read(each) for each in data])
    if isinstance(hint, type) and is_dataclass(hint):
        return partial(restored, hint)
    if issubclass(hint, Enum):
        return cast(_Reads, hint)
    return partial(_checked, hint)


def _checked(kind: type[T], data: Any) -> T:  # noqa: ANN401 (whatever JSON holds)
    if not isinstance(data, kind):
        raise ValueError(f"is no {kind.__name__}")
    return data
