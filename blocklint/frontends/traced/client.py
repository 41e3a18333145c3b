"""Has a user's module run by a worker process, and says what became of each target.

Nothing of the user's code runs here. A worker that hangs, dies or answers nonsense
costs the target that it was working on; the others are given to a fresh one.
"""

import json
import os
import signal
import tempfile
from collections.abc import Mapping
from dataclasses import field, replace
from itertools import takewhile
from pathlib import Path
from types import MappingProxyType

from blocklint.frontends.traced.document import (
    Answer,
    Malformed,
    ProblemRecord,
    Target,
    read_answer,
)
from blocklint.frontends.traced.fields import printable
from blocklint.frontends.traced.interpreter import Interpreter
from blocklint.frontends.traced.process import Worker
from blocklint.frozen import dataclass

WORKER = Path(__file__).with_name("worker.py")
_NO_RANKS: Mapping[str, int] = MappingProxyType({})
_OUT_OF_MEMORY = ("std::bad_alloc", "MemoryError", "allocate memory")


@dataclass(frozen=True)
class Limits:
    """What a worker may take: seconds for the import and for each target, and bytes."""

    seconds: float = 60.0
    memory: int = 8 * 2**30


@dataclass(frozen=True)
class Wanted:
    """A class to be run: how it is made and called where the project says so."""

    class_name: str
    init: str | None = None
    inputs: Mapping[str, str] | None = None
    ranks: Mapping[str, int] = field(default_factory=lambda: _NO_RANKS)
    bare: bool = False

    def as_json(self) -> dict[str, object]:
        """As the worker's job has it."""
        return {
            "class": self.class_name,
            "init": self.init,
            "inputs": None if self.inputs is None else dict(self.inputs),
            "ranks": dict(self.ranks),
            "bare": self.bare,
        }


@dataclass(frozen=True)
class Measure:
    """Stacks to be measured: their depths, how many seeds, how weights begin."""

    depths: tuple[int, ...]
    seeds: int
    init: str

    def as_json(self) -> dict[str, object]:
        """As the worker's job has it."""
        return {"depths": list(self.depths), "seeds": self.seeds, "init": self.init}


@dataclass(frozen=True)
class Job:
    """Targets of one module: a file's path, or a dotted name to be imported.

    `folders` are looked in first by imports. `text` is run in the place of what the
    file holds; `measure` asks for stacks of each target as well.
    """

    module: Path | str
    targets: tuple[Wanted, ...]
    folders: tuple[Path, ...] = ()
    probe: bool = False
    text: str | None = None
    measure: Measure | None = None

    def as_json(self, answer: Path, limits: Limits) -> dict[str, object]:
        """As the worker reads it."""
        module = self.module
        return {
            "schema": "blocklint.job/1",
            "answer": str(answer),
            "module": {"name": module}
            if isinstance(module, str)
            else {"path": os.path.abspath(module), "text": self.text},
            "folders": [os.path.abspath(folder) for folder in self.folders],
            "memory": limits.memory,
            "seconds": limits.seconds,
            "probe": self.probe,
            "stability": self.measure.as_json() if self.measure else None,
            "targets": [wanted.as_json() for wanted in self.targets],
        }


@dataclass(frozen=True)
class Outcome:
    """What became of one target.

    `target` is what the worker said of it; None where it did not get to that. Then
    `problem` is `limit` (of time or memory), `died` or `answer` (nonsense). `output` is
    the end of what the worker printed, which is worth showing on failure.
    """

    class_name: str
    target: Target | None
    problem: ProblemRecord | None
    torch: str | None = None
    output: str = ""


def run_worker(
    job: Job, interpreter: Interpreter, limits: Limits
) -> tuple[Outcome, ...]:
    """Run every target of a job, and say what became of each, in the job's order.

    Raises OSError if the interpreter cannot be started.
    """
    outcomes: list[Outcome] = []
    while rest := job.targets[len(outcomes) :]:
        # An answer that makes no sense does not say whose fault it is, so that after
        # one each target is asked for alone.
        found = _attempt(replace(job, targets=rest), interpreter, limits)
        if not found:
            found = _attempt(replace(job, targets=rest[:1]), interpreter, limits)
        outcomes += found
    return tuple(outcomes)


