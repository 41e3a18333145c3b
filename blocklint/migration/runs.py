"""Where the stacks of a block are run, and whether a norm comes right after them."""

from collections.abc import Iterator

from blocklint import cst
from blocklint.analysis.block import Variant
from blocklint.frozen import dataclass
from blocklint.graph import BlockGraph, Node, Op
from blocklint.graph.residuals import THROUGH
from blocklint.migration.model import Model
from blocklint.source import Place


@dataclass(frozen=True, eq=False)
class Call:
    """Where a class calls the blocks of a stack, and what the stack gives."""

    model_class: str
    place: Place
    end: Node
    graph: BlockGraph


def calls_of(model: Model, name: str) -> Iterator[Call]:
    """The places at which a block, or a class that names it, runs a stack of it."""
    for user in (name, *model.users(name)):
        yield from calls_in(model, user, name)


def lacking_norms(model: Model, name: str) -> list[Call]:
    """The calls of a stack that no norm follows, whichever class is looked at."""
    own = {id(call.place.syntax): call for call in calls_of(model, name)}
    normed = {id(c.place.syntax) for c in calls_of(model, name) if _is_normed(c)}
    lacking = {key: call for key, call in own.items() if key not in normed}
    callers = with_callers(model, [call.model_class for call in lacking.values()])
    for caller in callers if lacking else ():
        for call in calls_in(model, caller, name):
            if _is_normed(call):
                lacking.pop(id(call.place.syntax), None)
    return list(lacking.values())


def with_callers(model: Model, names: list[str]) -> Iterator[str]:
    """Some classes, those that name them, and so on, each once."""
    pending, seen = list(names), set[str]()
    while pending:
        name = pending.pop(0)
        if name not in seen:
            seen.add(name)
            yield name
            pending += model.users(name)


def calls_in(model: Model, model_class: str, name: str) -> Iterator[Call]:
    """The places at which blocks of a class are called one after the other."""
    default = model.block(model_class).default
    graph = default.graph
    if model_class == name:
        yield from _own_loops(default, name)
        return
    for node in graph.nodes:
        place = _called_at(node, model, name)
        if place is None:
            continue
        ends = [e for e in graph.of(Op.EXIT) if graph.reaches(node, e)]
        if ends or _is_in_row(place):
            yield Call(model_class, place, ends[0] if ends else node, graph)


def _own_loops(default: Variant, name: str) -> Iterator[Call]:
    """The loop in which a class adds to the stream itself, round after round."""
    graph = default.graph
    for site in default.sites[-1:]:
        place = next((s.place for s in site.add.scope.chain if s.place), site.add.place)
        ends = [e for e in graph.of(Op.EXIT) if graph.reaches(site.add, e)]
        if ends and place is not None and not _is_in_row(place):
            yield Call(name, place, ends[0], graph)


def _called_at(node: Node, model: Model, name: str) -> Place | None:
    """Where a block is called of which a node is the whole, or a part."""
    if node.op is Op.BLOCK and node.callee == (model.source.path, name):
        return node.place if node.place and model.is_here(node.place) else None
    for scope in node.scope.chain:
        if scope.owner == name and scope.of_list and scope.place is not None:
            return scope.place if model.is_here(scope.place) else None
    return None


def _is_in_row(place: Place) -> bool:
    """Whether blocks are called as a row, `self.blocks(x)`, and not in a loop."""
    return not any(isinstance(node, cst.For | cst.While) for node in place.around())


def _is_normed(call: Call) -> bool:
    """Whether a norm is the first thing that happens to what a stack gives."""
    pending, seen = [call.end], {call.end.index}
    while pending:
        for reader in call.graph.readers(pending.pop()):
            if reader.op is Op.NORM:
                return True
            if reader.op in THROUGH and reader.index not in seen:
                seen.add(reader.index)
                pending.append(reader)
    return False
