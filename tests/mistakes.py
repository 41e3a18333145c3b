"""What blocklint says of a mutant that it does not say of the original."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from blocklint.engine import Options, Request, check
from blocklint.rule import Finding

Keys = Counter[tuple[str, str, int]]
SHAPES = "BL4"
NOTES = frozenset(["BL500"])  # says that a block did not run, and nothing of its shapes


def found(path: Path, text: str) -> list[Finding]:
    """The findings of `check`, with a text in the place of a file's own."""
    drafts = {str(path.resolve()): text.encode()}
    request = Request((str(path),), Options(isolated=True), drafts=drafts)
    return list(check(request).findings)


def keys(findings: Iterable[Finding]) -> Keys:
    """Code, class and line: an edit within a line does not change those of others."""
    return Counter((f.code, f.class_name or "", f.span.line) for f in findings)


def new_codes(before: Keys, after: Iterable[Finding]) -> frozenset[str]:
    """The codes of findings that were not there before."""
    return frozenset(code for code, _, _ in keys(after) - before)
