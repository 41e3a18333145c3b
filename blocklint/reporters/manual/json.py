"""The rules as a JSON list."""

import json
from collections.abc import Iterable

from blocklint.rule import Rule


def render(rules: Iterable[Rule]) -> str:
    """Code, name, severity, summary and the whole documentation of each rule."""
    listed = [
        {
            "code": rule.code,
            "rule": rule.name,
            "severity": rule.severity.value,
            "summary": rule.summary,
            "documentation": rule.doc.strip(),
        }
        for rule in rules
    ]
    return json.dumps(listed, indent=2) + "\n"
