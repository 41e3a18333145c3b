"""Puts fixed files on the disk: each as a whole or not at all."""

import os
from pathlib import Path

from blocklint.engine.atomic import Changed, replace_atomically, sweep
from blocklint.engine.request import BadRequest
from blocklint.report import Edited, Problem


def save_file(file: Edited) -> Problem | None:
    """Replace a file by what its fixes made of it, or say why that was not done.

    The new text is written beside the old one and takes its name in one step, so that
    whoever looks sees one of them whole. Mode and owner stay; of a link, the file that
    it leads to is replaced. If another run has made the same of it, all is done.
    """
    target = Path(os.path.realpath(file.path))
    sweep(target.parent)
    try:
        found = target.read_bytes()
        if found == file.after:
            return None
        if found != file.before:
            return _changed(file)
        if not os.access(target, os.W_OK):
            return Problem(file.path, "cannot be written: it is read-only")
        replace_atomically(target, file.after, file.before)
    except Changed:
        return _changed(file)
    except OSError as error:
        return Problem(file.path, f"cannot be written: {error.strerror}")
    return None


def _changed(file: Edited) -> Problem:
    return Problem(file.path, "changed while it was being worked on")


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
            real = Path(os.path.realpath(target))
            sweep(real.parent)
            replace_atomically(real, data)
    except OSError as error:
        raise BadRequest(f"`{target}`: cannot be written: {error.strerror}") from error
