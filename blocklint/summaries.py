"""What a command says on the standard error when it is done: one or two lines."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from blocklint.report import Freezing, Known, Overview, Repair, Report, TraceReport
from blocklint.text import Broken, home_of

if TYPE_CHECKING:  # a check that knows all answers has no use for what these import
    from blocklint.difference import Difference
    from blocklint.migration.report import Migration
    from blocklint.stability import StabilityReport

_DONE = {"fix": "Fixed", "suppress": "Suppressed"}


def done(verb: str) -> str:
    """What to say once an edit is made."""
    return _DONE[verb]


def of_diff(repair: Repair, verb: str = "fix") -> str:
    """How much `--diff` would fix, or suppress."""
    would = f"Would {verb}"
    return of_fixes(repair, would) if repair.edited else f"Nothing to {verb}."


def of_fixes(repair: Repair, verb: str) -> str:
    """How much was fixed, or would be."""
    files = _count(len(repair.edited), "file")
    return f"{verb} {_count(repair.fixes, 'finding')} in {files}."


def of_check(report: Report) -> str:
    """How many findings there are, and what to do about them."""
    files = _count(report.files, "file")
    if not report.files:
        return "No Python files to check."
    if not report.findings:
        return f"All checks passed in {files}."
    weights = [_count(n, s.value) for s, n in report.by_severity.items()]
    total = _count(len(report.findings), "finding")
    return f"Found {total} ({', '.join(weights)}) in {files}.{_hint(report)}"


def of_undecided(report: Report, ran: bool) -> str:
    """How many expectations the code does not decide, and what would."""
    if not report.undecided:
        return ""
    count = _count(report.undecided, "expectation")
    if ran:
        return f"{count} could be checked neither by reading nor by a run."
    return f"{count} could not be checked by reading; `--trace` runs the blocks."


def of_baselines(report: Report, updated: bool) -> str:
    """How much is known to baselines, and how much of that is gone."""
    return "\n".join(
        line
        for known in report.known
        for line in (_of_update(known) if updated else _of_known(known))
    )


def _of_known(known: Known) -> Iterator[str]:
    path = known.file.path
    if known.held:
        yield f"{_count(known.held, 'finding')} known to {path}."
    if known.gone:
        gone = _count(known.gone, "finding")
        yield f"{gone} of {path} can be dropped with `--update-baseline`."


def _of_update(known: Known) -> Iterator[str]:
    path, total = known.file.path, _count(known.total, "finding")
    if known.file.differs:
        yield f"Wrote {path}: {total}, {known.new} new, {known.gone} dropped."
    else:
        yield f"{path} is up to date: {total}."


def _hint(report: Report) -> str:
    """How many of the findings can be fixed, and by which options."""
    match report.fixable:
        case 0, 0:
            return ""
        case 0, unsafe:
            return f"\n{unsafe} can be fixed with `--fix --unsafe-fixes`."
        case safe, 0:
            return f"\n{safe} can be fixed with `--fix`."
        case safe, unsafe:
            more = f"{unsafe} more with `--unsafe-fixes`"
            return f"\n{safe} can be fixed with `--fix`, {more}."
    return ""


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def of_overview(overview: Overview) -> str:
    """How many blocks there are, and which files could not be read."""
    if not overview.files:
        return "No Python files to inspect."
    unread = [_unread(file, "inspected") for file in overview.broken]
    blocks = _count(len(overview.blocks), "block")
    return "\n".join([*unread, f"{blocks} in {_count(overview.files, 'file')}."])


def of_freezing(freezing: Freezing) -> str:
    """How much was written down, and how much could not be."""
    path = freezing.file.path
    blocks = _count(freezing.blocks, "block")
    total = f"{_count(freezing.wirings, 'wiring')} of {blocks}"
    lines = [_unread(file, "inspected") for file in freezing.broken]
    if freezing.unknown:
        are = "is" if freezing.unknown == 1 else "are"
        left = f"{_count(freezing.unknown, 'wiring')} could not be followed"
        lines.append(f"{left} and {are} left out.")
    if freezing.kept:
        them = "it" if freezing.kept == 1 else "them"
        kept = f"{_count(freezing.kept, 'wiring')} could not be followed"
        lines.append(f"{kept}; what was said of {them} stays.")
    if freezing.file.differs:
        return "\n".join([*lines, f"Wrote {path}: {total}."])
    return "\n".join([*lines, f"{path} is up to date: {total}."])


def _unread(file: Broken, verb: str) -> str:
    home = home_of(file.path, file.cell)
    return f"{home}:{file.line}:{file.column + 1}: not {verb}: {file.message}"


def of_trace(report: TraceReport) -> str:
    """How many blocks ran."""
    unread = [_unread(file, "traced") for file in report.broken]
    failed = sum(target.run.problem is not None for target in report.targets)
    found = sum(len(target.findings) for target in report.targets)
    parts = [
        f"Ran {_count(len(report.targets) - failed, 'block')}",
        *([f"{failed} failed"] if failed else []),
        *([_count(found, "finding")] if found else []),
    ]
    said = ", ".join(parts) if report.targets else "No block to run"
    return "\n".join([*unread, f"{said} in {_count(report.files, 'file')}."])


def of_migration(found: "Migration", written: bool) -> str:
    """What was done to a file, and what that means for trained weights."""
    name, path, to = found.before.name, found.before.path, found.to
    if not found.edited.differs:
        return f"{name} in {path} is {to.value} already; nothing to do."
    verb = "Rewrote" if written else "Would rewrite"
    return (
        f"{verb} {name} in {path} as {to.value}: {to.formula}.\n"
        "Weights that were trained before do not carry over: train anew."
    )


def of_stability(report: "StabilityReport") -> str:
    """How many blocks were measured, and in how many wirings."""
    unread = [_unread(file, "measured") for file in report.broken]
    failed = sum(target.failed for target in report.targets)
    wirings = sum(w.stacks is not None for t in report.targets for w in t.wirings)
    parts = [
        f"Measured {_count(len(report.targets) - failed, 'block')} in "
        f"{_count(wirings, 'wiring')}",
        *([f"{failed} failed"] if failed else []),
    ]
    said = ", ".join(parts) if report.targets else "No block to measure"
    return "\n".join([*unread, f"{said}, of {_count(report.files, 'file')}."])


def of_fault(error: Exception) -> str:
    """What to tell the user about a fault of blocklint, and what to pass on."""
    import traceback  # noqa: PLC0415 (for faults alone)

    lines = "".join(traceback.format_exception(error)).rstrip()
    during = ", ".join(getattr(error, "__notes__", ())) or "starting"
    return (
        f"{lines}\n\nblocklint failed while {during}.\n"
        "This is a fault of blocklint, not of your code. "
        "Please report it with the lines above."
    )


def of_difference(difference: "Difference") -> str:
    """How many blocks changed, and which files could not be read."""
    lines = [
        f"{home_of(broken.path, broken.cell)}:{broken.line}: {broken.message}"
        for broken in difference.broken
    ]
    lines += [f"Blocks were not run: {reason}" for reason in difference.untraced]
    versions = f"from {difference.old} to {difference.new}"
    counted = difference.by_status.items()
    parts = [f"{count} {status.value}" for status, count in counted]
    files = _count(difference.files, "file")
    if difference.differs:
        blocks = _count(len(difference.blocks), "block")
        lines.append(f"Wiring changed {versions}: {blocks} ({', '.join(parts)}).")
    else:
        said = f"{_count(len(difference.blocks), 'block')} in {files} that differ"
        lines.append(f"No change in wiring {versions}: {said}.")
    return "\n".join(lines)
