"""What the worker is asked to do; each job takes and gives plain data."""

import ast
import re
from dataclasses import replace

from blocklint import engine
from blocklint.engine import Request
from blocklint.engine.fixing import fixed
from blocklint.engine.lookup import home_of
from blocklint.outline import parse
from blocklint.report import BlockFacts, Report
from blocklint.rule import Finding
from blocklint.source import Source, decode, source_of

_DOTTED = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")


def check(request: Request) -> Report:
    """The findings of the one document that a request is about.

    The rules themselves stay here: they are code, and no data.
    """
    return replace(engine.check(request), rules=())


def repair(request: Request) -> str | None:
    """The text that safe fixes make of a document; None if they change nothing."""
    for file in engine.fix(request).edited:
        read = decode(file.after, file.path)
        return read.text if isinstance(read, Source) else None
    return None


def describe(request: Request, line: int, column: int) -> BlockFacts | None:
    """The block that is named at a place of a document, or whose header is there."""
    source = decode(request.stdin or b"", request.stdin_name)
    if not isinstance(source, Source) or line > len(source.lines):
        return None
    if word := _word_at(source.lines[line - 1], column):
        match home_of(source, word, request.drafts):
            case (source.path, name):
                return _facts(request, name)
            case (path, name):
                return _facts(_about(request, path), name)
    header = _class_of_header(source.text, line)
    return _facts(request, header) if header else None


def mended(text: str, finding: Finding) -> str | None:
    """The text once one finding is fixed; None if that comes to nothing."""
    if finding.fix is None:
        return None
    new, _ = fixed(text, [finding.fix])
    return new if isinstance(source_of(new, finding.path), Source) else None


def _about(request: Request, path: str) -> Request:
    """The request to look at another file instead."""
    return Request((path,), request.options, drafts=request.drafts)


def _facts(request: Request, name: str) -> BlockFacts | None:
    blocks = engine.inspect(request).blocks
    return next((block for block in blocks if block.name == name), None)


def _word_at(line: str, column: int) -> str | None:
    """The dotted name that a column is in, up to the part that it is in."""
    for found in _DOTTED.finditer(line):
        if found.start() <= column <= found.end():
            end = re.compile(r"\w*").match(line, column)
            return line[found.start() : end.end() if end else column]
    return None


def _class_of_header(text: str, line: int) -> str | None:
    """The class whose header, decorators included, is on a line."""
    for node in ast.walk(parse(text)):
        if isinstance(node, ast.ClassDef):
            last = max(node.lineno, _first_line(node.body[0]) - 1)
            if _first_line(node) <= line <= last:
                return node.name
    return None


def _first_line(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(each.lineno for each in decorators)])
