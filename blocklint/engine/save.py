"""Puts fixed files on the disk: each as a whole or not at all."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from blocklint.report import Edited, Problem


def save_file(file: Edited) -> Problem | None:
    """Replace a file by what its fixes made of it, or say why that was not done.

    The new text is written beside the old one and takes its name in one step, so that
    whoever looks sees one of them whole. Mode and owner stay; of a link, the file that
    it leads to is replaced.
    """
    target = Path(os.path.realpath(file.path))
    try:
        if target.read_bytes() != file.before:
            return Problem(file.path, "changed while it was being fixed")
        if not os.access(target, os.W_OK):
            return Problem(file.path, "cannot be written: it is read-only")
        replace_atomically(target, file.after)
    except OSError as error:
        return Problem(file.path, f"cannot be written: {error.strerror}")
    return None


def replace_atomically(target: Path, data: bytes) -> None:
    """Give a file other bytes in one step; on an error nothing is left behind."""
    kept = target.stat()
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with open(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        with suppress(PermissionError):
            os.chown(name, kept.st_uid, kept.st_gid)
        os.chmod(name, kept.st_mode & 0o7777)
        os.replace(name, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
