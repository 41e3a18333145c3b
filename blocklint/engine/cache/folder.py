"""Where the cache is on the disk, how it is made there and how it is taken away."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path

from blocklint.engine.config import NO_CONFIG, Settings
from blocklint.engine.request import Options

NAME = ".blocklint_cache"
_FORMAT = 1
_OURS = "findings-"  # what the folders of single versions are called
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

    A folder that is new is marked for git and for backups as one to be left out. Raises
    OSError.
    """
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "CACHEDIR.TAG").write_text(_TAG)
        (folder / ".gitignore").write_text("*\n")
    part = folder / f"{_OURS}{_version()}"
    part.mkdir(exist_ok=True)
    return part


def clean(folder: Path) -> bool:
    """Take a cache away, and nothing that is not of it; whether there was one.

    Raises OSError.
    """
    parts = [each for each in folder.glob(f"{_OURS}*") if each.is_dir()]
    for part in parts:
        shutil.rmtree(part)
    tag = folder / "CACHEDIR.TAG"
    if not (tag.is_file() and tag.read_text(errors="replace") == _TAG):
        return bool(parts)
    tag.unlink()
    (folder / ".gitignore").unlink(missing_ok=True)
    with suppress(OSError):  # Something else was put there, and stays.
        folder.rmdir()
    return True


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
