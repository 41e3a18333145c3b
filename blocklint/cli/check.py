"""`blocklint check`."""

import sys
from typing import TYPE_CHECKING, Any

import click

import blocklint.reporters
from blocklint.cli.form import Form, form_of
from blocklint.cli.options import (
    PATHS,
    format_option,
    how_to_run,
    output_file_option,
    request_of,
    rules_option,
    which_files,
    which_part,
)
from blocklint.cli.progress import watch_of

if TYPE_CHECKING:
    from blocklint.engine import Request, Watch
    from blocklint.report import Repair


@click.command()
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
@click.option("--trace", is_flag=True, help="Run the blocks, to confirm findings.")
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
    if given["trace"]:
        _only_checks(fix or diff, "-" in paths)
    form = form_of(diff, **given)
    request = request_of(paths, **given)
    watch = watch_of(not no_progress)
    if diff:
        repair, found, summary = _shown_diff(request, form, unsafe_fixes, watch)
    else:
        repair, found, summary = _checked(request, form, fix, unsafe_fixes, watch)
    for problem in repair.problems:
        blame = " (a fault of blocklint, please report it)" if problem.fault else ""
        click.echo(f"{problem.path}: not fixed: {problem.message}{blame}", err=True)
    for reason in repair.report.untraced:
        click.echo(f"Blocks were not run: {reason}", err=True)
    click.echo(summary, err=True)
    sys.exit(exit_code(repair, found and not exit_zero))


def _shown_diff(
    request: "Request", form: Form, unsafe: bool, watch: "Watch"
) -> tuple["Repair", bool, str]:
    """Show what a fix would do; whether it is anything, and a summary."""
    from blocklint import engine, summaries

    repair = engine.fix(request, unsafe, watch)
    form.write(repair.edited)
    return repair, bool(repair.edited), summaries.of_diff(repair)


def _checked(
    request: "Request", form: Form, fix: bool, unsafe: bool, watch: "Watch"
) -> tuple["Repair", bool, str]:
    """Check, or fix, and report; whether something is found, and a summary."""
    from blocklint import engine, summaries
    from blocklint.report import Repair

    checked = None if fix else Repair(engine.check(request, watch))
    repair = checked or _repaired(request, unsafe, watch)
    form.write(repair.report, err=fix and request.stdin is not None)
    summary = summaries.of_check(repair.report)
    if repair.edited:
        summary = f"{summaries.of_fixes(repair, 'Fixed')}\n{summary}"
    return repair, repair.report.fails, summary


def _only_checks(edits: bool, reads: bool) -> None:
    """What is run is the file as it is on the disk, and no draft of it."""
    if edits:
        raise click.UsageError("`--trace` goes with neither `--fix` nor `--diff`")
    if reads:
        raise click.UsageError("`--trace` needs files, not the standard input")


def _repaired(request: "Request", unsafe: bool, watch: "Watch") -> "Repair":
    """Fix the files of a request; the standard input goes, fixed, to the output."""
    from blocklint import engine

    repair = engine.save(request, engine.fix(request, unsafe, watch))
    if request.stdin is not None:
        fixed = [f.after for f in repair.edited if request.is_stdin(f.path)]
        click.echo(fixed[0] if fixed else request.stdin, nl=False)
    return repair


def exit_code(repair: "Repair", found: bool) -> int:
    """What a check ends with; a file that could not be fixed outweighs findings."""
    if repair.problems:
        return 3 if any(problem.fault for problem in repair.problems) else 2
    return 1 if found else 0
