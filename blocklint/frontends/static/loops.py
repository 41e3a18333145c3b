"""Loops: known items one by one, anything else once, as a round like any other."""

from blocklint import cst
from blocklint.frontends.static.arguments import unsure
from blocklint.frontends.static.binding import assign, assigned_names, merged
from blocklint.frontends.static.blurring import are_alike, blurred, is_module
from blocklint.frontends.static.flow import Flow
from blocklint.frontends.static.machine import Frame, Machine
from blocklint.frontends.static.values import (
    UNROLLED,
    Instance,
    Known,
    Mapping,
    RunTime,
    Sequence,
    Symbol,
    Tensor,
    Value,
)
from blocklint.frozen import dataclass
from blocklint.graph import Dim, Op
from blocklint.graph.residuals import same_value
from blocklint.regex import Regex
from blocklint.trees import find_all

_IN_PLACE = Regex(r".*[^_]_")  # the name of a method that writes, in full


@dataclass(frozen=True)
class Rounds:
    """What a loop goes over: the values of some rounds, and whether they repeat."""

    values: tuple[Value, ...]
    repeat: bool
    modules: bool = False  # the items were taken from a list of modules
    count: Dim | None = None  # how often they repeat, where one number says so


def over(m: Machine, value: Value, syntax: cst.CSTNode, frame: Frame) -> Rounds:
    """The rounds that iterating over a value gives."""
    match value:
        case Sequence(items):
            modules = any(is_module(item) for item in items)
            if value.kind == "modules" and len(items) > 1 and are_alike(items):
                items[0] = blurred(items)
                count = value.count if value.repeated else Dim.of(len(items))
                return Rounds(tuple(items[:1]), True, modules, count)
            long = len(items) > UNROLLED
            repeat = value.repeated or long
            return Rounds(tuple(items[:UNROLLED]), repeat, modules, value.count)
        case Instance(items=Sequence() as listed):
            return over(m, listed, syntax, frame)
        case Mapping(items):
            return Rounds(tuple(Known(key) for key in items), value.open)
        case Tensor():
            made = m.op(Op.VIEW, "each", (value,), syntax, frame, "element")
            return Rounds((made,), True)
    return Rounds((frame.unknown("item"),), True)


def follow(m: Machine, statement: cst.For, frame: Frame) -> Flow:
    """A `for` loop."""
    iterated = m.evaluate(m, statement.iter, frame)
    rounds = over(m, iterated, statement.iter, frame)
    if not rounds.values:
        return Flow.ON
    before, frame.before = frame.before, (dict(frame.names), rounds.values)
    flow = _followed(m, statement, iterated, rounds, frame)
    frame.before = before
    return flow


def _followed(
    m: Machine, statement: cst.For, iterated: Value, rounds: Rounds, frame: Frame
) -> Flow:
    if not rounds.repeat:
        return _rounds(m, statement, rounds, frame)
    carried = _enter(m, statement.body, statement, frame)
    frame.repeating += 1
    flow = _rounds(m, statement, rounds, frame)
    frame.repeating -= 1
    _leave(m, carried, statement, frame)
    _write_back(m, statement, iterated, frame)
    return flow if flow is Flow.RAISED else Flow.ON


def _rounds(m: Machine, statement: cst.For, rounds: Rounds, frame: Frame) -> Flow:
    outer, frame.list_item = frame.list_item, rounds.modules
    for value in rounds.values:
        assign(m, statement.target, value, frame)
        flow = _round(m, statement.body, frame)
        if flow is not Flow.ON:
            break
    frame.list_item = outer
    return flow


def _round(m: Machine, body: cst.BaseSuite, frame: Frame) -> Flow:
    """One round; what `continue` and `break` left joins what the end left."""
    returned = len(frame.returned)
    outer, frame.continued = frame.continued, []
    guards = m.guards
    flow = m.run(m, body.body, frame)
    m.guards = guards  # what `continue` left out is back in the next round
    ways = frame.continued
    if flow is Flow.ON:
        ways = [*ways, frame.names]
    frame.continued = outer
    if ways:
        frame.names = ways[0] if len(ways) == 1 else merged(m, ways, frame)
        return Flow.ON
    return flow if len(frame.returned) > returned else Flow.ON


def follow_while(m: Machine, statement: cst.While, frame: Frame) -> Flow:
    """A `while` loop: one round."""
    carried = _enter(m, statement.body, statement, frame)
    frame.repeating += 1
    _round(m, statement.body, frame)
    frame.repeating -= 1
    _leave(m, carried, statement, frame)
    return Flow.ON


def _enter(
    m: Machine, body: cst.BaseSuite, syntax: cst.CSTNode, frame: Frame
) -> dict[str, Tensor]:
    """Give every tensor that the loop may rebind a node at the loop's head."""
    heads: dict[str, Tensor] = {}
    for name in m.library.once(assigned_names, body):
        match frame.names.get(name):
            case Symbol() | RunTime() as value:  # another one in every round
                frame.names[name] = unsure(value)
            case Known(int(inner)) if frame.building and not isinstance(inner, bool):
                frame.names[name] = Symbol(f"number {name}", Known(inner), sure=False)
            case Tensor() as value:
                heads[name] = m.op(Op.LOOP, name, (value,), syntax, frame)
                frame.names[name] = heads[name]
    return heads


def _leave(
    m: Machine, heads: dict[str, Tensor], syntax: cst.CSTNode, frame: Frame
) -> None:
    """Mark what comes out of the loop."""
    for name, head in heads.items():
        match frame.names.get(name):
            case Tensor(node) if node is not head.node:
                end: tuple[Value, ...] = (Tensor(node),)
                frame.names[name] = m.op(Op.EXIT, name, end, syntax, frame)


def _write_back(m: Machine, loop: cst.For, whole: Value, frame: Frame) -> None:
    """`for part in x.split(n): part[:] = f(part)` gives `x` itself a new value."""
    match loop.target, whole:
        case cst.Name(name), Tensor(node) if _writes_into(loop.body, name):
            part = frame.names.get(name)
            for other, value in list(frame.names.items()):
                if isinstance(value, Tensor) and value.node in same_value(node):
                    reads = tuple(v for v in (part,) if v is not None)
                    frame.names[other] = m.op(Op.VIEW, "write", reads, loop, frame)


def _writes_into(body: cst.BaseSuite, name: str) -> bool:
    """Whether a piece of code changes a tensor in place."""
    statements = find_all(body, cst.AssignTarget, cst.Expr)
    return any(_written_by(each) == name for each in statements)


def _written_by(node: cst.CSTNode) -> str | None:
    """The x in `x[...] = ` and `x.method_(...)`."""
    match node:
        case cst.AssignTarget(cst.Subscript(cst.Name(name))):
            return name
        case cst.Expr(cst.Call(cst.Attribute(cst.Name(name), cst.Name(method)))) if (
            _IN_PLACE.fullmatch(method)
        ):
            return name
    return None
