"""A Code Quality report of GitLab: one entry a change, where the code is now."""

from blocklint.difference import Difference
from blocklint.report import Report
from blocklint.reporters import gitlab


def render(difference: Difference) -> str:
    """The same form as that of `check`."""
    return gitlab.render(Report(difference.findings(), difference.files))
