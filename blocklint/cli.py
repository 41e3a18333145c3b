"""The command line: the only file that prints, and the only one that exits.

What a command needs is imported when it runs, so that `--help` is immediate.
"""

import os
import pkgutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

import click

import blocklint.reporters
import blocklint.reporters.inspection
import blocklint.reporters.manual
import blocklint.reporters.repair
import blocklint.reporters.tracing

if TYPE_CHECKING:
    from blocklint.engine import Request, Watch
    from blocklint.report import Repair, Report

_PATHS = click.argument("paths", nargs=-1, type=click.Path())
Decorator = Callable[[Callable[..., None]], Callable[..., None]]
T = TypeVar("T")


class CannotBeDone(click.ClickException):
    """A request that is at fault itself: exit code 2, without a traceback."""

    exit_code = 2


class Commands(click.Group):
    """The one boundary at which a fault of blocklint itself is caught."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 (click's own type)
        """Run a command; anything unforeseen ends with exit code 3."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except BrokenPipeError:
            raise  # click ends quietly when the reader of a pipe is gone
        except Exception as error:
            from blocklint.engine import BadRequest

            if isinstance(error, BadRequest):
                raise CannotBeDone(str(error)) from error
            from blocklint.summaries import of_fault

            click.echo(of_fault(error), err=True)
            sys.exit(3)


def _formats(package: ModuleType) -> list[str]:
    """The formats that a package of reporters has: one a module."""
    modules = pkgutil.iter_modules(package.__path__)
    return [module.name for module in modules if not module.ispkg]


def _format(package: ModuleType, default: str) -> Decorator:
    return click.option(
        "--output-format",
        "--format",
        type=click.Choice(_formats(package)),
        default=default,
        show_default=True,
        help="The form of the report.",
    )


def _render(
    package: ModuleType, name: str, report: object, err: bool = False, **options: bool
) -> None:
    module = import_module(f"{package.__name__}.{name}")
    click.echo(module.render(report, **options), nl=False, err=err)


def shows_colours(terminal: bool, environment: Mapping[str, str]) -> bool:
    """Whether to write in colours: to a terminal, unless the user wants none."""
    plain = environment.get("NO_COLOR") or environment.get("TERM") == "dumb"
    return terminal and not plain


