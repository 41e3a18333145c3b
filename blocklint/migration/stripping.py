"""Takes the norms of a site out of the code; what they were applied to stays."""

from collections.abc import Iterator

from blocklint import cst
from blocklint.graph import Node
from blocklint.migration.edits import Cut, applied, around, function_of, statement_of
from blocklint.migration.model import Model, Wired
from blocklint.migration.norms import call_of
from blocklint.source import Place
from blocklint.syntax import body_around

_TIGHT = (cst.Name, cst.Attribute, cst.Call, cst.Subscript)


def without(norm: Node, wired: Wired, model: Model, line: int) -> Iterator[str]:
    """The texts that a norm may be taken out by, the one that reads best first."""
    call, hole = call_of(norm, wired, model, line)
    statement = statement_of(call)
    match statement:
        case cst.SimpleStatementLine(
            [cst.Assign([cst.AssignTarget(cst.Name(target))], value)]
        ) if value is call.syntax and isinstance(hole.syntax, cst.Name):
            place = Place(call.chunk, statement)
            if target == hole.syntax.value:
                yield applied(model.source.text, [line_out(place, model)])
            else:
                cuts = _renamed(call, target, hole.syntax.value, wired, model)
                yield applied(model.source.text, [line_out(place, model), *cuts])
    yield applied(model.source.text, unwrapped(call, hole, model))


def unwrapped(call: Place, hole: Place, model: Model) -> list[Cut]:
    """The edits that leave a call's argument in the place of the call."""
    start, end = model.layout.ends(call.span)
    hole_start, hole_end = model.layout.ends(around(hole))
    left, right = ("(", ")") if _needs_parentheses(call, hole, model) else ("", "")
    return [Cut(start, hole_start, left), Cut(hole_end, end, right)]


def _needs_parentheses(call: Place, hole: Place, model: Model) -> bool:
    is_tight = isinstance(hole.syntax, _TIGHT)
    if is_tight or hole.chunk.is_in_parentheses(hole.syntax):
        return False
    around_it = next(call.around(), None)
    free = isinstance(around_it, cst.Assign | cst.Return | cst.Arg | cst.AnnAssign)
    several_lines = call.span.line != call.span.end_line
    in_brackets = isinstance(around_it, cst.Arg)
    return not free or (several_lines and not in_brackets)


def line_out(place: Place, model: Model) -> Cut:
    """The edit that takes out the lines of a statement; its comment stays."""
    span, text = place.span, model.source.text
    margin = model.layout.margin(span.line)
    start, end = model.layout.whole_lines(span)
    _, code_end = model.layout.ends(span)
    comment = text[code_end:end].strip()
    body = body_around(place)
    if body is not None and len(body.statements) == 1:
        return Cut(*model.layout.ends(span), "pass")
    return Cut(start, end, f"{margin}{comment}\n" if comment else "")


def _renamed(
    call: Place, old: str, new: str, wired: Wired, model: Model
) -> Iterator[Cut]:
    """The reads of a normed value under its name, as reads of the value itself."""
    function = function_of(call)
    others = [node for node in wired.graph.nodes if _is_at(node, call)]
    for seen in wired.seen:
        if (
            isinstance(seen.place.syntax, cst.Name)
            and seen.place.syntax.value == old
            and any(node in others for node in seen.nodes)
            and function_of(seen.place) is function
        ):
            yield Cut(*model.layout.ends(seen.place.span), new)


def _is_at(node: Node, place: Place) -> bool:
    return node.place is not None and node.place.syntax is place.syntax
