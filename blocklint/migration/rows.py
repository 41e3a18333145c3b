"""A norm that is an item of an nn.Sequential, as an attribute of its own.

An nn.Identity takes its place, so that the other items keep their numbers.
"""

import re

from blocklint import cst
from blocklint.graph import Node
from blocklint.migration.edits import Cut, applied
from blocklint.migration.making import assignments, below, fresh_attribute, maker_of
from blocklint.migration.model import Model
from blocklint.source import Chunk, Place

_ITEM = re.compile(r"(?P<row>\w+)\.(?P<number>\d+)")


def freed(norm: Node, model: Model) -> tuple[str, str, str] | None:
    """The text in which a norm has an attribute of its own, its maker, and its name.

    None where the row is not written out item by item, is used elsewhere too, or where
    the norm is in the middle of it.
    """
    found = _ITEM.fullmatch(norm.name)
    call = norm.place
    if found is None or call is None or not model.is_here(call):
        return None
    row, number = found["row"], int(found["number"])
    maker = maker_of(norm.scope.module.owner, row, model)
    chunk = model.chunk_of(maker) if maker else None
    if maker is None or chunk is None or call.chunk is not chunk:
        return None
    made = list(assignments(chunk, row))
    mentions = len(re.findall(rf"\bself\.{row}\b", chunk.text))
    if len(made) != 1 or mentions != len(made) + 1:
        return None
    items = _items(made[0][1])
    if number not in (0, len(items) - 1) or len(items) <= 1:
        return None
    fresh = fresh_attribute(row, "norm", maker, model)
    used = _used(call, row, fresh, number == 0, model)
    identity = _identity(made[0][1], chunk, model)
    if used is None or identity is None:
        return None
    item = Place(chunk, items[number])
    new = f"self.{fresh} = {model.code(item)}"
    cuts = [Cut(*model.layout.ends(item.span), identity), below(made[0][0], new, model)]
    return applied(model.source.text, [*cuts, *used]), maker, fresh


def _items(value: cst.BaseExpression) -> list[cst.BaseExpression]:
    """The items of `nn.Sequential(a, b)`; none where they are not written out."""
    match value:
        case cst.Call(args=args) if all(not a.star and not a.keyword for a in args):
            return [arg.value for arg in args if isinstance(arg.value, cst.Call)]
    return []


def _identity(value: cst.BaseExpression, chunk: Chunk, model: Model) -> str | None:
    """`nn.Identity()`, by the name that the file has for nn."""
    match value:
        case cst.Call(cst.Attribute(home, cst.Name("Sequential")), args):
            if len(_items(value)) == len(args):
                return f"{model.code(Place(chunk, home))}.Identity()"
        case cst.Call(cst.Name("Sequential"), args):
            known = any("Identity" in c.names for c in model.source.outline)
            if len(_items(value)) == len(args) and known:
                return "Identity()"
    return None


def _used(
    call: Place, row: str, fresh: str, first: bool, model: Model
) -> list[Cut] | None:
    """The edits that apply the norm where the row is called."""
    match call.syntax:
        case cst.Call(cst.Attribute(cst.Name("self"), cst.Name(name)), [arg, *_]):
            if name != row or arg.star or arg.keyword:
                return None
            place = Place(call.chunk, arg.value) if first else call
            start, end = model.layout.ends(place.span)
            return [Cut(start, start, f"self.{fresh}("), Cut(end, end, ")")]
    return None
