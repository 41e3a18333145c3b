"""Blocks that were run, in the form `blocklint.trace/1`, for other programs."""

import json
from collections.abc import Mapping

from blocklint.analysis.run import Problem, Resized
from blocklint.report import Report, Traced, TraceReport
from blocklint.reporters.inspection.json import site_data, sublayer_data
from blocklint.reporters.json import listed


def render(report: TraceReport) -> str:
    """The document; names of placements are those of the field, whatever is chosen."""
    targets = [_target(target) for target in report.targets]
    document = {"schema": "blocklint.trace/1", "targets": targets}
    return json.dumps(document, indent=2) + "\n"


def _target(target: Traced) -> Mapping[str, object]:
    run = target.run
    return {
        "target": target.target,
        "path": target.path,
        "class": target.name,
        "status": run.status,
        "reason": run.problem.reason if run.problem else None,
        "rung": run.rung,
        "seconds": round(run.seconds, 3),
        "placement": target.placement,
        "parallel": target.parallel,
        "sites": [site_data(site) for site in target.sites],
        "agrees": run.agrees,
        "sublayers": [sublayer_data(each) for each in run.sublayers],
        "unused_parameters": list(run.unused),
        "findings": listed(Report(target.findings, 1)),
        **_more(target),
    }


def _more(target: Traced) -> Mapping[str, object]:
    """What the form has beyond what its first readers know."""
    run = target.run
    return {
        "line": target.line,
        "how": run.how or None,
        "configured": run.configured,
        "input": list(run.taken),
        "output": list(run.returned),
        "resized": _resized(run.resized) if run.resized else None,
        "probes": dict(run.probes),
        "unmet": [
            {"what": each.what, "expected": each.expected, "found": each.found}
            for each in run.unmet
        ],
        "error": _problem(run.problem, target.ended) if run.problem else None,
    }


def _resized(resized: Resized) -> Mapping[str, object]:
    problem = resized.problem
    place = problem.place if problem else None
    return {
        "sizes": dict(resized.sizes),
        "error": _problem(problem, place.path if place else None) if problem else None,
    }


def _problem(problem: Problem, path: str | None) -> Mapping[str, object]:
    place = problem.place
    return {
        "kind": problem.kind,
        "error": problem.error or None,
        "message": problem.message,
        "path": path,
        "line": place.span.line if place else None,
        "operation": problem.operation or None,
        "shapes": [list(shape) for shape in problem.shapes],
        "output": problem.output,
    }
