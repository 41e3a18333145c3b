"""`blocklint inspect`."""

from pathlib import Path

import click

import blocklint.reporters.inspection
from blocklint.cli.options import (
    PATHS,
    format_option,
    output_file_option,
    request_of,
    which_files,
)
from blocklint.cli.output import render, room_for

PICTURED = ("svg", "html")  # the formats that show streams and findings


@click.command()
@PATHS
@which_files
@format_option(blocklint.reporters.inspection, "text")
@output_file_option
def inspect(
    paths: tuple[str, ...],
    output_format: str,
    output_file: Path | None,
    **given: object,
) -> None:
    """Say what each block does: its sites, where each normalises, its variants."""
    from blocklint import engine, summaries

    to = room_for(output_file)
    pictured = output_format in PICTURED
    overview = engine.inspect(request_of(paths, **given), pictured)
    render(blocklint.reporters.inspection, output_format, overview, to=to)
    click.echo(summaries.of_overview(overview), err=True)
