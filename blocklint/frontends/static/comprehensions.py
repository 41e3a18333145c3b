"""Comprehensions: lists and dicts made by a loop."""

from blocklint import cst
from blocklint.frontends.static import loops, sharing
from blocklint.frontends.static.binding import assign
from blocklint.frontends.static.machine import Frame, Machine
from blocklint.frontends.static.values import Known, Mapping, Sequence, Value


def evaluate_comprehension(
    m: Machine, syntax: cst.ListComp | cst.GeneratorExp | cst.SetComp, frame: Frame
) -> Value:
    """A list, a set or a generator made by a loop."""
    return _made(m, syntax.elt, syntax.for_in, frame)


def extending(
    m: Machine, owner: Sequence, syntax: cst.GeneratorExp, frame: Frame
) -> Value:
    """The items of `y.extend(f(y[-1]) for f in fs)`: the list grows with each."""
    count = len(owner.items)
    made = _made(m, syntax.elt, syntax.for_in, frame, owner.items)
    del owner.items[count:]
    return made


def evaluate_dict_comprehension(
    m: Machine, syntax: cst.DictComp, frame: Frame
) -> Value:
    """A dict made by a loop."""
    values = _made(m, syntax.value, syntax.for_in, frame)
    keys = _made(m, syntax.key, syntax.for_in, frame)
    made = Mapping(open=True)
    if isinstance(values, Sequence) and isinstance(keys, Sequence):
        for i, (key, value) in enumerate(zip(keys.items, values.items, strict=False)):
            made.items[key.value if isinstance(key, Known) else i] = value
    return made


def _made(
    m: Machine,
    element: cst.BaseExpression,
    clause: cst.CompFor,
    frame: Frame,
    grown: list[Value] | None = None,
) -> Value:
    """The items that a loop gives, loops inside of it included."""
    names = dict(frame.names)
    rounds = loops.over(m, m.evaluate(m, clause.iter, frame), clause.iter, frame)
    made: list[Value] = []
    repeat = rounds.repeat
    outer, frame.list_item = frame.list_item, frame.list_item or rounds.modules
    for value in rounds.values:
        assign(m, clause.target, value, frame)
        if clause.inner_for_in is not None:
            match _made(m, element, clause.inner_for_in, frame):
                case Sequence(items) as inner:
                    made.extend(items)
                    repeat = repeat or inner.repeated
        else:
            made.append(m.evaluate(m, element, frame))
            if grown is not None:
                grown.append(made[-1])
            if repeat or len(rounds.values) > 1:
                sharing.listed(m, made[-1], names, rounds.values, element, frame)
    frame.names, frame.list_item = names, outer
    alone = clause.inner_for_in is None and not clause.ifs
    return Sequence(made, repeat, count=rounds.count if alone else None)
