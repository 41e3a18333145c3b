"""A Code Quality report of GitLab: a JSON list of findings."""

import json
from collections.abc import Mapping

from blocklint.report import Report, slashed
from blocklint.rule import Finding, Severity
from blocklint.terminal import printable

_SEVERITIES = {
    Severity.ERROR: "critical",
    Severity.WARNING: "major",
    Severity.NOTE: "info",
}


def render(report: Report) -> str:
    """One object a finding; no two have the same fingerprint."""
    pairs = zip(report.findings, report.fingerprints(), strict=True)
    listed = [_finding(finding, fingerprint) for finding, fingerprint in pairs]
    return json.dumps(listed, indent=2) + "\n"


def _finding(finding: Finding, fingerprint: str) -> Mapping[str, object]:
    span = finding.span.of_file
    said = f"{printable(finding.message)}{finding.span.aside}"
    return {
        "description": f"{finding.code} {finding.rule}: {said}",
        "check_name": finding.rule,
        "fingerprint": fingerprint,
        "severity": _SEVERITIES[finding.severity],
        "location": {
            "path": printable(slashed(finding.path)),
            "lines": {"begin": span.line, "end": span.end_line},
        },
    }
