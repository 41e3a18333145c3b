"""The findings of a run by file, each once, with the text that they speak of."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from blocklint.engine.answers import Answer, digest_of
from blocklint.engine.comments import Comments, suppressions_in
from blocklint.engine.discover import File, Names
from blocklint.notebook import is_notebook
from blocklint.rule import Finding, PlacedFix
from blocklint.text import Broken, Span, Text, lines_of

if TYPE_CHECKING:  # most files are no notebooks
    from blocklint.notebook.joined import Cells

CommentsIn = Callable[[Text, str], Comments]


def read_comments(text: Text, digest: str) -> Comments:
    """The suppressing comments of a text, looked for in it."""
    return suppressions_in(text)


class Collection:
    """Findings in the files of one request; those in other files are not kept.

    A rule may speak of a class in another file, and several classes may lead to the
    same line, so a finding can arrive by several ways. Texts are read when somebody
    asks for them, and count only if they are those that were looked at. Findings in
    files of a project that hold no code stand `apart`; `undecided` is the number of
    expectations that only a run decides.
    """

    def __init__(
        self,
        files: Iterable[File],
        names: Names | None = None,
        comments: CommentsIn = read_comments,
    ) -> None:
        files = list(files)
        self._names = names or Names(files)
        self._files = {file.name: file for file in files}
        self._found: dict[str, dict[object, Finding]] = {}
        self._answers: dict[str, Answer] = {}
        self._texts: dict[str, Text | None] = {}
        self._comments = comments
        self.apart: list[Finding] = []
        self.undecided = 0

    def add(self, answer: Answer) -> None:
        """Keep what was found by way of one file."""
        self._answers[answer.name] = answer
        self.apart += [self.shown(finding) for finding in answer.apart]
        self.undecided += answer.undecided
        for finding in answer.findings:
            self._keep(finding)

    def hold(self, text: Text | Broken) -> None:
        """Take the text of a file that is at hand, wherever it would be read from."""
        self._texts[text.path] = None if isinstance(text, Broken) else text

    def has(self, path: str) -> bool:
        """Whether findings in a file are kept."""
        return self._names.has(path)

    def of(self, file: File) -> tuple[Text | None, list[Finding]]:
        """The findings in a file by place, and its text if comments may matter."""
        found = self._found.get(file.name, {}).values()
        ordered = sorted(found, key=lambda f: (f.span, f.code, f.message))
        answer = self._answers.get(file.name)
        matters = ordered or (answer is not None and answer.judged)
        # Of a notebook, single cells may be broken; the others have their comments.
        broken = not is_notebook(file.name) and any(
            finding.rule == "syntax-error" for finding in ordered
        )
        text = self._text(file.name) if matters and not broken else None
        return text, ordered

    def comments_in(self, text: Text) -> Comments:
        """The comments in the text of a file that suppress findings."""
        answer = self._answers.get(text.path)
        return self._comments(text, answer.digest if answer else "")

    def in_cells(self, finding: Finding) -> Finding:
        """A finding as it is reported: in a notebook, by cell and line."""
        paths = {finding.path, *(other.path for other in finding.related)}
        if not any(map(is_notebook, paths)):
            return finding
        from blocklint.engine.notebooks import in_cells

        return in_cells(finding, self._cells_of)

    def lines(self, findings: Iterable[Finding]) -> dict[str, tuple[str, ...]]:
        """The lines of every file, or cell, that these reported findings speak of."""
        found: dict[str, tuple[str, ...]] = {}
        spots = {each for finding in findings for each in _spots(finding)}
        for path, span in sorted(spots, key=lambda spot: spot[0]):
            text = self._text(path)
            cells = self._cells_of(path)
            cell = cells.numbered(span.cell) if cells and span.cell else None
            if cell is not None:
                found[span.home(path)] = cell.lines
            elif text and path not in found:
                found[path] = lines_of(text.text)
        return found

    def _cells_of(self, path: str) -> "Cells | None":
        if not is_notebook(path):
            return None
        cells: Cells | None = getattr(self._text(path), "cells", None)
        return cells

    def _text(self, name: str) -> Text | None:
        """The text of a file by the name that reports show; None if it has changed."""
        if name not in self._texts:
            self._texts[name] = self._read(name)
        return self._texts[name]

    def _read(self, name: str) -> Text | None:
        file, answer = self._files.get(name, File(name)), self._answers.get(name)
        read = file.text()
        text = Text(name, read.text) if isinstance(read, Broken) else read
        if not text.text or (answer and answer.digest != digest_of(text.text)):
            return None
        return text

    def _keep(self, finding: Finding) -> None:
        if not self._names.has(finding.path):
            return
        key = (finding.rule, finding.span, finding.message)
        once = self.shown(finding)
        known = self._found.setdefault(once.path, {})
        before = known.setdefault(key, once)
        if once.verdict.outweighs(before.verdict):
            known[key] = replace(before, verdict=once.verdict)

    def shown(self, finding: Finding) -> Finding:
        """A finding with paths as reports show them."""
        related = tuple(
            replace(other, path=self._names.shown(other.path))
            for other in finding.related
        )
        fix = self._named(finding.fix) if finding.fix else None
        path = self._names.shown(finding.path)
        return replace(finding, path=path, related=related, fix=fix)

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
