"""Writing reports to the standard output, or to a file."""

import os
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import click


def room_for(file: Path | None) -> Path | None:
    """The file for a report, once it is known to have a place; `-` is none."""
    if file is None or file == Path("-"):
        return None
    from blocklint.engine.saving import require_room

    require_room(file)
    return file


def render(
    package: ModuleType,
    name: str,
    report: object,
    err: bool = False,
    to: Path | None = None,
) -> None:
    """Write a report, in colours where there is a terminal that has them."""
    made = import_module(f"{package.__name__}.{name}").render
    if to is not None:
        from blocklint.engine.saving import write_report

        write_report(to, made(report))
        return
    from blocklint.terminal import PLAIN, terminal_of

    stream = sys.stderr if err else sys.stdout
    if stream is None:  # It was closed before we began: nobody wants to read this.
        return
    terminal = PLAIN
    asked = made.__code__.co_varnames[: made.__code__.co_argcount]
    if "terminal" in asked:
        terminal = terminal_of(stream.isatty(), os.environ)
    text = made(report, terminal) if terminal.colours else made(report)
    if isinstance(text, str):
        # A page of another encoding has no room for every letter of a source.
        encoding = stream.encoding or "utf-8"
        text = text.encode(encoding, "backslashreplace").decode(encoding)
    # click takes colours out for what is no terminal, unless it is told not to.
    click.echo(text, nl=False, err=err, color=terminal.colours or None)
