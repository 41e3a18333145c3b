"""The process that works for the language server: whatever becomes of a job."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from blocklint.engine import BadRequest, Options, Request
from blocklint.server import jobs
from blocklint.server.worker import Worker, WorkerDied


def with_worker(use: Callable[[Worker], Awaitable[None]]) -> None:
    """Use a worker, which is gone afterwards."""

    async def main() -> None:
        worker = Worker()
        try:
            await use(worker)
        finally:
            worker.close()

    asyncio.run(main())


def test_it_answers_from_a_process_of_its_own() -> None:
    async def use(worker: Worker) -> None:
        first, second = [await worker.ask(os.getpid) for _ in range(2)]

        assert first == second != os.getpid()

    with_worker(use)


def test_a_job_that_is_given_up_delays_nobody_for_long() -> None:
    async def use(worker: Worker) -> None:
        endless = asyncio.create_task(worker.ask(time.sleep, 100_000))
        while worker.is_idle:
            await asyncio.sleep(0.01)
        endless.cancel()

        assert await worker.ask(abs, -3) == 3

    with_worker(use)


def test_a_job_that_is_given_up_may_end_in_time() -> None:
    async def use(worker: Worker) -> None:
        before = await worker.ask(os.getpid)
        short = asyncio.create_task(worker.ask(abs, -1))
        while worker.is_idle:
            await asyncio.sleep(0)
        short.cancel()

        assert await worker.ask(os.getpid) == before

    with_worker(use)


def test_a_job_may_take_its_process_with_it() -> None:
    async def use(worker: Worker) -> None:
        with pytest.raises(WorkerDied):
            await worker.ask(os.abort)

        assert await worker.ask(abs, -3) == 3

    with_worker(use)


def test_a_request_that_cannot_be_done_is_told_as_such(tmp_path: Path) -> None:
    options = Options(config=tmp_path / "missing.toml")
    request = Request(("-",), options, b"x = 1\n", str(tmp_path / "model.py"))

    async def use(worker: Worker) -> None:
        with pytest.raises(BadRequest, match=r"missing\.toml: cannot be read"):
            await worker.ask(jobs.check, request)

    with_worker(use)


def test_what_a_job_prints_does_not_reach_the_editor(
    capfd: pytest.CaptureFixture[str],
) -> None:
    async def use(worker: Worker) -> None:
        await worker.ask(os.system, "echo hello")

    with_worker(use)

    assert capfd.readouterr() == ("", "hello\n")
