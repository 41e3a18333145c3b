"""What a condition says: known, chosen at construction, or only known at run time."""

import operator
import re
from collections.abc import Callable, Sequence as Items

from blocklint import cst
from blocklint.frontends.static.arguments import number
from blocklint.frontends.static.machine import Frame, Machine
from blocklint.frontends.static.operators import text
from blocklint.frontends.static.values import (
    Class,
    External,
    Function,
    Instance,
    Known,
    Layer,
    Mapping,
    Method,
    Parameter,
    Partial,
    Reasons,
    RunTime,
    Sequence,
    Sizes,
    Symbol,
    Tensor,
    Value,
)
from blocklint.graph import NO_FACTS, SIZES, Op
from blocklint.graph.relations import Relation, compared
from blocklint.regex import Regex

_ORDERINGS: dict[type, tuple[str, Callable[..., bool]]] = {
    cst.LessThan: ("<", operator.lt),
    cst.LessThanEqual: ("<=", operator.le),
    cst.GreaterThan: (">", operator.gt),
    cst.GreaterThanEqual: (">=", operator.ge),
    cst.Equal: ("==", operator.eq),
    cst.NotEqual: ("!=", operator.ne),
}
_WIRING = Regex(r"norm|residual|(?<![a-z])ln(?![a-z])", re.IGNORECASE)
_JOINING = Regex(
    rf"{_WIRING.pattern}|\+|skip|shortcut|self\.\w*(init|build|make|create|set_?up)\w*\(",
    re.IGNORECASE,
)
_RANKS = frozenset(["dim", "ndim", "ndimension", "len(...)"])
_NEVER_NONE = (
    Instance | Layer | Function | Class | Sequence | Mapping | Parameter | Partial
)


def truth(m: Machine, value: Value) -> Known | RunTime:
    """Whether a value is true."""
    if type(value) is Known:
        settled = type(value.value) is bool
        return value if settled else Known(bool(value.value), value.why)
    if type(value) is RunTime:
        return RunTime(value.text or "condition")
    if type(value) is Symbol:
        return m.choices.truth(value)
    match value:
        case Sequence(items) if not items and not value.repeated:
            return Known(False)
        case Mapping(items) if not items and not value.open:
            return Known(False)
        case Instance() | Layer() | Function() | Class() | Sequence() | Mapping():
            return Known(True)
        case External() | Partial():
            return Known(True)
    return RunTime("condition")


def tested(value: Value) -> str:
    """What a condition tests at run time, as far as that has names."""
    return value.text if isinstance(value, RunTime) else ""


def negated(value: Known | RunTime) -> Value:
    """`not value`."""
    if isinstance(value, Known):
        return Known(not value.value, value.why)
    return RunTime(f"not {value.text}")


def both(one: Value, two: Value) -> Value:
    """`one and two`, both conditions."""
    match one, two:
        case Known(a, why), Known(b, other):
            return Known(bool(a and b), why | other)
        case (Known(False), _):
            return one
        case (_, Known(False)):
            return two
    return RunTime(" and ".join(filter(None, map(tested, (one, two)))))


def compare(
    m: Machine,
    left: Value,
    operation: cst.BaseCompOp,
    right: Value,
    syntax: cst.CSTNode,
    frame: Frame,
) -> Value:
    """`left operation right`."""
    kind = type(operation)
    if kind in _ORDERINGS:
        return _ordering(m, left, operation, right)
    if kind in (cst.Is, cst.IsNot):
        found = _identity(m, left, right, frame)
        return found if kind is cst.Is else negated(found)
    found = _membership(m, left, right)
    return found if kind is cst.In else negated(found)


def _identity(m: Machine, left: Value, right: Value, frame: Frame) -> Known | RunTime:
    if type(left) is Tensor and type(right) is Known:
        return Known(False) if _is_given(left, frame) else RunTime("condition")
    if type(left) is Known and type(right) is Known:
        return Known(left.value is right.value, left.why | right.why)
    match left, right:
        case Symbol(), Known(None):
            return m.choices.is_none(left)
        case Symbol(), Known(bool() as literal):
            return m.choices.equals(left, (literal,))
        case External(), External():
            return Known(left.name == right.name)
        case (Symbol(), _) | (_, Symbol()):
            return m.choices.test(f"{text(left)} is {text(right)}", False)
    if isinstance(left, _NEVER_NONE) and isinstance(right, Known):
        return Known(False)
    return RunTime("condition")


