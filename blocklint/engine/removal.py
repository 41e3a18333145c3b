"""Takes out of a comment what suppresses nothing, and leaves what else it says."""

from blocklint.engine.comments import separator_of, split
from blocklint.engine.suppress import Unused
from blocklint.rule import PlacedFix, Replacement
from blocklint.text import Span, Text


def removal(source: Text, unused: Unused) -> PlacedFix | None:
    """The fix that takes idle selectors, or all of a suppression, out of a comment.

    A reason, and what is meant for other tools, stays; a line that would be left empty
    goes. None for what may be needed after all, and for a list that is never closed.
    """
    span = unused.comment.span
    line = source.lines[span.line - 1]
    text = line[span.column : span.end_column]
    said = unused.comment.directive
    if unused.idle is None or said.is_open:
        return None
    first, last = said.listed or (said.end, said.end)
    kept, message = _kept(text[first:last], set(unused.idle) - {""})
    if kept is None:
        rest = _joined(text[: said.start], text[said.end :])
    else:
        rest = text[:first] + kept + text[last:]
    edit = _edit(line, span, rest)
    return PlacedFix(source.path, message, (edit,), safe=True)


def _kept(names: str, idle: set[str]) -> tuple[str | None, str]:
    """The selectors that stay, None if none does; and what is done."""
    listed = split(names)
    stay = [name for name in listed if not {name, name.upper()} & idle]
    if not idle or not stay:
        return None, "remove the suppression"
    taken = ", ".join(f"`{name}`" for name in sorted(idle))
    return separator_of(names).join(stay), f"remove {taken}"


def _joined(before: str, after: str) -> str:
    """What is left of a comment: other comments on both sides, or a reason."""
    before, after = before.rstrip(), after.strip()
    if after and not after.startswith("#"):
        after = f"# {after.lstrip(':,;- ')}"
    return "  ".join(part for part in (before, after) if part)


def _edit(line: str, span: Span, rest: str) -> Replacement:
    if rest:
        return Replacement(span, rest)
    code = line[: span.column].rstrip()
    if not code:
        return Replacement(Span(span.line, 0, span.line + 1, 0), "")
    return Replacement(Span(span.line, len(code), span.line, len(line)), "")
