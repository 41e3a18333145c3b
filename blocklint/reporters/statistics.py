"""How often each rule was broken, the most frequent first."""

from collections import Counter

from blocklint.report import Report
from blocklint.rule import Finding, Verdict

_SAID = (Verdict.CONFIRMED, Verdict.REFUTED)


def render(report: Report) -> str:
    """One line a rule: count, code, name, and how many were confirmed or refuted."""
    count = Counter(map(_rule, report.findings))
    verdicts = Counter((_rule(f), f.verdict) for f in report.findings)
    ranked = sorted(count.items(), key=lambda item: (-item[1], item[0]))
    lines = []
    for rule, times in ranked:
        said = [(verdicts[rule, verdict], verdict.value) for verdict in _SAID]
        listed = ", ".join(f"{number} {word}" for number, word in said if number)
        code, name = rule
        lines.append(f"{times:>6}  {code}  {name}{f'  ({listed})' if listed else ''}\n")
    return "".join(lines)


def _rule(finding: Finding) -> tuple[str, str]:
    return finding.code, finding.rule
