"""Blocks that were run, for a person at a terminal, one a paragraph."""

from collections.abc import Iterator

from blocklint.analysis.run import Problem, Run
from blocklint.report import Traced, TraceReport
from blocklint.reporters import concise
from blocklint.reporters.inspection.text import (
    shape_text,
    site_line,
    sublayer_lines,
    word,
)

_AGREES = {True: ", as read", False: ", not as read", None: ""}
_TAIL = 20  # lines of what a failed run printed


def render(report: TraceReport) -> str:
    """How each block was run, what flowed through it, and what is wrong with it."""
    return "\n".join("".join(_lines(target)) for target in report.targets)


def _lines(target: Traced) -> Iterator[str]:
    for line in _target(target):
        yield "".join(c if c.isprintable() else "?" for c in line) + "\n"


def _target(target: Traced) -> Iterator[str]:
    run = target.run
    by = f" by {run.rung}" if run.rung and not run.problem else ""
    yield f"{target.target}  {run.status}{by} in {run.seconds:.2f} s"
    if run.how:
        yield f"  called as {run.how}"
    if run.problem:
        yield from _problem(run.problem, target.ended)
    yield from _flow(target)
    yield from _weights(run)
    yield from _second_run(run)
    if run.probes:
        said = (f"{name} {_yes(moved)}" for name, moved in run.probes.items())
        yield f"  probes: {', '.join(said)}"
    if run.unprobed:
        yield f"  probes: nothing can be said: {run.unprobed.message}"
    for each in run.unmet:
        yield f"  {each.what}: expected {each.expected}, found {each.found}"
    if target.findings:
        yield "  findings"
        for line in concise.lines(target.findings):
            yield f"    {line.rstrip()}"


def _problem(problem: Problem, ended: str | None) -> Iterator[str]:
    yield f"  {problem.reason}"
    if problem.place is not None:
        at = f"{ended}:{problem.place.span.line}"
        yield f"    at {at}{_operation(problem)}"
    if problem.output.strip():
        yield "  it printed"
        for line in problem.output.rstrip().splitlines()[-_TAIL:]:
            yield f"    | {line}"


def _operation(problem: Problem) -> str:
    shapes = " and ".join(map(shape_text, problem.shapes))
    given = f" of {shapes}" if shapes else ""
    return f": {problem.operation}{given}" if problem.operation else ""


def _flow(target: Traced) -> Iterator[str]:
    """The sites and the sub-layers; up to the error where there was one."""
    run = target.run
    until = " up to the error" if run.problem else ""
    if run.wiring is not None:
        parallel = ", parallel" if target.parallel else ""
        agrees = "" if run.problem else _AGREES[run.agrees]
        name = word(target.placement, target.naming)
        if not target.sites:
            name = "no residual addition"
        yield f"  {name}{parallel}{agrees}{until}"
    for site in target.sites:
        yield f"    {site_line(site, target)}".rstrip()
    if run.taken or run.returned:
        yield f"  shapes: {shape_text(run.taken)} -> {shape_text(run.returned)}"
    if run.sublayers:
        yield f"  sub-layers{until}"
        for line in sublayer_lines(run.sublayers):
            yield f"    {line}"


def _weights(run: Run) -> Iterator[str]:
    if run.unused:
        yield f"  unused: {', '.join(run.unused)}"


def _second_run(run: Run) -> Iterator[str]:
    if run.resized is not None:
        sizes = " and ".join(f"{name} {n}" for name, n in run.resized.sizes.items())
        problem = run.resized.problem
        yield f"  with {sizes}: {problem.reason if problem else 'runs as well'}"


def _yes(moved: bool) -> str:
    return "yes" if moved else "no"
