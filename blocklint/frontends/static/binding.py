"""Binding names: assignment, unpacking, and what several ways leave behind."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from blocklint import cst
from blocklint.frontends.static import (
    containers,
    instances,
    sizes,
    subscripts,
    tensors,
)
from blocklint.frontends.static.arguments import Called, making, number
from blocklint.frontends.static.machine import Frame, Machine
from blocklint.frontends.static.values import (
    Arguments,
    Instance,
    Known,
    Layer,
    Mapping,
    Parameter,
    RunTime,
    Sequence,
    Sizes,
    Super,
    Symbol,
    Tensor,
    Value,
)
from blocklint.graph import Node, Op, Tie
from blocklint.trees import children

FUSED = 2  # what a fused addition and norm reads, and what it gives


def assign(m: Machine, target: cst.BaseExpression, value: Value, frame: Frame) -> None:
    """Bind a target: a name, an attribute, an element, or several of these."""
    if type(target) is cst.Name:
        frame.names[target.value] = value
        if type(value) is RunTime:
            sizes.called(m, value, target.value)
        return
    if type(target) is cst.Attribute:
        _assign_attribute(m, target, value, frame)
    elif type(target) is cst.Subscript:
        _assign_item(m, target, value, frame)
    elif type(target) is cst.Tuple or type(target) is cst.List:
        _unpack(m, target.elements, value, target, frame)


def _assign_attribute(
    m: Machine, target: cst.Attribute, value: Value, frame: Frame
) -> None:
    owner, name, evaluate = target.value, target.attr.value, m.evaluate
    held = evaluate(m, owner, frame)
    if type(held) is Instance:  # nearly always
        instances.build(m, held, frame)  # or what it is made with wins later
        instances.set_attribute(held, name, value, frame.place(target))
        return
    match held:
        case Super(instance):
            instances.set_attribute(instance, name, value, frame.place(target))
        case Layer() as layer if isinstance(value, Parameter):
            _tie(m, layer, value, target, frame)
        case Symbol() as config if frame.building and isinstance(owner, cst.Name):
            frame.names[owner.value] = _reset(config, name, value)
        case _ if not frame.building:
            m.keep(value)


def _reset(config: Symbol, name: str, value: Value) -> Symbol:
    """`config.hidden_size = config.decoder_hidden_size`, in a copy most of the time."""
    if not isinstance(value, Known | Symbol) or number(value) is None:
        return config
    others = tuple(pair for pair in config.reset if pair[0] != name)
    return replace(config, reset=(*others, (name, value)))


def _tie(
    m: Machine, layer: Layer, weight: Parameter, target: cst.Attribute, frame: Frame
) -> None:
    """`self.head.weight = self.emb.weight`: two modules come to share a weight."""
    if weight.weight_of is None or layer.passed or weight.weight_of[0] is layer:
        return
    source, name = weight.weight_of
    one, other = making(layer), making(source)
    called = frame.chunk.code(target.value)
    attribute = target.attr.value
    m.noted.ties.append(
        Tie(frame.place(target), one, other, called, name, attribute, weight.text)
    )


def _assign_item(m: Machine, target: cst.Subscript, value: Value, frame: Frame) -> None:
    owner = m.evaluate(m, target.value, frame)
    keys = [subscripts.index(m, element.slice, frame) for element in target.slice]
    key = keys[0] if len(keys) == 1 else None
    match owner, key:
        case Mapping(), _ if _holds(value, owner):
            owner.open = True  # a dict in itself is a dict of no one knows what
        case Mapping(items), Known(constant):
            items[constant] = value
        case Mapping(items), _:
            owner.open = True
            items[Ellipsis] = value
        case Sizes(), _:
            changed = sizes.changed(owner, key, value)
            assign(m, target.value, changed, frame)
        case Sequence(), _:
            containers.changed(owner, key, value, frame)
            if not frame.building:
                m.keep(value)
        case ((Tensor() | Parameter()), _) if not frame.building:
            values = (owner, value)
            called = Called(Arguments(values))
            made = m.op(Op.VIEW, "scatter", values, target, frame, "cat", called)
            assign(m, target.value, made, frame)
        case _ if not frame.building:
            m.keep(value)


def _holds(value: Value, owner: Value) -> bool:
    match value:
        case Sequence(items):
            return value is owner or any(_holds(item, owner) for item in items)
        case Mapping(entries):
            return value is owner or any(_holds(e, owner) for e in entries.values())
    return False


def _unpack(
    m: Machine,
    elements: "Iterable[cst.BaseElement]",
    value: Value,
    syntax: cst.CSTNode,
    frame: Frame,
) -> None:
    targets = list(elements)
    star = next(
        (i for i, e in enumerate(targets) if type(e) is cst.StarredElement), None
    )
    values = unpacked(m, value, len(targets), star, syntax, frame)
    for element, each in zip(targets, values, strict=True):
        assign(m, element.value, each, frame)


def merged(m: Machine, ways: list[dict[str, Value]], frame: Frame) -> dict[str, Value]:
    """The names after several ways of getting here."""
    first, *others = ways
    names = dict(first)
    apart: set[str] = set()  # those that not all ways have the same value for
    for way in others:
        for name, value in way.items():
            if names.setdefault(name, value) is not value:
                apart.add(name)
    for name in names if apart else ():
        if name in apart:
            values = [way[name] for way in ways if name in way]
            names[name] = m.join(values, frame)
    return names


def unpacked(
    m: Machine,
    value: Value,
    count: int,
    star: int | None,
    syntax: cst.CSTNode,
    frame: Frame,
) -> list[Value]:
    """`count` values out of one; the one at `star` takes what is left."""
    match value:
        case Sequence(items) if (
            not value.repeated and star is None and len(items) == count
        ):
            return list(items)
        case Sequence(items) if star is None and any(
            isinstance(i, Sizes) for i in items
        ):
            return list(_written_out(m, items, count))
        case Sequence(items) if star is not None and len(items) >= count - 1:
            after = count - star - 1
            middle = items[star : len(items) - after]
            tail = items[len(items) - after :] if after else []
            return [*items[:star], Sequence(list(middle), value.repeated), *tail]
        case Sequence(items) if items and value.repeated:
            return [items[i % len(items)] for i in range(count)]
        case Sequence(items) if any(isinstance(item, Tensor) for item in items):
            whole = _cut_up(items)
            if whole is not None and star is None:
                return unpacked(m, whole, count, star, syntax, frame)
            return [items[min(i, len(items) - 1)] for i in range(count)]
        case Sizes():
            return sizes.unpacked(m, value, count, star)
        case Tensor(node) if count == FUSED and _adds_too(m, node):
            return tensors.fused(m, node, syntax, frame)
        case Tensor():
            of = count if star is None else None
            return [
                tensors.element(m, value, i, syntax, frame, of) for i in range(count)
            ]
    return [_part(value, key, frame) for key in range(count)]


def _cut_up(items: list[Value]) -> Tensor | None:
    """The tensor that a list has the pieces of, `q, k = x.chunk(3)`."""
    pieces = [item.node for item in items if isinstance(item, Tensor)]
    whole = {read for piece in pieces for read in piece.reads}
    if len(pieces) < len(items) or len(whole) != 1:
        return None
    (node,) = whole
    return Tensor(node) if node.kind == "pieces" else None


def _written_out(m: Machine, items: list[Value], count: int) -> Iterator[Value]:
    """`b, n, d, h = *x.shape, heads`: the shape has what is left of the names."""
    left = count - len(items) + 1
    for value in items:
        if isinstance(value, Sizes):
            yield from sizes.unpacked(m, value, left, None)
            count, left = count - left, 1
        else:
            count -= 1
            yield value
    yield from [RunTime("item")] * count


def _adds_too(m: Machine, node: Node) -> bool:
    """Whether a norm of two values may be a fused addition and norm.

    What is handed over by a name is added if the name says so: `cond=` is not.
    """
    if node.op is not Op.NORM or len(node.reads) != FUSED:
        return False
    named = [name for name, v in node.call.named.items() if v is node.reads[1]]
    added = all("resid" in name or "hidden" in name for name in named)
    return added and m.library.may_add_too(node)


def _part(value: Value, key: int, frame: Frame) -> Value:
    match value:
        case Symbol(text):
            return Symbol(f"{text}[{key}]")
        case Parameter():
            return Parameter(value.text)
    return frame.unknown("item")


_HOLDS_STATEMENTS = (
    cst.BaseCompoundStatement,
    cst.BaseSuite,
    cst.Else,
    cst.SimpleStatementLine,
    cst.Assign,
)


def assigned_names(body: cst.CSTNode) -> list[str]:
    """The names that a piece of code may rebind, in order of the alphabet."""
    found: set[str] = set()
    pending: list[cst.CSTNode] = [body]
    while pending:
        node = pending.pop()
        found |= _BINDS.get(type(node), _nothing)(node)
        if isinstance(node, _HOLDS_STATEMENTS):
            pending.extend(children(node))
    return sorted(found)


def _nothing(node: cst.CSTNode) -> set[str]:
    return set()


def _changed(node: cst.Expr) -> set[str]:
    """The tensor that a call changes, `x.add_(y)`."""
    match node.value:
        case cst.Call(cst.Attribute(cst.Name(name), cst.Name(method))):
            return {name} if method.endswith("_") else set()
    return set()


def _target(
    node: cst.AssignTarget | cst.AugAssign | cst.AnnAssign | cst.For,
) -> set[str]:
    return _names(node.target)


def _names(target: cst.BaseExpression) -> set[str]:
    match target:
        case cst.Name(name):
            return {name}
        case cst.Tuple(elements) | cst.List(elements):
            return {name for e in elements for name in _names(e.value)}
        case cst.Subscript(value=cst.Name(name)):
            return {name}
    return set()


_BINDS: dict[type[cst.CSTNode], Callable[..., set[str]]] = {
    cst.AnnAssign: _target,
    cst.AssignTarget: _target,
    cst.AugAssign: _target,
    cst.Expr: _changed,
    cst.For: _target,
}