def _attempt(job: Job, interpreter: Interpreter, limits: Limits) -> tuple[Outcome, ...]:
    """What became of the first targets, by one worker; of all if it went well.

    Of none where it talked nonsense about several.
    """
    with tempfile.TemporaryDirectory(
        prefix="blocklint-", ignore_cleanup_errors=True
    ) as folder:
        answer = Path(folder, "answer.json")
        ask = Path(folder, "job.json")
        ask.write_text(json.dumps(job.as_json(answer, limits)))
        command = [str(interpreter.path), "-X", "faulthandler", str(WORKER)]
        with Worker(command, ask, answer, environment()) as worker:
            in_time = worker.watch(len(job.targets), limits.seconds)
        written = worker.written()
    if written is None and worker.reached >= 0:
        told: Answer | Malformed = Malformed("the answer has been removed")
    else:
        told = Answer(None, ()) if written is None else _fitting(written, job)
    ended = _Ended(worker.ending, in_time, printable(worker.output), limits)
    return _outcomes(job, told, ended)


def environment() -> dict[str, str]:
    """The user's own; no litter beside their files, and no threads for tiny sums.

    Sets are gone through in the same order each time, so that every run is the same.
    """
    fixed = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}
    return {"OMP_NUM_THREADS": "1", **os.environ, **fixed}


def _fitting(written: bytes, job: Job) -> Answer | Malformed:
    """An answer to this very job, with the targets that were asked for."""
    answer = read_answer(written)
    if isinstance(answer, Malformed):
        return answer
    names = [target.class_name for target in answer.targets]
    asked = [wanted.class_name for wanted in job.targets]
    if names != asked:
        return Malformed(f"targets are {names}, not {asked}"[:500])
    return answer


def _outcomes(
    job: Job, told: Answer | Malformed, ended: "_Ended"
) -> tuple[Outcome, ...]:
    names = [wanted.class_name for wanted in job.targets]
    if isinstance(told, Malformed):
        alone = len(names) == 1
        problem = ProblemRecord("answer", told.message)
        return (ended.without(names[0], problem),) if alone else ()
    done = list(takewhile(lambda target: target.done, told.targets))
    said = tuple(ended.after(target, told.torch) for target in done)
    if len(done) == len(names):
        return said
    if done and not told.targets[len(done)].started:
        return said  # It stopped between two targets, as it does for want of memory.
    # Who dies before the first target is begun would die before each of them.
    lost = names[len(done) : len(done) + 1] if told.targets else names
    return said + tuple(ended.without(name, ended.problem) for name in lost)


@dataclass(frozen=True)
class _Ended:
    """How a worker ended, and what it had printed by then."""

    code: int | None
    in_time: bool
    output: str
    limits: Limits

    def after(self, target: Target, torch: str | None) -> Outcome:
        """What became of a target that was answered."""
        problem = target.problem
        if problem is not None and problem.kind == "limit":
            message = ": ".join(filter(None, (self._too_large, problem.message)))
            problem = replace(problem, message=message)
        return Outcome(target.class_name, target, problem, torch, self.output)

    def without(self, name: str, problem: ProblemRecord) -> Outcome:
        """What became of a target that was not answered."""
        return Outcome(name, None, problem, output=self.output)

    @property
    def problem(self) -> ProblemRecord:
        """Why it got no further."""
        if not self.in_time:
            seconds = f"{self.limits.seconds:g} s"
            return ProblemRecord("limit", f"was not done after {seconds}")
        code = self.code or 0
        if code and any(sign in self.output for sign in _OUT_OF_MEMORY):
            return ProblemRecord("limit", f"{self._too_large}, and {_ending(code)}")
        return ProblemRecord("died", f"{_ending(code)} before it answered")

    @property
    def _too_large(self) -> str:
        return f"needed more than {self.limits.memory / 2**30:.3g} GB of memory"


def _ending(code: int) -> str:
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"
