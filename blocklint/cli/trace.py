"""`blocklint trace`."""

import sys
from dataclasses import replace
from pathlib import Path

import click

import blocklint.reporters.tracing
from blocklint.cli.options import (
    expectations_option,
    format_option,
    how_to_run,
    output_file_option,
    request_of,
    which_files,
)
from blocklint.cli.output import render, room_for
from blocklint.cli.progress import watch_of


@click.command()
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@which_files
@expectations_option
@format_option(blocklint.reporters.tracing, "text")
@output_file_option
@how_to_run
def trace(
    targets: tuple[str, ...],
    output_format: str,
    output_file: Path | None,
    no_progress: bool,
    **given: object,
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
    to = room_for(output_file)
    request = replace(request_of(targets, **given), paths=targets)
    report = engine.trace(request, watch_of(not no_progress))
    render(blocklint.reporters.tracing, output_format, report, to=to)
    click.echo(summaries.of_trace(report), err=True)
    sys.exit(1 if report.fails else 0)
