"""The part of a request that has changed: files, and the classes and lines in them."""

import re
from collections.abc import Sequence

from blocklint.engine.changes import UNCHANGED, WHOLE, Changes, Lines
from blocklint.engine.discover import File
from blocklint.engine.part import Part
from blocklint.engine.request import Request
from blocklint.engine.touched import Touched, moved
from blocklint.rule import Finding
from blocklint.text import Broken, lines_of

_ODD_LINES = re.compile(r"\r(?!\n)")  # line ends that git does not count


class Changed(Part):
    """The files that have changed lines.

    Raises BadRequest if it cannot be known what changed.
    """

    def __init__(self, request: Request, found: Sequence[File]) -> None:
        self._request = request
        changes = Changes(request.options.since)
        lines = {file.name: self._lines_of(file, changes) for file in found}
        self._lines = {name: changed for name, changed in lines.items() if changed}
        super().__init__([file for file in found if file.name in self._lines])
        self._files = {file.name: file for file in self.files}
        self._touched: dict[str, Touched | Broken] = {}

    def _lines_of(self, file: File, changes: Changes) -> Lines:
        """The changed lines of a file as it is now: fixes may have moved them."""
        lines = changes.of(file.name)
        is_draft = file.data is not None and not self._request.is_stdin(file.name)
        if not is_draft or lines in (UNCHANGED, WHOLE):
            return lines
        before, after = File(file.name).text().text, file.text().text
        return moved(lines, lines_of(before), lines_of(after))

    def includes(self, finding: Finding) -> bool:
        """Whether a finding is about what has changed."""
        checked = finding.path in self._files
        if finding.class_name is None:
            return checked and self._has(finding)
        homes = [finding.path] if checked and self._defines(finding) else self._files
        return any(self._touches(home, finding.class_name) for home in homes)

    def _has(self, finding: Finding) -> bool:
        match self._touched_in(finding.path):
            case Touched() as touched:
                return touched.has(finding.span)
        return True  # A file that cannot be read is whole as bad as its worst line.

    def _defines(self, finding: Finding) -> bool:
        match self._touched_in(finding.path):
            case Touched(known=known):
                return finding.class_name in known
        return False

    def _touches(self, path: str, name: str) -> bool:
        match self._touched_in(path):
            case Touched(names=names):
                return name in names
        return False

    def _touched_in(self, path: str) -> Touched | Broken:
        """What is touched in a file that is checked, worked out when first asked."""
        if path not in self._touched:
            lines = self._lines[path]
            match self._files[path].read():
                case Broken() as broken:
                    self._touched[path] = broken
                case source:
                    odd = _ODD_LINES.search(source.text)
                    self._touched[path] = Touched.of(source, WHOLE if odd else lines)
        return self._touched[path]
