"""Adds the comment that suppresses a finding to the statement that it is in."""

import io
import re
import tokenize
from collections.abc import Iterator

from blocklint.engine.comments import split
from blocklint.rule import Finding, Replacement
from blocklint.text import Span, lines_of

_LIST = re.compile(r"#\s*blocklint:\s*ignore\s*\[(?P<names>[^\]]*)\]")


def ignored(text: str, finding: Finding) -> Replacement | None:
    """The edit that suppresses a finding where it stands; None for a broken text.

    The comment goes to the end of the statement, or of the header of a class or a loop.
    It joins a list of rules that is there already.
    """
    line = _last_line(text, finding.span.line)
    if line is None:
        return None
    written = lines_of(text)[line - 1]
    if found := _LIST.search(written):
        names = ", ".join([*split(found["names"]), finding.rule])
        return Replacement(
            Span(line, found.start("names"), line, found.end("names")), names
        )
    end = len(written.rstrip())
    comment = f"  # blocklint: ignore[{finding.rule}]"
    return Replacement(Span(line, end, line, len(written)), comment)


def _last_line(text: str, line: int) -> int | None:
    """The last line of the statement that a line is part of."""
    return next(
        (last for first, last in _statements(text) if first <= line <= last), None
    )


def _statements(text: str) -> Iterator[tuple[int, int]]:
    """The first and the last line of each statement, or of its header."""
    first: int | None = None
    for token in tokenize.generate_tokens(io.StringIO(text, newline=None).readline):
        match token.type:
            case tokenize.NEWLINE if first is not None:
                yield first, token.start[0]
                first = None
            case tokenize.NL | tokenize.INDENT | tokenize.DEDENT | tokenize.COMMENT:
                pass
            case _:
                first = first or token.start[0]
