"""The part of a request that is to be checked: what has changed, one shard, or all.

Files outside of the part are still looked into for the classes that others use.
"""

import re
from collections.abc import Iterable, Sequence

from blocklint.engine.changes import UNCHANGED, WHOLE, Changes, Lines
from blocklint.engine.discover import File
from blocklint.engine.request import Request
from blocklint.engine.shard import Shard
from blocklint.engine.touched import Touched, moved
from blocklint.rule import Finding
from blocklint.text import Broken, lines_of

_ODD_LINES = re.compile(r"\r(?!\n)")  # line ends that git does not count


class Part:
    """The files that a request means, those to be checked, and what is to be said.

    Raises BadRequest if it cannot be known what changed, and for a shard that is none.
    """

    def __init__(self, request: Request, found: Sequence[File]) -> None:
        options = request.options
        self._request = request
        asked = options.changed or options.since is not None
        self._changes = Changes(options.since) if asked else None
        shard = Shard.parse(options.shard) if options.shard is not None else None
        mine = [file for file in found if shard is None or shard.holds(file.name)]
        self._lines = self._changed(mine)
        self.files = [f for f in mine if self._lines is None or f.name in self._lines]
        self._files = {file.name: file for file in self.files}
        self._whole = len(self.files) == len(found) and self._changes is None
        self._touched: dict[str, Touched | Broken] = {}

    def includes(self, finding: Finding) -> bool:
        """Whether a finding is about this part."""
        return self._whole or self._is_meant(finding)

    def _changed(self, files: Iterable[File]) -> dict[str, Lines] | None:
        """The changed lines of the files that have any; None if that is not asked."""
        if self._changes is None:
            return None
        found = {file.name: self._lines_of(file, self._changes) for file in files}
        return {name: lines for name, lines in found.items() if lines}

    def _lines_of(self, file: File, changes: Changes) -> Lines:
        """The changed lines of a file as it is now: fixes may have moved them."""
        lines = changes.of(file.name)
        is_draft = file.data is not None and not self._request.is_stdin(file.name)
        if not is_draft or lines in (UNCHANGED, WHOLE):
            return lines
        before, after = File(file.name).text().text, file.text().text
        return moved(lines, lines_of(before), lines_of(after))

    def _is_meant(self, finding: Finding) -> bool:
        checked = finding.path in self._files
        if self._changes is None:
            # A comment is judged where all that it may be about was looked for.
            return checked or finding.rule != "unused-suppression"
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
            lines = (self._lines or {})[path]
            match self._files[path].read():
                case Broken() as broken:
                    self._touched[path] = broken
                case source:
                    odd = _ODD_LINES.search(source.text)
                    self._touched[path] = Touched.of(source, WHOLE if odd else lines)
        return self._touched[path]
