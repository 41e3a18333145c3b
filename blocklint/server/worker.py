"""A process that does the work of the server, one job at a time.

The server itself only listens and answers. A job that nobody waits for any more is
given a moment to end; then its process is ended, and the next job gets a new one.
"""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

from blocklint.engine import BadRequest, load_rules

T = TypeVar("T")
_GRACE = 0.5  # seconds; to start a new process takes about as long


class WorkerDied(Exception):
    """The process ended in the midst of a job; its standard error says why."""


class Worker:
    """Runs functions of this package, by their name, in a process of its own."""

    def __init__(self) -> None:
        self._spawn = get_context("spawn")
        self._turn = asyncio.Lock()
        self._waiter = ThreadPoolExecutor(1)
        self._process: BaseProcess | None = None
        self._connection: Connection[Any, Any] | None = None
        self._reply: asyncio.Future[Any] | None = None

    @property
    def is_idle(self) -> bool:
        """Whether no job is under way."""
        return self._reply is None or self._reply.done()

    async def ask(self, job: Callable[..., T], *arguments: object) -> T:
        """The answer of a job, once its turn has come.

        Raises BadRequest as the job does, WorkerDied if it came to no end.
        """
        async with self._turn:
            await self._free()
            loop = asyncio.get_running_loop()
            self._reply = loop.run_in_executor(
                self._waiter, self._exchange, (job, arguments)
            )
            answer = await asyncio.shield(self._reply)
        if isinstance(answer, BadRequest | WorkerDied):
            raise answer
        return answer  # type: ignore[no-any-return]

    def start(self) -> None:
        """Start the process, before there is anything to do for it."""
        self._connection, theirs = self._spawn.Pipe()
        self._process = self._spawn.Process(target=_work, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()  # So that the end of the process is the end of the line.

    def stop(self) -> None:
        """End the process, whatever it is doing."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process = None

    def close(self) -> None:
        """End the process for good."""
        self.stop()
        self._waiter.shutdown()

    async def _free(self) -> None:
        """Wait a moment for a job that was given up, then end it."""
        if self._reply is not None and not self.is_idle:
            await asyncio.wait([self._reply], timeout=_GRACE)
            if not self.is_idle:
                self.stop()
                await self._reply

    def _exchange(self, message: object) -> object:
        """Hand a job to the process and wait for its answer; runs in a thread."""
        if self._process is None or not self._process.is_alive():
            self.start()
        assert self._connection is not None
        try:
            self._connection.send(message)
            return self._connection.recv()
        except (EOFError, OSError):
            self._connection.close()
            self._process = None
            return WorkerDied()


def _work(connection: "Connection[Any, Any]") -> None:
    """Do jobs until the server is gone. What is no answer ends the process."""
    os.dup2(2, 1)  # The standard output belongs to the editor.
    load_rules()
    while True:
        try:
            job, arguments = connection.recv()
        except EOFError:
            return
        try:
            answer = job(*arguments)
        except BadRequest as error:
            answer = error
        connection.send(answer)
