"""Files as their fixes leave them, in memory: nothing here is written to the disk."""

import io
import os
import tokenize
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from blocklint.engine.fixing import fixed
from blocklint.engine.notebooks import Lines, Revised, fixed_cells, with_cells
from blocklint.engine.request import Request
from blocklint.frozen import dataclass
from blocklint.notebook import is_notebook
from blocklint.notebook.joined import Cells
from blocklint.report import Edited, Problem, Report
from blocklint.rule import Finding, PlacedFix
from blocklint.source import Broken, Source, decode, lines_of

_CHANGED = "changed while it was read"


@dataclass(frozen=True)
class _Open:
    """A file under edit: its bytes at first and now, and how its text is coded.

    The text of a notebook is that of its cells, which are edited one by one.
    """

    edited: Edited
    text: str
    encoding: str


class Drafts:
    """The files of a request that are being fixed.

    A file whose fixes do not work out is given up: it stays as it was found, and a
    problem says why.
    """

    def __init__(self, request: Request) -> None:
        self._request = request
        self._open: dict[str, _Open] = {}
        self._given_up: dict[str, Problem] = {}

    @property
    def edited(self) -> tuple[Edited, ...]:
        """The files that came out other than they were."""
        files = (file.edited for file in self._open.values())
        return tuple(with_cells(file) for file in files if file.differs)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Why files were given up."""
        return tuple(self._given_up.values())

    def revise(self, report: Report, unsafe: bool) -> Request | None:
        """Apply the fixes of a report; the request that checks what came of them.

        None if nothing changed, so that a new check would find the same.
        """
        before = self._data()
        for path, findings in _fixable(report, unsafe).items():
            if path not in self._given_up:
                problem = self._edit(path, findings, report.lines)
                if problem is not None:
                    self._given_up[path] = problem
                    self._open.pop(path, None)
        after = self._data()
        if before == after:
            return None
        return replace(self._request, drafts={**self._request.drafts, **after})

    def _data(self) -> Mapping[str, bytes]:
        return drafts_of(self.edited)

    def _edit(self, path: str, findings: list[Finding], lines: Lines) -> Problem | None:
        """Apply what can be applied to one file, or say why not."""
        file = self._open.get(path) or self._opened(path)
        if isinstance(file, Problem):
            return file
        fixes = [finding.fix for finding in findings if finding.fix]
        new = _revised(file, fixes, lines)
        if new is None:
            return Problem(path, _CHANGED)
        done = [finding for finding in findings if finding.fix in new.taken]
        if new.reason:
            rules = ", ".join(sorted({finding.rule for finding in done}))
            return Problem(path, f"{new.reason} after the fix of {rules}", fault=True)
        count = file.edited.fixes + len(done)
        edited = replace(file.edited, after=new.data, fixes=count)
        self._open[path] = replace(file, edited=edited, text=new.text)
        return None

    def _opened(self, path: str) -> _Open | Problem:
        try:
            data = self._read(path)
        except OSError as error:
            return Problem(path, f"cannot be read: {error.strerror}")
        match decode(data, path):
            case Broken():
                return Problem(path, _CHANGED)
            case Source(cells=Cells()):
                return _Open(Edited(path, data, data), "", "utf-8")
            case Source(text=text):
                encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
                if text.encode(encoding) != data:
                    return Problem(path, f"is not plain {encoding}")
                return _Open(Edited(path, data, data), text, encoding)

    def _read(self, path: str) -> bytes:
        if self._request.is_stdin(path):
            return self._request.stdin or b""
        draft = self._request.drafts.get(os.path.realpath(path))
        return Path(path).read_bytes() if draft is None else draft


def drafts_of(edited: Iterable[Edited]) -> Mapping[str, bytes]:
    """What a check is to read in place of the files on the disk."""
    return {os.path.realpath(file.path): file.after for file in edited}


def _fixable(report: Report, unsafe: bool) -> Mapping[str, list[Finding]]:
    """The findings that are to be fixed, by the file that their fix edits."""
    found: dict[str, list[Finding]] = {}
    for finding in report.findings:
        match finding.fix:
            case PlacedFix(path=path, safe=safe) if safe or unsafe:
                found.setdefault(path, []).append(finding)
    return found


def _revised(file: _Open, fixes: list[PlacedFix], lines: Lines) -> Revised | None:
    """A file with its fixes; None if it is not the one that the report is about."""
    path = file.edited.path
    if is_notebook(path):
        return fixed_cells(path, file.edited.after, fixes, lines)
    if lines_of(file.text) != lines.get(path, ()):
        return None
    text, taken = fixed(file.text, fixes)
    match _checked(path, text, file.encoding):
        case str() as reason:
            return Revised(taken, reason=reason)
        case data:
            return Revised(taken, data, text)


def _checked(path: str, text: str, encoding: str) -> bytes | str:
    """The bytes of a fixed file, or why it is no longer what it should be."""
    try:
        data = text.encode(encoding)
    except UnicodeEncodeError:
        return f"has letters that {encoding} does not have"
    match decode(data, path):
        case Broken(message=message, line=line):
            return f"cannot be read (line {line}: {message})"
        case Source(text=read) if read != text:
            return "reads as another text"
    return data
