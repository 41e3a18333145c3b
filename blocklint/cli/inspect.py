"""`blocklint inspect`."""

import click

import blocklint.reporters.inspection
from blocklint.cli.options import PATHS, format_option, request_of, which_files
from blocklint.cli.output import render

PICTURED = ("svg", "html")  # the formats that show streams and findings


@click.command()
@PATHS
@which_files
@format_option(blocklint.reporters.inspection, "text")
def inspect(paths: tuple[str, ...], output_format: str, **given: object) -> None:
    """Say what each block does: its sites, where each normalises, its variants."""
    from blocklint import engine, summaries

    pictured = output_format in PICTURED
    overview = engine.inspect(request_of(paths, **given), pictured)
    render(blocklint.reporters.inspection, output_format, overview)
    click.echo(summaries.of_overview(overview), err=True)
