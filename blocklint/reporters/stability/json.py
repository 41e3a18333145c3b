"""What stacks of a block showed, in the form `blocklint.stability/1`, for programs."""

import json
from collections.abc import Mapping

from blocklint.frontends.traced.stacks import StackRun, Stacks
from blocklint.stability import (
    Quantity,
    Spread,
    Stability,
    StabilityReport,
    Trend,
    Wiring,
)


def render(report: StabilityReport) -> str:
    """The document; a number that is not finite is null."""
    targets = [_target(target) for target in report.targets]
    document = {"schema": "blocklint.stability/1", "targets": targets}
    return json.dumps(document, indent=2) + "\n"


def _target(target: Stability) -> Mapping[str, object]:
    own = target.own
    return {
        "target": target.target,
        "path": target.path,
        "class": target.name,
        "line": target.line,
        "status": "failed" if target.failed else "measured",
        "reason": own.reason,
        "seconds": round(target.seconds, 3),
        "placement": own.placement,
        "depths": list(target.plan.depths),
        "seeds": target.plan.seeds,
        "init": target.plan.init,
        **(_setting(own.stacks) if own.stacks else {}),
        "wirings": [_wiring(wiring) for wiring in target.wirings],
    }


def _setting(stacks: Stacks) -> Mapping[str, object]:
    return {
        "how": stacks.how,
        "weight": stacks.weight,
        "zeroed": list(stacks.zeroed),
        "sizes": dict(stacks.sizes),
        "weights": stacks.weights,
        "words": stacks.words,
    }


def _wiring(wiring: Wiring) -> Mapping[str, object]:
    stacks = wiring.stacks
    return {
        "placement": wiring.placement,
        "own": wiring.own,
        "reason": wiring.reason,
        "left_out": [
            {"depth": each.depth, "reason": each.reason}
            for each in (stacks.left_out if stacks else ())
        ],
        "stacks": [
            {
                "depth": depth,
                **{q.value: _spread(wiring.spread(q, depth)) for q in Quantity},
                "runs": [_run(run) for run in stacks.at(depth)],
            }
            for depth in (stacks.depths if stacks else ())
            if stacks is not None
        ],
        "trends": {q.value: _trend(wiring.trend(q)) for q in Quantity if not q.is_loss},
    }


def _spread(spread: Spread | None) -> Mapping[str, float] | None:
    if spread is None:
        return None
    return {"median": spread.middle, "low": spread.low, "high": spread.high}


def _trend(trend: Trend | None) -> Mapping[str, object] | None:
    if trend is None:
        return None
    return {"power": _spread(trend.power), "factor": trend.factor}


def _run(run: StackRun) -> Mapping[str, object]:
    return {
        "seed": run.seed,
        "last": run.last,
        "first": run.first,
        "gradients": list(run.gradients),
        "stream": list(run.stream),
        "loss": run.loss,
        "bare": run.bare,
    }