def _which_files(command: Callable[..., None]) -> Callable[..., None]:
    """The options that decide which files and which config are meant."""
    options = [
        click.option("--exclude", multiple=True, metavar="GLOBS", help="Leave out."),
        click.option(
            "--force-exclude", is_flag=True, help="Leave out even paths given by name."
        ),
        click.option(
            "--config",
            type=click.Path(path_type=Path),
            help="Use this file's [tool.blocklint] for all paths.",
        ),
        click.option("--isolated", is_flag=True, help="Use no config at all."),
        click.option(
            "--stdin-filename", metavar="NAME", help="The name of the path `-`."
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def _how_to_run(command: Callable[..., None]) -> Callable[..., None]:
    """The options that decide how blocks are run."""
    options = [
        click.option(
            "--probe", is_flag=True, help="Also nudge inputs and see what moves."
        ),
        click.option(
            "--python", metavar="PATH", help="Run blocks with this interpreter."
        ),
        click.option(
            "--timeout",
            type=click.FloatRange(0, min_open=True),
            metavar="SECONDS",
            help="Give the blocks of a file no more time than this.",
        ),
        click.option("--no-progress", is_flag=True, help="Show no progress bar."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def _watched(items: Iterable[T], total: int) -> Iterator[T]:
    """Hands on the items, with a bar on the standard error."""
    with click.progressbar(items, length=total, file=sys.stderr) as bar:
        yield from bar


def _watch(wanted: bool) -> "Watch":
    from blocklint.engine.watch import unwatched

    return _watched if wanted and sys.stderr.isatty() else unwatched


def _listed(values: tuple[str, ...]) -> tuple[str, ...]:
    """Options that may be given several times, or once with commas."""
    return tuple(part.strip() for value in values for part in value.split(",") if part)


def _request(paths: tuple[str, ...], **given: Any) -> "Request":  # noqa: ANN401
    from blocklint.engine import Options, Request

    options = Options(
        select=_listed(given.get("select", ())),
        extend_select=_listed(given.get("extend_select", ())),
        ignore=_listed(given.get("ignore", ())),
        exclude=_listed(given["exclude"]),
        force_exclude=given["force_exclude"],
        config=given["config"],
        isolated=given["isolated"],
        trace=given.get("trace", False),
        probe=given.get("probe", False),
        python=given.get("python"),
        timeout=given.get("timeout"),
    )
    reads = "-" in paths
    if given["stdin_filename"] and not reads:
        raise click.UsageError("`--stdin-filename` goes with the path `-`")
    data = sys.stdin.buffer.read() if reads else None
    return Request(paths or (".",), options, data, given["stdin_filename"] or "-")


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="blocklint")
def main() -> None:
    """Read Transformer (PyTorch) code and say where each block normalises.

    Exit codes: 0 nothing found, or notes only; 1 findings; 2 the request could not be
    done; 3 a fault of blocklint itself.
    """


@main.command()
@_PATHS
@click.option("--select", multiple=True, metavar="RULES", help="Run these rules only.")
@click.option("--extend-select", multiple=True, metavar="RULES", help="Run these too.")
@click.option("--ignore", multiple=True, metavar="RULES", help="Leave these rules out.")
@_which_files
@_format(blocklint.reporters, "full")
@click.option("--statistics", is_flag=True, help="Count the findings of each rule.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 in spite of findings.")
@click.option("--fix", is_flag=True, help="Apply safe fixes to the files.")
@click.option("--unsafe-fixes", is_flag=True, help="Apply (or show) the others too.")
@click.option("--diff", is_flag=True, help="Show what --fix would do; write nothing.")
@click.option("--trace", is_flag=True, help="Run the blocks, to confirm findings.")
@_how_to_run
def check(
    paths: tuple[str, ...],
    output_format: str,
    statistics: bool,
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
    request = _request(paths, **given)
    watch = _watch(given["trace"] and not no_progress)
    name = "statistics" if statistics else output_format
    if diff:
        repair, found, summary = _shown_diff(request, unsafe_fixes)
    else:
        repair, found, summary = _checked(request, name, fix, unsafe_fixes, watch)
    for problem in repair.problems:
        blame = " (a fault of blocklint, please report it)" if problem.fault else ""
        click.echo(f"{problem.path}: not fixed: {problem.message}{blame}", err=True)
    for reason in repair.report.untraced:
        click.echo(f"Blocks were not run: {reason}", err=True)
    click.echo(summary, err=True)
    sys.exit(exit_code(repair, found and not exit_zero))


def _shown_diff(request: "Request", unsafe: bool) -> tuple["Repair", bool, str]:
    """Show what a fix would do; whether it is anything, and a summary."""
    from blocklint import engine, summaries

    repair = engine.fix(request, unsafe)
    _render(blocklint.reporters.repair, "diff", repair.edited)
    return repair, bool(repair.edited), summaries.of_diff(repair)


def _checked(
    request: "Request", name: str, fix: bool, unsafe: bool, watch: "Watch"
) -> tuple["Repair", bool, str]:
    """Check, or fix, and report; whether something is found, and a summary."""
    from blocklint import engine, summaries
    from blocklint.report import Repair

    checked = None if fix else Repair(engine.check(request, watch))
    repair = checked or _repaired(request, unsafe)
    _report(repair.report, name, aside=fix and request.stdin is not None)
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


def _repaired(request: "Request", unsafe: bool) -> "Repair":
    """Fix the files of a request; the standard input goes, fixed, to the output."""
    from blocklint import engine

    repair = engine.save(request, engine.fix(request, unsafe))
    if request.stdin is not None:
        fixed = [f.after for f in repair.edited if request.is_stdin(f.path)]
        click.echo(fixed[0] if fixed else request.stdin, nl=False)
    return repair


def _report(report: "Report", name: str, aside: bool) -> None:
    terminal = (sys.stderr if aside else sys.stdout).isatty()
    colour = name == "full" and shows_colours(terminal, os.environ)
    options = {"colour": True} if colour else {}
    _render(blocklint.reporters, name, report, err=aside, **options)


def exit_code(repair: "Repair", found: bool) -> int:
    """What a check ends with; a file that could not be fixed outweighs findings."""
    if repair.problems:
        return 3 if any(problem.fault for problem in repair.problems) else 2
    return 1 if found else 0


@main.command()
@_PATHS
@_which_files
@_format(blocklint.reporters.inspection, "text")
def inspect(paths: tuple[str, ...], output_format: str, **given: object) -> None:
    """Say what each block does: its sites, where each normalises, its variants."""
    from blocklint import engine, summaries

    overview = engine.inspect(_request(paths, **given))
    _render(blocklint.reporters.inspection, output_format, overview)
    click.echo(summaries.of_overview(overview), err=True)


@main.command()
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@_which_files
@_format(blocklint.reporters.tracing, "text")
@_how_to_run
def trace(
    targets: tuple[str, ...], output_format: str, no_progress: bool, **given: object
) -> None:
    """Run blocks, and report their data flow and their shapes.

    A TARGET is a file, FILE:CLASS or MODULE:CLASS; the default is what `trace` in
    [tool.blocklint] lists. A file stands for every block in it. This executes the code,
    in a process of its own. Exit codes: 0 everything ran and no more than notes were
    found, 1 findings or a failure, 2 no such target, or no torch to run it with.
    """
    from blocklint import engine, summaries

    if "-" in targets:
        raise click.UsageError("a target is a file, not the standard input")
    request = replace(_request(targets, **given), paths=targets)
    report = engine.trace(request, _watch(not no_progress))
    _render(blocklint.reporters.tracing, output_format, report)
    click.echo(summaries.of_trace(report), err=True)
    sys.exit(1 if report.fails else 0)


@main.command()
@click.argument("name", required=False)
@click.option("--all", "every", is_flag=True, help="Show every rule.")
@_format(blocklint.reporters.manual, "text")
def rule(name: str | None, every: bool, output_format: str) -> None:
    """Explain a rule, by name or by code: what it finds and why."""
    from blocklint.engine import load_rules

    if (name is None) is not every:
        raise click.UsageError("give the name of a rule, or --all")
    book = load_rules()
    found = book.rules if name is None else book.named(name)
    _render(blocklint.reporters.manual, output_format, found)
