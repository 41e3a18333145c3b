"""One worker process: started, watched, and ended with all that it started."""

import os
import signal
import stat
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from blocklint.frontends.traced.document import MOST_BYTES, position

KEPT = 8192
_CHUNK = 65536
_STEP = 0.02
_GRACE = 1.0


class Worker:
    """A process in a group of its own, whose answer is a file that grows.

    Its output is drained as long as anybody writes, and only its end is kept. Leaving
    the `with` block kills what is left of the group, however it is left.
    """

    def __init__(
        self,
        command: Sequence[str],
        job: Path,
        answer: Path,
        environment: Mapping[str, str],
    ) -> None:
        self.answer = answer
        self.reached = -1  # The target that its answer was at, when last seen.
        # The job is a file, so that nothing waits for a process that does not read it.
        with job.open("rb") as stdin:
            self._process = subprocess.Popen(
                command,
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
                start_new_session=True,
            )
        self._tails = (_Tail(self._process.stdout), _Tail(self._process.stderr))

    def __enter__(self) -> "Worker":
        """The worker, running."""
        return self

    def __exit__(self, *error: object) -> None:
        """Kill what is left of the process and of those it started."""
        self._kill()
        for tail in self._tails:
            tail.wait(_GRACE)

    def watch(self, targets: int, seconds: float) -> bool:
        """Wait until it ends or has answered; whether it was done in time.

        The clock starts again whenever the answer gets to the next target: so it can be
        wound up `targets` times and once more, and not for ever.
        """
        until = time.monotonic() + seconds
        while not self._has_ended():
            at = min(self._position(), targets)
            if at > self.reached:
                self.reached, until = at, time.monotonic() + seconds
            if self.reached == targets:
                self._wait_for_end()
                return True
            if time.monotonic() >= until:
                return False
            time.sleep(_STEP)
        return True

    def written(self) -> bytes | None:
        """What the answer file holds, a little more than allowed at most."""
        return _read_regular(self.answer, MOST_BYTES + 1)

    @property
    def ending(self) -> int | None:
        """The exit code, or the negative number of the signal that ended it."""
        return self._process.returncode

    @property
    def output(self) -> str:
        """The end of what it printed, on both streams."""
        return "\n".join(text for tail in self._tails if (text := tail.text.strip()))

    def _position(self) -> int:
        head = _read_regular(self.answer, 256)
        found = None if head is None else position(head)
        return -1 if found is None else found

    def _wait_for_end(self) -> None:
        until = time.monotonic() + _GRACE
        while not self._has_ended() and time.monotonic() < until:
            time.sleep(_STEP)

    def _has_ended(self) -> bool:
        """Whether it ended. It is not reaped, so that its group keeps its number."""
        if not hasattr(os, "waitid"):
            return self._process.poll() is not None
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        try:
            return os.waitid(os.P_PID, self._process.pid, flags) is not None
        except ChildProcessError:
            return True

    def _kill(self) -> None:
        if hasattr(os, "killpg"):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        else:
            self._process.kill()
        self._process.wait()


class _Tail:
    """The last bytes of a stream, which is read to its end by a thread of its own.

    A process that escaped may hold the stream open for ever: nobody waits for that.
    """

    def __init__(self, stream: IO[bytes] | None) -> None:
        self._kept = b""
        self._stream = stream
        self._thread = threading.Thread(target=self._drain, daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> None:
        """Wait for what is on its way, but not for long."""
        self._thread.join(seconds)

    @property
    def text(self) -> str:
        """The last of it, from the beginning of a line."""
        text = self._kept.decode("utf-8", "replace")
        cut = text.find("\n") + 1 if len(self._kept) == KEPT else 0
        return text[cut:]

    def _drain(self) -> None:
        if self._stream is None:
            return
        with self._stream, suppress(OSError, ValueError):
            while chunk := os.read(self._stream.fileno(), _CHUNK):
                self._kept = (self._kept + chunk)[-KEPT:]


def _read_regular(path: Path, most: int) -> bytes | None:
    """The start of a file; None if it is not there, or is a link, a pipe or a folder.

    Whatever runs over there may put anything in its place.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    flags |= getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(path, flags)
    except OSError:
        return None
    with open(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return None
        return file.read(most)
