"""`blocklint inspect`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

import blocklint.reporters.inspection
from blocklint.cli.options import (
    PATHS,
    expectations_option,
    format_option,
    output_file_option,
    request_of,
    which_files,
)
from blocklint.cli.output import render, room_for

if TYPE_CHECKING:
    from blocklint.engine import Request

PICTURED = ("svg", "html")  # the formats that show streams and findings


@click.command()
@PATHS
@which_files
@format_option(blocklint.reporters.inspection, "text")
@output_file_option
@expectations_option
@click.option(
    "--write-expectations",
    is_flag=True,
    help="Write what each block does to that file, and nothing else.",
)
def inspect(
    paths: tuple[str, ...],
    output_format: str,
    output_file: Path | None,
    write_expectations: bool,
    **given: object,
) -> None:
    """Say what each block does: its sites, where each normalises, its variants.

    With --write-expectations it is written down instead: `check` then reports whatever
    changes.
    """
    from blocklint import engine, summaries

    request = request_of(paths, **given)
    if write_expectations:
        _write(request)
        return
    to = room_for(output_file)
    overview = engine.inspect(request, output_format in PICTURED)
    render(blocklint.reporters.inspection, output_format, overview, to=to)
    click.echo(summaries.of_overview(overview), err=True)


def _write(request: "Request") -> None:
    from blocklint import engine, summaries

    if request.stdin is not None:
        raise click.UsageError(
            "`--write-expectations` needs files, not the standard input"
        )
    freezing = engine.freeze(request)
    problem = engine.save_expectations(freezing)
    if problem is not None:
        click.echo(f"{problem.path}: not written: {problem.message}", err=True)
        sys.exit(2)
    click.echo(summaries.of_freezing(freezing), err=True)
