"""One line a finding, in the form that editors and `grep` understand."""

from collections.abc import Iterable, Iterator

from blocklint.report import Report
from blocklint.rule import Finding, Verdict
from blocklint.terminal import BOLD, PLAIN, STYLES, Terminal, printable


def render(report: Report, terminal: Terminal = PLAIN) -> str:
    """`path:line:column: code rule: message`, columns from one, then the verdict."""
    return "".join(
        _line(finding, terminal, report.url_of(finding.rule))
        for finding in report.findings
    )


def lines(findings: Iterable[Finding]) -> Iterator[str]:
    """The plain line of each finding."""
    return (_line(finding, PLAIN, None) for finding in findings)


def claim_of(finding: Finding, terminal: Terminal, url: str | None) -> str:
    """Code, rule and message; a verdict is said where a run came to one."""
    tested = finding.verdict is not Verdict.UNTESTED
    verdict = f" [{finding.verdict.value}]" if tested else ""
    code = terminal.linked(finding.code, url)
    painted = terminal.painted(code, STYLES[finding.severity])
    return f"{painted} {finding.rule}: {printable(finding.message)}{verdict}"


def _line(finding: Finding, terminal: Terminal, url: str | None) -> str:
    span = finding.span
    home = terminal.painted(printable(span.home(finding.path)), BOLD)
    place = f"{home}:{span.line}:{span.column + 1}"
    return f"{place}: {claim_of(finding, terminal, url)}\n"
