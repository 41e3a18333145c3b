"""The command line: the only part that prints, and the only one that exits.

One file a command. What a command needs is imported when it runs, so that `--help` is
immediate.
"""

import click

from blocklint.cli.boundary import ENDS_SOON, Commands
from blocklint.cli.check import check
from blocklint.cli.clean import clean
from blocklint.cli.diff import diff
from blocklint.cli.inspect import inspect
from blocklint.cli.migrate import migrate
from blocklint.cli.rule import rule
from blocklint.cli.server import server
from blocklint.cli.trace import trace


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="blocklint")
def main() -> None:
    """Read Transformer (PyTorch) code and say where each block normalises.

    Exit codes: 0 nothing found, or notes only; 1 findings; 2 the request could not be
    done; 3 a fault of blocklint itself.
    """


def run() -> None:
    """The command line as a process of its own, see `ends_soon`."""
    import gc

    try:
        main(obj=ENDS_SOON)
    finally:
        gc.freeze()  # What is left is given back with the process, unsearched.


for command in (check, inspect, trace, diff, migrate, rule, server, clean):
    main.add_command(command)
