"""`blocklint diff`."""

import sys
from dataclasses import replace
from pathlib import Path

import click

import blocklint.reporters.differing
from blocklint.cli.options import (
    format_option,
    output_file_option,
    request_of,
    which_files,
)
from blocklint.cli.output import render, room_for
from blocklint.cli.progress import watch_of


@click.command()
@click.argument("versions", nargs=-1, metavar="[BASE] [NEW] [PATHS]...")
@which_files
@format_option(blocklint.reporters.differing, "full")
@output_file_option
@click.option("--explain", is_flag=True, help="Rank changes by what they can do.")
@click.option("--trace", is_flag=True, help="Run both versions and compare results.")
@click.option("--python", metavar="PATH", help="Run blocks with this interpreter.")
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    help="Give each version of a block no more time than this.",
)
@click.option("--exit-zero", is_flag=True, help="Exit with 0 in spite of changes.")
@click.option(
    "-j", "--jobs", type=click.IntRange(1), metavar="N", help="Use N processes."
)
@click.option("--no-progress", is_flag=True, help="Show no progress bar.")
def diff(
    versions: tuple[str, ...],
    output_format: str,
    output_file: Path | None,
    explain: bool,
    exit_zero: bool,
    no_progress: bool,
    **given: object,
) -> None:
    """Say how the wiring of each block changed between two versions.

    BASE is a git revision, compared with the files on the disk or with a second
    revision; PATHS say which files are meant. Or two paths, without a revision, are
    compared with each other. Without anything it is the last commit. Code is read and
    not run, unless --trace asks for that. Exit codes: 0 no change in wiring, 1 a
    change, or a block that could not be followed, 2 no such version.
    """
    from blocklint import engine, summaries

    if "-" in versions:
        raise click.UsageError("the standard input is no version: give its file")
    to = room_for(output_file)
    request = request_of((), **given)
    found = engine.diff(versions, request, watch_of(not no_progress))
    found = replace(found, explained=explain)
    render(blocklint.reporters.differing, output_format, found, to=to)
    click.echo(summaries.of_difference(found), err=True)
    sys.exit(1 if found.differs and not exit_zero else 0)
