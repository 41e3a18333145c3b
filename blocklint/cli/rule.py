"""`blocklint rule`."""

import click

import blocklint.reporters.manual
from blocklint.cli.options import format_option, rule_names
from blocklint.cli.output import render


@click.command()
@click.argument("name", required=False, shell_complete=rule_names)
@click.option("--all", "every", is_flag=True, help="Show every rule.")
@format_option(blocklint.reporters.manual, "text")
def rule(name: str | None, every: bool, output_format: str) -> None:
    """Explain a rule, by name or by code: what it finds and why."""
    from blocklint.engine import load_rules

    if (name is None) is not every:
        raise click.UsageError("give the name of a rule, or --all")
    book = load_rules()
    found = book.rules if name is None else book.named(name)
    render(blocklint.reporters.manual, output_format, found)
