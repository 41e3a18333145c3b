"""Runs the real command line, in this process."""

import os
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from blocklint.cli import main


@dataclass(frozen=True)
class Outcome:
    """What a user sees of one command."""

    exit_code: int
    stdout: str
    stderr: str


def run(*arguments: str, folder: Path, stdin: bytes | None = None) -> Outcome:
    """Run `blocklint ARGUMENTS` in a folder."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        result = CliRunner().invoke(main, arguments, input=stdin, prog_name="blocklint")
    finally:
        os.chdir(before)
    return Outcome(result.exit_code, result.stdout, result.stderr)
