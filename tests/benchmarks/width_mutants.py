"""How many slips in widths, heads, axes and concats are found, and by what.

    python tests/benchmarks/width_mutants.py [--each 2] [--missed] [PATH...]
    python tests/benchmarks/width_mutants.py --trace listed [--one-in 20] [PATH...]

Each PATH is a file or a folder of model code that can be imported, by default the
fixtures. Blocks that run are mutated; a mutant counts if a block then fails or gives
another shape. With `--trace` one mutant in so many is run as well, by a config that
lists the classes with what they are given and return, or with all of that `guessed`.
"""

import argparse
import os
import sys
import time
from argparse import Namespace
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from operator import attrgetter
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from replays import Stage  # noqa: E402
from trials import Trial, harmful, run, share, subject, trial  # noqa: E402

FOLDERS = ("facts", "readme", "shapes", "graphs")


def main() -> None:
    """Mutate every file, and print each kind with its figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--each", type=int, default=2, help="mutants a class and kind")
    parser.add_argument("--trace", choices=("listed", "guessed"))
    parser.add_argument("--one-in", type=int, default=20, help="mutants to be run")
    parser.add_argument("--kind", help="only kinds that hold this word")
    parser.add_argument("--missed", action="store_true", help="list what is not found")
    parser.add_argument("--found", action="store_true", help="list what is found")
    given = parser.parse_args()
    began, trials, blocks, false = time.perf_counter(), [], 0, []
    for path in files(given.paths):
        names, alarms, more = apart(path, given)
        blocks += len(names)
        false += [f"{path}: {alarm}" for alarm in alarms]
        trials += [t for t in more if not given.kind or given.kind in t.mutant.kind]
        print(f"{len(trials):6} {path}", file=sys.stderr, flush=True)
    for each in trials:
        found = each.found if each.traced is None else each.found_by_run
        if (given.missed and not found) or (given.found and found):
            print(line(each))
    print_table(trials)
    print(f"{blocks} blocks, {len(trials)} mutants that do harm")
    print("\n".join(["shape rules on originals:", *(false or ["none"])]))
    print(f"{time.perf_counter() - began:.0f} s")


def files(paths: Sequence[Path]) -> Iterator[Path]:
    """The files to be mutated."""
    if not paths:
        fixtures = ROOT / "fixtures"
        paths = [
            *(fixtures / name for name in FOLDERS),
            *sorted(fixtures.glob("rules/*/clean.py")),
        ]
    for path in paths:
        every = [path] if path.is_file() else sorted(path.rglob("*.py"))
        yield from (each.resolve() for each in every if "forward" in each.read_text())


def apart(path: Path, given: Namespace) -> tuple[list[str], list[str], list[Trial]]:
    """The trials of one file, in a process of their own: odd code may end it."""
    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as pool:
        try:
            return pool.submit(tried, path, given).result()
        except BrokenProcessPool:
            print(f"{path}: its process died", file=sys.stderr)
        except Exception as error:  # noqa: BLE001 (a file that cannot be imported)
            print(f"{path}: {error!r}"[:200], file=sys.stderr)
    return [], [], []


def tried(path: Path, asked: Namespace) -> tuple[list[str], list[str], list[Trial]]:
    """The blocks of a file, what shape rules say of it, and its mutants."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # torch warns of what is no news
    stage = Stage()
    given = subject(stage, path)
    alarms = [f"{code} {name}:{at}" for code, name, at in given.before if "BL4" in code]
    trials = [trial(given, *found) for found in harmful(stage, given, asked.each)]
    if asked.trace is not None:
        trials[:: asked.one_in] = run(
            given, trials[:: asked.one_in], asked.trace == "listed"
        )
    return list(given.blocks), alarms, trials


def line(each: Trial) -> str:
    """One mutant in one line."""
    mutant = each.mutant
    codes = " ".join(sorted(each.codes | (each.traced or set()))) or "missed"
    before, after = (" ".join(s.split()) for s in (mutant.before, mutant.after))
    return (
        f"{codes:12} {mutant.kind:22} {each.path}:{mutant.line} {mutant.scope}"
        f"  {before}  ->  {after}"
    )


def print_table(trials: Sequence[Trial]) -> None:
    """How many of each kind are found, and by which rules."""
    kinds: dict[str, list[Trial]] = defaultdict(list)
    for each in trials:
        kinds[each.mutant.kind].append(each)
    print(f"{'kind':26} mutants  BL4xx  any rule  with --trace")
    for kind, alike in [*sorted(kinds.items()), ("all", list(trials))]:
        shapes = share(alike, attrgetter("found_by_shapes"))
        found = share(alike, attrgetter("found"))
        ran = [each for each in alike if each.traced is not None]
        by_run = f"{share(ran, attrgetter('found_by_run')):8.1%} of {len(ran)}"
        row = f"{kind:26} {len(alike):7} {shapes:6.0%} {found:9.0%}"
        print(row, by_run if ran else "")


if __name__ == "__main__":
    main()
