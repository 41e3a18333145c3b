"""`blocklint trace`."""

import sys
from collections.abc import Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

import blocklint.reporters.stability
import blocklint.reporters.tracing
from blocklint.cli.options import (
    expectations_option,
    format_option,
    how_to_measure,
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
@format_option(blocklint.reporters.stability, "text")
@output_file_option
@how_to_run
@how_to_measure
def trace(
    targets: tuple[str, ...],
    output_format: str,
    output_file: Path | None,
    no_progress: bool,
    stability: bool,
    **given: Any,  # noqa: ANN401 (of several kinds)
) -> None:
    """Run blocks, and report their data flow and their shapes.

    A TARGET is a file, FILE:CLASS or MODULE:CLASS; the default is what `trace` in
    [tool.blocklint] lists. A file stands for every block in it. This executes the code,
    in a process of its own. Exit codes: 0 everything ran and no more than notes were
    found, 1 findings or a failure, 2 no such target, or no torch to run it with.

    With --stability, fresh copies of each block are stacked and measured before any
    training, and compared with the same block rewired as pre, post, output and peri.
    `--timeout` is then for each wiring.
    """
    from blocklint import engine, summaries

    if "-" in targets:
        raise click.UsageError("a target is a file, not the standard input")
    how = {name: given.pop(name) for name in ("depths", "seeds", "init")}
    _must_fit(stability, output_format, given["probe"], how)
    to = room_for(output_file)
    request = replace(request_of(targets, **given), paths=targets)
    if stability:
        from blocklint.engine.measuring import measure_of

        measure = measure_of(**how)
        measured = engine.stability(request, measure, watch_of(not no_progress))
        render(blocklint.reporters.stability, output_format, measured, to=to)
        click.echo(summaries.of_stability(measured), err=True)
        sys.exit(1 if measured.fails else 0)
    report = engine.trace(request, watch_of(not no_progress))
    render(blocklint.reporters.tracing, output_format, report, to=to)
    click.echo(summaries.of_trace(report), err=True)
    sys.exit(1 if report.fails else 0)


def _must_fit(
    stability: bool, output_format: str, probe: bool, how: Mapping[str, object]
) -> None:
    """Raise for options that do not go together."""
    if stability and probe:
        raise click.UsageError("`--probe` does not go with `--stability`")
    if stability:
        return
    for name, value in how.items():
        if value is not None:
            raise click.UsageError(f"`--{name}` goes with `--stability`")
    module = f"{blocklint.reporters.tracing.__name__}.{output_format}"
    if find_spec(module) is None:
        message = f"`--format {output_format}` goes with `--stability`"
        raise click.UsageError(f"{message}; without it there are `text` and `json`")
