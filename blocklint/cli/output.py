"""Writing reports to the standard output."""

from collections.abc import Mapping
from importlib import import_module
from types import ModuleType

import click


def render(
    package: ModuleType, name: str, report: object, err: bool = False, **options: bool
) -> None:
    module = import_module(f"{package.__name__}.{name}")
    click.echo(module.render(report, **options), nl=False, err=err)


def shows_colours(terminal: bool, environment: Mapping[str, str]) -> bool:
    """Whether to write in colours: to a terminal, unless the user wants none."""
    plain = environment.get("NO_COLOR") or environment.get("TERM") == "dumb"
    return terminal and not plain
