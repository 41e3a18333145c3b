"""Whether many checks at once, edits and kills leave a cache that tells the truth.

    python tests/benchmarks/many_checks.py [--checks 200] [--at-once 200] [--kills 100]

Every check is a process of its own, and all share one cache. What each says is held
against what a check without a cache says: with the files as they are, while one of them
is rewritten all the time, and after checks that were killed at any moment.
"""

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from crowd import alone, begun, edited, outputs, tree
from endings import aged, drafts


def main() -> None:
    """Try all of it, and end with 1 if anything was said that is not so."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checks", type=int, default=200)
    parser.add_argument("--at-once", type=int, default=200)
    parser.add_argument("--kills", type=int, default=100)
    given = parser.parse_args()
    wrong = 0
    with tempfile.TemporaryDirectory() as scratch:
        code, cache = tree(Path(scratch, "code"), 6), Path(scratch, "cache")
        time.sleep(0.05)
        wrong += shared(code, cache, given.checks, given.at_once)
        wrong += meanwhile(code, cache, given.checks, given.at_once)
        wrong += deaths(code, cache, given.kills)
    sys.exit(wrong > 0)


def shared(code: Path, cache: Path, count: int, at_once: int) -> int:
    """Checks that all begin without anything known; how many said something wrong."""
    truth, began = alone(code), time.perf_counter()
    said = outputs(code, cache, count, at_once)
    wrong = said.total() - said[truth]
    took = time.perf_counter() - began
    print(f"{count} checks, {at_once} at once: {wrong} wrong, in {took:.1f} s")
    return wrong + told(code, cache)


def meanwhile(code: Path, cache: Path, count: int, at_once: int) -> int:
    """Checks of files that are rewritten all the time, by way of two states."""
    path = code / "code0" / "parts" / "__init__.py"
    with edited(path):
        said = outputs(code, cache, count, at_once)
    print(f"{count} checks during edits: {len(said)} different reports")
    return told(code, cache) + max(0, len(said) - 2)


def deaths(code: Path, cache: Path, count: int) -> int:
    """Checks that are killed at any moment, each after an edit."""
    chance, wrong, died = random.Random(0), 0, 0
    for number in range(count):
        for path in code.rglob("*.py"):
            path.write_text(f"{path.read_text()}\n# {number}\n")
        time.sleep(0.05)
        process = begun(code, f"--cache-dir={cache}")
        time.sleep(chance.uniform(0.05, 0.6))
        process.kill()
        died += process.wait() < 0
        aged(cache)
        wrong += begun(code, f"--cache-dir={cache}").communicate()[0] != alone(code)
    print(f"{died} checks killed of {count}: {wrong} wrong, {len(drafts(cache))} left")
    return wrong


def told(code: Path, cache: Path) -> int:
    """Whether the cache says something else than the code does, now and once more."""
    truth, wrong = alone(code), 0
    for _ in range(2):
        time.sleep(0.05)
        wrong += begun(code, f"--cache-dir={cache}").communicate()[0] != truth
    print(f"  afterwards: {wrong} of 2 wrong, {len(drafts(cache))} drafts left")
    return wrong


if __name__ == "__main__":
    main()
