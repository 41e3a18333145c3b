"""Lists and dicts: their methods, their elements."""

from dataclasses import replace

from blocklint import cst
from blocklint.frontends.static import sharing
from blocklint.frontends.static.arguments import number
from blocklint.frontends.static.blurring import are_alike, blurred, is_module
from blocklint.frontends.static.machine import Frame, Machine
from blocklint.frontends.static.operators import text
from blocklint.frontends.static.values import (
    TEXT_METHODS,
    Arguments,
    Instance,
    Known,
    Layer,
    Mapping,
    Reasons,
    RunTime,
    Sequence,
    Sizes,
    Symbol,
    Tensor,
    Value,
)

_OFF_AN_END = frozenset([(1, None, None), (None, -1, None), (0, -1, None)])
_OFF_BOTH_ENDS = (1, -1, None)
_ENDS = ("startswith", "endswith")
_OF_MODULES = frozenset(["to", "cuda", "float", "half", "eval", "train"])


def method(
    m: Machine,
    owner: Value,
    name: str,
    args: Arguments,
    syntax: cst.CSTNode,
    frame: Frame,
) -> Value:
    """A method of a list, a dict or a constant."""
    match owner:
        case Sequence():
            return _list_method(m, owner, name, args, syntax, frame)
        case Mapping():
            return _dict_method(owner, name, args, frame)
        case Known(str() as whole, why) if name in TEXT_METHODS:
            return _text_method(whole, why, name, args, frame)
        case Symbol(said, Known(str() as whole, why)) if name in TEXT_METHODS:
            found = _text_method(whole, why, name, args, frame)
            default = found if isinstance(found, Known) else None
            given = ", ".join(map(text, args.positional))
            return Symbol(f"{said}.{name}({given})", default)
        case Symbol(said) if name in _ENDS:
            # Most texts end in another way; which one this is, nobody knows.
            given = ", ".join(map(text, args.positional))
            return Symbol(f"{said}.{name}({given})", Known(False))
    return frame.unknown(name)


def _text_method(
    whole: str, why: Reasons, name: str, args: Arguments, frame: Frame
) -> Value:
    given = [each.value for each in args.positional if isinstance(each, Known)]
    texts = [each for each in given if isinstance(each, str)]
    if args.spread or args.named or len(texts) < len(args.positional):
        return frame.unknown(name)
    try:
        return Known(getattr(whole, name)(*texts), why)
    except TypeError:  # the wrong number of arguments: not ours to tell
        return frame.unknown(name)


def _list_method(
    m: Machine,
    owner: Sequence,
    name: str,
    args: Arguments,
    syntax: cst.CSTNode,
    frame: Frame,
) -> Value:
    added: list[Value] = []
    match name, args.positional:
        case "append", (value, *_):
            added = [value]
        case ("extend", (Sequence(items) as more, *_)):
            added = list(items)
            owner.repeated = owner.repeated or more.repeated
        case "insert", (Known(0), value):
            owner.items.insert(0, value)
        case (("add_module" | "insert"), (_, value)):
            added = [value]
        case "pop", _ if owner.items:
            return _popped(m, owner, args, frame)
        case "reverse", ():
            owner.items.reverse()
        case _, _ if name in _OF_MODULES and owner.kind in ("sequential", "modules"):
            return owner
    owner.items.extend(added)
    owner.count = None if added else owner.count
    if frame.before is not None:
        for value in added:
            sharing.listed(m, value, *frame.before, syntax, frame)
    if added and frame.repeating:
        owner.repeated = True
    return Known(None)


def changed(owner: Sequence, key: object, value: Value, frame: Frame) -> None:
    """`owner[key] = value`; any item may be the one if the key is not known."""
    match key, value:
        case Known(int() as index), _ if not owner.repeated and (
            -len(owner.items) <= index < len(owner.items) and _is_at(owner, index)
        ):
            owner.items[index] = value
        case slice(start=(None | int()), stop=(None | int()), step=None), Sequence(
            items, repeated=False
        ) if not owner.repeated and _is_at(owner, len(owner.items) - 1):
            owner.items[key] = items
        case _ if not any(map(is_module, owner.items)):
            owner.items[:] = [*owner.items, frame.unknown("item")]
            owner.repeated, owner.count = True, None


def _is_at(owner: Sequence, index: int) -> bool:
    """Whether an item is where it stands: no sizes, however many, are before it."""
    before = owner.items[: index + 1] if index >= 0 else owner.items[index:]
    return not any(isinstance(item, Sizes) for item in before)


def _popped(m: Machine, owner: Sequence, args: Arguments, frame: Frame) -> Value:
    """What `pop` takes off; any item where it is not known how many are left."""
    key = args.positional[0] if args.positional else Known(-1)
    settled = not (owner.repeated or frame.repeating or m.guards)
    match key:
        case Known(int() as index) if settled:
            if -len(owner.items) <= index < len(owner.items):
                return owner.items.pop(index)
            return frame.unknown("item")
    owner.repeated, owner.count = True, None
    return _any_of(m, owner, None, frame)


