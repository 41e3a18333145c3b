"""Who looks at the files: this process, or several that share them out among them."""

import gc
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field
from itertools import chain
from typing import TYPE_CHECKING

from blocklint.engine.answers import Answer, quick_answer
from blocklint.engine.config import Configs
from blocklint.engine.discover import File
from blocklint.engine.faults import During
from blocklint.engine.request import BadRequest, Options, Request
from blocklint.engine.rulebook import RulesByFile, load_rules
from blocklint.frontends.static.files import Disk
from blocklint.frontends.static.importers import Importers
from blocklint.frozen import dataclass

if TYPE_CHECKING:
    from concurrent.futures import Future

    from blocklint.engine.work import Workbench

FEW = 100_000  # letters of model code up to which it is quicker to call no help
ENOUGH = 20_000  # letters that a group has before it ends with a folder
MOST = 100_000  # and before it ends anyway
SHIFT = 2_000_000  # letters for each process, before a new one takes its place
LEADS = 400_000  # letters, or a few more, that lead us to what most files lead to


@dataclass
class Group:
    """Files that are looked at together, and how long they are."""

    files: list[File] = field(default_factory=list)
    letters: int = 0

    def __str__(self) -> str:
        first, last = self.files[0].name, self.files[-1].name
        return first if first == last else f"the files from {first} to {last}"


_ENDED = (
    "a process that checked files was ended from outside, perhaps for want of memory;"
    " `-j 1` needs the least"
)


def answers(
    files: Iterable[File], request: Request, rules: RulesByFile, importers: Importers
) -> Iterator[Answer]:
    """What is found by way of each file, in any order.

    Files of a folder go together, for they lead to the same others. Which files make
    a group does not depend on how many processes there are.
    """
    stream = grouped(files, rules)
    if request.options.jobs != 1:
        quick, groups = _begun(stream)
        yield from quick
        stream = chain(groups, stream)
        if len(groups) > 1 and sum(group.letters for group in groups) > FEW:
            yield from _shared_out(stream, request, rules, importers)
            return
    bench: Workbench | None = None
    with undisturbed():
        for each in stream:
            if isinstance(each, Answer):
                yield each
                continue
            bench = bench or _workbench(request.options, rules, importers)
            yield from bench.answered(each.files, each.letters)


def _workbench(
    options: Options, rules: RulesByFile, importers: Importers, is_cleared: bool = True
) -> "Workbench":
    from blocklint.engine.work import Workbench

    return Workbench(rules.chosen, importers, options.caching, is_cleared)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let no garbage be looked for: while files are read, there is little.

    A third of the time would go into looking through syntax trees that are needed.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _begun(stream: Iterator[Answer | Group]) -> tuple[list[Answer], list[Group]]:
    """The beginning of a stream, as long as no help is called for what there is."""
    quick: list[Answer] = []
    groups: list[Group] = []
    letters = 0
    while letters <= FEW or len(groups) <= 1:
        each = next(stream, None)
        if each is None:
            break
        if isinstance(each, Answer):
            quick.append(each)
        else:
            groups.append(each)
            letters += each.letters
    return quick, groups


