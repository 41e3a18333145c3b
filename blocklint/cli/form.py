"""In which form `check` reports, and to where."""

from pathlib import Path
from types import ModuleType

import click

import blocklint.reporters
import blocklint.reporters.counting
import blocklint.reporters.repair
from blocklint.cli.output import render, room_for
from blocklint.frozen import dataclass

_FOR_READERS = ("full", "concise", "grouped", "statistics")


@dataclass(frozen=True)
class Form:
    """Which reporter writes, and to which file; None is the standard output."""

    package: ModuleType
    name: str
    to: Path | None = None

    def write(self, report: object, err: bool = False) -> None:
        """Render a report; `err` says that the standard output is taken."""
        render(self.package, self.name, report, err, self.to)


def form_of(
    diff: bool,
    output_format: str,
    statistics: bool,
    output_file: Path | None,
    **_: object,
) -> Form:
    """The form that these options ask for; raises if there is none, or no room."""
    to = room_for(output_file)
    if diff:
        return Form(blocklint.reporters.repair, "diff", to)
    if not statistics:
        return Form(blocklint.reporters, output_format, to)
    if output_format in _FOR_READERS:
        return Form(blocklint.reporters, "statistics", to)
    if output_format == "json":
        return Form(blocklint.reporters.counting, "json", to)
    raise click.UsageError(f"`--statistics` has no form `{output_format}`; use `json`")
