"""JUnit's XML: a suite a file, a case a finding.

A note fails no check, so it is a case that passed and has something to say. There is
always a case, for many readers take a page without any for a broken one.
"""

import re
from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from blocklint.product import NAME
from blocklint.remarks import described
from blocklint.report import Report
from blocklint.rule import Finding, Severity

# All that XML 1.0 cannot hold, however it is written.
_UNHEARD_OF = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(report: Report) -> str:
    """The page; in ASCII, so that it is read right in whatever encoding it is sent."""
    files: dict[str, list[Finding]] = {}
    for finding in report.findings:
        files.setdefault(finding.path, []).append(finding)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append(f"<testsuites {_totals(NAME, report.findings)}>")
    for path, found in files.items():
        lines.append(f"  <testsuite {_totals(path, found)}>")
        lines += (line for finding in found for line in _case(finding))
        lines.append("  </testsuite>")
    if not files:
        lines += _silence()
    text = "\n".join([*lines, "</testsuites>"]) + "\n"
    return text.encode("ascii", "xmlcharrefreplace").decode()


def _totals(name: str, found: list[Finding] | tuple[Finding, ...]) -> str:
    failures = sum(finding.severity is not Severity.NOTE for finding in found)
    tests = max(len(found), 1)
    given = {"name": name, "tests": tests, "failures": failures, "errors": 0}
    return _attributes(**given)


def _case(finding: Finding) -> Iterator[str]:
    span = finding.span
    where = f"{span.line}:{span.column + 1}"
    name = f"{finding.code} {finding.rule} at {where}{span.aside}"
    given = {"name": name, "classname": finding.path, "file": finding.path}
    yield f"    <testcase {_attributes(**given, line=span.of_file.line)}>"
    text = _text("\n".join(described(finding)))
    if finding.severity is Severity.NOTE:
        yield f"      <system-out>{text}</system-out>"
    else:
        why = _attributes(message=finding.message, type=finding.severity.value)
        yield f"      <failure {why}>{text}</failure>"
    yield "    </testcase>"


def _silence() -> Iterator[str]:
    yield f"  <testsuite {_totals(NAME, ())}>"
    yield f"    <testcase {_attributes(name='nothing found', classname=NAME)}/>"
    yield "  </testsuite>"


def _attributes(**given: object) -> str:
    return " ".join(f"{k}={quoteattr(_hearable(str(v)))}" for k, v in given.items())


def _text(text: str) -> str:
    return escape(_hearable(text), {"\r": "&#13;"})


def _hearable(text: str) -> str:
    """The text, with an escape in the place of each character that XML cannot hold."""
    return _UNHEARD_OF.sub(
        lambda found: found[0].encode("unicode_escape").decode(), text
    )
