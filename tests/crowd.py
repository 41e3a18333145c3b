"""Many checks of one tree at once, each a process of its own, that share a cache."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import cycle, takewhile
from pathlib import Path

from command import run
from expectations import ROOT
from kept import NO_NORM, NORM, project, write

COMMAND = (sys.executable, "-m", "blocklint", "check", "-j1", "--format=concise")


def tree(folder: Path, count: int) -> Path:
    """Some small projects, with a block and a finding in each."""
    for number in range(count):
        project(folder / f"code{number}")
    return folder


def begun(folder: Path, *options: str) -> "subprocess.Popen[str]":
    """The real command, in a process of its own."""
    environment = {k: v for k, v in os.environ.items() if k != "BLOCKLINT_NO_CACHE"}
    return subprocess.Popen(
        [*COMMAND, *options, "."],
        cwd=folder,
        env={**environment, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def alone(folder: Path) -> str:
    """What a check says that keeps nothing."""
    return begun(folder, "--no-cache").communicate()[0]


def outputs(folder: Path, cache: Path, count: int, at_once: int) -> Counter[str]:
    """What so many checks say; whenever one has ended, another begins."""
    said: Counter[str] = Counter()
    running: list[subprocess.Popen[str]] = []
    for _ in range(count):
        if len(running) >= at_once:
            said[running.pop(0).communicate()[0]] += 1
        running.append(begun(folder, f"--cache-dir={cache}"))
    said.update(process.communicate()[0] for process in running)
    return said


def copies(folder: Path, cache: Path, count: int, at_once: int) -> Counter[str]:
    """The same of copies of this process, which are ready at once.

    They are so if this process has done such a check itself, and loaded all it needs.
    """
    told_alone(folder)
    said: Counter[str] = Counter()
    running: list[int] = []
    told = folder.parent / "told"
    told.mkdir()
    for number in range(count):
        if len(running) >= at_once:
            os.waitpid(running.pop(0), 0)
        running.append(copied(partial(_told, folder, cache, told / str(number))))
    for process in running:
        os.waitpid(process, 0)
    said.update(path.read_text() for path in told.iterdir())
    shutil.rmtree(told)
    return said


def told_alone(folder: Path) -> str:
    """What a check in this process says that keeps nothing."""
    return run(
        "check", "-j1", "--no-cache", "--format=concise", ".", folder=folder
    ).stdout


def copied(work: Callable[[], object]) -> int:
    """Have a copy of this process do some work and end; its number."""
    process = os.fork()
    if process == 0:
        try:
            work()
        finally:
            os._exit(0)
    return process


def has_parent() -> Callable[[object], bool]:
    """Says as long as the process that made this copy is there: then it may go on."""
    parent = os.getppid()
    return lambda _: os.getppid() == parent


def _told(folder: Path, cache: Path, file: Path) -> None:
    os.environ.pop("BLOCKLINT_NO_CACHE", None)
    arguments = ("check", "-j1", "--format=concise", f"--cache-dir={cache}", ".")
    file.write_text(run(*arguments, folder=folder).stdout)


@contextmanager
def edited(path: Path, pause: float = 0.03) -> Iterator[None]:
    """Have a file that a block imports be rewritten all the time, by another process.

    It holds one of two texts, of which one leads to a finding. A text comes whole.
    """
    writer = copied(partial(_edit, path, pause))
    try:
        yield
    finally:
        os.kill(writer, signal.SIGKILL)
        os.waitpid(writer, 0)


def _edit(path: Path, pause: float) -> None:
    for text in takewhile(has_parent(), cycle((NO_NORM, NORM))):
        write(path.with_suffix(".new"), text)
        path.with_suffix(".new").replace(path)
        time.sleep(pause)
