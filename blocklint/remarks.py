"""What there is to say of a finding beside its message, in lines of plain text."""

from collections.abc import Iterator

from blocklint.rule import Finding, Verdict

_VERDICTS = {
    Verdict.CONFIRMED: "confirmed by what ran",
    Verdict.REFUTED: "refuted by what ran",
}


def remarks(finding: Finding) -> Iterator[tuple[str, str]]:
    """Pairs of a word and what it says: class, trace, fix, and where to get help."""
    if finding.class_name:
        yield "class", finding.class_name
    if finding.verdict in _VERDICTS:
        yield "trace", _VERDICTS[finding.verdict]
    if finding.fix:
        unsafe = "" if finding.fix.safe else " (unsafe)"
        yield "fix", f"{finding.fix.message}{unsafe}"
    yield "help", f"blocklint rule {finding.rule}"


def headline(finding: Finding) -> str:
    """`path:line:column: code rule: message`, columns from one."""
    span = finding.span
    place = f"{span.home(finding.path)}:{span.line}:{span.column + 1}"
    return f"{place}: {finding.code} {finding.rule}: {finding.message}"


def described(finding: Finding) -> Iterator[str]:
    """A finding in full for who has no excerpt: headline, related places, remarks."""
    yield headline(finding)
    for other in finding.related:
        place = (
            f"{other.span.home(other.path)}:{other.span.line}:{other.span.column + 1}"
        )
        yield f"{place}: {other.label}"
    for word, said in remarks(finding):
        yield f"{word}: {said}"
