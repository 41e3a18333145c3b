"""What a statement does to the names of a frame."""

from collections.abc import Callable, Iterable

from blocklint import cst
from blocklint.frontends.static import checks, conditions, loops
from blocklint.frontends.static.binding import assign, merged
from blocklint.frontends.static.calls import called_name
from blocklint.frontends.static.flow import ON, Flow
from blocklint.frontends.static.machine import Arm, Frame, Machine
from blocklint.frontends.static.operators import augmented, binary
from blocklint.frontends.static.values import (
    Function,
    Known,
    Parameter,
    Sequence,
    Tensor,
    Value,
)
from blocklint.frontends.upkeep import is_upkeep
from blocklint.graph import Op


def run(m: Machine, body: Iterable[cst.CSTNode], frame: Frame) -> Flow:
    """Follow statements in order until one of them leaves."""
    for statement in body:
        if type(statement) is cst.SimpleStatementLine:  # nearly all are
            flow = run(m, statement.body, frame)
        elif handler := _HANDLERS.get(type(statement)):
            flow = handler(m, statement, frame)
        else:
            continue
        if flow is not ON:
            return flow
    return ON


def _assigned(m: Machine, statement: cst.Assign, frame: Frame) -> Flow:
    evaluate = m.evaluate
    made = evaluate(m, statement.value, frame)
    for target in statement.targets:
        assign(m, target.target, made, frame)
    return ON


def _annotated(m: Machine, statement: cst.AnnAssign, frame: Frame) -> Flow:
    if statement.value is not None:
        made = m.evaluate(m, statement.value, frame)
        assign(m, statement.target, made, frame)
    return ON


def _augmented(m: Machine, statement: cst.AugAssign, frame: Frame) -> Flow:
    left = m.evaluate(m, statement.target, frame)
    right = m.evaluate(m, statement.value, frame)
    plain = augmented(statement.operator)
    if plain is None:
        return ON
    if isinstance(left, Sequence) and isinstance(right, Sequence):
        left.items.extend(right.items)
        left.repeated = left.repeated or right.repeated or frame.repeating > 0
        return ON
    assign(m, statement.target, binary(m, left, plain, right, statement, frame), frame)
    return ON


def _expression(m: Machine, statement: cst.Expr, frame: Frame) -> Flow:
    """A call for its effect: `x.add_(y)` gives `x` a new value.

    An empty tensor that goes where nobody follows, `kernel[grid](q, k, v, out)`, is
    filled there.
    """
    value = statement.value
    if type(value) is cst.SimpleString:  # a docstring
        return ON
    if frame.building and type(value) is cst.Call and _is_upkeep(value):
        return ON
    result = m.evaluate(m, value, frame)
    if type(value) is cst.Call and (m.filled or _is_unseen(result)):
        _fill(m, value, result, frame)
    if type(result) is not Tensor:
        return ON
    match value:
        case cst.Call(cst.Attribute(cst.Name(name), cst.Name(method))):
            held = frame.names.get(name)
            if method.endswith("_") and isinstance(held, (Tensor, Parameter)):
                frame.names[name] = result
    return ON


def _is_unseen(result: Value) -> bool:
    return type(result) is Tensor and result.node.op is Op.OPAQUE


def _fill(m: Machine, call: cst.Call, result: Value, frame: Frame) -> None:
    """Give the empty tensors among the arguments the value that was written there."""
    for arg in call.args:
        name = arg.value.value if type(arg.value) is cst.Name else ""
        match frame.names.get(name):
            case Parameter(text) as held if text in _EMPTY:
                if _is_unseen(result):
                    m.filled.setdefault(id(held), (held, result))
                _, frame.names[name] = m.filled.get(id(held), (held, held))


def _returned(m: Machine, statement: cst.Return, frame: Frame) -> Flow:
    given, evaluate = statement.value, m.evaluate
    frame.returned.append(evaluate(m, given, frame) if given else Known(None))
    return Flow.LEFT


def _left(m: Machine, statement: cst.Continue | cst.Break, frame: Frame) -> Flow:
    frame.continued.append(dict(frame.names))
    return Flow.LEFT


def _raised(m: Machine, statement: cst.Raise, frame: Frame) -> Flow:
    return Flow.RAISED


