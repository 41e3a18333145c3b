"""Annotations of a GitHub workflow: one command a finding, where it is."""

from collections.abc import Iterator, Mapping

from blocklint.product import NAME
from blocklint.remarks import described
from blocklint.report import Report, slashed
from blocklint.rule import Finding, Severity
from blocklint.terminal import printable

_COMMANDS = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.NOTE: "notice",
}


def render(report: Report) -> str:
    """`::error file=...,line=...,title=...::message`, the details in the message."""
    return "".join(map(_command, report.findings))


def annotation(command: str, properties: Mapping[str, str], text: str) -> str:
    """One command: `warning`, say, with its properties and its text."""
    given = ",".join(f"{key}={_property(each)}" for key, each in properties.items())
    said = _data(printable(text, but="\r\n"))
    return f"::{command} {given}::{said}\n"


def _command(finding: Finding) -> str:
    command, message = _COMMANDS[finding.severity], "\n".join(described(finding))
    return annotation(command, dict(_properties(finding)), message)


def _properties(finding: Finding) -> Iterator[tuple[str, str]]:
    """Where it is: columns are taken only for a stretch within one line."""
    span = finding.span.of_file
    yield "file", slashed(finding.path)
    yield "line", str(span.line)
    yield "endLine", str(span.end_line)
    if span.end_line == span.line:
        yield "col", str(span.column + 1)
        yield "endColumn", str(span.end_column + 1)
    aside = finding.span.aside
    yield "title", f"{NAME} ({finding.code} {finding.rule}){aside}"


def _data(text: str) -> str:
    """A message, with escapes for what the runner would take for its own."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """A property; a name of a file that is no text can only be written otherwise."""
    valid = text.encode(errors="backslashreplace").decode()
    return _data(valid).replace(":", "%3A").replace(",", "%2C")
