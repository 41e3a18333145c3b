"""Files as their fixes leave them, in memory: nothing here is written to the disk."""

import io
import os
import tokenize
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from blocklint.engine.fix import fixed
from blocklint.engine.request import Request
from blocklint.report import Edited, Problem, Report
from blocklint.rule import Finding, PlacedFix
from blocklint.source import Broken, Source, decode, lines_of

_CHANGED = "changed while it was read"


@dataclass(frozen=True)
class _Open:
    """A file under edit: its bytes at first and now, and how its text is coded."""

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
        return tuple(file.edited for file in self._open.values() if file.edited.differs)

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
                problem = self._edit(path, findings, report.lines.get(path, ()))
                if problem is not None:
                    self._given_up[path] = problem
                    self._open.pop(path, None)
        after = self._data()
        return None if before == after else replace(self._request, drafts=after)

    def _data(self) -> Mapping[str, bytes]:
        return drafts_of(self.edited)

    def _edit(
        self, path: str, findings: list[Finding], lines: tuple[str, ...]
    ) -> Problem | None:
        """Apply what can be applied to one file, or say why not."""
        file = self._open.get(path) or self._opened(path)
        if isinstance(file, Problem):
            return file
        if lines_of(file.text) != lines:
            return Problem(path, _CHANGED)
        text, taken = fixed(file.text, [f.fix for f in findings if f.fix])
        done = [finding for finding in findings if finding.fix in taken]
        match _checked(path, text, file.encoding):
            case str() as reason:
                rules = ", ".join(sorted({finding.rule for finding in done}))
                return Problem(path, f"{reason} after the fix of {rules}", fault=True)
            case data:
                count = file.edited.fixes + len(done)
                edited = replace(file.edited, after=data, fixes=count)
                self._open[path] = replace(file, edited=edited, text=text)
        return None

    def _opened(self, path: str) -> _Open | Problem:
        try:
            data = self._read(path)
        except OSError as error:
            return Problem(path, f"cannot be read: {error.strerror}")
        match decode(data, path):
            case Broken():
                return Problem(path, _CHANGED)
            case Source(text=text):
                encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
                if text.encode(encoding) != data:
                    return Problem(path, f"is not plain {encoding}")
                return _Open(Edited(path, data, data), text, encoding)

    def _read(self, path: str) -> bytes:
        if self._request.is_stdin(path):
            return self._request.stdin or b""
        return Path(path).read_bytes()


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
