"""One line a finding, in the form that editors and `grep` understand."""

from collections.abc import Iterable, Iterator

from blocklint.report import Report
from blocklint.rule import Finding, Verdict


def render(report: Report) -> str:
    """`path:line:column: code rule: message`, columns from one, then the verdict."""
    return "".join(lines(report.findings))


def lines(findings: Iterable[Finding]) -> Iterator[str]:
    """The line of each finding; a verdict is said where a run came to one."""
    for finding in findings:
        named = f"{finding.code} {finding.rule}: {finding.message}"
        tested = finding.verdict is not Verdict.UNTESTED
        verdict = f" [{finding.verdict.value}]" if tested else ""
        yield f"{_place(finding)}: {named}{verdict}\n"


def _place(finding: Finding) -> str:
    return f"{finding.path}:{finding.span.line}:{finding.span.column + 1}"
