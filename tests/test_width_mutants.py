"""Correct blocks with one wrong width, head count, axis or concat are found.

`tests/benchmarks/width_mutants.py` measures the same over all fixtures, or over any
folder of model code; here a part of it stands guard.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from operator import attrgetter
from pathlib import Path

import pytest
from expectations import FIXTURES
from replays import Stage
from trials import Trial, harmful, run, share, subject, trial

FILES = [
    FIXTURES / name
    for name in (
        "shapes/sublayers.py",
        "facts/followed_data.py",
        "facts/mixed_placements.py",
        "facts/user_norms.py",
        "facts/deepnorm_scaled.py",
        "facts/parallel_blocks.py",
        "facts/encoder_decoder.py",
        "facts/nanogpt.py",
    )
]
RUN = 2  # mutants of a file that are run as well


def tried(path: Path, runs: int) -> tuple[list[str], list[str], list[Trial]]:
    """The blocks of a file, what shape rules say of it, and its mutants."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # torch warns of what is no news
    stage = Stage()
    given = subject(stage, path)
    alarms = [f"{code} {name}" for code, name, _ in given.before if "BL4" in code]
    trials = [trial(given, *found) for found in harmful(stage, given, each=1)]
    spread = trials[:: max(len(trials) // runs, 1)][:runs]
    others = [each for each in trials if each not in spread]
    return (
        list(given.blocks),
        alarms,
        [*others, *run(given, spread, configured=True)],
    )


@pytest.fixture(scope="module")
def results() -> list[tuple[list[str], list[str], list[Trial]]]:
    """The blocks, alarms and trials of each file, in processes of their own."""
    with ProcessPoolExecutor(2, mp_context=get_context("fork")) as pool:
        return list(pool.map(partial(tried, runs=RUN), FILES))


def all_trials(
    results: list[tuple[list[str], list[str], list[Trial]]],
) -> Iterator[Trial]:
    """The trials of every file."""
    for _, _, trials in results:
        yield from trials


def test_correct_blocks_are_left_alone(
    results: list[tuple[list[str], list[str], list[Trial]]],
) -> None:
    blocks = [name for names, _, _ in results for name in names]
    alarms = [alarm for _, found, _ in results for alarm in found]

    assert len(blocks) >= 30
    assert alarms == []


def test_most_mutants_are_found_by_reading(
    results: list[tuple[list[str], list[str], list[Trial]]],
) -> None:
    trials = list(all_trials(results))

    assert len(trials) >= 300
    assert share(trials, attrgetter("found")) >= 0.7


def test_nearly_all_mutants_are_found_by_running(
    results: list[tuple[list[str], list[str], list[Trial]]],
) -> None:
    ran = [each for each in all_trials(results) if each.traced is not None]

    assert len(ran) == RUN * len(FILES)
    assert share(ran, attrgetter("found_by_run")) >= 0.98
