"""The house keeps its own rules: layers, types, style, packaging, README."""

import ast
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest
from command import run
from conftest import Golden
from expectations import FIXTURES, ROOT
from marked import between

from blocklint.engine import load_rules

CODE = sorted([*ROOT.glob("blocklint/**/*.py"), *ROOT.glob("rules/*.py")])
TESTS = sorted(ROOT.glob("tests/**/*.py"))
README = ROOT / "README.md"
UNWELCOME = {"utils", "helpers", "common", "misc", "base", "manager"}


def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def passes(*command: str) -> None:
    # Beside this interpreter: the tools of this very environment, whatever PATH says.
    tool = Path(sys.executable).with_name(command[0])
    ran = subprocess.run(
        [str(tool), *command[1:]], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_imports_point_down() -> None:
    passes("lint-imports", "--no-cache")


def test_types_are_complete() -> None:
    passes("mypy")


def test_code_is_clean() -> None:
    passes("ruff", "check", "--no-cache")


def test_code_is_formatted() -> None:
    passes("ruff", "format", "--check", "--no-cache")


def test_every_package_is_shipped() -> None:
    shipped = pyproject()["tool"]["setuptools"]["packages"]

    folders = {path.parent for path in ROOT.glob("blocklint/**/__init__.py")}
    dotted = {".".join(folder.relative_to(ROOT).parts) for folder in folders}

    assert set(shipped) == dotted | {"blocklint.rules"}


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_stay_small(path: Path) -> None:
    tree = ast.parse(path.read_text())

    long = [
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and (node.end_lineno or node.lineno) - node.lineno >= 40
    ]

    # The worker is started by its path, with an interpreter that has nothing of ours.
    if path.name != "worker.py":
        assert len(path.read_text().splitlines()) <= 350
    assert long == []
    assert ast.get_docstring(tree)


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_names_say_what_is_inside(path: Path) -> None:
    parts = path.relative_to(ROOT).with_suffix("").parts

    assert not UNWELCOME & set(parts)


@pytest.mark.parametrize("path", CODE + TESTS, ids=lambda path: path.stem)
def test_nothing_is_left_behind(path: Path) -> None:
    words = "TO" + "DO", "FIX" + "ME", "XX" + "X"

    found = [word for word in words if re.search(rf"\b{word}\b", path.read_text())]

    assert found == []


def test_every_fixture_of_a_rule_belongs_to_one() -> None:
    names = {rule.name.replace("-", "_") for rule in load_rules().rules}

    folders = {p.name for p in (FIXTURES / "rules").iterdir() if any(p.glob("*.py"))}

    assert folders == names


def rule_table() -> str:
    rows = [
        f"| {rule.code} | `{rule.name}` | {rule.severity.value} | {rule.summary} |"
        for rule in load_rules().rules
    ]
    return "\n".join(["| code | rule | severity | finds |", "|---|---|---|---|", *rows])


def test_readme_lists_every_rule(golden: Golden) -> None:
    text = README.read_text()

    golden(README, between(text, "rules", rule_table()))


@pytest.mark.parametrize("command", ["check", "inspect"])
def test_readme_shows_real_output(command: str, golden: Golden) -> None:
    text = README.read_text()

    outcome = run(command, "model.py", folder=FIXTURES / "readme")
    shown = f"$ blocklint {command} model.py\n{outcome.stdout}{outcome.stderr}"

    # Indented rather than fenced: the first fenced block is a command to run.
    golden(README, between(text, command, f"\n{indent(shown, '    ')}"))


def test_readme_shows_a_real_trace(golden: Golden) -> None:
    text = README.read_text()

    outcome = run("trace", "--probe", "gpt.py:Block", folder=FIXTURES / "readme")
    told = re.sub(r"in \d+\.\d+ s$", "in 0.40 s", outcome.stdout, flags=re.M)
    shown = f"$ blocklint trace --probe gpt.py:Block\n{told}{outcome.stderr}"

    golden(README, between(text, "trace", f"\n{indent(shown, '    ')}"))


def readme_commands() -> list[str]:
    """The fenced shell commands of the README, in order."""
    return re.findall(r"^```bash\n(.*?)\n```", README.read_text(), re.M | re.S)


def test_readme_begins_with_the_main_job() -> None:
    job, tests = readme_commands()[:2]

    assert "\n" not in job + tests
    assert ".venv/bin/blocklint check fixtures/rules" in job
    assert "pytest" in tests


def test_readme_main_job_finds_something() -> None:
    arguments = readme_commands()[0].partition(".venv/bin/blocklint ")[2]

    outcome = run(*shlex.split(arguments), folder=ROOT)

    assert outcome.exit_code == 0
    assert "Found " in outcome.stderr


def test_ci_runs_the_command_of_the_readme() -> None:
    lines = (ROOT / ".ci" / "run").read_text().splitlines()

    assert lines[-1] == readme_commands()[1]
