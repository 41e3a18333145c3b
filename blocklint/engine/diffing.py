"""The whole of `diff` on one screen: two versions in, what changed between them out.

Files of both versions are listed. What cannot have changed is left out. The classes of
the others are read on both sides and compared, by several processes if there is enough
to do. Classes that have no namesake in their file are matched with each other.
"""

import gc
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TypeVar

from blocklint.comparison.change import Comparison, Place, Status
from blocklint.comparison.matching import Known, matched
from blocklint.difference import Difference
from blocklint.engine.beside import run_both
from blocklint.engine.compared import Looked, Looker
from blocklint.engine.crew import processors, undisturbed
from blocklint.engine.reach import Name, reached
from blocklint.engine.request import Request
from blocklint.engine.sides import Side, sides_of
from blocklint.engine.version import version_of
from blocklint.engine.watch import Watch, unwatched
from blocklint.text import Broken, Text

T = TypeVar("T")
U = TypeVar("U")

GROUP = 2_000_000  # letters of model code that share what was read
SHIFT = 8  # groups for each process, before a new one takes its place


def diff(
    words: tuple[str, ...], request: Request, watch: Watch = unwatched
) -> Difference:
    """Compare the wirings of two versions, see `sides_of`.

    Raises BadRequest if a word names no version, or the files cannot be listed.
    """
    old, new = sides_of(words, request)
    texts = _texts(old), _texts(new)
    differing = [k for k in _keys(old, new) if texts[0].get(k) != texts[1].get(k)]
    if not differing:
        return Difference(old.title, new.title, (), 0)
    with undisturbed():
        looker = Looker(
            version_of(old),
            version_of(new),
            differing=frozenset(differing),
            running=request.options.trace,
        )
        looked = _all_looked(texts, looker, request.options.jobs, watch)
        found = _matched(looked, looker)
    untraced: tuple[str, ...] = ()
    if request.options.trace:
        found, untraced = run_both(found, old, new, request)
    broken = dict.fromkeys(each for one in looked.values() for each in one.broken)
    return Difference(
        old.title,
        new.title,
        tuple(found),
        len(differing),
        tuple(broken),
        untraced=untraced,
    )


def _all_looked(
    texts: tuple[dict[str, str], dict[str, str]],
    looker: Looker,
    jobs: int,
    watch: Watch,
) -> dict[str, Looked]:
    """What came of each file, looked at until no rewired part reaches anything more."""
    reach = reached(*texts, partial(_spread, jobs))
    every = _keys(looker.old.side, looker.new.side)
    files = [key for key in every if any("forward" in t.get(key, "") for t in texts)]
    looker = replace(looker, reached=reach.whole, rewired=reach.rewired)
    meant = {
        key
        for key in files
        if key in looker.differing or _defines(texts[1], key, reach.whole)
    }
    looked: dict[str, Looked] = {}
    while meant:
        groups = list(_grouped((key for key in files if key in meant), texts[1]))
        again = _looked(groups, looker, jobs, watch)
        looked.update(
            {key: looked.get(key, Looked()).then(again[key]) for key in again}
        )
        more = reach.beyond({n for one in again.values() for n in one.rewired})
        looker = replace(looker, reached=more, differing=frozenset())
        meant = {key for key in files if _defines(texts[1], key, more)}
        watch = unwatched
    return looked


def _keys(old: Side, new: Side) -> list[str]:
    """What both versions call their files, in the order of the new one."""
    return list(dict.fromkeys((*new.files, *old.files)))


def _texts(side: Side) -> dict[str, str]:
    """The texts of a version; of a file that cannot be read, what can be shown."""
    found: dict[str, str] = {}
    for key, file in side.files.items():
        text = file.text()
        found[key] = text.text if isinstance(text, Text | Broken) else ""
    return found


def _defines(texts: Mapping[str, str], key: str, names: set[Name]) -> bool:
    """Whether a file defines a class of one of these names."""
    return any(
        line.startswith("class ") and (key, _class_name(line)) in names
        for line in texts.get(key, "").splitlines()
    )