def grouped(files: Iterable[File], rules: RulesByFile) -> Iterator[Answer | Group]:
    """Quick answers, and groups of the files that are to be looked at closely."""
    group, folder = Group(), ""
    for file in files:
        with During(f"checking {file.name}"):
            told = bool(rules.chosen(file.name)[1].expected)
            found = quick_answer(file, rules.of(file.name), told)
        if isinstance(found, Answer):
            yield found
            continue
        here = os.path.dirname(file.name)
        ends = here != folder and group.letters > ENOUGH
        if ends or group.letters > MOST:
            yield group
            group = Group()
        group.files.append(file)
        group.letters += found
        folder = here
    if group.files:
        yield group


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _shared_out(
    stream: Iterator[Answer | Group],
    request: Request,
    rules: RulesByFile,
    importers: Importers,
) -> Iterator[Answer]:
    """Have processes look at the groups while the next ones are gathered.

    When they have looked at much, new ones take their place: to end a process is far
    quicker than to find out what of its memory is still needed.
    """
    jobs = request.options.jobs or processors()
    bench = _workbench(request.options, rules, importers, is_cleared=False)
    shift: list[Group] = []
    yield from _gathered(stream, shift, SHIFT * jobs)
    if len(shift) > jobs and sum(g.letters for g in shift) > SHIFT * jobs:
        yield from _lead(bench, shift)
    while shift:
        following: list[Group] = []
        with _crew(min(jobs, len(shift)), request, bench) as hand_out:
            # The longest first, so that all come to an end at much the same time.
            shift.sort(key=lambda group: group.letters, reverse=True)
            handed_out = [(each, hand_out(each)) for each in shift]
            yield from _gathered(stream, following, SHIFT * jobs)
            if len(following) > jobs:
                yield from _lead(bench, following)
            for group, future in handed_out:
                with During(f"checking {group}"):
                    yield from future.result()
        shift = following


def _lead(bench: "Workbench", shift: list[Group]) -> Iterator[Answer]:
    """Look at the shortest group of a shift here, if little was looked at so far.

    What it leads to, most others lead to as well: who begins later begins with that.
    """
    if _FORKS and bench.letters < LEADS:
        own = min(shift, key=lambda group: group.letters)
        shift.remove(own)
        with undisturbed():
            yield from bench.answered(own.files, own.letters)
            bench.share(own.files[0])


def _gathered(
    stream: Iterator[Answer | Group], shift: list[Group], letters: int
) -> Iterator[Answer]:
    """Take groups of so many letters from a stream, and hand on what is known."""
    for each in stream:
        if isinstance(each, Answer):
            yield each
            continue
        shift.append(each)
        letters -= each.letters
        if letters < 0:
            break


_FORKS = sys.platform == "linux"  # then what this process knows is there at once


@contextmanager
def _crew(
    jobs: int, request: Request, bench: "Workbench"
) -> Iterator[Callable[[Group], "Future[list[Answer]]"]]:
    """Processes that look at groups: what hands one out to them.

    If anything goes wrong, or the user interrupts, they are ended at once.
    """
    # Only now: most checks are of a few files, and the imports take 9 ms.
    import multiprocessing
    from concurrent.futures import BrokenExecutor, ProcessPoolExecutor

    with ProcessPoolExecutor(
        jobs,
        multiprocessing.get_context("fork" if _FORKS else "spawn"),
        _begin,
        (request.options, request.drafts, bench if _FORKS else None),
    ) as pool:

        def hand_out(group: Group) -> "Future[list[Answer]]":
            with _no_interrupt():
                return pool.submit(_answered, group)

        try:
            gc.freeze()  # what is here is shared, as long as nobody looks through it
            yield hand_out
        except BaseException as error:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in multiprocessing.active_children():
                process.terminate()
            if isinstance(error, BrokenExecutor):
                raise BadRequest(_ENDED) from error
            raise
        finally:
            gc.unfreeze()


@contextmanager
def _no_interrupt() -> Iterator[None]:
    """Hold an interrupt back while a process is begun, which takes that over for good.

    Otherwise it might come before the new process has learnt to leave it to others.
    """
    import signal

    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Worker:
    """What a worker process has at hand for every group."""

    bench: "Workbench"


def _begin(
    options: Options, drafts: Mapping[str, bytes], bench: "Workbench | None"
) -> None:
    """Set up a worker process. It leaves an interrupt to the one that began it."""
    import signal

    gc.disable()  # its shift ends before there is much
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if bench is None:
        rules = RulesByFile(load_rules(), Configs(options))
        bench = _workbench(options, rules, Importers(Disk(drafts)), is_cleared=False)
    _Worker.bench = bench


def _end_with_parent() -> None:
    """Leave no worker behind if the process that began it is killed."""
    from multiprocessing import parent_process

    if parent := parent_process():
        parent.join()
        os._exit(1)


def _answered(group: Group) -> list[Answer]:
    return _Worker.bench.answered(group.files, group.letters)
