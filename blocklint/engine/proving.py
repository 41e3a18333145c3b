"""Runs a rewritten block beside the old one, and says whether it is what was wanted."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from blocklint.analysis import Block, Placement
from blocklint.analysis.run import Run
from blocklint.engine import tracing as tracer
from blocklint.engine.blocks import batches
from blocklint.engine.overlay import standing_in
from blocklint.engine.trace_settings import Target, Tracing
from blocklint.engine.tracing import Asked, NoTorch
from blocklint.engine.work import modules_of
from blocklint.migration import Rewritten
from blocklint.migration.report import Proof
from blocklint.source import Source, read


class Disproved(Exception):
    """The run shows that the rewritten block is not what was wanted."""


def proof_of(
    old: Asked, data: bytes, made: Rewritten, to: Placement, tracing: Tracing
) -> Proof:
    """What the runs of the old and of the new block show together.

    Raises Disproved where the new one fails, norms elsewhere than wanted, gives other
    shapes, or has other parameters than the norms that it is said to have.
    """
    try:
        python = tracer.interpreter_for(tracing, Path(old.path)).path
        fixed = replace(tracing, python=str(python))
        (before,) = tracer.runs_of([old], fixed)
        if before.problem is not None:
            return Proof(False, f"the block as it was does not run ({_why(before)})")
        after = _run_of(old, data, fixed)
    except (NoTorch, OSError) as error:
        return Proof(False, str(error))
    return _compared(before, after, made, to)


def _run_of(old: Asked, data: bytes, tracing: Tracing) -> Run:
    """The run of the block in a file with another text."""
    with standing_in(Path(old.path), data) as path:
        source = read(path)
        assert isinstance(source, Source)
        block = _named(source, old.block.name)
        (found,) = tracer.runs_of([Asked(block, _like(old.target))], tracing)
        return found


def _like(target: Target | None) -> Target | None:
    """A target of the config, without what it says of where the block norms."""
    expected = target.expected if target else None
    if target is None or expected is None:
        return target
    return replace(target, expected=replace(expected, placement=None))


def _named(source: Source, name: str) -> Block:
    ((_, blocks),) = batches([source], {})
    return next(b for b in modules_of(source, blocks) if b.name == name)


def _compared(before: Run, after: Run, made: Rewritten, to: Placement) -> Proof:
    if after.problem is not None:
        raise Disproved(f"rewritten, the block does not run: {_why(after)}")
    if before.how != after.how:
        return Proof(False, f"the runs differ: {before.how}, then {after.how}")
    if not _shapes_agree(before, after):
        raise Disproved(
            f"rewritten, it makes {_shapes(after)}, and not {_shapes(before)}"
        )
    gone, new = _differences(before, after)
    for name in (*_unsaid(gone, made.removed), *_unsaid(new, made.added)):
        raise Disproved(f"rewritten, its parameters differ by {name}")
    sites = after.wiring.sites if after.wiring else ()
    if not sites:
        return Proof(False, "a run of it shows no sites")
    if any(site.placement is not to for site in sites):
        shown = ", ".join(site.placement.value for site in sites)
        raise Disproved(f"rewritten, a run shows {shown}, and not {to.value}")
    return Proof(True, "", len(after.weights) - len(new), new, gone)


def _shapes_agree(before: Run, after: Run) -> bool:
    """Whether both give the same shape; of other guessed inputs, both keep theirs."""
    if before.taken == after.taken:
        return before.returned == after.returned
    return before.taken == before.returned and after.taken == after.returned


def _differences(before: Run, after: Run) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The parameters that went and those that came; another shape counts as both."""
    same = {n for n, shape in after.weights.items() if before.weights.get(n) == shape}
    gone = tuple(name for name in before.weights if name not in same)
    return gone, tuple(name for name in after.weights if name not in same)


def _unsaid(names: tuple[str, ...], said: tuple[str, ...]) -> Iterator[str]:
    """The parameters that belong to none of some norms, `Block.norm1_out`."""
    known = [each.partition(".")[2] for each in said]
    for name in names:
        if not any(f".{each}." in f".{name}." for each in known):
            yield name


def _shapes(run: Run) -> str:
    return f"[{', '.join(run.taken)}] to [{', '.join(run.returned)}]"


def _why(run: Run) -> str:
    return run.problem.reason if run.problem else ""