def _class_name(line: str) -> str:
    name = line.removeprefix("class ").lstrip()
    return name.partition("(")[0].partition(":")[0].strip()


def _grouped(keys: Iterable[str], texts: dict[str, str]) -> Iterator[list[str]]:
    """Neighbours, as many as share what was read without taking too much memory."""
    group: list[str] = []
    size = 0
    for key in keys:
        group.append(key)
        size += len(texts.get(key, ""))
        if size > GROUP:
            yield group
            group, size = [], 0
    if group:
        yield group


def _looked(
    groups: list[list[str]], looker: Looker, jobs: int, watch: Watch
) -> dict[str, Looked]:
    """What came of each file."""
    _Worker.looker = looker
    looked: dict[str, Looked] = {}
    for group in watch(_spread(jobs, _look, groups), len(groups)):
        looked.update(group)
    return looked


def _spread(
    jobs: int, work: Callable[[list[T]], U], groups: list[list[T]]
) -> Iterator[U]:
    """Apply a function to each group; several processes take one after the other.

    When they have looked at much, new ones take their place.
    """
    jobs = min(jobs or processors(), len(groups))
    if jobs <= 1 or sys.platform != "linux":
        yield from map(work, groups)
        return
    for at in range(0, len(groups), SHIFT * jobs):
        yield from _one_shift(jobs, work, groups[at : at + SHIFT * jobs])


def _one_shift(
    jobs: int, work: Callable[[list[T]], U], groups: list[list[T]]
) -> Iterator[U]:
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(jobs, context, _begin) as pool:
        try:
            gc.freeze()  # what is here is shared, as long as nobody looks through it
            yield from pool.map(work, groups)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in multiprocessing.active_children():
                process.terminate()
            raise
        finally:
            gc.unfreeze()


class _Worker:
    """What a worker process has at hand for every group, from the one that began it."""

    looker: Looker


def _begin() -> None:
    """Set up a worker process. It leaves an interrupt to the one that began it."""
    gc.disable()  # its shift ends before there is much
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _look(group: list[str]) -> dict[str, Looked]:
    return _Worker.looker.look(group)


def _matched(by_file: dict[str, Looked], looker: Looker) -> list[Comparison]:
    """All classes, those too that have moved or another name now."""
    looked = [*by_file.values()]
    found = [each for key, one in by_file.items() for each in one.found(key)]
    pairs = matched(
        (known for one in looked for known in one.old),
        (known for one in looked for known in one.new),
    )
    inside = (
        frozenset().union(*(one.old_inside for one in looked)),
        frozenset().union(*(one.new_inside for one in looked)),
    )
    for old, new in pairs:
        if old is not None and new is not None:
            comparison = looker.pair(old, new)
            if comparison is not None:
                found.append(comparison)
        elif old is not None and _counts(old, inside[0]):
            found.append(_lone(old, looker.old.side, Status.REMOVED))
        elif new is not None and _counts(new, inside[1]):
            found.append(_lone(new, looker.new.side, Status.ADDED))
    return sorted(found, key=_order)


def _counts(known: Known, inside: frozenset[tuple[str, str]]) -> bool:
    """Whether a class that came or went is one of its own, and no part of another."""
    is_part = (known.path, known.name) in inside
    return (known.is_block or known.has_stack) and not is_part


def _lone(known: Known, side: Side, status: Status) -> Comparison:
    file = side.files.get(known.path)
    place = Place(file.name if file is not None else known.path, known.line)
    old, new = (place, None) if status is Status.REMOVED else (None, place)
    return Comparison(known.name, known.name, old, new, status, is_block=known.is_block)


def _order(comparison: Comparison) -> tuple[list[str], int]:
    place = comparison.new or comparison.old
    assert place is not None, "a class stands in one of the versions"
    return place.path.split(os.sep), place.line
