"""`blocklint check`."""

import gc
import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import click

import blocklint.reporters
from blocklint.cli.boundary import ends_soon
from blocklint.cli.form import Form, form_of
from blocklint.cli.options import (
    PATHS,
    OptionalReason,
    expectations_option,
    format_option,
    how_to_keep,
    how_to_run,
    output_file_option,
    request_of,
    rules_option,
    what_is_known,
    which_files,
    which_part,
)
from blocklint.cli.progress import watch_of

if TYPE_CHECKING:
    from blocklint.engine import Request, Watch
    from blocklint.report import Repair

    Edit = tuple[str, Callable[..., Repair]]


@click.command(cls=OptionalReason)
@PATHS
@rules_option("--select", "Run these rules only.")
@rules_option("--extend-select", "Run these too.")
@rules_option("--ignore", "Leave these rules out.")
@which_files
@which_part
@format_option(blocklint.reporters, "full")
@output_file_option
@click.option("--statistics", is_flag=True, help="Count the findings of each rule.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 in spite of findings.")
@click.option("--fix", is_flag=True, help="Apply safe fixes to the files.")
@click.option("--unsafe-fixes", is_flag=True, help="Apply (or show) the others too.")
@click.option("--diff", is_flag=True, help="Show what --fix would do; write nothing.")
@what_is_known
@expectations_option
@click.option("--trace", is_flag=True, help="Run the blocks, to confirm findings.")
@how_to_keep
@how_to_run
def check(
    paths: tuple[str, ...],
    exit_zero: bool,
    fix: bool,
    unsafe_fixes: bool,
    diff: bool,
    no_progress: bool,
    **given: Any,  # noqa: ANN401 (options of other commands too)
) -> None:
    """Report blocks that are wrong, or not what the project has decided.

    RULES are names, codes, prefixes of codes (BL1) or ALL, separated by commas. PATHS
    are files or folders, `-` is the standard input; the default is this folder.
    `--fix -` writes the fixed source to the standard output, its report to the standard
    error. A safe fix keeps what a trained model computes, an unsafe one may not. Code
    is read and not run, unless --trace (or --probe, which implies it) asks for that.
    """
    given["trace"] = given["trace"] or given["probe"]
    reason = given.pop("add_ignore")
    edits = fix or diff or reason is not None
    _refuse(edits, "-" in paths, fix and reason is not None, given)
    form = form_of(diff, **given)
    request = request_of(paths, **given)
    watch = watch_of(not no_progress)
    edit = _edit(unsafe_fixes, reason) if edits else None
    if diff and edit:
        repair, found, summary = _shown_diff(request, form, edit, watch)
    else:
        repair, found, summary = _checked(request, form, edit, watch)
    undone = "not fixed" if edits else "not updated"
    for problem in repair.problems:
        blame = " (a fault of blocklint, please report it)" if problem.fault else ""
        click.echo(f"{problem.path}: {undone}: {problem.message}{blame}", err=True)
    if repair.report.uncached:
        click.echo(f"The cache was not used: {repair.report.uncached}", err=True)
    for reason in repair.report.untraced:
        click.echo(f"Blocks were not run: {reason}", err=True)
    click.echo(summary, err=True)
    sys.exit(exit_code(repair, found and not exit_zero))


def _edit(unsafe: bool, reason: str | None) -> "Edit":
    """What is done to files, and the word for it."""
    from blocklint import engine

    if reason is not None:
        return "suppress", partial(engine.add_ignores, reason=reason)
    return "fix", partial(engine.fix, unsafe=unsafe)


def _shown_diff(
    request: "Request", form: Form, edit: "Edit", watch: "Watch"
) -> tuple["Repair", bool, str]:
    """Show what an edit would do; whether it is anything, and a summary."""
    from blocklint import summaries

    verb, made = edit
    repair = made(request, watch=watch)
    form.write(repair.edited)
    return repair, bool(repair.edited), summaries.of_diff(repair, verb)


def _checked(
    request: "Request", form: Form, edit: "Edit | None", watch: "Watch"
) -> tuple["Repair", bool, str]:
    """Check, or edit, and report; whether something is found, and a summary."""
    from blocklint import engine, summaries
    from blocklint.report import Repair

    if edit is None:
        if ends_soon():
            gc.disable()
        report = engine.check(request, watch)
        updates = request.options.update_baseline
        problems = engine.save_baselines(report) if updates else ()
        repair = Repair(report, problems=problems)
    else:
        repair = _repaired(request, edit, watch)
    form.write(repair.report, err=bool(edit) and request.stdin is not None)
    lines = [summaries.of_baselines(repair.report, request.options.update_baseline)]
    lines += [summaries.of_undecided(repair.report, request.options.trace)]
    lines += [summaries.of_check(repair.report)]
    if repair.edited and edit:
        lines[:0] = [summaries.of_fixes(repair, summaries.done(edit[0]))]
    return repair, repair.report.fails, "\n".join(line for line in lines if line)


def _refuse(edits: bool, reads: bool, both: bool, given: dict[str, Any]) -> None:
    """Options that do not go together.

    What is run is the file as it is on the disk, and no draft of it; so is what a
    baseline counts.
    """
    option = "--trace" if given["trace"] else "--update-baseline"
    if (given["trace"] or given["update_baseline"]) and edits:
        others = "`--fix`, `--add-ignore` nor `--diff`"
        raise click.UsageError(f"`{option}` goes with neither {others}")
    if (given["trace"] or given["update_baseline"]) and reads:
        raise click.UsageError(f"`{option}` needs files, not the standard input")
    if both:
        raise click.UsageError("`--add-ignore` goes with `--fix` one after the other")


def _repaired(request: "Request", edit: "Edit", watch: "Watch") -> "Repair":
    """Edit the files of a request; the standard input goes, edited, to the output."""
    from blocklint import engine

    repair = engine.save(request, edit[1](request, watch=watch))
    if request.stdin is not None:
        fixed = [f.after for f in repair.edited if request.is_stdin(f.path)]
        click.echo(fixed[0] if fixed else request.stdin, nl=False)
    return repair


def exit_code(repair: "Repair", found: bool) -> int:
    """What a check ends with; a file that could not be fixed outweighs findings."""
    if repair.problems:
        return 3 if any(problem.fault for problem in repair.problems) else 2
    return 1 if found else 0
