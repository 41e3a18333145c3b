"""`blocklint migrate`."""

import sys
from dataclasses import replace

import click

import blocklint.reporters.migration
import blocklint.reporters.repair
from blocklint.cli.options import format_option, request_of, which_files
from blocklint.cli.output import render

PLACEMENTS = ("pre", "post", "output", "peri")


@click.command()
@click.argument("target")
@click.option(
    "--to", type=click.Choice(PLACEMENTS), required=True, help="Where to normalise."
)
@click.option("--diff", is_flag=True, help="Show what would change; write nothing.")
@click.option(
    "--trace/--no-trace",
    "run",
    default=True,
    help="Run the block before and after (it does unless told not to).",
)
@which_files
@format_option(blocklint.reporters.migration, "text")
@click.option("--python", metavar="PATH", help="Run blocks with this interpreter.")
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    help="Give each run no more time than this.",
)
def migrate(
    target: str, to: str, diff: bool, run: bool, output_format: str, **given: object
) -> None:
    """Rewrite a block so that it normalises elsewhere, and prove it.

    TARGET is FILE:CLASS or MODULE:CLASS. The norms move, all else stays as it is
    written; a stack that needs a final norm then gets one. What is not understood for
    certain is refused. The block is run before and after, in a process of its own,
    unless --no-trace is given. Weights that are trained do not carry over. Exit codes:
    0 done, or nothing to do; 1 a `--diff` that is not empty; 2 refused.
    """
    from blocklint import summaries
    from blocklint.analysis import Placement
    from blocklint.engine.migrating import migrate as migrated, save

    if target == "-":
        raise click.UsageError("a target is FILE:CLASS, not the standard input")
    request = replace(request_of((target,), **given), paths=(target,))
    found = migrated(request, Placement(to), run)
    if diff:
        render(blocklint.reporters.repair, "diff", [found.edited])
    else:
        save(found)
    render(blocklint.reporters.migration, output_format, found, err=diff)
    click.echo(summaries.of_migration(found, written=not diff), err=True)
    sys.exit(1 if diff and found.edited.differs else 0)