def _asserted(m: Machine, statement: cst.Assert, frame: Frame) -> Flow:
    checks.learn(m, statement.test, True, frame)
    return ON


def _nested(m: Machine, statement: cst.With | cst.Else, frame: Frame) -> Flow:
    return run(m, statement.body.body, frame)


def _match(m: Machine, statement: cst.Match, frame: Frame) -> Flow:
    return run(m, [m.library.as_conditions(statement)], frame)


def _function(m: Machine, statement: cst.FunctionDef, frame: Frame) -> Flow:
    name, closure = statement.name.value, {**(frame.outer or {}), **frame.names}
    frame.names[name] = Function(
        name, statement, frame.chunk, frame.file, frame.owner, None, closure
    )
    return ON


def _if(m: Machine, statement: cst.If, frame: Frame) -> Flow:
    evaluate = m.evaluate
    test = evaluate(m, statement.test, frame)
    known = conditions.truth(m, test)
    if type(known) is Known:
        flow = _chosen(m, statement, bool(known.value), known.why, frame)
    else:
        flow = _either(m, statement, test, frame)
    if checks.refuses(statement.body):
        checks.learn(m, statement.test, False, frame)
    elif type(statement.orelse) is cst.Else and checks.refuses(statement.orelse.body):
        checks.learn(m, statement.test, True, frame)
    return flow


def _chosen(
    m: Machine, statement: cst.If, value: bool, why: frozenset[str], frame: Frame
) -> Flow:
    """Follow the arm that the settings choose."""
    parts = (statement.test, statement.body, statement.orelse)
    conditions.branched(m, why, parts, frame)
    flow = _arm(m, statement, value, frame)
    if flow is not Flow.RAISED or (m.guards and not why):
        return flow  # what no setting decides, an arm of a condition may be made for
    # A default that we only assumed is no reason to stop; an answer we try out is.
    m.raised = m.raised or any(name in m.choices.given for name in why)
    return ON


def _arm(m: Machine, statement: cst.If, taken: bool, frame: Frame) -> Flow:
    if taken:
        return run(m, statement.body.body, frame)
    return run(m, [statement.orelse] if statement.orelse else [], frame)


def _either(m: Machine, statement: cst.If, test: Value, frame: Frame) -> Flow:
    """Follow both arms of a condition at run time, then join what they left."""
    before = dict(frame.names)
    condition, on = m.condition(), conditions.tested(test)
    with Arm(m, condition, True, on):
        first = _arm(m, statement, True, frame)
    after_first, frame.names = frame.names, before
    with Arm(m, condition, False, on):
        second = _arm(m, statement, False, frame)
    if Flow.RAISED in (first, second):
        m.noted.refused.add(condition)
    match first, second:
        case Flow.ON, Flow.ON:
            frame.names = merged(m, [after_first, frame.names], frame)
        case Flow.ON, _:
            frame.names = after_first
            m.follows(condition, True, on)
        case _, Flow.ON:
            m.follows(condition, False, on)
        case Flow.RAISED, _:
            return second
        case _:
            return first
    return ON


def _try(m: Machine, statement: cst.Try, frame: Frame) -> Flow:
    flow = run(m, statement.body.body, frame)
    if flow is ON and statement.orelse is not None:
        flow = run(m, statement.orelse.body.body, frame)
    if statement.finalbody is not None:
        run(m, statement.finalbody.body.body, frame)
    return ON if flow is Flow.RAISED else flow


def _is_upkeep(call: cst.Call) -> bool:
    """A constructor's call that sets weights or warns, and wires nothing."""
    return is_upkeep(called_name(call.func))


_EMPTY = frozenset(["empty", "empty_like", "new_empty"])

_HANDLERS: dict[type, Callable[..., Flow]] = {
    cst.Assign: _assigned,
    cst.AnnAssign: _annotated,
    cst.AugAssign: _augmented,
    cst.Expr: _expression,
    cst.Return: _returned,
    cst.Continue: _left,
    cst.Break: _left,
    cst.Raise: _raised,
    cst.Assert: _asserted,
    cst.If: _if,
    cst.Else: _nested,
    cst.Match: _match,
    cst.For: loops.follow,
    cst.While: loops.follow_while,
    cst.With: _nested,
    cst.Try: _try,
    cst.FunctionDef: _function,
}
