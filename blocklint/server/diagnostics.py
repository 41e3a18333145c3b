"""Findings as the protocol's diagnostics."""

import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from lsprotocol import types

from blocklint.report import Report
from blocklint.rule import Finding, RelatedSpan, Severity
from blocklint.server.documents import Document
from blocklint.server.positions import Encoding, Ruler

_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.NOTE: types.DiagnosticSeverity.Information,
}


def diagnostics_of(
    report: Report, document: Document, encoding: Encoding
) -> list[types.Diagnostic]:
    """The findings in a document, each with the places that it speaks of."""

    def located(other: RelatedSpan) -> types.Location:
        ruler = Ruler(report.lines.get(other.path, ()), encoding)
        here = os.path.realpath(other.path) == os.path.realpath(document.path)
        uri = document.uri if here else uri_of(other.path)
        return types.Location(uri, ruler.range(other.span))

    lines = report.lines.get(document.path, ())
    return [
        _diagnostic(
            finding, Ruler(lines, encoding), located, report.url_of(finding.rule)
        )
        for finding in report.findings
        if finding.path == document.path
    ]


def uri_of(path: str) -> str:
    """The address of a file on the disk."""
    return Path(os.path.abspath(path)).as_uri()


def _diagnostic(
    finding: Finding,
    ruler: Ruler,
    located: Callable[[RelatedSpan], types.Location],
    page: str | None,
) -> types.Diagnostic:
    return types.Diagnostic(
        range=ruler.range(finding.span),
        message=f"{finding.rule}: {finding.message}",
        severity=_SEVERITIES[finding.severity],
        code=finding.code,
        code_description=types.CodeDescription(page or _manual(finding.rule)),
        source="blocklint",
        tags=_tags(finding),
        related_information=[
            types.DiagnosticRelatedInformation(located(other), other.label)
            for other in finding.related
        ],
    )


def _manual(rule: str) -> str:
    """Where a rule without a page is explained: the head of its own file."""
    (folder, *_) = import_module("blocklint.rules").__path__
    return uri_of(f"{folder}/{rule.replace('-', '_')}.py")


def _tags(finding: Finding) -> list[types.DiagnosticTag]:
    """What is of no use is shown faded; the names of those rules say so."""
    unused = finding.rule.startswith("unused-")
    return [types.DiagnosticTag.Unnecessary] if unused else []
