"""How often each rule was broken, the most frequent first."""

from collections import Counter

from blocklint.report import Report


def render(report: Report) -> str:
    """One line a rule: count, code, name."""
    count = Counter((finding.code, finding.rule) for finding in report.findings)
    ranked = sorted(count.items(), key=lambda item: (-item[1], item[0]))
    return "".join(f"{times:>6}  {code}  {name}\n" for (code, name), times in ranked)
