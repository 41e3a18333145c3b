"""The findings of a run by file, each once, with the text that they speak of."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from blocklint.engine.comments import speaks_to_us
from blocklint.engine.discover import File, Names
from blocklint.engine.notebooks import in_cells
from blocklint.engine.place import Placed
from blocklint.notebook import Cells
from blocklint.rule import Finding, PlacedFix
from blocklint.source import Broken, Source, Span, lines_of


class Collection:
    """Findings in the files of one request; those in other files are not kept.

    A rule may speak of a class in another file, and several classes may lead to the
    same line, so a finding can arrive by several ways.
    """

    def __init__(self, files: Iterable[File], names: Names | None = None) -> None:
        self._names = names or Names(files)
        self._found: dict[str, dict[object, Finding]] = {}
        self._read: dict[str, Source | Broken] = {}

    def add(self, read: Source | Broken, found: Iterable[Placed]) -> None:
        """Keep what was found by way of one file, and the file if it has a say."""
        if speaks_to_us(read.text):
            self._read[read.path] = read
        for placed in found:
            if self._keep(placed.finding):
                for source in (read, *placed.sources):
                    self._read.setdefault(self._names.shown(source.path), source)

    def has(self, path: str) -> bool:
        """Whether findings in a file are kept."""
        return self._names.has(path)

    def of(self, file: File) -> tuple[Source | None, list[Finding]]:
        """The findings in a file by place, and the file if comments may matter."""
        found = self._found.get(file.name, {}).values()
        ordered = sorted(found, key=lambda f: (f.span, f.code, f.message))
        read = self._read.get(file.name)
        return (read if isinstance(read, Source) else None), ordered

    def in_cells(self, finding: Finding) -> Finding:
        """A finding as it is reported: in a notebook, by cell and line."""
        return in_cells(finding, self._cells_of)

    def lines(self, findings: Iterable[Finding]) -> dict[str, tuple[str, ...]]:
        """The lines of every file, or cell, that these reported findings speak of."""
        found: dict[str, tuple[str, ...]] = {}
        for path, span in {each for finding in findings for each in _spots(finding)}:
            text = self._read[path].text if path in self._read else ""
            cells = self._cells_of(path)
            cell = cells.numbered(span.cell) if cells and span.cell else None
            if cell is not None:
                found[span.home(path)] = cell.lines
            elif text and path not in found:
                found[path] = lines_of(text)
        return found

    def _cells_of(self, path: str) -> Cells | None:
        read = self._read.get(path)
        return read.cells if isinstance(read, Source) else None

    def _keep(self, finding: Finding) -> bool:
        if not self._names.has(finding.path):
            return False
        path = self._names.shown(finding.path)
        related = tuple(
            replace(other, path=self._names.shown(other.path))
            for other in finding.related
        )
        key = (finding.rule, finding.span, finding.message)
        fix = self._named(finding.fix) if finding.fix else None
        once = replace(finding, path=path, related=related, fix=fix)
        known = self._found.setdefault(path, {})
        before = known.setdefault(key, once)
        if once.verdict.outweighs(before.verdict):
            known[key] = replace(before, verdict=once.verdict)
        return True

    def _named(self, fix: PlacedFix) -> PlacedFix | None:
        """A fix under its file's name; none for a file that nobody asked about."""
        if not self._names.has(fix.path):
            return None
        return replace(fix, path=self._names.shown(fix.path))


def _spots(finding: Finding) -> Iterator[tuple[str, Span]]:
    """The places that a finding speaks of."""
    yield finding.path, finding.span
    yield from ((other.path, other.span) for other in finding.related)
    if finding.fix:
        yield from ((finding.fix.path, edit.span) for edit in finding.fix.edits)
