"""The command line: the only part that prints, and the only one that exits.

One file a command, which is imported when the command is asked for. What a command
needs is imported when it runs, so that `--help` is immediate.
"""

from importlib import import_module

import click

from blocklint.cli.boundary import ENDS_SOON, Boundary

_COMMANDS = (
    "check", "clean", "diff", "inspect", "migrate", "rule", "server", "trace",
)  # fmt: skip


class Commands(Boundary):
    """The commands, by the names of their files."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names, in the order that `--help` shows them in."""
        return [*_COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name; None if there is none."""
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f"{__name__}.{cmd_name}")
        found: click.Command = getattr(module, cmd_name)
        return found


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
