"""Reports as data: all that a finding can be, in one small report."""

from dataclasses import replace

from blocklint.report import Report
from blocklint.rule import (
    Finding,
    PlacedFix,
    RelatedSpan,
    Replacement,
    Rule,
    Severity,
    Verdict,
)
from blocklint.source import Span

UNICODE = "src/größe модель.py"
WINDOWS = "C:\\models\\block #1.py"
ODD = '50% of the heads: a, b\nand <c & "d">]]>::end\r\x1b[31m\x00\ud800\ufffe'
LINES = {
    UNICODE: (
        "class Größe(nn.Module):",
        "    def forward(self, x):",
        "\t\ty = self.schichten[0](x)  # 漢字 😀",
        "        return self.norm(x + y)",
        "",
    ),
    WINDOWS: (
        "def forward(self, x):",
        "    x = self.norm(x)",
        "    x = x + self.attn(x)",
        "    return x  # noqa: BL101",
    ),
}


def _finding(path: str, span: Span, code: str, rule: str, message: str) -> Finding:
    return Finding(path, span, rule, code, Severity.WARNING, message)


WIDTHS = replace(
    _finding(
        UNICODE,
        Span(3, 6, 3, 26),
        "BL401",
        "linear-width-mismatch",
        "self.schichten[0](x) gets größe_1 where 4 * d is meant (line 2 of ä.py)",
    ),
    severity=Severity.ERROR,
    class_name="Größe",
    verdict=Verdict.CONFIRMED,
    related=(
        RelatedSpan(WINDOWS, Span(2, 8, 2, 20), "the norm"),
        RelatedSpan("../lib/ä.py", Span(2, 0, 2, 4), "made [here](x)"),
    ),
)
WHOLE = replace(
    _finding(UNICODE, Span(1, 0, 4, 31), "BL101", "post-norm", "post: N(x + F(x))"),
    class_name="Größe",
)
NOTE = replace(
    _finding(UNICODE, Span(4, 8, 4, 12), "BL500", "trace-failed", ODD),
    severity=Severity.NOTE,
)
TWIN = replace(NOTE, span=Span(5, 0, 5, 0))
RENAMED = replace(
    _finding(
        WINDOWS,
        Span(3, 8, 3, 24),
        "BL103",
        "residual-after-norm",
        "the residual is taken after norm: y + F(y), y = N(x)",
    ),
    class_name="Block",
    verdict=Verdict.REFUTED,
    related=(RelatedSpan(WINDOWS, Span(2, 8, 2, 20), "the stream is normed here"),),
    fix=PlacedFix(
        WINDOWS,
        "call the result of the norm `normed`",
        (
            Replacement(Span(2, 4, 2, 5), "normed"),
            Replacement(Span(3, 0, 3, 0), "    # größer\n"),
            Replacement(Span(3, 22, 3, 23), "normed"),
        ),
        safe=False,
    ),
)
IDLE = replace(
    _finding(WINDOWS, Span(4, 14, 4, 27), "BL902", "unused-suppression", "unused"),
    fix=PlacedFix(
        WINDOWS, "remove it", (Replacement(Span(4, 0, 5, 0), ""),), safe=True
    ),
)


def rule_of(finding: Finding) -> Rule:
    """A rule that finds nothing, under the name of one that does."""
    doc = f"A block is not as `{finding.rule}` says.\n\n## Why\n\nIt matters: 100 %."
    return Rule(finding.code, finding.rule, Severity.WARNING, doc, lambda *_: iter(()))


FINDINGS = (WIDTHS, WHOLE, NOTE, TWIN, RENAMED, IDLE)
EVERYTHING = Report(
    FINDINGS,
    files=3,
    lines=LINES,
    rules=tuple(rule_of(finding) for finding in (WHOLE, RENAMED, WIDTHS, NOTE)),
    pages="https://docs.example/rules/",
)
NOTHING = Report((), files=1)
