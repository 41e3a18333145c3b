"""What `check` finds in the pinned packages, as a table that people have read.

`fixtures/zoo/findings.tsv` has a row for each finding: package, path, line, rule,
class, and `read`: `true` or `false` as somebody judged it who followed the code,
`unread` where nobody did. Rows are renewed by `pytest --update`; a judgement stays with
its finding while path, rule and class stay."""

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from expectations import FIXTURES

from blocklint.rule import Finding

TABLE = FIXTURES / "zoo" / "findings.tsv"
COLUMNS = ["package", "path", "line", "rule", "class", "read"]
UNREAD = "unread"


@dataclass(frozen=True, order=True)
class Row:
    """One finding in one package, and whether it is true."""

    package: str
    path: str
    line: int
    rule: str
    class_name: str
    read: str = UNREAD

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What a judgement speaks of: not the line, which an edit elsewhere moves."""
        return self.package, self.path, self.rule, self.class_name


def rows_of(findings: Iterable[Finding]) -> list[Row]:
    """Findings in files that are named from the folder of the packages."""
    return sorted(
        Row(
            finding.path.split("/")[0],
            finding.path,
            finding.span.line,
            finding.rule,
            finding.class_name or "",
        )
        for finding in findings
    )


def load(path: Path = TABLE) -> list[Row]:
    """The rows of the table."""
    lines = csv.reader(path.read_text().splitlines()[1:], delimiter="\t")
    return [Row(p, f, int(n), rule, c, read) for p, f, n, rule, c, read in lines]


def judged(found: Sequence[Row], before: Sequence[Row]) -> list[Row]:
    """New rows with the judgements of the old ones, in order of the lines."""
    known: dict[tuple[str, str, str, str], list[str]] = defaultdict(list)
    for row in before:
        known[row.key].append(row.read)
    return [
        replace(row, read=known[row.key].pop(0) if known[row.key] else UNREAD)
        for row in found
    ]


def text(rows: Sequence[Row]) -> str:
    """The table as it stands in its file."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t", lineterminator="\n")
    writer.writerow(COLUMNS)
    for r in sorted(rows):
        writer.writerow([r.package, r.path, r.line, r.rule, r.class_name, r.read])
    return out.getvalue()


def counts(rows: Sequence[Row], severities: dict[str, str]) -> str:
    """How often each rule speaks in each package, and what was read, as Markdown."""
    packages = sorted({row.package for row in rows})
    each = Counter((row.rule, row.package) for row in rows)
    read = Counter((row.rule, row.read) for row in rows)
    head = ["rule", "severity", *packages, "all", "read", "false"]
    lines = [head, ["---"] * len(head)]
    for rule in sorted({row.rule for row in rows}):
        found = [each[rule, package] for package in packages]
        true, false = read[rule, "true"], read[rule, "false"]
        numbers = [*found, sum(found), true + false, false]
        lines.append([f"`{rule}`", severities[rule], *map(str, numbers)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
