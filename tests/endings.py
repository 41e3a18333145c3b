"""Runs a command that is killed on its way, or that finds no room on the disk.

It runs in a copy of this process, made by a fork, so that only the copy ends.
"""

import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path

from command import Outcome, run

_CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.chown"}
_COMPLETED = 77  # no exit code of ours

Death = Callable[[], None]  # what is to be set up in the copy


def at_step(number: int) -> Death:
    """Death right before the change of the disk with this number, from one."""

    def prepare() -> None:
        steps = count(1)

        def watch(event: str, given: tuple[object, ...]) -> None:
            if _changes(event, given) and next(steps) == number:
                os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(watch)

    return prepare


def after_bytes(size: int) -> Death:
    """Death in the middle of the first file that comes to hold more than so much."""

    def prepare() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return prepare


def killed(death: Death, *arguments: str, folder: Path) -> bool:
    """Whether a command died so; else it came to its end."""
    child = os.fork()
    if child == 0:
        with suppress(BaseException):
            death()
            run(*arguments, folder=folder)
            os._exit(_COMPLETED)
        os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == _COMPLETED
    return os.WIFSIGNALED(status)


def cramped(size: int, *arguments: str, folder: Path) -> Outcome:
    """Run a command where no file may come to hold more than `size` bytes.

    The system answers as it does on a full disk, in the middle of what is written.
    """
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        return run(*arguments, folder=folder)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def drafts(folder: Path) -> list[Path]:
    """What writes that were killed have left at any depth below a folder."""
    return sorted(folder.rglob(".blocklint-*.tmp"))


def aged(folder: Path) -> list[Path]:
    """The same, made so old that nobody can be at work on them any more."""
    found = drafts(folder)
    for path in found:
        os.utime(path, (time.time() - 120,) * 2)
    return found


def _changes(event: str, given: tuple[object, ...]) -> bool:
    """Whether an event of Python's own watch is about to change the disk."""
    if event != "open":
        return event in _CHANGES
    flags = given[2]
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR))
