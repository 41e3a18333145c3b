"""SARIF 2.1.0, the form in which code scanning services take findings.

Lines and columns count from one and ends are exclusive, columns are characters. Paths
are relative to the folder that the check ran in, unless they were given otherwise. The
form knows no cells: of a notebook, messages say which is meant, and fixes are left out.
"""

import json
import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote

from blocklint.product import NAME, VERSION
from blocklint.report import Report, slashed
from blocklint.rule import Finding, PlacedFix, RelatedSpan, Rule
from blocklint.terminal import printable
from blocklint.text import Span

Json = dict[str, object]
Lines = Mapping[str, tuple[str, ...]]

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"
    "sarif-schema-2.1.0.json"
)
_ROOT = "%SRCROOT%"
_LINK = re.compile(r"\[(?=[^\[\]]*\]\()")  # `layers[0](x)` in a message is code

_STRAY = re.compile("[\ud800-\udc7f\udd00-\udfff]")  # halves that stand for no byte


def render(report: Report) -> str:
    """One run of one tool, with the rules that are broken and the findings."""
    broken = {finding.rule for finding in report.findings}
    rules = [rule for rule in report.rules if rule.name in broken]
    index = {rule.name: number for number, rule in enumerate(rules)}
    pairs = zip(report.findings, report.fingerprints(), strict=True)
    results = [_result(f, mark, index, report.lines) for f, mark in pairs]
    driver: Json = {
        "name": NAME,
        "semanticVersion": VERSION,
        "rules": [_rule(rule, report.url_of(rule.name)) for rule in rules],
    }
    if report.pages:
        driver["informationUri"] = report.pages
    here = {"description": {"text": f"The folder that {NAME} ran in."}}
    run: Json = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: here},
        "results": results,
    }
    document = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=2) + "\n"


def _rule(rule: Rule, url: str | None) -> Json:
    doc = rule.doc.strip()
    described: Json = {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "help": {"text": doc, "markdown": f"# {rule.name} ({rule.code})\n\n{doc}"},
        "defaultConfiguration": {"level": rule.severity.value},
        "properties": {"tags": [rule.family]},
    }
    if url:
        described["helpUri"] = url
    return described


def _result(
    finding: Finding, fingerprint: str, index: Mapping[str, int], lines: Lines
) -> Json:
    location: Json = {"physicalLocation": _place(finding.path, finding.span)}
    if finding.class_name:
        named = {"name": finding.class_name, "kind": "type"}
        location["logicalLocations"] = [named]
    result: Json = {
        "ruleId": finding.code,
        "level": finding.severity.value,
        "message": _message(finding.message + finding.span.aside),
        "locations": [location],
        "partialFingerprints": {f"{NAME}/v1": fingerprint},
        "properties": {"verdict": finding.verdict.value},
    }
    if finding.rule in index:
        result["ruleIndex"] = index[finding.rule]
    if finding.related:
        result["relatedLocations"] = list(_related(finding.related))
    if finding.fix and finding.span.cell is None:
        result["fixes"] = [_fix(finding.fix, lines.get(finding.fix.path, ()))]
    return result


def _related(others: tuple[RelatedSpan, ...]) -> Iterator[Json]:
    for number, other in enumerate(others, 1):
        yield {
            "id": number,
            "physicalLocation": _place(other.path, other.span),
            "message": _message(other.label + other.span.aside),
        }


def _fix(fix: PlacedFix, lines: tuple[str, ...]) -> Json:
    replacements = [
        {
            "deletedRegion": _region(_within(edit.span, lines)),
            "insertedContent": {"text": edit.text},
        }
        for edit in fix.edits
    ]
    change = {"artifactLocation": _file(fix.path), "replacements": replacements}
    return {
        "description": _message(fix.message),
        "artifactChanges": [change],
        "properties": {"applicability": "safe" if fix.safe else "unsafe"},
    }


def _message(text: str) -> Json:
    """A message in which nothing is taken for a link: `[text](target)` would be."""
    return {"text": _LINK.sub(r"\\[", printable(text, but="\r\n"))}


def _place(path: str, span: Span) -> Json:
    return {"artifactLocation": _file(path), "region": _region(span)}


def _region(span: Span) -> Json:
    span = span.of_file
    return {
        "startLine": span.line,
        "startColumn": span.column + 1,
        "endLine": span.end_line,
        "endColumn": span.end_column + 1,
    }


def _within(span: Span, lines: tuple[str, ...]) -> Span:
    """A span that ends where its file does, if it would end on a line after that."""
    if not lines or span.end_line <= len(lines):
        return span
    return Span(span.line, span.column, len(lines), len(lines[-1]))


def _file(path: str) -> Json:
    """The address of a file: a relative one is seen from the folder of the check."""
    path = _STRAY.sub("\ufffd", slashed(path))
    address = quote(path, errors="surrogateescape")
    if re.match("[A-Za-z]:/", path):
        return {"uri": f"file:///{path[0]}:{address.partition('%3A')[2]}"}
    if path.startswith("//"):
        return {"uri": f"file:{address}"}
    if path.startswith("/"):
        return {"uri": f"file://{address}"}
    # What lies above that folder cannot be told from it.
    return {"uri": address, **({} if _leaves(path) else {"uriBaseId": _ROOT})}


def _leaves(path: str) -> bool:
    return ".." in path.split("/")
