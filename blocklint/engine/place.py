"""Gives a claim its place in a file: claims become findings."""

from itertools import pairwise
from textwrap import indent

from blocklint import cst
from blocklint.analysis import Block
from blocklint.graph import Node
from blocklint.rule import (
    Claim,
    Edit,
    EditKind,
    Finding,
    Fix,
    PlacedFix,
    RelatedSpan,
    Replacement,
    Rule,
)
from blocklint.source import Place, Span
from blocklint.syntax import body_around


def place(claim: Claim, rule: Rule, block: Block) -> Finding:
    """The finding that a claim about a block amounts to.

    A claim about a node that stands nowhere is about the block's class as a whole. Two
    nodes may stand at one place, as where a helper is called twice; it is named once.
    """
    main = _place(claim.about, block)
    related = [
        RelatedSpan(other.place.path, other.place.span, other.label)
        for other in claim.related
    ]
    return Finding(
        path=main.path,
        span=main.span,
        rule=rule.name,
        code=rule.code,
        severity=claim.severity or rule.severity,
        message=claim.message,
        class_name=block.name,
        related=tuple(dict.fromkeys([*related, *claim.beside])),
        fix=_place_fix(claim.fix) if claim.fix else None,
    )


def _place_fix(fix: Fix) -> PlacedFix | None:
    """The fix with its spans; None if an edit has no room, or if they get mixed up."""
    found = {_replacement(edit) for edit in fix.edits}
    edits = sorted(each for each in found if each is not None)
    paths = {edit.place.path for edit in fix.edits}
    mixed = any(overlap(early, late) for early, late in pairwise(edits))
    if not edits or None in found or mixed or len(paths) > 1:
        return None
    return PlacedFix(paths.pop(), fix.message, tuple(edits), fix.safe)


def overlap(early: Replacement, late: Replacement) -> bool:
    """Whether the second of two edits begins within the first, or where it does."""
    a, b = early.span, late.span
    return (b.line, b.column) < (a.end_line, a.end_column) or (
        (b.line, b.column) == (a.line, a.column)
    )


def _replacement(edit: Edit) -> Replacement | None:
    span = edit.place.span
    match edit.kind:
        case EditKind.REPLACE:
            return Replacement(span, edit.code)
        case EditKind.DELETE if _is_only_statement(edit.place):
            return Replacement(span, "pass")
        case EditKind.DELETE:
            return _without_lines(edit.place, span)
        case EditKind.INSERT:
            return _lines_above(edit)
    return None


def _lines_above(edit: Edit) -> Replacement | None:
    start = _start(edit.place)
    margin = _margin(edit.place, start)
    if margin is None:
        return None
    lines = indent(edit.code.rstrip("\n"), margin) + "\n"
    return Replacement(Span(start.line, 0, start.line, 0), lines)


def _without_lines(place: Place, span: Span) -> Replacement | None:
    """The whole lines of a statement; None if it shares one with another."""
    start = _start(place)
    rest = place.chunk.source.lines[span.end_line - 1][span.end_column :].lstrip()
    if _margin(place, start) is None or (rest and not rest.startswith("#")):
        return None
    return Replacement(Span(start.line, 0, span.end_line + 1, 0), "")


def _start(place: Place) -> Span:
    """Where a statement begins, decorators included."""
    match place.syntax:
        case cst.FunctionDef(decorators=[first, *_]):
            return place.chunk.span(first)
        case cst.ClassDef(decorators=[first, *_]):
            return place.chunk.span(first)
    return place.span


def _margin(place: Place, start: Span) -> str | None:
    """What a statement is indented by; None if something else begins its line."""
    lines = place.chunk.source.lines
    margin = lines[start.line - 1][: start.column]
    continued = start.line > 1 and lines[start.line - 2].endswith("\\")
    return None if margin.strip() or continued else margin


def _is_only_statement(place: Place) -> bool:
    """Whether a block of code would be empty without this statement."""
    body = body_around(place)
    if body is None or len(body.statements) > 1:
        return False
    (only,) = body.statements
    small = only.body if isinstance(only, cst.SimpleStatementLine) else ()
    return only is place.syntax or [*small] == [place.syntax]


def _place(about: Node | Place, block: Block) -> Place:
    match about:
        case Place():
            return about
        case Node(place=Place() as place):
            return place
    return block.place
