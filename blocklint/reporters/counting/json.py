"""How often each rule was broken, as a JSON list, the most frequent first."""

import json

from blocklint.report import Report


def render(report: Report) -> str:
    """One object a rule: how many findings, and how many of them can be fixed."""
    listed = [
        {
            "code": count.code,
            "rule": count.rule,
            "count": count.times,
            "fixable": count.fixable > 0,
            "fixable_count": count.fixable,
            "confirmed": count.confirmed,
            "refuted": count.refuted,
        }
        for count in report.counts
    ]
    return json.dumps(listed, indent=2) + "\n"
