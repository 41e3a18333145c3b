"""Input that is missing, broken or huge gets a clear message and an exit code."""

import json
from pathlib import Path

import pytest
from command import Outcome, run

BLOCK = """\
from torch import nn


class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(d, d), nn.GELU(), nn.Linear(d, d))
        self.norm = nn.LayerNorm(d)

    def forward(self, x):
        return self.norm(x + self.mlp(x))
"""
NESTED = {
    "parentheses": "y = " + "(" * 200 + "x" + ")" * 200,
    "lists": "y = " + "[" * 200 + "x" + "]" * 200,
    "calls": "y = " + "f(" * 200 + "x" + ")" * 200,
    "attributes": "y = x" + ".a" * 200,
    "additions": "y = x" + " + x" * 200,
    "powers": "y = x" + " ** x" * 200,
    "conditions": "y = " + "x if x else " * 200 + "x",
    "lambdas": "y = " + "lambda: " * 200 + "x",
    "ifs": "".join(f"{' ' * i}if x:\n" for i in range(200)) + " " * 200 + "x",
    "elifs": "if x:\n    y\n" + "elif x:\n    x\n" * 200,
}


def check(folder: Path, name: str, data: bytes) -> Outcome:
    (folder / name).write_bytes(data)
    return run("check", "--output-format", "concise", name, folder=folder)


def in_forward(code: str) -> bytes:
    indented = "".join(f"        {line}\n" for line in code.splitlines())
    start, _, end = BLOCK.rpartition("        return")
    return f"{start}{indented}        return{end}".encode()


def test_a_missing_path(tmp_path: Path) -> None:
    nothing = tmp_path

    outcome = run("check", "no/such/file.py", folder=nothing)

    assert outcome.exit_code == 2
    assert outcome.stderr == "Error: `no/such/file.py`: no such file or directory\n"


