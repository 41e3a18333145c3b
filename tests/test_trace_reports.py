"""What a trace showed becomes text and JSON; the pages stand in fixtures/traces."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from conftest import Golden
from expectations import FIXTURES
from runs import block_of, place_at, run_of

from blocklint.analysis import Placement
from blocklint.analysis.run import Problem, Resized, Unmet
from blocklint.analysis.sublayers import Sublayer
from blocklint.report import Report, SiteFacts, Traced, TraceReport
from blocklint.reporters import concise, full, statistics
from blocklint.reporters.tracing import json as json_format, text as text_format
from blocklint.rule import Finding, Severity, Verdict
from blocklint.source import Span

CODE = """\
from torch import nn


class Block(nn.Module):
    def __init__(self, n_embd):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(n_embd, n_embd), nn.GELU())
        self.norm = nn.LayerNorm(n_embd)

    def forward(self, x):
        return self.norm(x + self.mlp(x))
"""
BLOCK = block_of(CODE)
SHAPE = ("batch", "seq", "n_embd")
FINDING = Finding(
    path="model.py",
    span=Span(4, 6, 4, 11),
    rule="post-norm",
    code="BL101",
    severity=Severity.WARNING,
    message="post: N(x + F(x)) at ffn",
    class_name="Block",
    verdict=Verdict.CONFIRMED,
)
GOOD = Traced(
    target="model.py:Block",
    path="model.py",
    name="Block",
    line=4,
    run=run_of(
        BLOCK,
        how="Block(GPTConfig())",
        agrees=True,
        static=BLOCK.default,
        sublayers=(
            Sublayer("norm", "norm", SHAPE, SHAPE),
            Sublayer("mlp.layers.0", "ffn", SHAPE, ("batch", "seq", "4*n_embd")),
        ),
        taken=SHAPE,
        returned=SHAPE,
        unused=("norm2.weight", "norm2.bias"),
        resized=Resized({"batch": 7, "seq": 17}),
        configured=True,
        unmet=(Unmet("placement", "pre", "post"),),
        probes={"batch-leak": False, "sees-future": True},
    ),
    sites=(SiteFacts("ffn", Placement.POST, "model.py", 11, "Block", ("norm",)),),
    findings=(FINDING, replace(FINDING, verdict=Verdict.UNTESTED)),
)
FAILED = replace(
    GOOD,
    target="pkg.model:Block",
    run=run_of(
        BLOCK,
        problem=Problem(
            "run",
            "mat1 and mat2 shapes cannot be multiplied\nin long",
            "RuntimeError",
            place_at(BLOCK, 11),
            "linear",
            (("batch", "seq", "4*n_embd"), ("n_embd", "n_embd")),
            "\n".join(f"line {number} \x1b[31mof output" for number in range(30)),
        ),
        sublayers=(Sublayer("mlp", "ffn", SHAPE, ()),),
        taken=SHAPE,
    ),
    findings=(),
    ended="model.py",
)
EARLY = replace(
    GOOD,
    target="other.py:Block",
    run=run_of(
        BLOCK,
        rung=None,
        how="",
        wiring=None,
        problem=Problem("import", "No module named 'cats'", "ModuleNotFoundError"),
    ),
    sites=(),
    findings=(),
)
ODD = replace(
    GOOD,
    run=run_of(
        BLOCK,
        agrees=False,
        resized=Resized({"seq": 17}, Problem("run", "no", "ValueError")),
    ),
    findings=(),
    naming="textbook",
    sites=(SiteFacts("ffn", Placement.OUTPUT, "model.py", 11, "Block", ("norm",)),),
)
REPORT = TraceReport((GOOD, FAILED, EARLY, ODD), 3)
KEYS = [
    "target", "path", "class", "status", "reason", "rung", "seconds", "placement",
    "parallel", "sites", "agrees", "sublayers", "unused_parameters", "findings",
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "render"),
    [("report.txt", text_format.render), ("report.json", json_format.render)],
)
def test_page(name: str, render: Callable[[TraceReport], str], golden: Golden) -> None:
    golden(FIXTURES / "traces" / "reports" / name, render(REPORT))


def test_json_has_the_promised_keys_first() -> None:
    document: dict[str, Any] = json.loads(json_format.render(REPORT))

    first, failed, *_ = document["targets"]
    assert list(document) == ["schema", "targets"]
    assert document["schema"] == "blocklint.trace/1"
    assert list(first)[: len(KEYS)] == KEYS
    assert list(first["sublayers"][0]) == ["name", "role", "input", "output"]
    assert (first["status"], first["reason"]) == ("traced", None)
    assert first["findings"][0]["verdict"] == "confirmed"
    assert failed["status"] == "failed"
    assert failed["reason"].startswith("its forward raised: RuntimeError: mat1 and")
    assert failed["sites"] == first["sites"]


def test_text_shows_no_control_characters() -> None:
    text = text_format.render(REPORT)

    assert "\x1b" not in text
    assert "    | line 29 ?[31mof output\n" in text
    assert "line 9 " not in text


@pytest.mark.parametrize(
    ("report", "fails"),
    [
        (TraceReport((), 0), False),
        (TraceReport((replace(GOOD, findings=()),), 1), False),
        (TraceReport((GOOD,), 1), True),
        (TraceReport((EARLY,), 1), True),
        (
            TraceReport(
                (replace(GOOD, findings=(replace(FINDING, severity=Severity.NOTE),)),),
                1,
            ),
            False,
        ),
    ],
)
def test_what_makes_a_trace_fail(report: TraceReport, fails: bool) -> None:
    assert report.fails is fails


@pytest.mark.parametrize("verdict", [Verdict.CONFIRMED, Verdict.REFUTED])
def test_check_says_a_verdict(verdict: Verdict) -> None:
    report = Report((replace(FINDING, verdict=verdict),), 1)

    shown = full.render(report), concise.render(report), statistics.render(report)

    assert f"  = trace: {verdict.value} by what ran\n" in shown[0]
    assert shown[1].endswith(f" [{verdict.value}]\n")
    assert shown[2].endswith(f"  (1 {verdict.value})\n")


def test_check_says_nothing_of_what_is_untested() -> None:
    report = Report((replace(FINDING, verdict=Verdict.UNTESTED),), 1)

    shown = full.render(report), concise.render(report), statistics.render(report)

    assert not any(word in text for text in shown for word in ("trace", "untested"))
