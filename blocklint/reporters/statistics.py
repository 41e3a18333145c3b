"""How often each rule was broken, the most frequent first."""

from blocklint.report import Report, RuleCount


def render(report: Report) -> str:
    """One line a rule: count, code, name, and how many were confirmed or refuted."""
    return "".join(map(_line, report.counts))


def _line(count: RuleCount) -> str:
    said = [(count.confirmed, "confirmed"), (count.refuted, "refuted")]
    listed = ", ".join(f"{number} {word}" for number, word in said if number)
    told = f"  ({listed})" if listed else ""
    return f"{count.times:>6}  {count.code}  {count.rule}{told}\n"