def test_a_directory_without_python_files(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("nothing here")

    outcomes = [run(command, ".", folder=tmp_path) for command in ("check", "inspect")]

    assert [outcome.exit_code for outcome in outcomes] == [0, 0]
    assert outcomes[0].stderr == "No Python files to check.\n"
    assert outcomes[1].stderr == "No Python files to inspect.\n"


def test_a_file_with_a_syntax_error(tmp_path: Path) -> None:
    outcome = check(tmp_path, "broken.py", b"def f(:\n    pass\n")

    assert outcome.exit_code == 1
    assert outcome.stdout == "broken.py:1:7: BL901 syntax-error: invalid syntax\n"


def test_a_syntax_error_hides_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("def f(:\n")
    (tmp_path / "model.py").write_text(BLOCK)

    outcome = run("inspect", "--format", "json", ".", folder=tmp_path)

    (block,) = json.loads(outcome.stdout)["blocks"]
    assert block["path"] == "model.py"
    assert "broken.py:1:7: not inspected: invalid syntax\n" in outcome.stderr


def test_a_file_with_a_nul_byte(tmp_path: Path) -> None:
    outcome = check(tmp_path, "nul.py", b"x = 1\ny = '\0'\n")

    assert outcome.exit_code == 1
    assert outcome.stdout == "nul.py:2:1: BL901 syntax-error: contains a NUL byte\n"


def test_a_file_in_latin_1_that_says_so(tmp_path: Path) -> None:
    text = f"# -*- coding: latin-1 -*-\n# caf\u00e9\n{BLOCK}"

    outcome = check(tmp_path, "latin.py", text.encode("latin-1"))

    assert outcome.exit_code == 1
    assert "latin.py:6:" in outcome.stdout
    assert "BL101 post-norm:" in outcome.stdout


def test_a_file_in_latin_1_that_does_not_say_so(tmp_path: Path) -> None:
    outcome = check(tmp_path, "latin.py", "# caf\u00e9\n".encode("latin-1"))

    assert outcome.exit_code == 1
    assert "BL901 syntax-error: cannot be decoded" in outcome.stdout


@pytest.mark.parametrize("end", ["\r\n", "\r"], ids=["CRLF", "CR"])
def test_a_file_with_other_line_ends(tmp_path: Path, end: str) -> None:
    text = BLOCK.replace("\n", end)

    outcome = check(tmp_path, "model.py", text.encode())

    assert outcome.exit_code == 1
    assert "model.py:4:" in outcome.stdout
    assert "BL101 post-norm:" in outcome.stdout


def test_a_file_with_a_byte_order_mark(tmp_path: Path) -> None:
    outcome = check(tmp_path, "model.py", BLOCK.encode("utf-8-sig"))

    assert "model.py:4:" in outcome.stdout
    assert "BL101 post-norm:" in outcome.stdout


def test_a_file_of_50_000_lines(tmp_path: Path) -> None:
    filler = "".join(f"CONSTANT_{number} = {number}\n" for number in range(50_000))

    outcome = check(tmp_path, "model.py", (filler + BLOCK).encode())

    assert outcome.exit_code == 1
    assert "model.py:50004:" in outcome.stdout
    assert "BL101 post-norm:" in outcome.stdout


@pytest.mark.parametrize("kind", NESTED)
def test_code_that_is_nested_200_deep(tmp_path: Path, kind: str) -> None:
    outcome = check(tmp_path, "deep.py", in_forward(NESTED[kind]))

    assert outcome.exit_code == 1
    assert "deep.py:" in outcome.stdout
    assert "Traceback" not in outcome.stderr


def test_a_value_that_is_mixed_with_itself_many_times(tmp_path: Path) -> None:
    # Two ways at each of 80 steps: whoever follows every path never ends.
    mixed = "        y = F.gelu(y) * torch.sigmoid(y) + y\n" * 80
    head, _, _ = BLOCK.partition("        return")
    code = f"import torch\nfrom torch.nn import functional as F\n{head}"
    code += f"        y = self.mlp(self.norm(x))\n{mixed}        return x + y\n"

    outcome = check(tmp_path, "model.py", code.encode())

    assert outcome.exit_code in (0, 1)


def test_an_empty_file(tmp_path: Path) -> None:
    outcome = check(tmp_path, "empty.py", b"")

    assert outcome == Outcome(0, "", "All checks passed in 1 file.\n")


CONFIGS = {
    "not TOML": ("[tool.blocklint\n", "is not valid TOML"),
    "not UTF-8": ("[tool.blocklint]\nnaming = '\udcff'\n", "is not valid TOML"),
    "unknown key": (
        "[tool.blocklint]\nselekt = ['ALL']\n",
        "unknown key `selekt` in [tool.blocklint]; did you mean `select`?",
    ),
    "wrong type": (
        "[tool.blocklint]\nignore = 'post-norm'\n",
        '`ignore` in [tool.blocklint] must be a list of strings, not "post-norm"',
    ),
    "no table": ("[tool]\nblocklint = 3\n", "[tool.blocklint] must be a table"),
    "unknown rule": (
        "[tool.blocklint]\nignore = ['postnorm']\n",
        "`ignore` in [tool.blocklint]: unknown rule `postnorm`; "
        "did you mean `post-norm`?",
    ),
    "unknown rule of a file": (
        "[tool.blocklint.per-file-ignores]\n'a/**' = ['BL199']\n",
        '`per-file-ignores."a/**"` in [tool.blocklint]: unknown rule `BL199`; did',
    ),
    "unknown rule with a weight": (
        "[tool.blocklint.severity]\npost-nrm = 'note'\n",
        "`severity` in [tool.blocklint]: unknown rule `post-nrm`; did you mean",
    ),
    "a key of another case": (
        "[tool.blocklint]\nRespect_Gitignore = true\n",
        "unknown key `Respect_Gitignore` in [tool.blocklint]; "
        "did you mean `respect-gitignore`?",
    ),
    "no truth": (
        "[tool.blocklint]\nforce-exclude = 'yes'\n",
        '`force-exclude` in [tool.blocklint] must be true or false, not "yes"',
    ),
    "missing baseline": (
        "[tool.blocklint]\nbaseline = 'no.json'\n",
        "`baseline` in [tool.blocklint]: no.json: there is no such baseline; ",
    ),
    "unknown placement": (
        "[tool.blocklint]\nplacement = 'prenorm'\n",
        "`placement` in [tool.blocklint] must be one of pre, post, output,",
    ),
    "unknown severity": (
        "[tool.blocklint.severity]\npost-norm = 'warn'\n",
        '; not "warn"; did you mean `warning`?',
    ),
}


@pytest.mark.parametrize("kind", CONFIGS)
def test_a_broken_config(tmp_path: Path, kind: str) -> None:
    text, message = CONFIGS[kind]
    data = text.encode(errors="surrogateescape")
    (tmp_path / "pyproject.toml").write_bytes(data)
    (tmp_path / "model.py").write_text(BLOCK)

    outcome = run("check", "model.py", folder=tmp_path)

    assert outcome.exit_code == 2
    assert outcome.stdout == ""
    assert "pyproject.toml: " in outcome.stderr
    assert message in outcome.stderr


def test_a_config_that_is_not_there(tmp_path: Path) -> None:
    outcome = run("check", "--config", "no.toml", ".", folder=tmp_path)

    assert outcome.exit_code == 2
    assert (
        outcome.stderr == "Error: no.toml: cannot be read: No such file or directory\n"
    )


def test_an_unknown_rule_on_the_command_line(tmp_path: Path) -> None:
    outcomes = [
        run("check", "--select", "post-nrm", ".", folder=tmp_path),
        run("rule", "post-nrm", folder=tmp_path),
    ]

    for outcome in outcomes:
        assert outcome.exit_code == 2
        assert "unknown rule `post-nrm`; did you mean `post-norm`?" in outcome.stderr
