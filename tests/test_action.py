"""The GitHub action: its file is in order, and its script does what the inputs say."""

import json
import pkgutil
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from expectations import ROOT
from repositories import code

import blocklint.reporters

FORMATS = {module.name for module in pkgutil.iter_modules(blocklint.reporters.__path__)}


@dataclass(frozen=True)
class Ran:
    """How a step ended, what it said, and the outputs that it has set."""

    code: int
    said: str
    outputs: str


def action() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
    return found


def scripts() -> Mapping[str, dict[str, Any]]:
    """The steps that run a script, by their names."""
    return {s["id"]: s for s in action()["runs"]["steps"] if "run" in s}


def lint(folder: Path, command: Path, **inputs: str) -> Ran:
    """Run the script that lints, as a runner does."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "BLOCKLINT": str(command),
        "SRC": ".",
        "ARGS": "",
        "SARIF": "false",
        "RUNNER_TEMP": str(folder),
        "GITHUB_OUTPUT": str(folder / "outputs"),
        **inputs,
    }
    ran = subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-c", scripts()["lint"]["run"]],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    outputs = folder / "outputs"
    told = outputs.read_text() if outputs.exists() else ""
    return Ran(ran.returncode, ran.stdout, told)


@pytest.fixture
def shown(tmp_path: Path) -> Path:
    """A program that shows the arguments that it was given, one a line."""
    program = tmp_path / "shown"
    program.write_text("#!/bin/sh\nprintf '%s\\n' \"$@\"\n")
    program.chmod(0o755)
    return program


@pytest.fixture
def real() -> Path:
    """The real command; it needs the reporters that the action names."""
    if not {"github", "sarif"} <= FORMATS:
        pytest.skip("the reporters github and sarif are not there")
    return Path(sys.executable).with_name("blocklint")


def test_every_input_is_told_of_and_used() -> None:
    text = (ROOT / "action.yml").read_text()

    used = set(re.findall(r"\$\{\{ inputs\.([\w-]+) \}\}", text))

    assert used == set(action()["inputs"])
    for each in action()["inputs"].values():
        assert each["description"] and isinstance(each["default"], str)


@pytest.mark.parametrize("name", scripts())
def test_scripts_are_sound_and_get_inputs_by_their_environment(name: str) -> None:
    step = scripts()[name]

    ran = subprocess.run(
        ["bash", "-n", "-c", step["run"]], capture_output=True, text=True, check=False
    )

    assert (ran.returncode, ran.stderr) == (0, "")
    assert "${{" not in step["run"]
    assert step["shell"] == "bash"
    for variable in step["env"]:
        assert f"${variable}" in step["run"] or f"${{{variable}" in step["run"]


def test_steps_refer_to_steps_and_outputs_that_are_there() -> None:
    text = (ROOT / "action.yml").read_text()
    written = {
        (name, output)
        for name, step in scripts().items()
        for output in re.findall(r'echo "([\w-]+)=', step["run"])
    }

    asked = set(re.findall(r"steps\.([\w-]+)\.outputs\.([\w-]+)", text))

    assert asked - {("python", "python-path")} == written


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({}, [".", ""]),
        ({"SRC": ""}, [".", ""]),
        ({"SRC": "src tests"}, ["src", "tests", ""]),
        ({"SRC": "src\n  'with blank'\n"}, ["src", "with blank", ""]),
        ({"SRC": "-x.py $(touch made) *"}, ["-x.py", "$(touch", "made)", "*", ""]),
    ],
)
def test_paths(
    tmp_path: Path, shown: Path, inputs: dict[str, str], expected: list[str]
) -> None:
    ran = lint(tmp_path, shown, **inputs)

    assert ran.code == 0
    assert ran.said.split("\n") == [
        "check",
        "--output-format",
        "github",
        "--",
        *expected,
    ]
    assert not (tmp_path / "made").exists()


def test_options(tmp_path: Path, shown: Path) -> None:
    given = "--since origin/main\n--exclude 'a b' `touch made` ; $HOME"

    ran = lint(tmp_path, shown, ARGS=given)

    words = [
        "--since",
        "origin/main",
        "--exclude",
        "a b",
        "`touch",
        "made`",
        ";",
        "$HOME",
    ]
    assert ran.said.split("\n")[1:9] == words
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"ARGS": "--exclude 'a"}, "::error::args: is not a list of words\n"),
        ({"SRC": '"src'}, "::error::src: is not a list of words\n"),
        ({"SARIF": "yes"}, "::error::sarif: expected true or false\n"),
    ],
)
def test_inputs_that_are_wrong(
    tmp_path: Path, shown: Path, inputs: dict[str, str], said: str
) -> None:
    ran = lint(tmp_path, shown, **inputs)

    assert (ran.code, ran.said) == (2, said)


def test_sarif_is_written_beside_the_annotations(tmp_path: Path, shown: Path) -> None:
    ran = lint(tmp_path, shown, SARIF="true")

    file = tmp_path / "blocklint.sarif"
    assert ran.outputs == f"sarif-file={file}\n"
    written = ["check", "--output-format", "sarif", "--exit-zero", "--", "."]
    assert file.read_text().split() == written
    assert ran.said.split() == ["check", "--output-format", "github", "--", "."]


def test_findings_fail_the_step_and_are_uploaded_all_the_same(
    tmp_path: Path, real: Path
) -> None:
    (tmp_path / "model.py").write_text(code("A"))

    ran = lint(tmp_path, real, SRC="model.py", ARGS="--isolated", SARIF="true")

    assert ran.code == 1
    assert "file=model.py,line=4" in ran.said
    log = json.loads((tmp_path / "blocklint.sarif").read_text())
    assert [each["ruleId"] for each in log["runs"][0]["results"]] != []


def test_a_wrong_option_fails_the_step_and_uploads_nothing(
    tmp_path: Path, real: Path
) -> None:
    ran = lint(tmp_path, real, ARGS="--select no-such-rule", SARIF="true")

    assert (ran.code, ran.outputs) == (2, "")
