"""Small trees through the real command line: commands in, what a user sees out.

A case holds `command.txt`, one command a line, and `expected.txt`, which
`pytest --update` writes.
"""

import shlex
from pathlib import Path

import pytest
from command import Outcome, run
from conftest import Golden
from expectations import FIXTURES

CASES = sorted(path.parent for path in FIXTURES.glob("projects/*/command.txt"))


def transcript(command: str, outcome: Outcome) -> str:
    errors = "".join(f"stderr: {line}\n" for line in outcome.stderr.splitlines())
    return f"$ {command}\n{outcome.stdout}{errors}exit {outcome.exit_code}\n"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_project(case: Path, golden: Golden) -> None:
    commands = (case / "command.txt").read_text().splitlines()

    seen = [
        transcript(command, run(*shlex.split(command)[1:], folder=case))
        for command in commands
    ]

    golden(case / "expected.txt", "\n".join(seen))
