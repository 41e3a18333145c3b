"""SARIF 2.1.0: one result a change, where the code is now."""

from blocklint.difference import Difference
from blocklint.report import Report
from blocklint.reporters import sarif


def render(difference: Difference) -> str:
    """The same form as that of `check`; a rule is a kind of change."""
    return sarif.render(Report(difference.findings(), difference.files))
