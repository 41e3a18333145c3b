"""Annotations of a GitHub workflow: one a change, where the code is now."""

from blocklint.difference import Difference
from blocklint.reporters.github import annotation


def render(difference: Difference) -> str:
    """`::warning file=...,line=...,title=...::message`."""
    return "".join(
        annotation(
            "warning",
            {
                "file": finding.path,
                "line": str(finding.span.line),
                "title": f"wiring changed ({finding.rule})",
            },
            f"{finding.class_name}: {finding.message}",
        )
        for finding in difference.findings()
    )