def _dict_method(owner: Mapping, name: str, args: Arguments, frame: Frame) -> Value:
    match name, args.positional:
        case (("get" | "pop"), (Known(key), *rest)):
            default = rest[0] if rest else Known(None)
            if key in owner.items:
                return owner.items[key]
            if owner.open and owner.kind == "kwargs" and frame.building:
                told = default if isinstance(default, Known) and rest else None
                return Symbol(str(key), told)  # a setting of whoever is made with it
            return frame.unknown(f"[{key!r}]") if owner.open else default
        case "values", _:
            return Sequence(list(owner.items.values()), owner.open)
        case "keys", _:
            return Sequence([Known(key) for key in owner.items], owner.open)
        case "items", _:
            pairs: list[Value] = [
                Sequence([Known(key), value], False, "tuple")
                for key, value in owner.items.items()
            ]
            return Sequence(pairs, owner.open)
        case "copy", _:
            return Mapping(dict(owner.items), owner.kind, owner.open)
        case "update", (Mapping(items) as more, *_):
            owner.items.update(items)
            owner.open = owner.open or more.open
        case "update", _:
            owner.items.update(args.named)
        case "setdefault", (Known(key), value):
            return owner.items.setdefault(key, value)
    return Known(None) if name == "update" else frame.unknown(name)


def item(
    m: Machine, owner: Value, key: object, syntax: cst.CSTNode, frame: Frame
) -> Value:
    """`owner[key]` of a list or a dict; any item if the key is not known."""
    match owner, key:
        case Sequence(items), slice():
            return _sliced(m, owner, key, frame)
        case Sequence(items, repeated=False), Known(int() as index) if (
            -len(items) <= index < len(items)
        ):
            return items[index] if _is_at(owner, index) else RunTime("item")
        case Sequence(items), _ if items:
            return _any_of(m, owner, key, frame)
        case Mapping(entries), Known(constant) if constant in entries:
            return entries[constant]
        case Mapping(entries), Symbol() if entries:
            return next(iter(entries.values()))
        case Mapping(entries), _ if entries and owner.open:
            return next(iter(entries.values()))
    return frame.unknown("item")


def _sliced(m: Machine, owner: Sequence, key: slice, frame: Frame) -> Value:
    ends = (key.start, key.stop, key.step)
    whole = all(e is None or isinstance(e, int) for e in ends)
    if whole and (not owner.repeated or _is_off_an_end(owner, key)):
        return Sequence(owner.items[key], owner.repeated, owner.kind)
    items = list(owner.items)
    tensors = len(items) > 1 and all(isinstance(each, Tensor) for each in items)
    if _are_several(owner) or tensors:  # nobody can say which of them are left
        items = [RunTime("item")]
    return Sequence(items, owner.repeated, owner.kind)


def _is_off_an_end(owner: Sequence, key: slice) -> bool:
    """Whether one item at an end, or at both, is left out of several modules."""
    modules = [item for item in owner.items if isinstance(item, Layer | Instance)]
    several = len(modules) == len(owner.items) > 1
    ends = key.start, key.stop, key.step
    both = ends == _OFF_BOTH_ENDS and owner.items[2:] != []
    return several and (both or ends in _OFF_AN_END)


def _are_several(owner: Sequence) -> bool:
    """Whether a list holds numbers that differ, one of which is asked for."""
    numbers = [number(item) for item in owner.items]
    return any(numbers) and len(set(numbers)) > 1


def _any_of(m: Machine, owner: Sequence, key: object, frame: Frame) -> Value:
    """Any item. Two norms by two different keys are not one and the same norm."""
    if all(isinstance(each, Tensor) for each in owner.items):
        return m.join(list(owner.items), frame)
    if _are_several(owner):
        return frame.unknown("item")
    first = owner.items[0]
    several = owner.kind == "modules" and len(owner.items) > 1
    if several and are_alike(owner.items):
        first = owner.items[0] = blurred(owner.items)
    elif several:
        first = _at(owner.items, key)
    match key, first:
        case Known(constant), (Layer() | Instance()):
            picked = owner.picked.get(constant) or _another(m, first)
            return owner.picked.setdefault(constant, picked)
    return _another(m, first)


def _at(items: list[Value], key: object) -> Value:
    """Which of several modules of a list that a loop made longer is asked for.

    What stands before the loop stays where it is. Nobody counts up to the first item,
    `layers[i + 1]`, if it is not like the others.
    """
    match key:
        case Known(int() as index) if -1 <= index < len(items):
            return items[index]
        case Symbol() | RunTime() if are_alike(items[1:]):
            return items[1]
    return items[0]


def _another(m: Machine, value: Value) -> Value:
    """A norm that was made as this one was."""
    match value:
        case Layer() as layer:
            return replace(layer, made=m.next())
        case Instance(cls, args, made_at) if m.library.is_norm(cls):
            return Instance(cls, args, made_at, m.next())
    return value
