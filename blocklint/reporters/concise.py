"""One line a finding, in the form that editors and `grep` understand."""

from collections.abc import Iterator

from blocklint.report import Report
from blocklint.rule import Finding


def render(report: Report) -> str:
    """`path:line:column: code rule: message`, columns from one."""
    return "".join(_lines(report))


def _lines(report: Report) -> Iterator[str]:
    for finding in report.findings:
        yield f"{_place(finding)}: {finding.code} {finding.rule}: {finding.message}\n"


def _place(finding: Finding) -> str:
    return f"{finding.path}:{finding.span.line}:{finding.span.column + 1}"
