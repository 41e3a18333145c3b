"""Findings under the file that they are in, a line each."""

from collections.abc import Iterator

from blocklint.report import Report
from blocklint.reporters.concise import claim_of
from blocklint.rule import Finding
from blocklint.terminal import BOLD, PLAIN, Terminal, printable


def render(report: Report, terminal: Terminal = PLAIN) -> str:
    """A paragraph a file: its name, then `line:column code rule: message`."""
    files: dict[str, list[Finding]] = {}
    for finding in report.findings:
        files.setdefault(finding.path, []).append(finding)
    return "\n".join(
        f"{terminal.painted(printable(path), BOLD)}:\n"
        + "".join(_lines(found, report, terminal))
        for path, found in files.items()
    )


def _lines(found: list[Finding], report: Report, terminal: Terminal) -> Iterator[str]:
    """The findings of a file, the colons of their places below each other."""
    lines, columns = zip(*(map(str, _place(finding)) for finding in found), strict=True)
    left, right = max(map(len, lines)), max(map(len, columns))
    for finding, line, column in zip(found, lines, columns, strict=True):
        claim = claim_of(finding, terminal, report.url_of(finding.rule))
        yield f"  {line:>{left}}:{column:<{right}} {claim}\n"


def _place(finding: Finding) -> tuple[str, int]:
    span = finding.span
    line = str(span.line) if span.cell is None else f"cell {span.cell}:{span.line}"
    return line, span.column + 1
