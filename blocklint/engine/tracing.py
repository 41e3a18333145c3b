"""Runs blocks: the interpreter is chosen, its worker asked, its answer made into Runs.

Everything that executes the user's code is behind this module.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from blocklint.analysis import Block
from blocklint.analysis.contract import unmet_in_run
from blocklint.analysis.expectation import Expectation
from blocklint.analysis.run import Problem, Run
from blocklint.engine.lowering import Places, problem_of, run_of
from blocklint.engine.request import BadRequest
from blocklint.engine.trace_settings import Target, Tracing
from blocklint.frontends.traced.client import (
    Job,
    Limits,
    Measure,
    Outcome,
    Wanted,
    run_worker,
)
from blocklint.frontends.traced.interpreter import (
    Interpreter,
    choose,
    complaint,
    file_of_module,
)
from blocklint.frontends.traced.naming import SizeNames
from blocklint.frontends.traced.stacks import Stacks
from blocklint.frozen import dataclass
from blocklint.graph import Op


class NoTorch(BadRequest):
    """The interpreter that was chosen cannot run a block; the message names it."""


@dataclass(frozen=True, eq=False)
class Asked:
    """A block to be run, and what the project says of it, if it says something.

    `told` is what is expected of the block, however it is run.
    """

    block: Block
    target: Target | None = None
    told: tuple[Expectation, ...] = ()

    @property
    def expected(self) -> tuple[Expectation, ...]:
        """All that the run is to show."""
        own = self.target.expected if self.target else None
        of_block = tuple(each for each in self.told if not each.of_run)
        return (*of_block, own) if own is not None else of_block

    @property
    def path(self) -> str:
        """The file that the block stands in."""
        return self.block.source.path


@dataclass(frozen=True, eq=False)
class Measured:
    """A block that was run, and stacks of it; `problem` is why there are none."""

    run: Run
    stacks: Stacks | None
    problem: Problem | None


def runs_of(
    asked: Sequence[Asked], tracing: Tracing, probe: bool = False
) -> Iterator[Run]:
    """The runs of some blocks, in the order that they are asked for.

    Those of one file are run by one worker. A block that does not run is a Run with a
    problem. `probe` asks for the probes too. Raises NoTorch before the first of them
    if the interpreter cannot run any.
    """
    for path, group in groupby(asked, key=lambda each: each.path):
        each = list(group)
        interpreter = interpreter_for(tracing, Path(path))
        targets = tuple(_wanted(one) for one in each)
        job = Job(Path(path), targets, _folders(tracing), probe)
        limits = Limits(tracing.timeout, tracing.memory or Limits.memory)
        places = Places()
        for one, outcome in zip(
            each, run_worker(job, interpreter, limits), strict=True
        ):
            yield _run(one, outcome, places)


def stacks_of(
    asked: Asked, tracing: Tracing, measure: Measure, text: str | None = None
) -> Measured:
    """One block run as ever, and stacks of it measured; by a worker of its own.

    `text` stands in the place of what its file holds, for the time of the run. Raises
    NoTorch if the interpreter cannot run any.
    """
    interpreter = interpreter_for(tracing, Path(asked.path))
    job = Job(
        Path(asked.path),
        (_wanted(asked),),
        _folders(tracing),
        text=text,
        measure=measure,
    )
    limits = Limits(tracing.timeout, tracing.memory or Limits.memory)
    (outcome,) = run_worker(job, interpreter, limits)
    places = Places()
    run = _run(asked, outcome, places)
    target = outcome.target
    problem = run.problem
    if problem is None and target is not None and target.unmeasured is not None:
        problem = problem_of(target.unmeasured, SizeNames({}), places)
    return Measured(run, target.stacks if target else None, problem)


def locate(module: str, tracing: Tracing) -> str | None:
    """The file of a module that the chosen interpreter knows by its name.

    Raises NoTorch as `runs_of` does.
    """
    return file_of_module(module, interpreter_for(tracing, Path()))


def interpreter_for(tracing: Tracing, start: Path) -> Interpreter:
    """The interpreter that runs blocks; raises NoTorch if it cannot run any."""
    found = choose(tracing.python, None, start)
    problem = complaint(found)
    if problem is not None:
        raise NoTorch(problem)
    return found


def _folders(tracing: Tracing) -> tuple[Path, ...]:
    """Where imports look first: what the targets of a project are seen from."""
    return (tracing.root,) if tracing.targets else ()


def _wanted(asked: Asked) -> Wanted:
    target = asked.target
    return Wanted(
        asked.block.name,
        target.init if target else None,
        {name: str(tensor) for name, tensor in target.inputs.items()}
        if target and target.inputs
        else None,
        _ranks(asked.block),
    )


def _ranks(block: Block) -> Mapping[str, int]:
    """How many axes the inputs have, where the code shows it."""
    graph = block.default.graph
    return {
        node.name: graph.ranks[node.index]
        for node in graph.of(Op.INPUT)
        if node.index in graph.ranks
    }


def _run(asked: Asked, outcome: Outcome, places: Places) -> Run:
    places.add(asked.block.source)
    if outcome.target is None:
        assert outcome.problem is not None
        problem = problem_of(outcome.problem, SizeNames({}), places)
        run = Run(None, 0.0, "", None, _printed(problem, outcome))
    else:
        told = replace(outcome.target, problem=outcome.problem)
        run = run_of(told, asked.block, places)
        if run.problem is not None:
            run = replace(run, problem=_printed(run.problem, outcome))
    unmet = unmet_in_run(run, asked.block, asked.expected)
    return replace(run, configured=asked.target is not None, unmet=unmet)


def _printed(problem: Problem, outcome: Outcome) -> Problem:
    return replace(problem, output=outcome.output)
