"""Which files a request means: explicit files, Python and notebooks below folders."""

import os
import posixpath
from collections.abc import Callable, Iterable, Iterator
from dataclasses import field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from blocklint.engine.config import Configs
from blocklint.engine.outside import Outside
from blocklint.engine.request import BadRequest, Request
from blocklint.frozen import dataclass
from blocklint.notebook import SUFFIX, is_notebook
from blocklint.text import Broken, Text, bytes_of, text_of

if TYPE_CHECKING:
    from blocklint.source import Source

_NEVER = frozenset({"__pycache__", "node_modules", "build", "dist", "venv"})


@dataclass(frozen=True)
class File:
    """A file to check, under the name that reports show; `data` if it is at hand.

    So is its `real` path if it was looked up before.
    """

    name: str
    data: bytes | None = None
    real: str | None = field(default=None, repr=False, compare=False)

    def text(self) -> Text | Broken:
        """What is written in the file, whether or not it is Python.

        That of a notebook is in its cells, so it is read to the end.
        """
        found = self._bytes()
        if isinstance(found, Broken):
            return found
        return self.read() if is_notebook(self.name) else text_of(found, self.name)

    def read(self) -> "Source | Broken":
        """The file as Python source, or why it is not."""
        from blocklint.source import decode

        found = self._bytes()
        return found if isinstance(found, Broken) else decode(found, self.name)

    def _bytes(self) -> bytes | Broken:
        data = self.data
        return bytes_of(Path(self.name), self.name) if data is None else data


class Names:
    """What to call a file: as the user did, however else it was come by.

    A file that is imported before its turn comes is known by the path of the import.
    `real` says which paths lead to one file.
    """

    def __init__(
        self, files: Iterable[File], real: Callable[[str], str] | None = None
    ) -> None:
        self._real = real or os.path.realpath
        identity = real or _Identities().of
        self._given = {
            (not real and file.real) or identity(file.name): file.name for file in files
        }
        self._here = self._real("")
        self.shown = cache(self._shown)

    def has(self, path: str) -> bool:
        """Whether a file is one of those asked for."""
        return self._real(path) in self._given

    def _shown(self, path: str) -> str:
        real = self._real(path)
        if real in self._given:
            return self._given[real]
        below = Path(real).is_relative_to(self._here)
        return Path(os.path.relpath(real, self._here)).as_posix() if below else path


def discover(request: Request, configs: Configs) -> list[File]:
    """The files of a request, each once, in the order given and by name below that.

    Raises BadRequest for a path that does not exist or a folder that cannot be read.
    """
    found: dict[str, File] = {}
    outside, identities = Outside(configs), _Identities()
    for path in request.paths:
        for file in _files(path, request, outside):
            identity = identities.of(file.name)
            data = request.drafts.get(identity, file.data)
            found.setdefault(identity, File(file.name, data, identity))
    return list(found.values())


class _Identities:
    """The real paths of files; that of a folder is found out once."""

    def __init__(self) -> None:
        self._folders: dict[str, str] = {}

    def of(self, path: str) -> str:
        folder, name = os.path.split(path)
        if folder in ("", path) or name in ("", ".", "..") or os.path.islink(path):
            return os.path.realpath(path)
        if folder not in self._folders:
            self._folders[folder] = self.of(folder)
        return os.path.join(self._folders[folder], name)


def _files(path: str, request: Request, outside: Outside) -> Iterator[File]:
    if path == "-":
        if not outside.forces(request.stdin_name, is_folder=False):
            yield File(request.stdin_name, request.stdin or b"")
    elif os.path.isdir(path):
        if not outside.forces(path, is_folder=True):
            yield from _walk(Path(path).as_posix(), outside)
    elif os.path.lexists(path):
        if not outside.forces(path, is_folder=False):
            yield File(Path(path).as_posix())
    else:
        raise BadRequest(f"`{path}`: no such file or directory")


def _walk(folder: str, outside: Outside) -> Iterator[File]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise BadRequest(f"{folder}: cannot be read: {error.strerror}") from error
    for entry in entries:
        path = entry.name if folder == "." else posixpath.join(folder, entry.name)
        if entry.is_dir(follow_symlinks=False):
            if not skipped(entry.name) and not outside.leaves_out(path, is_folder=True):
                yield from _walk(path, outside)
        elif _is_python(entry) and not outside.leaves_out(path, is_folder=False):
            yield File(path)


def _is_python(entry: os.DirEntry[str]) -> bool:
    # Lock files of editors are links to nowhere that end in `.py` too.
    return entry.name.endswith((".py", SUFFIX)) and entry.is_file()


def skipped(name: str) -> bool:
    return name.startswith(".") or name in _NEVER
