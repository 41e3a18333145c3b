"""Values as the arguments that a graph keeps: nodes, constants, symbolic numbers."""

from dataclasses import replace
from functools import lru_cache
from math import isfinite

from blocklint.frontends.static.values import (
    Arguments,
    Instance,
    Known,
    Layer,
    RunTime,
    Sequence,
    Sizes,
    Symbol,
    Tensor,
    Value,
)
from blocklint.frozen import dataclass
from blocklint.graph import UNKNOWN, Argument, AxisSizes, Call, Dim, Several, Slice
from blocklint.regex import Regex
from blocklint.source import Place

_UNTELLING = Regex(r"\?|\(\.\.\.\)|(?<![.\w])(number|item|index|f-string)(?!\w)")


@dataclass(frozen=True)
class Called:
    """What a node calls: the arguments, and the module with what it was made with.

    `member` is the object whose weights are used, `key` the class of the project whose
    code it runs, `made` the object, whether it has weights or not, and `path` the
    dotted name of a function outside of the project.
    """

    args: Arguments
    member: Instance | Layer | None = None
    key: tuple[str, str] | None = None
    made: Instance | Layer | None = None
    path: str = ""

    @property
    def call(self) -> Call:
        """The call as a graph keeps it."""
        made = making(self.made) if self.made is not None else None
        return call_of(self.args, self.path, made)


def making(made: Instance | Layer) -> Call:
    """How a module was made; nothing is known of the class of one passed in."""
    if isinstance(made, Layer):
        path = "" if made.passed else made.path
    else:
        path = made.cls.name
    return call_of(made.args, path, place=made.made_at)


def call_of(
    args: Arguments,
    path: str = "",
    made: Call | None = None,
    place: Place | None = None,
) -> Call:
    """A call as a graph keeps it."""
    positional = tuple(map(argument, args.positional))
    names = args.named
    named = {name: argument(names[name]) for name in names} if names else {}
    return Call(positional, named, args.spread, made, path, place)


def argument(value: Value) -> Argument:
    """One argument as a graph keeps it."""
    if type(value) is Tensor:  # of a million values most are one of these four
        return value.node
    if type(value) is Known:
        return _constant(value.value)
    if type(value) is Symbol or type(value) is RunTime:
        found = number(value)
        return UNKNOWN if found is None else found
    match value:
        case Sizes(node, start, stop):
            return AxisSizes(node, start, stop)
        case Sequence(items) if not value.repeated:
            return tuple(map(argument, items))
        case Sequence([item]):
            return Several(argument(item), value.count)
    return UNKNOWN


_PLAIN = (int, float, str)


def _constant(value: object) -> Argument:
    if value is None or isinstance(value, _PLAIN):
        return value
    if isinstance(value, slice):
        return Slice(_end(value.start), _end(value.stop), _end(value.step))
    return "..." if value is ... else UNKNOWN


def _end(value: object) -> Argument:
    return value if value is None or isinstance(value, (int, Dim)) else UNKNOWN


def number(value: Value) -> Dim | None:
    """The number that a value is; None where nothing can be told, as of a flag."""
    if type(value) is RunTime:
        return value.number
    if type(value) is Symbol:
        if value.number is not None or value.reset or not value.sure:
            return value.number if value.sure else None
        is_flag = value.default is not None and isinstance(value.default.value, bool)
        return None if is_flag else _named(value.text)
    constant = value.value if type(value) is Known else None
    if type(constant) is int or type(constant) is float:  # no flag
        return Dim.of(constant) if isfinite(constant) else None
    return None


@lru_cache(10_000)
def _named(text: str) -> Dim | None:
    """The number that goes by a text, if it says which one it is."""
    return None if _UNTELLING.search(text) else Dim.of(text)


def unsure(value: Value) -> Value:
    """The same value where another may stand in its place."""
    match value:
        case Symbol():
            return replace(value, sure=False)
        case RunTime(text):
            return RunTime(text)
    return value


def inverse(value: Value) -> Value:
    """One over a number, for who multiplies by it."""
    found = number(value)
    over = found**-1 if found is not None and found.constant != 0 else None
    return RunTime("number", over)