def _is_given(value: Tensor, frame: Frame) -> bool:
    """Whether a tensor is surely not None: computed, or passed on as required."""
    node = value.node
    if node.op is Op.INPUT:  # of several that are handed over one may be missing
        piece = node.kind == "element" and node.name[-2:-1].isdigit()
        sure = node.kind != "optional" and not piece
        return sure and node.scope is not frame.scope
    return node.op is not Op.JOIN


def _membership(m: Machine, left: Value, right: Value) -> Known | RunTime:
    keys: list[object] | None = None
    match right:
        case Sequence(items) if all(isinstance(i, Known) for i in items):
            keys = [i.value for i in items if isinstance(i, Known)]
        case Mapping(entries) if not right.open:
            keys = list(entries)
        case Mapping(entries, "dict") if not entries:
            return RunTime("condition")
    if keys is None:
        if isinstance(left, RunTime | Tensor) or isinstance(right, RunTime | Tensor):
            return RunTime("condition")
        return m.choices.test(f"{text(left)} in {text(right)}", True)
    match left:
        case Known(value, why):
            return Known(value in keys, why)
        case Symbol():
            return m.choices.equals(left, tuple(keys))
    return RunTime("condition")


def _ordering(
    m: Machine, left: Value, operation: cst.BaseCompOp, right: Value
) -> Known | RunTime:
    sign, how = _ORDERINGS[type(operation)]
    found = _ordered(m, left, (sign, how), right)
    if isinstance(found, Known) and found.value is (sign == "=="):
        _taken_as_equal(m, left, sign, right)
    return found


def _taken_as_equal(m: Machine, left: Value, sign: str, right: Value) -> None:
    """Note which numbers are taken as equal: `Identity() if a == b else ...`."""
    one, two = number(left), number(right)
    if sign in ("==", "!=") and one is not None and two is not None:
        m.noted.same(one, two)


def _ordered(
    m: Machine, left: Value, order: tuple[str, Callable[..., bool]], right: Value
) -> Known | RunTime:
    sign, how = order
    match left, right:
        case Known(a, why), Known(b, other):
            return _constants(a, how, b, why | other)
        case Symbol(), Known(literal) if sign in ("==", "!="):
            found = m.choices.equals(left, (literal,))
            return found if sign == "==" else Known(not found.value, found.why)
        case Symbol(), Known(literal):
            name = f"{left.text} {sign} {literal!r}"
            return m.choices.compare(name, left, literal, how)
        case ((Symbol() | Known()), (Symbol() | Known())):
            if sign in ("==", "!=") and _never_equal(left, right):
                return Known(sign == "!=")
            name = f"{text(left)} {sign} {text(right)}"
            return m.choices.test(name, sign != "!=", varies=False)
        case External(), External():
            return Known((left.name == right.name) == (sign == "=="))
        case ((External() | Class()), (External() | Class())):
            return Known((left is right) == (sign == "=="))
        case _ if _is_size(left) and _is_size(right):
            return RunTime(SIZES)
    return RunTime("condition")


def _never_equal(left: Value, right: Value) -> bool:
    """Whether two widths differ under any settings: `dim` and `2 * dim`."""
    one, two = number(left), number(right)
    if one is None or two is None:
        return False
    return compared(one, two, NO_FACTS).relation is Relation.NEVER


def _is_size(value: Value) -> bool:
    """Whether a value is one or more sizes, or tells how many axes a tensor has."""
    name = value.name if isinstance(value, Method) else tested(value)
    known = isinstance(value, Sizes) or number(value) is not None
    return known or name in _RANKS


def _constants(
    a: object, how: Callable[..., bool], b: object, why: frozenset[str]
) -> Known | RunTime:
    try:
        return Known(how(a, b), why)
    except TypeError:
        return RunTime("condition")


def branched(
    m: Machine, why: Reasons, arms: Items[cst.CSTNode | None], frame: Frame
) -> None:
    """Note that settings chose one of these arms, if that may change the wiring.

    In the block's own code any condition may; inside a sub-layer only one whose arms
    speak of norms or residuals, for a sub-layer's own settings are no wirings. Objects
    that are no modules, as configs, wire nothing.
    """
    if not why:
        return
    if frame.owner is not None and not m.library.is_module_class(frame.owner):
        return
    words = _JOINING if frame.own else _WIRING
    speak = any(
        arm is not None and m.library.mentions(frame.chunk, arm, words) for arm in arms
    )
    if frame.own or speak:
        m.choices.branched_on(why, joins=speak, own=frame.own)
