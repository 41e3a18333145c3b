r"""The outline of a file that is only imported, found without parsing all of it.

Whoever follows an import wants a name or two of a file that is often long. So strings
and comments are blanked by one regular expression, and statements are taken to begin
where lines then begin at the left. What a statement is about shows in its first words;
only what is not plain goes to the standard library's parser.

The outline of a file without faults is exactly the parser's. A fault within a function,
a class, or a plain assignment or import is not seen here: that ends with the statement,
see `Chunk`.
"""

import ast
import re
import sys
from bisect import bisect
from collections.abc import Iterator
from functools import partial
from itertools import accumulate, pairwise

from blocklint.frozen import dataclass
from blocklint.outline import Header, Stretch, bound, header_of, parse, parse_once
from blocklint.regex import STRING

_LITERAL = re.compile(rf"(#[^\n]*|{STRING})", re.DOTALL)
# From Python 3.12 on, quotes may be nested in the holes of a string.
_NESTS = sys.version_info >= (3, 12)
_PLAIN_HOLES = re.compile(
    r"(?:[^{}]|\{\{|\}\}"
    r"|\{(?:[^{}'\"#\\]|'[^'{}\\]*'|\"[^\"{}\\]*\"|\{[^{}'\"#\\]*\})*\})*"
)
_CUT_SHORT = re.compile(r"\\(?:\n(?![ \t])|\Z)|^[ \t]*\\", re.MULTILINE)
_NEW = re.compile(  # these begin a statement, for they cannot stand within brackets
    r"(?:@[\w. \t]+(?:\([^()\n]*\)[ \t]*)?\n)*(?:(?:async[ \t]+)?def|class)\b"
    r"|(?:import|try|with|while|assert|raise|del)\b"
    r"|from[ \t]+[.\w]+[ \t]+import\b"
)
_GOES_ON = re.compile(r"(?:elif|else|except|finally)\b")
_DECORATES = re.compile(r"@[ \t]*[A-Za-z_]")
_DEF = re.compile(r"(?:async[ \t]+)?def[ \t]+([A-Za-z_]\w*)[ \t]*\(", re.ASCII)
_CLASS = re.compile(
    r"class[ \t]+([A-Za-z_]\w*)[ \t]*(?:\([^()]*\)[ \t]*)?:(?=[ \t]*\n)", re.ASCII
)
_ASSIGNED = re.compile(
    r"(?!(?:try|else|finally|lambda)\b)([A-Za-z_]\w*)[ \t]*"
    r"(?::[^=;]+(?:=[^=;]+)?|=[^=;]+)\Z",
    re.ASCII,
)
_MAY_BIND = re.compile(r"[fFtT][rR]?\?|for")
_IMPORTED = re.compile(
    r"from[ \t]+[.\w]+[ \t]+import[ \t]*"
    r"(?:([\w, \t]*\w)|\([ \t\n]*(\w[\w, \t\n]*?)[, \t\n]*\))[ \t\n]*\Z",
    re.ASCII,
)
_BODY = re.compile(r"[ \t]*\n(?:[ \t]*\n)*( +)(?=[^ \t\n])")


class Unsure(Exception):
    """Raised where only the parser can tell how a text is divided."""


@dataclass
class _Part:
    """A statement: where it begins and ends, and where it does below its decorators.

    It is `split` if it goes on at the same indent, as an `else` does.
    """

    start: int
    end: int
    begins: int
    is_split: bool = False


def skimmed(text: str) -> list[Stretch] | None:
    """What `stretches` says of a text whose lines end in line feeds; None if unsure."""
    try:
        code = _blanked(text)
        parts = list(_parts(code))
        found = list(_stretches(text, code, parts))
        for each, (names, header) in zip(found, _told(text, code, parts), strict=True):
            each.names, each.header = names, header
    except (Unsure, SyntaxError, RecursionError, MemoryError):
        return None
    return found


def skimmed_and_parsed(text: str) -> list[Stretch] | None:
    """The same, after all statements were parsed one by one; None if one has faults."""
    try:
        code = _blanked(text)
        found = list(_stretches(text, code, list(_parts(code))))
        for each in found:
            body = parse_once(text[each.start : each.end] + "\n").body
            each.names = {name for statement in body for name in bound(statement)}
            each.header = header_of(body[0]) if len(body) == 1 else None
    except (Unsure, SyntaxError, RecursionError, MemoryError):
        return None
    return found


def _stretches(text: str, code: str, parts: list[_Part]) -> Iterator[Stretch]:
    """Where statements stand; what they bind is not told yet."""
    line, at = 1, 0
    for part in parts:
        end = part.start + len(code[part.start : part.end].rstrip(" \t\n;\\"))
        first = line + text.count("\n", at, part.start)
        line, at = first + text.count("\n", part.start, end), end
        stop = text.find("\n", end)
        stop = len(text) if stop < 0 else stop
        yield Stretch(first, line, set(), None, part.start, stop)


