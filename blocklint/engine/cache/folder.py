"""Where the cache is on the disk, how it is made there and how it is taken away."""

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path

from blocklint.engine.atomic import is_draft, replace_atomically, sweep
from blocklint.engine.config import NO_CONFIG, Settings
from blocklint.engine.request import Options

NAME = ".blocklint_cache"
_FORMAT = 1
_OURS = "findings-"  # what the folders of single versions are called
_FOR_BACKUPS, _FOR_GIT = "CACHEDIR.TAG", ".gitignore"
_TAG = (
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# This folder is a cache of blocklint. It can be deleted at any time.\n"
)


def folder_of(options: Options, settings: Settings) -> Path:
    """The folder that a cache is in: beside the config if nobody says another."""
    if options.cache_dir is not None:
        return options.cache_dir.absolute()
    if settings.origin == NO_CONFIG:
        return Path.cwd() / NAME
    return Path(settings.origin).absolute().parent / NAME


def made(folder: Path) -> Path:
    """The part of a cache that is for this very version of blocklint, made if need be.

    It is marked for git and for backups as one to be left out, unless there is anything
    else in it. Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # This mark is made last: where it is, no earlier run was killed before it was done.
    if not (folder / _FOR_GIT).exists() and all(map(_is_ours, folder.iterdir())):
        sweep(folder)
        replace_atomically(folder / _FOR_BACKUPS, _TAG.encode(), lasting=False)
        replace_atomically(folder / _FOR_GIT, b"*\n", lasting=False)
    part = folder / f"{_OURS}{_version()}"
    part.mkdir(exist_ok=True)
    return part


def clean(folder: Path) -> bool:
    """Take a cache away, and nothing that is not of it; whether there was one.

    A check that runs meanwhile goes on without. Raises OSError.
    """
    parts = list(folder.glob(f"{_OURS}*"))
    for part in parts:
        _remove(part)
    tag = folder / _FOR_BACKUPS
    if not (tag.is_file() and tag.read_text(errors="replace") == _TAG):
        return bool(parts)
    sweep(folder, patience=0)
    (folder / _FOR_GIT).unlink(missing_ok=True)
    tag.unlink(missing_ok=True)
    with suppress(OSError):  # Something else was put there, and stays.
        folder.rmdir()
    return True


def _is_ours(path: Path) -> bool:
    marks = (_FOR_BACKUPS, _FOR_GIT)
    return path.name in marks or path.name.startswith(_OURS) or is_draft(path.name)


def _remove(part: Path) -> None:
    """Remove a part as a whole: under another name nobody writes into it any more."""
    import shutil  # noqa: PLC0415 (for `clean` alone)

    if part.is_symlink() or not part.is_dir():
        part.unlink(missing_ok=True)
        return
    going = part.with_name(f"{part.name}.{os.urandom(4).hex()}")
    with suppress(FileNotFoundError):  # Somebody else is removing it.
        part.rename(going)
        shutil.rmtree(going)


def _version() -> str:
    """A name for all that decides what is found but the code and the config.

    That is this code, by the times and sizes of its files, the parser and Python.
    """
    parts = [str(_FORMAT), sys.version, *_code()]
    return blake2b("\n".join(parts).encode(), digest_size=8).hexdigest()


def _code() -> Iterator[str]:
    for name in ("blocklint", "blocklint.rules", "libcst"):
        spec = find_spec(name)
        for root in (spec and spec.submodule_search_locations) or ():
            yield from _files(root) if name != "libcst" else _file(root, "_version.py")


def _files(root: str) -> Iterator[str]:
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            if name.endswith((".py", ".txt")):
                yield from _file(folder, name)


def _file(folder: str, name: str) -> Iterator[str]:
    path = os.path.join(folder, name)
    with suppress(OSError):
        found = os.stat(path)
        yield f"{path} {found.st_size} {found.st_mtime_ns}"
