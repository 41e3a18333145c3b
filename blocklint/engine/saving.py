"""Puts fixed files on the disk: each as a whole or not at all."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from blocklint.engine.request import BadRequest
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


def save_or_make(file: Edited) -> Problem | None:
    """The same for a file that is made if there is none, and nothing is lost so."""
    target = Path(os.path.realpath(file.path))
    if file.before or target.exists():
        return save_file(file)
    try:
        replace_atomically(target, file.after)
    except OSError as error:
        return Problem(file.path, f"cannot be written: {error.strerror}")
    return None


def require_room(target: Path) -> None:
    """Raise BadRequest if a file cannot be written there, before any work is done."""
    folder = target.parent
    if target.is_dir():
        raise BadRequest(f"`{target}`: is a folder; name a file in it")
    if not folder.exists():
        raise BadRequest(f"`{target}`: there is no folder `{folder}`; make it first")
    if not folder.is_dir():
        raise BadRequest(f"`{target}`: `{folder}` is no folder")


def write_report(target: Path, report: str | bytes) -> None:
    """Give a file this report, text in UTF-8 and in one step, or raise BadRequest."""
    require_room(target)
    data = report.encode() if isinstance(report, str) else report
    try:
        if target.exists() and not target.is_file():
            target.write_bytes(data)  # a device or a pipe is not replaced
        else:
            replace_atomically(Path(os.path.realpath(target)), data)
    except OSError as error:
        raise BadRequest(f"`{target}`: cannot be written: {error.strerror}") from error


def replace_atomically(target: Path, data: bytes) -> None:
    """Give a file other bytes in one step; on an error nothing is left behind.

    Mode and owner stay; a new file gets those that any new file would.
    """
    kept = target.stat() if target.exists() else None
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    fresh = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    handle = os.open(draft, fresh, 0o600 if kept else 0o666)
    try:
        with open(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if kept:
            with suppress(PermissionError):
                os.chown(draft, kept.st_uid, kept.st_gid)
            os.chmod(draft, kept.st_mode & 0o7777)
        os.replace(draft, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(draft)
        raise
