"""What the command line does beside checking: help, rules, stdin, faults."""

import json
import subprocess
import sys
from pathlib import Path

import click
from click.shell_completion import ShellComplete
from click.testing import CliRunner
from command import run

from blocklint.cli import main
from blocklint.cli.boundary import Boundary
from blocklint.engine import load_rules
from blocklint.engine.faults import During

POST = b"""\
from torch import nn


class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(d, d), nn.GELU(), nn.Linear(d, d))
        self.norm = nn.LayerNorm(d)

    def forward(self, x):
        return self.norm(x + self.mlp(x))
"""


def test_standard_input_has_the_name_it_is_given(tmp_path: Path) -> None:
    arguments = [
        "check",
        "--format",
        "concise",
        "--stdin-filename",
        "pkg/model.py",
        "-",
    ]

    outcome = run(*arguments, folder=tmp_path, stdin=POST)

    assert outcome.exit_code == 1
    assert outcome.stdout.startswith("pkg/model.py:4:")


def test_standard_input_can_be_inspected(tmp_path: Path) -> None:
    outcome = run("inspect", "--format", "json", "-", folder=tmp_path, stdin=POST)

    (block,) = json.loads(outcome.stdout)["blocks"]
    assert (block["path"], block["placement"]) == ("-", "post")


def test_a_rule_is_explained_by_name_and_by_code(tmp_path: Path) -> None:
    outcomes = [run("rule", it, folder=tmp_path) for it in ("syntax-error", "BL901")]

    assert outcomes[0] == outcomes[1]
    assert outcomes[0].stdout.startswith("# syntax-error (BL901, error)\n\n")
    assert "## Not flagged" in outcomes[0].stdout


def test_all_rules_as_json(tmp_path: Path) -> None:
    outcome = run("rule", "--all", "--output-format", "json", folder=tmp_path)

    listed = [rule["rule"] for rule in json.loads(outcome.stdout)]
    assert listed == [rule.name for rule in load_rules().rules]


def test_a_rule_must_be_named(tmp_path: Path) -> None:
    outcome = run("rule", folder=tmp_path)

    assert outcome.exit_code == 2
    assert "give the name of a rule, or --all" in outcome.stderr


def test_a_fault_of_blocklint_exits_3_and_says_where() -> None:
    commands = Boundary()

    @commands.command()
    def fails() -> None:
        with During("checking model.py"), During("checking class Block"):
            raise ZeroDivisionError("division by zero")

    result = CliRunner().invoke(commands, ["fails"])

    assert result.exit_code == 3
    assert "failed while checking class Block, checking model.py." in result.stderr
    assert "Please report it" in result.stderr


def test_a_usage_error_is_no_fault() -> None:
    commands = Boundary()

    @commands.command()
    def fails() -> None:
        raise click.UsageError("no")

    result = CliRunner().invoke(commands, ["fails"])

    assert result.exit_code == 2


def test_help_and_checks_of_other_code_need_no_torch(tmp_path: Path) -> None:
    (tmp_path / "plain.py").write_text("x = 1\n")
    code = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "from blocklint.cli import main\n"
        "for arguments in (['--help'], ['check', '.']):\n"
        "    assert CliRunner().invoke(main, arguments).exit_code == 0\n"
        "assert 'torch' not in sys.modules\n"
    )

    ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False)

    assert ran.returncode == 0


def test_a_check_of_model_code_needs_the_standard_parser_only(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_bytes(POST)
    code = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "from blocklint.cli import main\n"
        "arguments = ['check', '--isolated', '--no-cache', '-j1', '.']\n"
        "assert CliRunner().invoke(main, arguments).exit_code == 1\n"
        "assert 'blocklint.rules.post_norm' in sys.modules\n"
        "assert 'libcst' not in sys.modules\n"
    )

    ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False)

    assert ran.returncode == 0


def test_a_check_of_code_without_models_reads_no_classes(
    tmp_path: Path,
) -> None:
    (tmp_path / "plain.py").write_text("import os\n")
    code = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "from blocklint.cli import main\n"
        "arguments = ['check', '--isolated', '--no-cache', '.']\n"
        "assert CliRunner().invoke(main, arguments).exit_code == 0\n"
        "assert not {'libcst', 'blocklint.engine.work', 'torch'} & {*sys.modules}\n"
    )

    ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False)

    assert ran.returncode == 0


def test_python_m_is_the_same_command(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "blocklint", "--help"]

    ran = subprocess.run(
        command, cwd=tmp_path, check=False, capture_output=True, text=True
    )

    assert ran.returncode == 0
    assert "check" in ran.stdout


def test_a_name_for_the_standard_input_needs_its_path(tmp_path: Path) -> None:
    arguments = ["check", "--stdin-filename", "model.py"]

    outcome = run(*arguments, folder=tmp_path)

    assert outcome.exit_code == 2
    assert "goes with the path `-`" in outcome.stderr


def completions(*words: str) -> list[str]:
    """What a shell offers for the last of these words."""
    shell = ShellComplete(main, {}, "blocklint", "_BLOCKLINT_COMPLETE")
    *before, typed = words
    return [item.value for item in shell.get_completions(before, typed)]


def test_a_shell_completes_commands_formats_and_rules() -> None:
    commands = [
        "check",
        "clean",
        "diff",
        "inspect",
        "migrate",
        "rule",
        "server",
        "trace",
    ]
    assert completions("") == commands
    assert {"sarif", "grouped"} <= {*completions("check", "--output-format", "")}
    assert completions("rule", "post-") == ["post-norm"]
    assert completions("check", "--select", "BL2,post-") == ["BL2,post-norm"]


def test_a_shell_completes_without_reading_a_rule() -> None:
    code = (
        "import sys\n"
        "from blocklint.cli.options import rule_names\n"
        "assert rule_names(None, None, 'post-') == ['post-norm']\n"
        "assert 'libcst' not in sys.modules\n"
    )

    ran = subprocess.run([sys.executable, "-c", code], check=False)

    assert ran.returncode == 0
