"""Gives a file other bytes in one step, and clears away what a killed write has left.

What is new is written beside the old file under a name that nobody else uses, and then
takes its place. Whoever is killed on the way leaves such a draft behind; the next who
writes into the folder takes it away.
"""

import os
import stat
import time
from contextlib import suppress
from pathlib import Path

from blocklint.regex import Regex

_DRAFT = Regex(r"\.blocklint-[0-9a-f]{16}\.tmp")
_PATIENCE = 60.0  # seconds after which nobody is still writing a draft


class Changed(Exception):
    """A file no longer holds what it is thought to hold."""


def replace_atomically(
    target: Path, data: bytes, before: bytes | None = None, lasting: bool = True
) -> None:
    """Give a file other bytes in one step; on an error nothing is left behind.

    Mode and owner stay; a new file gets those that any new file would. `before` is what
    the file has to hold at the last moment; `lasting` has the bytes on the disk before
    the old ones go, whatever happens to the machine. Raises OSError and Changed; what
    was there then stays.
    """
    kept = target.stat() if target.exists() else None
    draft = target.with_name(f".blocklint-{os.urandom(8).hex()}.tmp")
    fresh = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    handle = os.open(draft, fresh, 0o600 if kept else 0o666)
    try:
        with open(handle, "wb") as file:
            file.write(data)
            file.flush()
            if lasting:
                os.fsync(file.fileno())
        if kept:
            with suppress(PermissionError):
                os.chown(draft, kept.st_uid, kept.st_gid)
            os.chmod(draft, kept.st_mode & 0o7777)
        if before is not None and target.read_bytes() != before:
            raise Changed
        os.replace(draft, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(draft)
        raise


def is_draft(name: str) -> bool:
    """Whether a file of this name is one that was yet to take another's place."""
    return _DRAFT.fullmatch(name) is not None


def sweep(folder: Path, patience: float = _PATIENCE) -> None:
    """Take away the drafts in a folder that nobody will finish.

    That is not worth an error: a folder that cannot be read or changed stays as it is.
    """
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if is_draft(entry.name):
                _take_away(entry, time.time() - patience)


def _take_away(entry: os.DirEntry[str], last: float) -> None:
    with suppress(OSError):  # Another run was quicker, or it is not ours.
        found = entry.stat(follow_symlinks=False)
        if stat.S_ISREG(found.st_mode) and found.st_mtime <= last:
            os.unlink(entry.path)
