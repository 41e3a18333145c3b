"""Gives a claim its place in a file: claims become findings."""

from dataclasses import dataclass

from blocklint.analysis import Block
from blocklint.graph import Node
from blocklint.rule import Claim, Finding, RelatedSpan, Rule
from blocklint.source import Broken, Place, Source, Span


@dataclass(frozen=True)
class Placed:
    """A finding, and the sources that it speaks of."""

    finding: Finding
    sources: tuple[Source, ...] = ()


def place(claim: Claim, rule: Rule, block: Block) -> Placed:
    """The finding that a claim about a block amounts to.

    A claim about a node that stands nowhere is about the block's class as a whole. Two
    nodes may stand at one place, as where a helper is called twice; it is named once.
    """
    main = _place(claim.about, block)
    related = [
        RelatedSpan(other.place.path, other.place.span, other.label)
        for other in claim.related
    ]
    finding = Finding(
        path=main.path,
        span=main.span,
        rule=rule.name,
        code=rule.code,
        severity=rule.severity,
        message=claim.message,
        class_name=block.name,
        related=tuple(dict.fromkeys(related)),
    )
    places = (main, *(other.place for other in claim.related))
    return Placed(finding, tuple(each.chunk.source for each in places))


def place_broken(file: Broken, rule: Rule) -> Finding:
    """The finding that a file which cannot be read amounts to."""
    span = Span(file.line, file.column, file.line, file.column + 1)
    return place_text(file.path, span, rule, file.message)


def place_text(path: str, span: Span, rule: Rule, message: str) -> Finding:
    """A finding about the text of a file rather than about a block."""
    return Finding(path, span, rule.name, rule.code, rule.severity, message)


def _place(about: Node | Place, block: Block) -> Place:
    match about:
        case Place():
            return about
        case Node(place=Place() as place):
            return place
    return block.place
