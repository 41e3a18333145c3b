"""How much memory a command and all that it starts hold at once."""

import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PAUSE = 0.02  # seconds between two looks
_PSS_EVERY = 5  # looks; this one costs more


@dataclass(frozen=True)
class Memory:
    """The largest sums that were seen, in bytes.

    `rss` counts what processes share for each of them, `pss` divides it among them.
    """

    rss: int = 0
    pss: int = 0

    def __str__(self) -> str:
        return f"{self.rss / 1e6:.0f} MB ({self.pss / 1e6:.0f} MB)"


def peak(command: Sequence[str]) -> Memory | None:
    """Run a command and watch its processes; None where there is no /proc."""
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        rss = pss = looks = 0
        while process.poll() is None:
            every = list(_tree(process.pid))
            rss = max(rss, sum(map(_resident, every)))
            if looks % _PSS_EVERY == 0:
                pss = max(pss, sum(map(_proportional, every)))
            looks += 1
            time.sleep(PAUSE)
    return Memory(rss, pss) if rss else None


def _tree(process: int) -> Iterator[int]:
    yield process
    with suppress(OSError):  # It has ended since.
        for thread in Path(f"/proc/{process}/task").iterdir():
            for child in (thread / "children").read_text().split():
                yield from _tree(int(child))


def _resident(process: int) -> int:
    with suppress(OSError, IndexError):
        pages = Path(f"/proc/{process}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    return 0


def _proportional(process: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
