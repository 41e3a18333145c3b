"""`trace` and `check --trace`, with runs as data: nothing is executed here."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from command import run
from runs import Tracer, block_of, place_at, run_of

from blocklint.analysis.run import Problem, Run
from blocklint.engine import tracing
from blocklint.engine.tracing import NoTorch

PRE = """\
from torch import nn


class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(d, d), nn.GELU(), nn.Linear(d, d))
        self.norm = nn.LayerNorm(d)

    def forward(self, x):
        return x + self.mlp(self.norm(x))


class Part(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.fc = nn.Linear(d, d)

    def forward(self, x):
        return self.fc(x)
"""
POST = PRE.replace("x + self.mlp(self.norm(x))", "self.norm(x + self.mlp(x))")
TRAP = 'open("trap", "w").close()\n'
SHAPE = ("batch", "seq", "d")


def good(code: str = PRE, **given: Any) -> Run:  # noqa: ANN401 (fields of Run)
    static = block_of(code).default
    shapes = {"taken": SHAPE, "returned": SHAPE, "agrees": True, "static": static}
    return run_of(code, **{**shapes, **given})


@pytest.fixture
def tracer(monkeypatch: pytest.MonkeyPatch) -> Tracer:
    """Answers that every class of the files here ran well, unless told otherwise."""
    tracer = Tracer({"Block": good(), "Part": run_of(block_of(PRE, "Part"))})
    monkeypatch.setattr(tracing, "runs_of", tracer.runs_of)
    monkeypatch.setattr(tracing, "locate", tracer.locate)
    return tracer


def write(folder: Path, name: str = "model.py", text: str = PRE) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def targets(text: str) -> list[dict[str, Any]]:
    document: dict[str, Any] = json.loads(text)
    assert document["schema"] == "blocklint.trace/1"
    found: list[dict[str, Any]] = document["targets"]
    return found


def test_a_file_stands_for_its_blocks(tmp_path: Path, tracer: Tracer) -> None:
    write(tmp_path)

    outcome = run("trace", "--format", "json", "model.py", folder=tmp_path)

    (target,) = targets(outcome.stdout)
    assert target["target"] == "model.py:Block"
    assert (target["path"], target["class"], target["line"]) == ("model.py", "Block", 4)
    assert (target["status"], target["rung"]) == ("traced", "export")
    assert outcome.exit_code == 0
    assert outcome.stderr == "Ran 1 block in 1 file.\n"


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("model.py:Block", "model.py"),
        ("model:Block", "model.py"),
        ("model", "model.py"),
        ("pkg.inner:Block", "pkg/inner.py"),
        ("pkg:Block", "pkg/__init__.py"),
        ("lib.deep:Block", "src/lib/deep.py"),
        ("./pkg/inner.py:Block", "pkg/inner.py"),
        ("pkg/inner.py", "pkg/inner.py"),
    ],
)
def test_targets_are_found_from_here(
    tmp_path: Path, tracer: Tracer, target: str, path: str
) -> None:
    for name in "model.py", "pkg/__init__.py", "pkg/inner.py", "src/lib/deep.py":
        write(tmp_path, name)

    outcome = run("trace", "--format", "json", target, folder=tmp_path)

    (found,) = targets(outcome.stdout)
    assert (found["path"], found["class"]) == (path, "Block")


def test_a_class_that_is_no_block_is_run_if_it_is_named(
    tmp_path: Path, tracer: Tracer
) -> None:
    write(tmp_path)

    outcome = run("trace", "--format", "json", "model.py:Part", folder=tmp_path)

    (found,) = targets(outcome.stdout)
    assert (found["target"], found["class"]) == ("model.py:Part", "Part")
    assert (found["placement"], found["sites"]) == ("unknown", [])


def test_a_module_may_be_known_to_the_interpreter_alone(
    tmp_path: Path, tracer: Tracer
) -> None:
    elsewhere = write(tmp_path, "site/installed.py")
    tracer.modules["installed"] = str(elsewhere)
    here = tmp_path / "here"
    here.mkdir()

    outcome = run("trace", "--format", "json", "installed:Block", folder=here)

    (found,) = targets(outcome.stdout)
    assert (found["target"], found["path"]) == ("installed:Block", str(elsewhere))


def test_a_folder_stands_for_its_files(tmp_path: Path, tracer: Tracer) -> None:
    for name in "a.py", "b.py", "c/d.py":
        write(tmp_path, name)

    outcome = run("trace", ".", "--exclude", "b.py", folder=tmp_path)

    assert outcome.stderr == "Ran 2 blocks in 2 files.\n"


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("none.py", "`none.py`: no such file or module; a target is a file, "),
        ("none.py:Block", "`none.py`: no such file or module"),
        ("none.at.all:Block", "`none.at.all`: no such file or module"),
        ("model.py:Blok", "model.py has no module class `Blok`; did you mean `Block`?"),
        ("model.py:", "`model.py:`: no such file or module; a target is a file, "),
    ],
)
def test_a_target_that_is_not_there(
    tmp_path: Path, tracer: Tracer, target: str, message: str
) -> None:
    write(tmp_path)

    outcome = run("trace", target, folder=tmp_path)

    assert outcome.exit_code == 2
    assert message in outcome.stderr
    assert tracer.asked == []


CONFIG = """\
[[tool.blocklint.trace]]
target = "model:Block"
init = "Block(8)"
inputs = { x = "float32[batch, seq, 8]" }

[[tool.blocklint.trace]]
target = "sub/other.py:Block"
"""


def test_without_a_target_what_is_configured_is_run(
    tmp_path: Path, tracer: Tracer
) -> None:
    for name in "model.py", "sub/other.py":
        write(tmp_path, name)
    (tmp_path / "pyproject.toml").write_text(CONFIG)

    outcome = run("trace", "--format", "json", folder=tmp_path / "sub")

    found = [(each["target"], each["path"]) for each in targets(outcome.stdout)]
    assert found == [
        ("model:Block", str(tmp_path / "model.py")),
        ("sub/other.py:Block", "other.py"),
    ]
    asked = [each.target.init for each, _, _ in tracer.asked if each.target]
    assert asked == ["Block(8)", None]


def test_what_is_configured_wins_for_a_target_that_is_typed(
    tmp_path: Path, tracer: Tracer
) -> None:
    write(tmp_path)
    (tmp_path / "pyproject.toml").write_text(CONFIG)

    run("trace", "model.py", folder=tmp_path)
    run("check", "--trace", "model.py", folder=tmp_path)

    inits = [each.target.init for each, _, _ in tracer.asked if each.target]
    assert inits == ["Block(8)", "Block(8)"]


def test_no_target_at_all(tmp_path: Path, tracer: Tracer) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.blocklint]\n")

    outcome = run("trace", folder=tmp_path)

    assert outcome.exit_code == 2
    assert "no target is given, and `trace` in [tool.blocklint]" in outcome.stderr


def test_a_configured_target_that_is_not_there(tmp_path: Path, tracer: Tracer) -> None:
    (tmp_path / "pyproject.toml").write_text(CONFIG)

    outcome = run("trace", folder=tmp_path)

    assert outcome.exit_code == 2
    assert "pyproject.toml: `model`: no such file or module" in outcome.stderr


@pytest.mark.parametrize("command", [("trace",), ("check", "--trace")])
def test_how_to_run_is_handed_on(
    tmp_path: Path, tracer: Tracer, command: tuple[str, ...]
) -> None:
    write(tmp_path)

    run(*command, "--probe", "--python", "py", "--timeout", "5", "model.py",
        folder=tmp_path)  # fmt: skip

    ((asked, settings, probe),) = tracer.asked
    assert asked.block.name == "Block"
    assert (settings.python, settings.timeout, probe) == ("py", 5.0, True)


def test_a_failure_is_exit_code_1(tmp_path: Path, tracer: Tracer) -> None:
    problem = Problem("build", "needs a cat", "TypeError")
    tracer.runs = {"Block": good(problem=problem, agrees=None)}
    write(tmp_path)

    outcome = run("trace", "model.py", folder=tmp_path)

    assert outcome.exit_code == 1
    assert "model.py:Block  failed in 0.25 s\n" in outcome.stdout
    assert "  no instance could be made: TypeError: needs a cat\n" in outcome.stdout
    assert outcome.stderr == "Ran 0 blocks, 1 failed, 1 finding in 1 file.\n"


def test_a_finding_is_exit_code_1(tmp_path: Path, tracer: Tracer) -> None:
    tracer.runs = {"Block": good(probes={"batch-leak": True, "mixes-tokens": True})}
    write(tmp_path)

    outcome = run("trace", "--format", "json", "model.py", folder=tmp_path)

    assert outcome.exit_code == 1
    ((finding,),) = [each["findings"] for each in targets(outcome.stdout)]
    assert (finding["rule"], finding["verdict"]) == ("batch-leak", "confirmed")


@pytest.mark.parametrize("option", ["--ignore", "--select"])
def test_trace_has_no_selection_of_its_own(tmp_path: Path, option: str) -> None:
    outcome = run("trace", option, "BL1", "model.py", folder=tmp_path)

    assert outcome.exit_code == 2


def test_findings_of_a_trace_are_suppressed_as_ever(
    tmp_path: Path, tracer: Tracer
) -> None:
    tracer.runs = {
        "Block": good(POST, probes={"batch-leak": True, "mixes-tokens": True})
    }
    comment = "  # blocklint: ignore[post-norm, batch-leak, stale-residual]"
    text = POST.replace("(nn.Module):", f"(nn.Module):{comment}", 1)
    write(tmp_path, text=text)

    traced = run("trace", "model.py", folder=tmp_path)
    checked = run("check", "--format", "concise", "model.py", folder=tmp_path)

    assert traced.exit_code == 0
    assert traced.stderr == "Ran 1 block in 1 file.\n"
    assert "`stale-residual` is not found here" in checked.stdout
    assert "batch-leak" not in checked.stdout


def test_no_torch_is_exit_code_2(tmp_path: Path, tracer: Tracer) -> None:
    tracer.runs = NoTorch("py has no torch")
    write(tmp_path)

    outcome = run("trace", "model.py", folder=tmp_path)

    assert outcome.exit_code == 2
    assert outcome.stdout == ""
    assert outcome.stderr == "Error: py has no torch\n"


def test_no_torch_leaves_findings_untested(tmp_path: Path, tracer: Tracer) -> None:
    tracer.runs = NoTorch("py has no torch")
    for name in "a.py", "b.py":
        write(tmp_path, name, POST)

    outcome = run("check", "--trace", "--format", "json", ".", folder=tmp_path)

    verdicts = [finding["verdict"] for finding in json.loads(outcome.stdout)]
    assert verdicts == ["untested", "untested"]
    assert outcome.exit_code == 1
    assert outcome.stderr.count("Blocks were not run: py has no torch\n") == 1


def test_a_run_confirms_in_every_format(tmp_path: Path, tracer: Tracer) -> None:
    tracer.runs = {"Block": good(POST)}
    write(tmp_path, text=POST)

    shown = {
        name: run("check", "--trace", *options, "model.py", folder=tmp_path)
        for name, options in {
            "concise": ("--format", "concise"),
            "full": ("--format", "full"),
            "json": ("--format", "json"),
            "statistics": ("--statistics",),
        }.items()
    }

    assert shown["concise"].stdout.endswith("passes through norm [confirmed]\n")
    assert "\n   = trace: confirmed by what ran\n" in shown["full"].stdout
    assert json.loads(shown["json"].stdout)[0]["verdict"] == "confirmed"
    assert shown["statistics"].stdout == "     1  BL101  post-norm  (1 confirmed)\n"
    assert {each.exit_code for each in shown.values()} == {1}


def test_what_is_refuted_is_reported_and_doubted(
    tmp_path: Path, tracer: Tracer
) -> None:
    read = block_of(POST).default
    tracer.runs = {"Block": good(PRE, agrees=False, static=read)}
    write(tmp_path, text=POST)

    outcome = run("check", "--trace", "--format", "concise", ".", folder=tmp_path)
    counted = run("check", "--trace", "--statistics", ".", folder=tmp_path)

    assert outcome.stdout.splitlines() == [
        "model.py:4:7: BL101 post-norm: post: N(x + F(x)) at ffn; the stream passes "
        "through norm [refuted]",
        "model.py:4:7: BL507 static-claim-refuted: post-norm is claimed here, and what "
        "ran shows otherwise [confirmed]",
        "model.py:4:7: BL507 static-claim-refuted: read as ffn post; ran as ffn pre "
        "[confirmed]",
    ]
    assert counted.stdout == (
        "     2  BL507  static-claim-refuted  (2 confirmed)\n"
        "     1  BL101  post-norm  (1 refuted)\n"
    )


def test_a_suppressed_finding_is_not_doubted(tmp_path: Path, tracer: Tracer) -> None:
    read = block_of(POST).default
    tracer.runs = {"Block": good(PRE, agrees=None, static=read)}
    comment = "  # blocklint: ignore[post-norm]"
    write(tmp_path, text=POST.replace("(nn.Module):", f"(nn.Module):{comment}", 1))

    outcome = run("check", "--trace", "--format", "concise", ".", folder=tmp_path)

    assert (outcome.exit_code, outcome.stdout) == (0, "")


def test_a_problem_far_away_is_told_at_the_block(
    tmp_path: Path, tracer: Tracer
) -> None:
    far = block_of(PRE, path=str(tmp_path / "far.py"))
    place = place_at(far, 11)
    shapes = (("batch", "d"), ("d", "e"))
    problem = Problem("run", "no", "RuntimeError", place, "linear", shapes)
    tracer.runs = {"Block": good(problem=problem)}
    write(tmp_path)

    outcome = run("check", "--trace", "--format", "json", "model.py", folder=tmp_path)

    (finding,) = json.loads(outcome.stdout)
    assert (finding["rule"], finding["path"]) == ("trace-shape-error", "model.py")
    assert finding["line"] == 4
    assert finding["related"][0]["message"] == "it happens here"
    assert finding["related"][0]["line"] == 11


def test_a_file_that_asks_to_be_skipped_is_not_run(
    tmp_path: Path, tracer: Tracer
) -> None:
    write(tmp_path, text=f"# blocklint: skip-file\n{PRE}")

    run("check", "--trace", ".", folder=tmp_path)

    assert tracer.asked == []


NEITHER = "goes with neither `--fix`, `--add-ignore` nor `--diff`"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("check", "--trace", "--fix", "."), NEITHER),
        (("check", "--probe", "--diff", "."), NEITHER),
        (("check", "--trace", "-"), "needs files, not the standard input"),
        (("trace", "-"), "a target is a file, not the standard input"),
        (("trace", "--timeout", "0", "."), "0"),
    ],
)
def test_what_cannot_be_combined(
    tmp_path: Path, tracer: Tracer, arguments: tuple[str, ...], message: str
) -> None:
    outcome = run(*arguments, folder=tmp_path, stdin=b"")

    assert outcome.exit_code == 2
    assert message in outcome.stderr


def test_a_file_without_blocks_is_nothing_to_run(
    tmp_path: Path, tracer: Tracer
) -> None:
    write(tmp_path, text="x = 1\n")

    outcome = run("trace", "model.py", folder=tmp_path)

    assert outcome.exit_code == 0
    assert outcome.stderr == "No block to run in 1 file.\n"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, tracer: Tracer) -> None:
    write(tmp_path, "bad.py", "def (:\n")
    write(tmp_path)

    outcome = run("trace", ".", folder=tmp_path)

    assert outcome.exit_code == 1
    assert outcome.stderr.startswith("bad.py:1:5: not traced: ")
    assert outcome.stderr.endswith("Ran 1 block in 2 files.\n")


@pytest.mark.parametrize("command", ["check", "inspect"])
def test_nothing_runs_unasked(tmp_path: Path, command: str) -> None:
    write(tmp_path, text=f"{TRAP}{PRE}")
    write(tmp_path, "pyproject.toml", f"[tool.blocklint]\n{CONFIG}")

    subprocess.run(
        [sys.executable, "-m", "blocklint", command, "."], cwd=tmp_path, check=True,
        capture_output=True,
    )  # fmt: skip

    assert not (tmp_path / "trap").exists()


def test_a_trace_goes_to_a_file(tmp_path: Path, tracer: Tracer) -> None:
    write(tmp_path)
    arguments = ["trace", "--format", "json", "model.py"]
    shown = run(*arguments, folder=tmp_path)

    outcome = run(*arguments, "-o", "run.json", folder=tmp_path)
    lost = run(*arguments, "-o", "no/run.json", folder=tmp_path)

    assert (outcome.stdout, outcome.exit_code) == ("", shown.exit_code)
    assert (tmp_path / "run.json").read_text() == shown.stdout
    assert lost.exit_code == 2
    assert "there is no folder `no`; make it first" in lost.stderr


def test_no_bar_in_a_pipe(tmp_path: Path) -> None:
    write(tmp_path, text="x = 1\n")

    ran = subprocess.run(
        [sys.executable, "-m", "blocklint", "check", "--trace", "."],
        cwd=tmp_path, check=False, capture_output=True, text=True, env={**os.environ},
    )  # fmt: skip

    assert ran.stderr == "All checks passed in 1 file.\n"