def _blanked(text: str) -> str:
    """A text of the same length without strings and comments, and their line ends."""
    pieces = _LITERAL.split(text)
    if _NESTS and not all(map(_is_plain, pieces[::2], pieces[1::2])):
        raise Unsure
    pieces[1::2] = [(" " if p[0] == "#" else "?") * len(p) for p in pieces[1::2]]
    code = "".join(pieces)
    if '"' in code or "'" in code or "\f" in code:
        raise Unsure
    if "\\" in code and _CUT_SHORT.search(code):
        raise Unsure
    return code


def _is_plain(before: str, literal: str) -> bool:
    """Whether a literal ends where it would without holes."""
    prefix = before[-2:] if before[-1:].isalpha() and literal[0] != "#" else ""
    may_have_holes = "{" in literal and not set(prefix).isdisjoint("fFtT")
    return not may_have_holes or bool(_PLAIN_HOLES.fullmatch(literal))


def _parts(code: str, indent: str = "") -> Iterator[_Part]:
    """The statements that begin at an indent."""
    begins = re.compile(rf"\n{indent}(?=[^ \t\n)\]}}])")
    starts = [len(indent) + each.start() for each in begins.finditer(f"\n{code}")]
    if code[: starts[0] if starts else None].strip(" \t\n"):
        raise Unsure
    part: _Part | None = None
    closed, decorates = 0, False  # where no bracket is open, for certain
    for start, end in pairwise([*starts, len(code)]):
        depth = 0 if _NEW.match(code, start) else _depth(code[closed:start])
        goes_on = not depth and bool(_GOES_ON.match(code, start))
        if part is not None and (depth > 0 or decorates or goes_on):
            part.end = end
            part.is_split |= goes_on
            part.begins = start if decorates and not depth else part.begins
        elif depth or goes_on:
            raise Unsure
        else:
            if part is not None:
                yield part
            part = _Part(start, end, start)
        if not depth:
            closed, decorates = start, code[start] == "@"
            if decorates and not _DECORATES.match(code, start):
                raise Unsure
    if decorates:
        raise Unsure
    if part is not None:
        yield part


def _depth(code: str) -> int:
    """How many brackets more are opened than closed."""
    return sum(map(code.count, "([{")) - sum(map(code.count, ")]}"))


def _told(
    text: str, code: str, parts: list[_Part], indent: str = ""
) -> list[tuple[set[str], Header | None]]:
    """The names that each statement binds, and the header of a class."""
    found: list[tuple[set[str], Header | None]] = []
    asked = ["if 1:\n" if indent else ""]  # what the parser is to tell, all at once
    of = [-1]
    for number, part in enumerate(parts):
        names = _plainly_bound(code, part)
        found.append((names or set(), None))
        if names is None:
            cls = _class_at(code, part)
            whole = text[part.start : part.end] + "\n"
            asked.append(indent + (f"{text[part.begins : cls]} 0\n" if cls else whole))
            of.append(number)
    if len(of) == 1:
        return found
    ends = list(accumulate(each.count("\n") for each in asked))
    tree = parse("".join(asked))
    for statement in ast.iter_child_nodes(tree.body[0] if indent else tree):
        if not isinstance(statement, ast.stmt):
            continue
        number = of[bisect(ends, statement.lineno - 1)]
        names, header = found[number][0], header_of(statement)
        if header and _class_at(code, parts[number]):
            header = Header(header.bases, partial(_members, text, parts[number]))
        found[number] = names | set(bound(statement)), header
    return found


def _class_at(code: str, part: _Part) -> int:
    """Where the header of a class ends, if a statement is a plain one; else 0."""
    found = None if part.is_split else _CLASS.match(code, part.begins)
    return found.end() if found else 0


def _plainly_bound(code: str, part: _Part) -> set[str] | None:
    """The names that a statement binds; None if that is not plain."""
    if part.is_split:
        return None
    if found := _DEF.match(code, part.begins):
        return {found[1]}
    piece = code[part.start : part.end]
    if not piece.strip("? \t\n"):
        return set()  # a docstring
    if found := _IMPORTED.match(piece):
        names = {name.strip() for name in (found[1] or found[2]).split(",")}
        return names if all(map(str.isidentifier, names)) else None
    found = _ASSIGNED.match(piece)
    return {found[1]} if found and not _MAY_BIND.search(piece) else None


def _members(text: str, part: _Part) -> frozenset[str]:
    """The names that the body of a class binds; none of one that does not parse."""
    text = text[part.start : part.end]
    try:
        try:
            return _bound_in_body(text, part.begins - part.start)
        except Unsure:
            (statement,) = parse(text).body
            header = header_of(statement)
            return header.members if header else frozenset()
    except (SyntaxError, RecursionError, MemoryError):
        return frozenset()


def _bound_in_body(text: str, begins: int) -> frozenset[str]:
    code = _blanked(text)
    header = _CLASS.match(code, begins)
    body = _BODY.match(code, header.end()) if header else None
    if body is None:
        raise Unsure
    text, code = text[body.start(1) :], code[body.start(1) :]
    told = _told(text, code, list(_parts(code, body[1])), body[1])
    return frozenset(name for names, _ in told for name in names)
