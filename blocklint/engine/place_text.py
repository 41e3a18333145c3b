"""Findings about the text of a file, which no parser is needed for."""

from blocklint.rule import Finding, PlacedFix, Rule
from blocklint.text import Broken, Span


def place_broken(file: Broken, rule: Rule) -> Finding:
    """The finding that a file which cannot be read amounts to."""
    span = Span(file.line, file.column, file.line, file.column + 1)
    return place_text(file.path, span, rule, file.message)


def place_text(
    path: str, span: Span, rule: Rule, message: str, fix: PlacedFix | None = None
) -> Finding:
    """A finding about the text of a file rather than about a block."""
    return Finding(path, span, rule.name, rule.code, rule.severity, message, fix=fix)
