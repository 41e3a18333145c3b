"""Findings as a JSON list, for other programs.

Lines and columns count from one, the end column is exclusive; in a notebook, lines
count within `cell`, which counts all cells from one. `fingerprint` names a
finding across edits elsewhere in its file; `url` is null while rules have no web page.
"""

import json
from collections.abc import Mapping

from blocklint.report import Report
from blocklint.rule import Finding, PlacedFix, RelatedSpan, Replacement
from blocklint.text import Span


def render(report: Report) -> str:
    """The list of findings, in the order of the report."""
    return json.dumps(listed(report), indent=2) + "\n"


def listed(report: Report) -> list[Mapping[str, object]]:
    """Each finding as an object of the list."""
    pairs = zip(report.findings, report.fingerprints(), strict=True)
    return [
        _finding(finding, fingerprint, report.url_of(finding.rule))
        for finding, fingerprint in pairs
    ]


def _finding(
    finding: Finding, fingerprint: str, url: str | None
) -> Mapping[str, object]:
    return {
        "code": finding.code,
        "rule": finding.rule,
        "severity": finding.severity.value,
        "message": finding.message,
        "path": finding.path,
        **_place(finding.span),
        "class": finding.class_name,
        "verdict": finding.verdict.value,
        "related": [_related(other) for other in finding.related],
        "fix": _fix(finding.fix) if finding.fix else None,
        "fingerprint": fingerprint,
        "url": url,
    }


def _related(other: RelatedSpan) -> Mapping[str, object]:
    return {"path": other.path, **_place(other.span), "message": other.label}


def _fix(fix: PlacedFix) -> Mapping[str, object]:
    return {
        "message": fix.message,
        "applicability": "safe" if fix.safe else "unsafe",
        "edits": [_edit(edit, fix.path) for edit in fix.edits],
    }


def _edit(edit: Replacement, path: str) -> Mapping[str, object]:
    return {"path": path, **_place(edit.span), "content": edit.text}


def _place(span: Span) -> Mapping[str, int | None]:
    return {
        "cell": span.cell,
        "line": span.line,
        "column": span.column + 1,
        "end_line": span.end_line,
        "end_column": span.end_column + 1,
    }
