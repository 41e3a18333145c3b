"""`trace --stability`, with stacks as data: nothing is executed here."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from command import run
from runs import block_of, run_of
from stacks import DEPTHS, stacks_of

from blocklint.analysis import Placement
from blocklint.analysis.run import Problem
from blocklint.engine import BadRequest, Request, stability, tracing
from blocklint.engine.measuring import measure_of
from blocklint.engine.trace_settings import Tracing
from blocklint.engine.tracing import Asked, Measured
from blocklint.frontends.traced.client import Measure
from blocklint.migration import Refusal, Rewritten
from blocklint.source import Source
from blocklint.stability import StabilityReport

POST = """\
from torch import nn


class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(d, d), nn.GELU(), nn.Linear(d, d))
        self.norm = nn.LayerNorm(d)

    def forward(self, x):
        return self.norm(x + self.mlp(x))
"""
FORMS = {
    Placement.PRE: "x + self.mlp(self.norm(x))",
    Placement.POST: "self.norm(x + self.mlp(x))",
    Placement.OUTPUT: "x + self.norm(self.mlp(x))",
}
BROKEN = Problem("measure", "it returns no stream of the shape that it takes")


def rewrite(source: Source, class_name: str, to: Placement) -> Rewritten | Refusal:
    """Another wiring of the block above; of peri it knows nothing."""
    if to not in FORMS:
        return Refusal("there is no second norm", 8)
    return Rewritten(source.text.replace(FORMS[Placement.POST], FORMS[to]))


@dataclass
class Stacker:
    """Stands in for the tracer: measures as many stacks as it is told to, by rule.

    `runs_as` is what comes out where a placement is asked for; `broken` cannot be run.
    """

    runs_as: dict[str, str] = field(default_factory=dict)
    broken: tuple[str, ...] = ()
    asked: list[tuple[Asked, Measure, str | None]] = field(default_factory=list)

    def stacks_of(
        self, asked: Asked, tracing: Tracing, measure: Measure, text: str | None = None
    ) -> Measured:
        """In the place of the function of this name."""
        self.asked.append((asked, measure, text))
        wanted = asked.block.placement
        forms = {each.value: text for each, text in FORMS.items()}
        ran = POST.replace(
            FORMS[Placement.POST], forms[self.runs_as.get(wanted, "post")]
        )
        found = run_of(block_of(ran) if wanted in self.runs_as else asked.block)
        if wanted in self.broken:
            return Measured(found, None, BROKEN)
        depths = DEPTHS if wanted != "pre" else DEPTHS[:-1]
        return Measured(found, stacks_of(wanted, depths), None)


@pytest.fixture
def stacker(monkeypatch: pytest.MonkeyPatch) -> Stacker:
    stacker = Stacker()
    monkeypatch.setattr(tracing, "stacks_of", stacker.stacks_of)
    return stacker


def measured(folder: Path, text: str = POST) -> StabilityReport:
    path = folder / "model.py"
    path.write_text(text)
    request = Request((f"{path}:Block",))
    return stability(request, measure_of("2,6,12", 3, "own"), rewrite=rewrite)


def test_a_block_is_measured_as_it_is_and_rewired(
    tmp_path: Path, stacker: Stacker
) -> None:
    report = measured(tmp_path)

    (target,) = report.targets
    assert [wiring.placement for wiring in target.wirings] == [
        "post", "pre", "output", "peri",
    ]  # fmt: skip
    assert [wiring.own for wiring in target.wirings] == [True, False, False, False]
    assert [asked.block.placement for asked, _, _ in stacker.asked] == [
        "post", "pre", "output",
    ]  # fmt: skip
    assert target.wirings[3].reason == "there is no second norm (line 8)"
    assert target.depths == DEPTHS
    assert not report.fails


def test_only_what_is_rewired_has_another_text(
    tmp_path: Path, stacker: Stacker
) -> None:
    measured(tmp_path)

    texts = [text for _, _, text in stacker.asked]
    assert texts[0] is None
    assert texts[1] == POST.replace(FORMS[Placement.POST], FORMS[Placement.PRE])
    assert (tmp_path / "model.py").read_text() == POST


def test_what_still_runs_otherwise_is_not_compared(
    tmp_path: Path, stacker: Stacker
) -> None:
    stacker.runs_as = {"output": "post"}

    (target,) = measured(tmp_path).targets

    assert target.wirings[2].stacks is None
    assert target.wirings[2].reason == (
        "rewired, the instance that is made of it still runs as post"
    )


def test_a_block_that_cannot_be_stacked_is_compared_with_nothing(
    tmp_path: Path, stacker: Stacker
) -> None:
    stacker.broken = ("post",)

    report = measured(tmp_path)

    (target,) = report.targets
    assert report.fails
    assert [wiring.reason for wiring in target.wirings] == [BROKEN.reason]
    assert len(stacker.asked) == 1


def test_a_wiring_that_cannot_be_run_says_so(tmp_path: Path, stacker: Stacker) -> None:
    stacker.broken = ("output",)

    report = measured(tmp_path)

    assert report.targets[0].wirings[2].reason == BROKEN.reason
    assert not report.fails


def test_the_command_measures_as_it_is_told(tmp_path: Path, stacker: Stacker) -> None:
    (tmp_path / "model.py").write_text(POST)

    outcome = run(
        "trace", "--stability", "--depths", "12, 6,6", "--seeds", "4", "--init",
        "normal:2e-2", "--format", "json", "model.py:Block", folder=tmp_path,
    )  # fmt: skip

    document: dict[str, Any] = json.loads(outcome.stdout)
    (target,) = document["targets"]
    assert document["schema"] == "blocklint.stability/1"
    assert (target["class"], target["status"]) == ("Block", "measured")
    assert stacker.asked[0][1] == Measure((6, 12), 4, "normal:0.02")
    assert outcome.exit_code == 0
    assert outcome.stderr == "Measured 1 block in 4 wirings, of 1 file.\n"


def test_a_failure_is_exit_code_1(tmp_path: Path, stacker: Stacker) -> None:
    stacker.broken = ("post",)
    (tmp_path / "model.py").write_text(POST)

    outcome = run("trace", "--stability", "model.py", folder=tmp_path)

    assert outcome.exit_code == 1
    assert outcome.stdout.startswith("model.py:Block  failed in ")
    assert "it returns no stream of the shape that it takes" in outcome.stdout
    assert "What is known" not in outcome.stdout
    assert outcome.stderr == "Measured 0 blocks in 0 wirings, 1 failed, of 1 file.\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--depths", "2"), "`--depths` goes with `--stability`"),
        (("--seeds", "2"), "`--seeds` goes with `--stability`"),
        (("--init", "own"), "`--init` goes with `--stability`"),
        (("--format", "svg"), "`--format svg` goes with `--stability`"),
        (("--stability", "--probe"), "`--probe` does not go with `--stability`"),
        (("--stability", "--depths", "2,x"), "--depths: `x` is no depth"),
        (("--stability", "--depths", "0"), "--depths: `0` is no depth"),
        (("--stability", "--depths", ""), "--depths: `` is no depth"),
        (("--stability", "--depths", "1001"), "from 1 to 1000"),
        (("--stability", "--seeds", "0"), "--seeds: must be from 1 to 100, not 0"),
        (("--stability", "--init", "xaver"), "did you mean `xavier`?"),
        (("--stability", "--init", "xavier:1"), "`xavier` takes no number"),
        (("--stability", "--init", "normal"), "write `normal:0.02`"),
        (("--stability", "--init", "normal:nan"), "write `normal:0.02`"),
    ],
)
def test_bad_requests_say_what_to_do(
    tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    (tmp_path / "model.py").write_text(POST)

    outcome = run("trace", *arguments, "model.py", folder=tmp_path)

    assert outcome.exit_code == 2
    assert message in outcome.stderr


def test_what_is_usual_needs_no_options() -> None:
    usual = measure_of()

    assert usual == Measure((2, 6, 12, 24, 48), 5, "own")
    with pytest.raises(BadRequest, match="more than 50"):
        measure_of(",".join(map(str, range(1, 60))))
