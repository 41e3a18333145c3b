"""For a person at a terminal: each finding with the lines that it speaks of."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from unicodedata import east_asian_width

from blocklint.report import Report
from blocklint.rule import Finding, Severity, Verdict
from blocklint.source import Span

Lines = Mapping[str, tuple[str, ...]]
Paint = Callable[[str, str], str]

_STYLES = {  # as a terminal numbers them: bold red, bold yellow, bold cyan, blue
    Severity.ERROR: "1;31",
    Severity.WARNING: "1;33",
    Severity.NOTE: "1;36",
    None: "34",
}


_VERDICTS = {
    Verdict.CONFIRMED: "confirmed by what ran",
    Verdict.REFUTED: "refuted by what ran",
}


@dataclass(frozen=True)
class Mark:
    """A stretch of one file to underline, with what it is."""

    path: str
    span: Span
    label: str
    severity: Severity | None = None  # of the finding itself, none of a related place

    @property
    def main(self) -> bool:
        """Whether the finding itself stands here."""
        return self.severity is not None


def render(report: Report, colour: bool = False) -> str:
    """One paragraph a finding; `colour` says that the reader's terminal has colours."""
    paint = _paint if colour else _leave
    return "\n".join(_finding(each, report.lines, paint) for each in report.findings)


def _paint(text: str, style: str) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if text else ""


def _leave(text: str, style: str) -> str:
    return text


def _finding(finding: Finding, lines: Lines, paint: Paint) -> str:
    marks = tuple(_marks(finding))
    margin = " " * len(str(max(mark.span.line for mark in marks)))
    weight = paint(
        f"{finding.severity.value}[{finding.code}]", _STYLES[finding.severity]
    )
    head = f"{weight} {finding.rule}: {finding.message}"
    parts = [head, *_excerpts(marks, lines, margin, paint), f"{margin} |"]
    if finding.class_name:
        parts.append(f"{margin} = class: {finding.class_name}")
    if finding.verdict in _VERDICTS:
        parts.append(f"{margin} = trace: {_VERDICTS[finding.verdict]}")
    if finding.fix:
        unsafe = "" if finding.fix.safe else " (unsafe)"
        parts.append(f"{margin} = fix: {finding.fix.message}{unsafe}")
    parts.append(f"{margin} = help: blocklint rule {finding.rule}")
    return "\n".join(parts) + "\n"


def _marks(finding: Finding) -> Iterator[Mark]:
    yield Mark(finding.path, finding.span, "", finding.severity)
    for other in finding.related:
        yield Mark(other.path, other.span, other.label)


def _excerpts(
    marks: tuple[Mark, ...], lines: Lines, margin: str, paint: Paint
) -> Iterator[str]:
    """The file of the finding itself first, then the files of related places."""
    home = marks[0].path
    for path in dict.fromkeys(mark.path for mark in marks):
        here = [mark for mark in marks if mark.path == path]
        first = here[0].span
        arrow = "-->" if path == home else ":::"
        yield f"{margin}{arrow} {path}:{first.line}:{first.column + 1}"
        if path in lines:
            yield f"{margin} |"
            yield from _excerpt(here, lines[path], margin, paint)


def _excerpt(
    marks: list[Mark], lines: tuple[str, ...], margin: str, paint: Paint
) -> Iterator[str]:
    """Every marked line once, its marks below it; dots where lines are left out."""
    before: int | None = None
    ordered = sorted(marks, key=lambda mark: (mark.span, not mark.main))
    for number, here in groupby(ordered, key=lambda mark: mark.span.line):
        if number > len(lines):
            continue
        if before is not None and number == before + 2:
            yield _numbered(before + 1, lines, margin)
        elif before is not None and number > before + 2:
            yield "..."
        yield _numbered(number, lines, margin)
        for mark in here:
            yield _underline(mark, lines[number - 1], margin, paint)
        before = number


def _numbered(number: int, lines: tuple[str, ...], margin: str) -> str:
    return f"{number:>{len(margin)}} | {_printable(lines[number - 1])}".rstrip()


def _underline(mark: Mark, line: str, margin: str, paint: Paint) -> str:
    """Carets for the finding itself, dashes for what it is related to."""
    span = mark.span
    end = span.end_column if span.end_line == span.line else len(line.rstrip())
    indent = " " * _width(line[: span.column])
    length = max(_width(line[span.column : end]), 1)
    sign = "^" if mark.main else "-"
    text = f"{sign * length} {mark.label}".rstrip()
    return f"{margin} | {indent}{paint(text, _STYLES[mark.severity])}"


def _printable(line: str) -> str:
    """A source line without tabs, or anything else a terminal would act upon."""
    expanded = line.replace("\t", "    ")
    return "".join(char if char.isprintable() else "?" for char in expanded)


def _width(text: str) -> int:
    """How many columns of a terminal a stretch of a source line takes."""
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in _printable(text))
