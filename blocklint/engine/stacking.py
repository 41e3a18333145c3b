"""Targets in, stacks of them measured: what `trace --stability` does.

Each block is run and stacked as it is, then rewired to each other placement; every
wiring has a process of its own, in which the text of its file is another.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from blocklint.analysis import Placement
from blocklint.engine import tracing as tracer
from blocklint.engine.config import Configs
from blocklint.engine.faults import During
from blocklint.engine.request import Request
from blocklint.engine.rewiring import PLACEMENTS, Rewire, rewired
from blocklint.engine.rulebook import RulesByFile, load_rules
from blocklint.engine.traces import Group, gathered
from blocklint.engine.tracing import Asked, Measured
from blocklint.engine.watch import Watch, unwatched
from blocklint.frontends.traced.client import Measure
from blocklint.frozen import dataclass
from blocklint.migration import Refusal, rewrite
from blocklint.stability import Stability, StabilityReport, Wiring


@dataclass(frozen=True)
class _Step:
    """One wiring of one target; None is the block as it is."""

    group: Group
    number: int
    to: Placement | None

    @property
    def asked(self) -> Asked:
        return self.group.asked[self.number]


def stability(
    request: Request,
    measure: Measure,
    watch: Watch = unwatched,
    rewrite: Rewire = rewrite,
) -> StabilityReport:
    """Measure stacks of the targets of a request, in each wiring.

    `watch` is given the wirings one by one. Raises BadRequest for a target that is not
    there, for a wrong config, and NoTorch for an interpreter that cannot run one.
    """
    configs = Configs(request.options)
    rules = RulesByFile(load_rules(), configs)
    groups, broken = gathered(request, configs, rules)
    steps = [
        _Step(group, number, to)
        for group in groups
        for number in range(len(group.asked))
        for to in (None, *PLACEMENTS)
    ]
    found: list[Stability] = []
    for step, wiring, seconds in watch(_measured(steps, measure, rewrite), len(steps)):
        if step.to is None:
            naming = configs.of(step.group.file.name).naming
            found.append(_begun(step, wiring, measure, naming, seconds))
        else:
            found[-1] = _with(found[-1], wiring, seconds)
    return StabilityReport(tuple(found), len(groups) + len(broken), broken)


def _begun(
    step: _Step, wiring: Wiring | None, plan: Measure, naming: str, seconds: float
) -> Stability:
    assert wiring is not None
    return Stability(
        target=step.group.labels[step.number],
        path=step.group.file.name,
        name=step.asked.block.name,
        line=step.asked.block.place.span.line,
        plan=plan,
        wirings=(wiring,),
        seconds=seconds,
        naming=naming,
    )


def _with(found: Stability, wiring: Wiring | None, seconds: float) -> Stability:
    more = () if wiring is None else (wiring,)
    return replace(
        found,
        wirings=(*found.wirings, *more),
        seconds=found.seconds + seconds,
    )


def _measured(
    steps: Sequence[_Step], measure: Measure, rewrite: Rewire
) -> Iterator[tuple[_Step, Wiring | None, float]]:
    """Each wiring with its seconds; None for the one that the block has already."""
    own = None
    for step in steps:
        began = time.monotonic()
        with During(f"measuring {step.asked.block.name} of {step.group.file.name}"):
            if step.to is None:
                wiring = own = _own(step, measure)
            elif own is None or own.stacks is None or own.placement == step.to.value:
                wiring = None
            else:
                wiring = _other(step, step.to, measure, rewrite)
        yield step, wiring, time.monotonic() - began


def _own(step: _Step, measure: Measure) -> Wiring:
    """The block as it is."""
    found = tracer.stacks_of(step.asked, step.group.tracing, measure)
    return _wiring(_placement(found, step.asked), found, own=True)


def _other(step: _Step, to: Placement, measure: Measure, rewrite: Rewire) -> Wiring:
    """The block in another wiring, if it can be rewired and then runs as wanted."""
    made = rewired(step.asked, to, rewrite)
    if isinstance(made, Refusal):
        return Wiring(to.value, reason=f"{made.reason} (line {made.line})")
    found = tracer.stacks_of(made.asked, step.group.tracing, measure, made.text)
    ran = _placement(found, made.asked)
    if found.stacks is not None and ran not in (to.value, Placement.UNKNOWN.value):
        reason = f"rewired, the instance that is made of it still runs as {ran}"
        return Wiring(to.value, reason=reason)
    return _wiring(to.value, found)


def _placement(found: Measured, asked: Asked) -> str:
    """The word for what ran; for what was read, where that cannot be told."""
    ran = found.run.wiring.placement if found.run.wiring else None
    if ran is None or ran == Placement.UNKNOWN.value:
        return asked.block.placement
    return ran


def _wiring(placement: str, found: Measured, own: bool = False) -> Wiring:
    problem = found.problem
    if found.stacks is not None:
        return Wiring(placement, own, found.stacks)
    assert problem is not None
    return Wiring(placement, own, None, problem.reason, problem.output)
