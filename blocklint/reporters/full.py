"""For a person at a terminal: each finding with the lines that it speaks of."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from unicodedata import east_asian_width

from blocklint.frozen import dataclass
from blocklint.remarks import remarks
from blocklint.report import Report
from blocklint.rule import Finding, Severity
from blocklint.terminal import PLAIN, QUIET, STYLES, Terminal, printable
from blocklint.text import Span

Lines = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Mark:
    """A stretch of one file, or of one cell, to underline, with what it is."""

    home: str
    span: Span
    label: str
    severity: Severity | None = None  # of the finding itself, none of a related place

    @property
    def main(self) -> bool:
        """Whether the finding itself stands here."""
        return self.severity is not None


def render(report: Report, terminal: Terminal = PLAIN) -> str:
    """One paragraph a finding, in the colours that the reader's terminal has."""
    return "\n".join(
        _finding(each, report.lines, terminal, report.url_of(each.rule))
        for each in report.findings
    )


def _finding(
    finding: Finding, lines: Lines, terminal: Terminal, url: str | None
) -> str:
    marks = tuple(_marks(finding))
    margin = " " * len(str(max(mark.span.line for mark in marks)))
    code = terminal.linked(finding.code, url)
    weight = f"{finding.severity.value}[{code}]"
    painted = terminal.painted(weight, STYLES[finding.severity])
    head = f"{painted} {finding.rule}: {printable(finding.message)}"
    parts = [head, *_excerpts(marks, lines, margin, terminal), f"{margin} |"]
    parts += (
        f"{margin} = {word}: {printable(said)}" for word, said in remarks(finding)
    )
    return "\n".join(parts) + "\n"


def _marks(finding: Finding) -> Iterator[Mark]:
    home = finding.span.home(finding.path)
    yield Mark(home, finding.span, "", finding.severity)
    for other in finding.related:
        yield Mark(other.span.home(other.path), other.span, other.label)


def _excerpts(
    marks: tuple[Mark, ...], lines: Lines, margin: str, terminal: Terminal
) -> Iterator[str]:
    """The file or cell of the finding itself first, then those of related places."""
    first_home = marks[0].home
    for home in dict.fromkeys(mark.home for mark in marks):
        here = [mark for mark in marks if mark.home == home]
        first = here[0].span
        arrow = "-->" if home == first_home else ":::"
        yield f"{margin}{arrow} {printable(home)}:{first.line}:{first.column + 1}"
        if home in lines:
            yield f"{margin} |"
            yield from _excerpt(here, lines[home], margin, terminal)


def _excerpt(
    marks: list[Mark], lines: tuple[str, ...], margin: str, terminal: Terminal
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
            yield _underline(mark, lines[number - 1], margin, terminal)
        before = number


def _numbered(number: int, lines: tuple[str, ...], margin: str) -> str:
    return f"{number:>{len(margin)}} | {_printable(lines[number - 1])}".rstrip()


def _underline(mark: Mark, line: str, margin: str, terminal: Terminal) -> str:
    """Carets for the finding itself, dashes for what it is related to."""
    span = mark.span
    end = span.end_column if span.end_line == span.line else len(line.rstrip())
    indent = " " * _width(line[: span.column])
    length = max(_width(line[span.column : end]), 1)
    sign = "^" if mark.main else "-"
    text = f"{sign * length} {printable(mark.label)}".rstrip()
    style = STYLES[mark.severity] if mark.severity else QUIET
    return f"{margin} | {indent}{terminal.painted(text, style)}"


def _printable(line: str) -> str:
    """A source line without tabs, or anything else a terminal would act upon."""
    expanded = line.replace("\t", "    ")
    return "".join(char if char.isprintable() else "?" for char in expanded)


def _width(text: str) -> int:
    """How many columns of a terminal a stretch of a source line takes."""
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in _printable(text))
