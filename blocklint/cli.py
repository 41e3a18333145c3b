"""The command line: the only file that prints, and the only one that exits.

What a command needs is imported when it runs, so that `--help` is immediate.
"""

import os
import pkgutil
import sys
import traceback
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import click

import blocklint.reporters
import blocklint.reporters.inspection
import blocklint.reporters.manual
import blocklint.reporters.repair

if TYPE_CHECKING:
    from blocklint.engine import Request
    from blocklint.report import Overview, Repair, Report

_PATHS = click.argument("paths", nargs=-1, type=click.Path())
Decorator = Callable[[Callable[..., None]], Callable[..., None]]


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
            click.echo(fault(error), err=True)
            sys.exit(3)


def fault(error: Exception) -> str:
    """What to tell the user about a fault of blocklint, and what to pass on."""
    lines = "".join(traceback.format_exception(error)).rstrip()
    during = ", ".join(getattr(error, "__notes__", ())) or "starting"
    return (
        f"{lines}\n\nblocklint failed while {during}.\n"
        "This is a fault of blocklint, not of your code. "
        "Please report it with the lines above."
    )


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
def check(
    paths: tuple[str, ...],
    output_format: str,
    statistics: bool,
    exit_zero: bool,
    fix: bool,
    unsafe_fixes: bool,
    diff: bool,
    **given: object,
) -> None:
    """Report blocks that are wrong, or not what the project has decided.

    RULES are names, codes, prefixes of codes (BL1) or ALL, separated by commas. PATHS
    are files or folders, `-` is the standard input; the default is this folder.
    `--fix -` writes the fixed source to the standard output, its report to the standard
    error. A safe fix keeps what a trained model computes, an unsafe one may not.
    """
    from blocklint import engine
    from blocklint.report import Repair

    request = _request(paths, **given)
    if diff:
        repair = engine.fix(request, unsafe_fixes)
        _render(blocklint.reporters.repair, "diff", repair.edited)
        found, summary = bool(repair.edited), _would_fix(repair)
    else:
        repair = (
            _repaired(request, unsafe_fixes) if fix else Repair(engine.check(request))
        )
        name = "statistics" if statistics else output_format
        _report(repair.report, name, aside=fix and request.stdin is not None)
        found, summary = repair.report.fails, _summary(repair.report)
        if repair.edited:
            summary = f"{_fixed(repair, 'Fixed')}\n{summary}"
    for problem in repair.problems:
        blame = " (a fault of blocklint, please report it)" if problem.fault else ""
        click.echo(f"{problem.path}: not fixed: {problem.message}{blame}", err=True)
    click.echo(summary, err=True)
    sys.exit(exit_code(repair, found and not exit_zero))


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


def _would_fix(repair: "Repair") -> str:
    return _fixed(repair, "Would fix") if repair.edited else "Nothing to fix."


def _fixed(repair: "Repair", verb: str) -> str:
    files = _count(len(repair.edited), "file")
    return f"{verb} {_count(repair.fixes, 'finding')} in {files}."


def _summary(report: "Report") -> str:
    files = _count(report.files, "file")
    if not report.files:
        return "No Python files to check."
    if not report.findings:
        return f"All checks passed in {files}."
    weights = [_count(n, s.value) for s, n in report.by_severity.items()]
    total = _count(len(report.findings), "finding")
    return f"Found {total} ({', '.join(weights)}) in {files}.{_hint(report)}"


def _hint(report: "Report") -> str:
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


@main.command()
@_PATHS
@_which_files
@_format(blocklint.reporters.inspection, "text")
def inspect(paths: tuple[str, ...], output_format: str, **given: object) -> None:
    """Say what each block does: its sites, where each normalises, its variants."""
    from blocklint import engine

    overview = engine.inspect(_request(paths, **given))
    _render(blocklint.reporters.inspection, output_format, overview)
    click.echo(_overview_summary(overview), err=True)


def _overview_summary(overview: "Overview") -> str:
    if not overview.files:
        return "No Python files to inspect."
    unread = [
        f"{file.path}:{file.line}:{file.column + 1}: not inspected: {file.message}"
        for file in overview.broken
    ]
    blocks = _count(len(overview.blocks), "block")
    return "\n".join([*unread, f"{blocks} in {_count(overview.files, 'file')}."])


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
