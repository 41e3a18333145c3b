"""Norms in the constructor: one is made as another is, or is made no longer."""

import re
from collections.abc import Iterator

from blocklint import cst
from blocklint.migration.edits import Cut, Layout, applied, statement_of
from blocklint.migration.model import Model
from blocklint.migration.outcome import Refused
from blocklint.migration.stripping import line_out
from blocklint.source import Chunk, Place
from blocklint.trees import full_name, nodes_of


def assignments(
    chunk: Chunk, attribute: str
) -> Iterator[tuple[Place, cst.BaseExpression]]:
    """Where a class sets an attribute of its own, `self.norm = ...`, and to what."""
    for node in nodes_of(chunk.tree):
        match node:
            case cst.Assign([cst.AssignTarget(target)], value):
                pass
            case cst.AnnAssign(target, _, cst.BaseExpression() as value):
                pass
            case _:
                continue
        match target:
            case cst.Attribute(cst.Name("self"), cst.Name(name)) if name == attribute:
                yield Place(chunk, node), value
            case cst.Tuple(elements) if isinstance(value, cst.Tuple):
                for one, made in zip(elements, value.elements, strict=False):
                    match one.value:
                        case cst.Attribute(cst.Name("self"), cst.Name(name)) if (
                            name == attribute
                        ):
                            yield Place(chunk, node), made.value


def maker_of(owner: str, attribute: str, model: Model) -> str | None:
    """The class that sets an attribute: this one, or a parent in the same file."""
    pending, seen = [owner], set[str]()
    while pending:
        name = pending.pop(0)
        chunk = model.chunk_of(name)
        if chunk is None or name in seen:
            continue
        seen.add(name)
        if any(True for _ in assignments(chunk, attribute)):
            return name
        for node in chunk.tree.body:
            if isinstance(node, cst.ClassDef):
                bases = (full_name(each.value) for each in node.bases)
                pending += [base for base in bases if base]
    return None


def with_another(maker: str, attribute: str, fresh: str, model: Model) -> str:
    """The text in which a class makes a second norm just as it makes the first.

    Raises Refused where it is handed one.
    """
    chunk = model.chunk_of(maker)
    assert chunk is not None
    cuts: list[Cut] = []
    for place, value in assignments(chunk, attribute):
        if not isinstance(value, cst.Call | cst.IfExp):
            raise Refused(
                f"a second norm is needed, and self.{attribute} is not made anew "
                "where it is set",
                place.span.line,
            )
        code = f"self.{fresh} = {model.code(Place(chunk, value))}"
        cuts.append(below(place, code, model))
    return applied(model.source.text, cuts)


def below(place: Place, code: str, model: Model) -> Cut:
    """The edit that puts a line below the statement of a place."""
    statement = statement_of(place)
    assert statement is not None
    span = place.chunk.span(statement)
    margin = model.layout.margin(span.line)
    _, end = model.layout.whole_lines(span)
    text = model.source.text
    newline = "" if text[:end].endswith("\n") else "\n"
    return Cut(end, end, f"{newline}{margin}{code}\n")


def fresh_attribute(base: str, suffix: str, maker: str, model: Model) -> str:
    """A name for a norm that says where it stands, and that its class does not use."""
    chunk = model.chunk_of(maker)
    text = chunk.text if chunk else model.source.text
    names = (f"{base}_{suffix}", *(f"{base}_{suffix}_{n}" for n in range(2, 99)))
    return next(name for name in names if not re.search(rf"\b{name}\b", text))


def _mentions(owner: str, attribute: str, model: Model) -> int:
    """How often a class and its kin speak of an attribute, or anyone of such a one.

    What the rewriting itself has written of other objects, or cut, does not count.
    """
    kin = [c for c in model.source.outline if owner in c.names or _names(c, owner)]
    own = sum(len(re.findall(rf"\bself\.{attribute}\b", c.text)) for c in kin)
    of_others = rf"(?<!\bself)\.{attribute}\b|[\"']{attribute}\b"
    texts = (model.original, model.source.text)
    return own + min(len(re.findall(of_others, text)) for text in texts)


def _names(chunk: Chunk, owner: str) -> bool:
    """Whether a class has another among its parents."""
    return chunk.header is not None and owner in chunk.header.bases


def without_attribute(owner: str, attribute: str, model: Model) -> str | None:
    """The text in which a class does not make a norm that nobody uses any more.

    None if some code of the file may still speak of it, or if it is not simply set.
    """
    chunk = model.chunk_of(owner)
    found = list(assignments(chunk, attribute)) if chunk else []
    text = model.source.text
    if not found or _mentions(owner, attribute, model) != len(found):
        return None
    for place, value in reversed(found):
        cut = _out(place, attribute, value, model)
        if cut is None:
            return None
        text = _cut(text, cut)
    return text


def _cut(text: str, cuts: list[Cut]) -> str:
    return applied(text, cuts)


def _out(
    place: Place, attribute: str, value: cst.BaseExpression, model: Model
) -> list[Cut] | None:
    """The edits that take one setting of an attribute out."""
    statement = statement_of(place)
    match statement, place.syntax:
        case cst.SimpleStatementLine([_]), cst.Assign(
            [cst.AssignTarget(target)], right
        ):
            if isinstance(target, cst.Attribute):
                return [line_out(Place(place.chunk, statement), model)]
            if isinstance(target, cst.Tuple) and isinstance(right, cst.Tuple):
                return _out_of_row(place, target, right, value, model)
        case cst.SimpleStatementLine([_]), cst.AnnAssign():
            return [line_out(Place(place.chunk, statement), model)]
    return None


def _out_of_row(
    place: Place,
    targets: cst.Tuple,
    values: cst.Tuple,
    value: cst.BaseExpression,
    model: Model,
) -> list[Cut] | None:
    """`self.a, self.b = A(), B()` without one of the two pairs."""
    number = next(n for n, each in enumerate(values.elements) if each.value is value)
    if len(targets.elements) != len(values.elements) or len(values.elements) == 1:
        return None
    return [
        _out_of(row, number, place.chunk, model.layout) for row in (targets, values)
    ]


def _out_of(row: cst.Tuple, number: int, chunk: Chunk, layout: Layout) -> Cut:
    """The edit that takes one element, with a comma, out of a row."""
    elements = [layout.ends(chunk.span(each.value)) for each in row.elements]
    if number:
        return Cut(elements[number - 1][1], elements[number][1])
    return Cut(elements[0][0], elements[1][0])
