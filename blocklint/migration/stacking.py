"""The final norm of a stack: one is added where clean streams need it, or taken out.

Only stacks of the same file are changed, and only where the blocks are made beside the
loop that runs them; what remains to be done elsewhere is said.
"""

import re
from collections.abc import Iterator

from blocklint import cst
from blocklint.analysis.placement import Placement
from blocklint.analysis.stacks import Stacks
from blocklint.frontends.static.observed import Seen
from blocklint.frozen import dataclass
from blocklint.graph import Node, Op
from blocklint.migration.constructing import made_alike
from blocklint.migration.edits import Cut, applied
from blocklint.migration.making import without_attribute
from blocklint.migration.model import Model, Wired
from blocklint.migration.norms import call_of
from blocklint.migration.outcome import Refused
from blocklint.migration.runs import (
    Call,
    calls_in,
    calls_of,
    lacking_norms,
    with_callers,
)
from blocklint.migration.skeleton import Skeletons, key_of
from blocklint.migration.stripping import without
from blocklint.source import Place

_MOST = 8  # stacks of one block in a file


@dataclass(frozen=True)
class Stacked:
    """A text with the final norms of its stacks seen to."""

    model: Model
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def seen_to(model: Model, name: str, last: Node, clean: bool) -> Stacked:
    """The file with a final norm for each stack of a block, or with none.

    `last` is the block's last norm as it was, after which a final one is made, `clean`
    says that the stream leaves the blocks without having met a norm.
    """
    if not any(calls_of(model, name)):
        return Stacked(model, notes=(_elsewhere(name, clean),))
    return _with_norms(model, name, last) if clean else _without_norms(model, name)


def _elsewhere(name: str, clean: bool) -> str:
    what = "needs a norm after the last block" if clean else "needs no norm after it"
    return f"no stack of {name} is in this file: one that is elsewhere {what} now"


def _with_norms(model: Model, name: str, last: Node) -> Stacked:
    done = Stacked(model)
    for _ in range(_MOST):
        lacking = lacking_norms(done.model, name)
        notes = [_note(call) for call in lacking]
        for call in lacking:
            found = _with_norm(done.model, name, last, call)
            if found is not None:
                added = (*done.added, *found.added)
                done = Stacked(found.model, added)
                break
        else:
            return Stacked(done.model, done.added, (), tuple(dict.fromkeys(notes)))
    return done


def _note(call: Call) -> str:
    line = call.place.span.line
    return (
        f"{call.model_class} needs a norm after its last block (line {line}): "
        "nothing norms the stream there any more"
    )


def _with_norm(model: Model, name: str, last: Node, call: Call) -> Stacked | None:
    """The text with a norm after one stack, if it can be made there."""
    attribute = _free(model, call.model_class)
    owners = [scope.owner for scope in last.scope.chain if not scope.helper]
    made = made_alike(model, call.model_class, owners, last.name, attribute)
    if made is None:
        return None
    built = model.changed(made)
    if built is None:
        return None
    skeletons = Skeletons({((call.model_class,), attribute, call.model_class)})
    before = _results(skeletons, model, call.model_class)
    for found in calls_in(built, call.model_class, name):
        for text in _normed(built, found, attribute):
            done = built.changed(text)
            if done is None or _results(skeletons, done, call.model_class) != before:
                continue
            if len(lacking_norms(done, name)) < len(lacking_norms(built, name)):
                return Stacked(done, (f"{call.model_class}.{attribute}",))
    return None


def _results(skeletons: Skeletons, model: Model, name: str) -> tuple[int, ...]:
    return skeletons.results(_wired(model, name).graph)


def _wired(model: Model, name: str) -> Wired:
    return model.wired(name, model.block(name).default.graph.assumed)


def _free(model: Model, model_class: str) -> str:
    chunk = model.chunk_of(model_class)
    text = chunk.text if chunk else model.source.text
    names = ("norm", "final_norm", *(f"final_norm_{number}" for number in range(2, 99)))
    return next(name for name in names if not re.search(rf"\.{name}\b", text))


def _normed(model: Model, call: Call, attribute: str) -> Iterator[str]:
    """The texts that norm what a stack gives: after the loop, or around the call."""
    layout, text = model.layout, model.source.text
    loop = _outermost_loop(call.place)
    if loop is None:
        start, end = layout.ends(call.place.span)
        yield applied(text, [Cut(start, end, f"self.{attribute}({text[start:end]})")])
        return
    span = call.place.chunk.span(loop)
    _, end = layout.whole_lines(span)
    margin = layout.margin(span.line)
    for name in _streams(_wired(model, call.model_class), call):
        line = f"{margin}{name} = self.{attribute}({name})\n"
        yield applied(text, [Cut(end, end, line)])


def _outermost_loop(place: Place) -> cst.CSTNode | None:
    loops: list[cst.CSTNode] = []
    for node in place.around():
        if isinstance(node, cst.FunctionDef):
            break
        if isinstance(node, cst.For | cst.While):
            loops.append(node)
    return loops[-1] if loops else None


def _streams(wired: Wired, call: Call) -> Iterator[str]:
    """The names that hold what comes out of the loop, in text order."""
    loop = _outermost_loop(call.place)
    ends = list(wired.graph.of(Op.EXIT))
    found: dict[str, Seen] = {}
    for seen in sorted(wired.seen, key=lambda each: each.place.span):
        held = len(seen.nodes) == 1 and seen.nodes[0] in ends
        after = all(node is not loop for node in seen.place.around())
        if held and after and isinstance(seen.place.syntax, cst.Name):
            found.setdefault(seen.place.syntax.value, seen)
    yield from found


def _without_norms(model: Model, name: str) -> Stacked:
    """The text without the norms that follow a stack of post-norm blocks."""
    done = Stacked(model)
    for _ in range(_MOST):
        found = _redundant(done.model, name)
        if found is None:
            return done
        model_class, norm = found
        less = _without_norm(done.model, model_class, norm)
        if less is None:
            note = (
                f"{norm.name} of {model_class} norms what the last block has normed "
                "already: take it out"
            )
            return Stacked(done.model, (), done.removed, (note,))
        done = Stacked(less.model, (), (*done.removed, *less.removed))
    return done


def _redundant(model: Model, name: str) -> tuple[str, Node] | None:
    """A norm right after a stack of this block, and the class whose code calls it."""
    for model_class in with_callers(model, [name, *model.users(name)]):
        block = model.block(model_class)
        ends = {call.end for call in calls_in(model, model_class, name)}
        for stack, norm in Stacks(block.default.graph, model.callee).final_norms():
            own = norm.scope.module.parent is None
            if stack.end in ends and stack.last == {Placement.POST} and own:
                return model_class, norm
    return None


def _without_norm(model: Model, model_class: str, norm: Node) -> Stacked | None:
    wired = _wired(model, model_class)
    again = next(
        (
            node
            for node in wired.graph.of(Op.NORM)
            if node.place and norm.place and node.place.syntax is norm.place.syntax
        ),
        None,
    )
    if again is None:
        return None
    skeletons = Skeletons({key_of(again)})
    before = _results(skeletons, model, model_class)
    try:
        call_of(again, wired, model, 1)
    except Refused:
        return None
    for text in without(again, wired, model, 1):
        less = model.changed(text)
        if less is None or _results(skeletons, less, model_class) != before:
            continue
        bare = without_attribute(model_class, again.name, less)
        final = less.changed(bare) if bare is not None else None
        if final is not None:
            return Stacked(final, (), (f"{model_class}.{again.name}",))
    return None
