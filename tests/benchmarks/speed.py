"""What whole commands take, beside other linters: each in turn, several rounds.

    python tests/benchmarks/speed.py [--rounds 5] [--peers DIR] [--tree DIR] [--jobs N]

Times are of the wall, from the start of a command to its end. Machines differ, and
other work on this one tells: only the ratios within one run mean anything. The peers
are installed into DIR, a virtual environment that is made if it is not there.

Memory is what all processes of a command hold at once, at its peak: looked up every
few milliseconds, and with what they share counted for each (`rss`) or divided among
them (`pss`). It is measured where there is a /proc, in a run that is not timed.
"""

import argparse
import compileall
import datetime
import importlib
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from inference_cost import dense
from memory import Memory, peak

PEERS = ("torchfix==0.7.0", "fixit==2.1.0", "ruff==0.17.6")
BLOCKLINT = [sys.executable, "-m", "blocklint", "check", "--isolated", "--statistics"]


@dataclass
class Entry:
    """A command, what has to be done before each run of it, and the times it took."""

    what: str
    command: list[str]
    before: Callable[[], None] = lambda: None
    seconds: list[float] = field(default_factory=list)
    memory: Memory | None = None

    def run(self) -> None:
        """Run the command once, and take its time."""
        self.before()
        began = time.perf_counter()
        subprocess.run(self.command, check=False, capture_output=True)
        self.seconds.append(time.perf_counter() - began)

    def weigh(self) -> None:
        """Run the command once more, and look at its memory."""
        self.before()
        self.memory = peak(self.command)


def main() -> None:
    """Run every command in turn, and print a table for each set of files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", type=Path, help="a virtual environment")
    parser.add_argument("--tree", help="a folder to check as a whole")
    parser.add_argument("--jobs", default="2")
    given = parser.parse_args()
    compile_ours()
    peers = tools(given.peers) if given.peers else None
    print(f"{datetime.date.today()}, {os.cpu_count()} processors, {versions(peers)}")
    with tempfile.TemporaryDirectory() as scratch:
        plain = Path(scratch, "plain.py")
        plain.write_text("import os\n")
        sets = {
            "ten dense files": dense(),
            "one file without model code": [str(plain)],
            **({given.tree: [given.tree]} if given.tree else {}),
        }
        for name, paths in sets.items():
            entries = [*ours(paths, Path(scratch), given.jobs), *theirs(paths, peers)]
            for _ in range(given.rounds):
                for entry in entries:
                    entry.run()
            for entry in entries:
                entry.weigh()
            print(f"\n{table(name, entries)}")


def compile_ours() -> None:
    """Compile our modules to bytecode, as pip does with those that it installs."""
    for name in ("blocklint", "blocklint.rules"):
        for folder in importlib.import_module(name).__path__:
            compileall.compile_dir(folder, quiet=1)


def ours(paths: list[str], scratch: Path, jobs: str) -> list[Entry]:
    """This linter without anything known, and with everything."""
    cache = scratch / "cache"
    command = [*BLOCKLINT, "-j", jobs, f"--cache-dir={cache}", *paths]

    def forget() -> None:
        shutil.rmtree(cache, ignore_errors=True)

    return [
        Entry("blocklint, cold", command, forget),
        Entry("blocklint, warm", command),
    ]


def theirs(paths: list[str], peers: Path | None) -> list[Entry]:
    """The same files for the others; none where they are not installed."""
    if peers is None:
        return []
    torchfix, fixit, ruff = (
        str(peers / name) for name in ("torchfix", "fixit", "ruff")
    )
    return [
        Entry("TorchFix", [torchfix, "--select=ALL", *paths]),
        Entry("Fixit", [fixit, "lint", *paths]),
        Entry("ruff, cold", [ruff, "check", "--isolated", "--no-cache", *paths]),
        Entry("ruff, warm", [ruff, "check", "--isolated", *paths]),
    ]


def tools(folder: Path) -> Path:
    """The folder of the peers' commands; they are installed if they are not there."""
    found = folder / ("Scripts" if os.name == "nt" else "bin")
    if not found.is_dir():
        venv.create(folder, with_pip=True)
        python = str(found / "python")
        subprocess.run([python, "-m", "pip", "install", "-q", *PEERS], check=True)
    return found


def versions(peers: Path | None) -> str:
    """What was measured, for whoever reads the table later."""
    listed = [f"Python {platform.python_version()}"]
    if peers is not None:
        command = [str(peers / "python"), "-m", "pip", "list", "--format=freeze"]
        shown = subprocess.run(command, check=True, capture_output=True, text=True)
        names = ("torchfix", "fixit", "ruff")
        listed += [
            line for line in shown.stdout.splitlines() if line.lower().startswith(names)
        ]
    return ", ".join(listed)


def table(name: str, entries: list[Entry]) -> str:
    """The medians as Markdown, and how often each goes into the first."""
    first = statistics.median(entries[0].seconds)
    rows = [
        f"| {entry.what} | {(median := statistics.median(entry.seconds)):.2f} s "
        f"| {median / first:.2f} | {entry.memory or '?'} |"
        for entry in entries
    ]
    columns = "median | beside the first | memory at its peak, rss (pss)"
    head = f"| {name} | {columns} |\n|---|---|---|---|"
    return "\n".join([head, *rows])


if __name__ == "__main__":
    main()
