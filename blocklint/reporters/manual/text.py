"""A rule's documentation as it stands in its file, under a line that names it."""

from collections.abc import Iterable

from blocklint.rule import Rule


def render(rules: Iterable[Rule]) -> str:
    """One page a rule."""
    return "\n".join(
        f"# {rule.name} ({rule.code}, {rule.severity.value})\n\n{rule.doc.strip()}\n"
        for rule in rules
    )
