"""Writes comments that suppress findings: each finding gets one as its fix. Pure.

A comment goes to the end of the line that the finding begins in, if there is room, else
on a line of its own above the statement. A list that is there already is added to.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from blocklint.engine.comments import (
    Code,
    Directive,
    Lines,
    Suppression,
    code_of,
    directives,
    separator_of,
    suppressions_of,
)
from blocklint.engine.request import BadRequest
from blocklint.engine.suppress import UNUSED
from blocklint.frozen import dataclass
from blocklint.report import Report
from blocklint.rule import Finding, PlacedFix, Replacement
from blocklint.source import Source, Span, decode

NO_CODE = (".toml", ".json")  # a config may well parse as Python
WIDTH = 88  # columns that a line may have with its comment


def checked(reason: str) -> str:
    """A reason, if a comment can hold it. Raises BadRequest if it would say more."""
    text = reason.strip()
    if not text.isprintable():
        raise BadRequest("a reason must be one line of text, without control letters")
    if len([*directives(f"# blocklint: ignore[{UNUSED}] {text}")]) > 1:
        raise BadRequest(f"the reason `{text}` would be read as a suppression itself")
    return text


def with_ignores(report: Report, reason: str) -> Report:
    """The report with a comment that suppresses each finding as the fix of it.

    A suppression that is known to be idle is taken out instead. What cannot be
    suppressed, as in a file that does not parse, has no fix.
    """
    found: dict[str, list[Finding]] = defaultdict(list)
    for finding in report.findings:
        found[finding.span.home(finding.path)].append(finding)
    fixes: dict[int, PlacedFix] = {}
    for home, findings in found.items():
        lines = report.lines.get(home, ())
        # A cell of a notebook may hold what is no Python, so that it has no tokens.
        read = decode("\n".join(lines).encode(), home)
        if isinstance(read, Source) and not home.endswith(NO_CODE):
            first = findings[0]
            page = _Page(lines, code_of("\n".join(lines)), first.span.cell)
            for group in page.groups(findings):
                fix = page.fix(first.path, group, reason)
                fixes |= {id(finding): fix for finding in group if fix}
    revised = (replace(f, fix=fixes.get(id(f))) for f in report.findings)
    return replace(report, findings=tuple(revised))


@dataclass(frozen=True)
class _Page:
    """A file that is to be written in, or the cell with a number in a notebook."""

    lines: Sequence[str]
    code: Code
    cell: int | None = None

    def groups(self, findings: Sequence[Finding]) -> list[list[Finding]]:
        """The findings that one comment is enough for."""
        found: dict[Lines | Span, list[Finding]] = defaultdict(list)
        for finding in findings:
            where = finding.span if finding.rule == UNUSED else self._around(finding)
            if where is not None:
                found[where].append(finding)
        return list(found.values())

    def fix(self, path: str, group: list[Finding], reason: str) -> PlacedFix | None:
        """What suppresses some findings at one place."""
        first = group[0]
        if first.rule == UNUSED and first.fix:
            return first.fix
        names = list(dict.fromkeys(finding.rule for finding in group))
        if (known := self._known(first)) is not None:
            edits = tuple(self._merged(known, names, reason))
        else:
            text = f"# blocklint: ignore[{', '.join(names)}] {reason}".rstrip()
            edits = (self._written(first, text),)
        listed = ", ".join(f"`{name}`" for name in names)
        return PlacedFix(path, f"suppress {listed}", edits, safe=True)

    def _around(self, finding: Finding) -> Lines | None:
        """The statement that a finding is in, or the header that this is part of."""
        lines = self.code.statement_at(finding.span.line)
        header = self.code.header_at(lines) if lines else None
        return header.lines if header else lines

    def _known(self, finding: Finding) -> Suppression | None:
        """The suppression whose list covers a finding once it names its rule."""
        around = self._around(finding)
        for each in suppressions_of(self.code):
            said = each.directive
            closed = said.kind == "ignore" and said.selectors and not said.is_open
            here = replace(each.span, cell=self.cell) == finding.span
            if closed and (
                here if finding.rule == UNUSED else each.statement == around
            ):
                return each
        return None

    def _merged(
        self, known: Suppression, names: list[str], reason: str
    ) -> Iterator[Replacement]:
        span, said = known.span, known.directive
        comment = self.lines[span.line - 1][span.column : span.end_column]
        first, last = said.listed or (said.end, said.end)
        listed = comment[first:last]
        end = first + len(listed.rstrip(", \t"))
        more = separator_of(listed).join(["", *names])
        yield self._edit(more, span.line, span.column + end)
        if reason and _says_no_more(comment, said):
            yield self._edit(f" {reason}", span.line, span.column + said.end)

    def _written(self, finding: Finding, text: str) -> Replacement:
        """A comment at the end of a line, or on one of its own."""
        line = finding.span.line
        if finding.rule != UNUSED:
            beside = self._beside(line, text)
            fits = line in self.code.ends and self._width(beside) <= WIDTH
            above = None if fits else self._above(finding, text)
            if above is not None:
                return above
            statement = self.code.statement_at(line)
            line = line if fits or not statement else statement.last
        return self._beside(line, text)

    def _beside(self, line: int, text: str) -> Replacement:
        code = self.lines[line - 1]
        kept = len(code.rstrip())
        return self._edit(f"  {text}", line, kept, len(code))

    def _width(self, edit: Replacement) -> int:
        return edit.span.column + len(edit.text)

    def _above(self, finding: Finding, text: str) -> Replacement | None:
        """A line above the statement; None where the line before goes on there."""
        around = self._around(finding)
        if around is None or (around.first > 1 and self._goes_on(around.first - 1)):
            return None
        margin = re.match(r"\s*", self.lines[around.first - 1])
        line = f"{margin[0] if margin else ''}{text}\n"
        return self._edit(line, around.first, 0)

    def _edit(
        self, text: str, line: int, start: int, end: int | None = None
    ) -> Replacement:
        """A text in the place of a part of a line; without an end, put in there."""
        last = start if end is None else end
        return Replacement(Span(line, start, line, last, self.cell), text)

    def _goes_on(self, line: int) -> bool:
        return line not in self.code.ends


def _says_no_more(comment: str, said: Directive) -> bool:
    rest = comment[said.end :].strip()
    return not rest or rest.startswith("#")
