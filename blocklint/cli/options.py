"""The options that several commands have, and the request that they make."""

import pkgutil
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from blocklint.engine import Request

PATHS = click.argument("paths", nargs=-1, type=click.Path())
Decorator = Callable[[Callable[..., None]], Callable[..., None]]
AS_MANY_AS_PROCESSORS = 0


def _formats(package: ModuleType) -> list[str]:
    """The formats that a package of reporters has: one a module."""
    modules = pkgutil.iter_modules(package.__path__)
    return [module.name for module in modules if not module.ispkg]


def format_option(package: ModuleType, default: str) -> Decorator:
    return click.option(
        "--output-format",
        "--format",
        type=click.Choice(_formats(package)),
        default=default,
        show_default=True,
        help="The form of the report.",
    )


def output_file_option(command: Callable[..., None]) -> Callable[..., None]:
    return click.option(
        "-o",
        "--output-file",
        type=click.Path(path_type=Path, allow_dash=True),
        metavar="FILE",
        help="Write the report to this file.",
    )(command)


def rule_names(
    context: click.Context, parameter: click.Parameter, typed: str
) -> list[str]:
    """What a shell may complete the last of some names to; no rule is imported."""
    rules = import_module("blocklint.rules")
    before, comma, last = typed.rpartition(",")
    found = pkgutil.iter_modules(rules.__path__)
    names = (module.name.replace("_", "-") for module in found)
    return [f"{before}{comma}{name}" for name in names if name.startswith(last)]


def rules_option(name: str, text: str) -> Decorator:
    return click.option(
        name, multiple=True, metavar="RULES", help=text, shell_complete=rule_names
    )


cache_dir = click.option(
    "--cache-dir",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="BLOCKLINT_CACHE_DIR",
    help="Keep the cache here; by default, in .blocklint_cache beside the config.",
)


def which_files(command: Callable[..., None]) -> Callable[..., None]:
    """The options that decide which files and which config are meant."""
    options = [
        click.option(
            "--exclude",
            "--extend-exclude",
            multiple=True,
            metavar="GLOBS",
            help="Leave out.",
        ),
        click.option(
            "--force-exclude/--no-force-exclude",
            default=None,
            help="Leave out even paths given by name.",
        ),
        click.option(
            "--respect-gitignore/--no-respect-gitignore",
            default=None,
            help="Leave out what git ignores (it does unless told not to).",
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


def which_part(command: Callable[..., None]) -> Callable[..., None]:
    """The options that leave out what has not changed, or what others check."""
    options = [
        click.option(
            "--changed", is_flag=True, help="Report what differs from the last commit."
        ),
        click.option(
            "--since",
            metavar="REF",
            help="Report what changed since the work left this branch or commit.",
        ),
        click.option("--shard", metavar="I/N", help="Check part I of N of the files."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def what_is_known(command: Callable[..., None]) -> Callable[..., None]:
    """The options that keep findings quiet: by comments, or by a baseline."""
    options = [
        click.option(
            "--add-ignore",
            metavar="[=REASON]",
            help="Write an ignore comment for every finding.",
        ),
        click.option(
            "--baseline",
            type=click.Path(path_type=Path),
            help="Leave out findings that this file knows of.",
        ),
        click.option(
            "--update-baseline", is_flag=True, help="Write what is found to that file."
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def expectations_option(command: Callable[..., None]) -> Callable[..., None]:
    return click.option(
        "--expectations",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Hold blocks to what this file says of them.",
    )(command)


def how_to_keep(command: Callable[..., None]) -> Callable[..., None]:
    """The options that decide what is kept for the next check, and who works."""
    options = [
        click.option(
            "--no-cache",
            is_flag=True,
            envvar="BLOCKLINT_NO_CACHE",
            help="Neither use nor write a cache.",
        ),
        cache_dir,
        click.option(
            "-j",
            "--jobs",
            type=click.IntRange(1),
            metavar="N",
            help="Use N processes; by default, as many as there are processors.",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


class OptionalReason(click.Command):
    """A command whose option `--add-ignore` may come without its `=REASON`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Give the option an empty reason where it has none of its own."""
        end = args.index("--") if "--" in args else len(args)
        bare = ["--add-ignore=" if a == "--add-ignore" else a for a in args[:end]]
        return super().parse_args(ctx, bare + args[end:])


def how_to_run(command: Callable[..., None]) -> Callable[..., None]:
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


def how_to_measure(command: Callable[..., None]) -> Callable[..., None]:
    """The options that ask for stacks of blocks, and say which."""
    options = [
        click.option(
            "--stability",
            is_flag=True,
            help="Stack each block, as it is and rewired, and measure the stacks.",
        ),
        click.option(
            "--depths", metavar="N,...", help="How many layers; 2,6,12,24,48 else."
        ),
        click.option(
            "--seeds", type=int, metavar="N", help="Measure N stacks each; 5 else."
        ),
        click.option(
            "--init",
            metavar="START",
            help="How weights begin: own, xavier, theory or normal:STD.",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def _listed(values: tuple[str, ...]) -> tuple[str, ...]:
    """Options that may be given several times, or once with commas."""
    return tuple(part.strip() for value in values for part in value.split(",") if part)


def request_of(paths: tuple[str, ...], **given: Any) -> "Request":  # noqa: ANN401
    from blocklint.engine import Options, Request

    options = Options(
        select=_listed(given.get("select", ())),
        extend_select=_listed(given.get("extend_select", ())),
        ignore=_listed(given.get("ignore", ())),
        exclude=_listed(given["exclude"]),
        force_exclude=given["force_exclude"],
        respect_gitignore=given["respect_gitignore"],
        config=given["config"],
        isolated=given["isolated"],
        baseline=given.get("baseline"),
        update_baseline=given.get("update_baseline", False),
        expectations=given.get("expectations"),
        trace=given.get("trace", False),
        probe=given.get("probe", False),
        python=given.get("python"),
        timeout=given.get("timeout"),
        changed=given.get("changed", False),
        since=given.get("since"),
        shard=given.get("shard"),
        caching=not given.get("no_cache", True),
        cache_dir=given.get("cache_dir"),
        jobs=given.get("jobs") or AS_MANY_AS_PROCESSORS,
    )
    reads = "-" in paths
    if options.changed and options.since is not None:
        raise click.UsageError("`--since` covers what `--changed` does; give one")
    if reads and (options.changed or options.since is not None):
        raise click.UsageError("the standard input has no history: give its file")
    if given["stdin_filename"] and not reads:
        raise click.UsageError("`--stdin-filename` goes with the path `-`")
    data = sys.stdin.buffer.read() if reads else None
    return Request(paths or (".",), options, data, given["stdin_filename"] or "-")
