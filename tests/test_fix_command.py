"""`check --fix` as a user meets it: files, line ends, options, exit codes, faults."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from command import Outcome, run

from blocklint.cli import main
from blocklint.cli.check import exit_code
from blocklint.engine import Request, check, fix, save
from blocklint.engine.atomic import replace_atomically
from blocklint.engine.drafts import Drafts
from blocklint.engine.saving import save_file
from blocklint.report import Edited, Problem, Repair, Report
from blocklint.rule import Finding, PlacedFix, Replacement, Severity
from blocklint.source import Span

IDLE = """\
from torch import nn

x = 1  # blocklint: ignore[post-norm]


class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.norm = nn.LayerNorm(d)
        self.attn = nn.MultiheadAttention(d, 4)

    def forward(self, x):
        x = self.norm(x)
        x = x + self.attn(x, x, x)[0]
        return x
"""
SAFE = IDLE.replace("  # blocklint: ignore[post-norm]", "")
BOTH = (
    SAFE.replace("x = self.norm(x)", "normed = self.norm(x)")
    .replace("(x, x, x)", "(normed, normed, normed)")
)  # fmt: skip
FIXES = ["check", "--isolated", "--output-format", "concise"]


def write(folder: Path, text: str = IDLE, name: str = "model.py") -> Path:
    path = folder / name
    path.write_bytes(text.encode())
    return path


def fixed(folder: Path, data: bytes, *options: str) -> bytes:
    path = folder / "model.py"
    path.write_bytes(data)
    run(*FIXES, "--fix", *options, "model.py", folder=folder)
    return path.read_bytes()


def test_safe_fixes_are_applied_and_the_rest_is_reported(tmp_path: Path) -> None:
    path = write(tmp_path)

    outcome = run(*FIXES, "--fix", "model.py", folder=tmp_path)

    assert path.read_text() == SAFE
    assert outcome.exit_code == 1
    assert outcome.stdout.startswith("model.py:14:13: BL103 residual-after-norm: ")
    assert outcome.stderr == (
        "Fixed 1 finding in 1 file.\n"
        "Found 1 finding (1 warning) in 1 file.\n"
        "1 can be fixed with `--fix --unsafe-fixes`.\n"
    )


def test_unsafe_fixes_are_applied_if_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path)

    outcome = run(*FIXES, "--fix", "--unsafe-fixes", "model.py", folder=tmp_path)

    assert path.read_text() == BOTH
    assert outcome == Outcome(
        0, "", "Fixed 2 findings in 1 file.\nAll checks passed in 1 file.\n"
    )


def test_a_check_says_what_can_be_fixed_and_writes_nothing(tmp_path: Path) -> None:
    path = write(tmp_path)

    outcomes = [
        run(*FIXES, *options, "model.py", folder=tmp_path)
        for options in ((), ("--unsafe-fixes",))
    ]

    hint = "1 can be fixed with `--fix`, 1 more with `--unsafe-fixes`.\n"
    assert outcomes[0].stderr.endswith(hint)
    assert outcomes[0] == outcomes[1]
    assert path.read_text() == IDLE


def test_the_full_report_says_what_a_fix_does(tmp_path: Path) -> None:
    write(tmp_path)

    outcome = run("check", "--isolated", "model.py", folder=tmp_path)

    assert " = fix: remove the suppression\n" in outcome.stdout
    assert "add to `x` itself (unsafe)\n" in outcome.stdout


def test_a_second_run_has_nothing_to_do(tmp_path: Path) -> None:
    path = write(tmp_path)
    run(*FIXES, "--fix", "model.py", folder=tmp_path)
    before = path.stat()

    outcome = run(*FIXES, "--fix", "model.py", folder=tmp_path)

    assert "Fixed" not in outcome.stderr
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (
        before.st_ino,
        before.st_mtime_ns,
    )


def test_a_diff_shows_what_would_be_done_and_nothing_else(tmp_path: Path) -> None:
    path = write(tmp_path)

    outcome = run(*FIXES, "--diff", "model.py", folder=tmp_path)

    assert outcome.exit_code == 1
    assert outcome.stderr == "Would fix 1 finding in 1 file.\n"
    assert outcome.stdout.startswith("--- model.py\n+++ model.py\n@@ ")
    assert "\n-x = 1  # blocklint: ignore[post-norm]\n+x = 1\n" in outcome.stdout
    assert "BL103" not in outcome.stdout
    assert path.read_text() == IDLE


def test_a_diff_of_nothing_is_empty(tmp_path: Path) -> None:
    path = write(tmp_path, SAFE)

    outcome = run(*FIXES, "--diff", "--fix", "model.py", folder=tmp_path)

    assert outcome == Outcome(0, "", "Nothing to fix.\n")
    assert path.read_text() == SAFE


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("last", [True, False])
def test_a_diff_can_be_applied(tmp_path: Path, end: str, last: bool) -> None:
    text = (IDLE if last else IDLE.rstrip("\n")).replace("\n", end)
    path = write(tmp_path, text)

    shown = CliRunner().invoke(
        main, ["check", "--isolated", "--diff", "--unsafe-fixes", str(path)]
    )
    header, _, hunks = shown.stdout_bytes.partition(b"\n+++ ")
    patch = b"--- model.py\n+++ model.py\n" + hunks.partition(b"\n")[2]
    applied = subprocess.run(
        ["git", "apply", "-p0", "-"], cwd=tmp_path, input=patch, check=False
    )

    assert header == f"--- {path}".encode()
    assert applied.returncode == 0
    assert path.read_bytes() == BOTH[: None if last else -1].replace("\n", end).encode()


def test_standard_input_is_fixed_to_the_standard_output(tmp_path: Path) -> None:
    arguments = [*FIXES, "--fix", "--stdin-filename", "pkg/model.py", "-"]

    outcome = run(*arguments, folder=tmp_path, stdin=IDLE.encode())

    assert outcome.exit_code == 1
    assert outcome.stdout == SAFE
    assert outcome.stderr.startswith("pkg/model.py:14:13: BL103 ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["x = 1\n", "def f(:\n", "# blocklint: skip-file\n"])
def test_standard_input_without_a_fix_is_passed_on(tmp_path: Path, text: str) -> None:
    outcome = run(*FIXES, "--fix", "-", folder=tmp_path, stdin=text.encode())

    assert outcome.stdout == text
    assert "model.py" not in os.listdir(tmp_path)


def test_standard_input_keeps_its_bytes() -> None:
    data = "\ufeff".encode() + IDLE.replace("\n", "\r\n").encode()

    result = CliRunner().invoke(main, ["check", "--isolated", "--fix", "-"], input=data)

    expected = "\ufeff".encode() + SAFE.replace("\n", "\r\n").encode()
    assert result.stdout_bytes == expected


def test_standard_input_can_be_compared(tmp_path: Path) -> None:
    arguments = [*FIXES, "--diff", "--stdin-filename", "pkg/model.py", "-"]

    outcome = run(*arguments, folder=tmp_path, stdin=IDLE.encode())

    assert outcome.exit_code == 1
    assert outcome.stdout.startswith("--- pkg/model.py\n+++ pkg/model.py\n")


def test_exit_zero_holds_after_fixing_too(tmp_path: Path) -> None:
    write(tmp_path)

    outcomes = [
        run(*FIXES, "--exit-zero", option, "model.py", folder=tmp_path)
        for option in ("--diff", "--fix")
    ]

    assert [outcome.exit_code for outcome in outcomes] == [0, 0]


def test_suppressed_findings_are_not_fixed(tmp_path: Path) -> None:
    text = SAFE.replace("x, x)[0]", "x, x)[0]  # blocklint: ignore[BL103] as trained")
    path = write(tmp_path, text)

    outcome = run(*FIXES, "--fix", "--unsafe-fixes", "model.py", folder=tmp_path)

    assert outcome.exit_code == 0
    assert path.read_text() == text


@pytest.mark.parametrize(
    "selection", [("--ignore", "BL902"), ("--select", "BL103")], ids=str
)
def test_rules_that_do_not_run_fix_nothing(
    tmp_path: Path, selection: tuple[str, str]
) -> None:
    path = write(tmp_path)

    run(*FIXES, "--fix", *selection, "model.py", folder=tmp_path)

    assert path.read_text() == IDLE


def test_what_other_rules_may_need_is_not_removed(tmp_path: Path) -> None:
    text = "a = 1  # blocklint: ignore\nb = 2  # blocklint: ignore[BL1]\n"
    path = write(tmp_path, text)

    some = run(*FIXES, "--fix", "--select", "BL902,BL101", "model.py", folder=tmp_path)
    kept = path.read_text()
    run(*FIXES, "--fix", "model.py", folder=tmp_path)

    assert "Found 2 findings" in some.stderr
    assert "can be fixed" not in some.stderr
    assert kept == text
    assert path.read_text() == "a = 1\nb = 2\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("# blocklint: ignore[post-norm]: it was", "# it was"),
        ("# blocklint: ignore[post-norm", "# blocklint: ignore[post-norm"),
        ("# blocklint: ignore[]", ""),
        ("# pragma: no cover  # blocklint: ignore", "# pragma: no cover"),
        ("# first # blocklint: ignore second", "# first  # second"),
        ("# noqa: BL101", ""),
        ("# noqa:E501,BL101,W1", "# noqa:E501,W1"),
        ("# noqa: bl101 E501", "# noqa: E501"),
        ("# noqa: BL101 # type: ignore", "# type: ignore"),
        ("# noqa: E501", "# noqa: E501"),
    ],
)
def test_only_what_is_idle_leaves_a_comment(
    tmp_path: Path, before: str, after: str
) -> None:
    text = "x = 1 {}\ny = (\n    2,\n    {}\n)\n"
    path = write(tmp_path, text.format(f" {before}", before))

    run(*FIXES, "--fix", "model.py", folder=tmp_path)

    lines = text if after else text.replace(" {}\n)", ")").replace("   )", ")")
    assert path.read_text() == lines.replace("1 {}", f"1  {after}".rstrip()).replace(
        "{}", after
    )


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "BOM"])
def test_bytes_around_a_fix_are_kept(tmp_path: Path, end: str, mark: str) -> None:
    before, after = (
        (mark + text.replace("\n", end)).encode() for text in (IDLE.rstrip(), BOTH[:-1])
    )

    assert fixed(tmp_path, before, "--unsafe-fixes") == after


def test_mixed_line_ends_stay_mixed(tmp_path: Path) -> None:
    ends = ["\r\n", "\n", "\r"] * len(IDLE.splitlines())
    before, after = (
        "".join(map("".join, zip(text.splitlines(), ends, strict=False)))
        for text in (IDLE, BOTH)
    )

    assert fixed(tmp_path, before.encode(), "--unsafe-fixes") == after.encode()


def test_a_coding_cookie_is_obeyed(tmp_path: Path) -> None:
    head = "# -*- coding: latin-1 -*-\n# caf\u00e9\n"

    found = fixed(tmp_path, (head + IDLE).encode("latin-1"))

    assert found == (head + SAFE).encode("latin-1")


def test_a_fix_that_would_turn_a_comment_into_a_cookie_is_not_made(
    tmp_path: Path,
) -> None:
    text = "# \n# blocklint: ignore[post-norm]\n# coding: latin-1\nx = '\u00e9'\n"
    path = write(tmp_path, text)

    outcome = run(*FIXES, "--fix", "model.py", folder=tmp_path)

    assert path.read_text() == text
    assert outcome.exit_code == 3
    assert "model.py: not fixed: reads as another text after" in outcome.stderr


@pytest.mark.parametrize("mode", [0o644, 0o755, 0o600])
def test_the_mode_of_a_file_is_kept(tmp_path: Path, mode: int) -> None:
    path = write(tmp_path)
    path.chmod(mode)

    run(*FIXES, "--fix", "model.py", folder=tmp_path)

    assert path.read_text() == SAFE
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_the_target_of_a_link_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    path = write(tmp_path / "real")
    link = tmp_path / "link.py"
    link.symlink_to(path)

    run(*FIXES, "--fix", "link.py", folder=tmp_path)

    assert link.is_symlink()
    assert path.read_text() == SAFE


def test_nothing_is_left_beside_a_file_that_cannot_be_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "model.py"
    folder.mkdir()

    with pytest.raises(OSError, match="directory"):
        replace_atomically(folder, b"x = 1\n")

    assert [path.name for path in tmp_path.iterdir()] == ["model.py"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anything")
def test_a_read_only_file_is_left_alone(tmp_path: Path) -> None:
    path = write(tmp_path)
    path.chmod(0o444)

    outcome = run(*FIXES, "--fix", "model.py", folder=tmp_path)

    assert path.read_text() == IDLE
    assert outcome.exit_code == 2
    assert "model.py: not fixed: cannot be written: it is read-only" in outcome.stderr


def test_a_file_that_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    paths = [write(tmp_path, name=name) for name in ("a.py", "b.py")]
    request = Request((str(tmp_path),))
    repair = fix(request)
    paths[0].write_text(IDLE + "y = 2\n")

    saved = save(request, repair)

    (problem,) = saved.problems
    assert problem == Problem(str(paths[0]), "changed while it was being worked on")
    assert [file.path for file in saved.edited] == [str(paths[1])]
    assert [path.read_text() for path in paths] == [IDLE + "y = 2\n", SAFE]
    assert saved.report == check(request)


def test_a_file_that_is_gone_is_a_problem_and_no_crash(tmp_path: Path) -> None:
    gone = str(tmp_path / "gone.py")

    problem = save_file(Edited(gone, b"", b"x = 1\n", 1))

    assert problem == Problem(gone, "cannot be written: No such file or directory")


def a_report(path: Path, *texts: str) -> Report:
    """Findings on the first line of a file, each fixed by another text there."""
    at = Span(1, 0, 1, 1)
    findings = tuple(
        Finding(
            str(path), at, rule, "BL199", Severity.NOTE, rule,
            fix=PlacedFix(str(path), "", (Replacement(at, text),), safe=True),
        )
        for rule, text in zip(("one", "two"), texts, strict=False)
    )  # fmt: skip
    lines = tuple(path.read_text().split("\n"))
    return Report(findings, 1, {str(path): lines})


def test_a_fix_that_does_not_parse_is_a_fault_and_undoes_its_file(
    tmp_path: Path,
) -> None:
    path = write(tmp_path, "x = 1\n")
    drafts = Drafts(Request((str(path),)))

    first = drafts.revise(a_report(path, "y"), unsafe=False)
    second = drafts.revise(replaced(path, "y = 1\n", "("), unsafe=False)
    third = drafts.revise(a_report(path, "z"), unsafe=False)

    assert first is not None
    assert list(first.drafts.values()) == [b"y = 1\n"]
    assert second is not None
    assert second.drafts == {}
    assert third is None
    (problem,) = drafts.problems
    assert (problem.path, problem.fault) == (str(path), True)
    assert problem.message.startswith("cannot be read (line 1: ")
    assert problem.message.endswith(" after the fix of one")


def replaced(path: Path, text: str, *texts: str) -> Report:
    """The report on a draft of a file."""
    report = a_report(path, *texts)
    return Report(report.findings, 1, {str(path): tuple(text.split("\n"))})


def test_a_file_that_changed_under_its_report_is_given_up(tmp_path: Path) -> None:
    path = write(tmp_path, "x = 1\n")
    report = a_report(path, "y")
    path.write_text("\nx = 1\n")
    drafts = Drafts(Request((str(path),)))

    assert drafts.revise(report, unsafe=False) is None
    assert drafts.problems == (Problem(str(path), "changed while it was read"),)


def test_letters_that_the_encoding_lacks_are_a_fault(tmp_path: Path) -> None:
    path = write(tmp_path, "#\n# coding: ascii\n")
    drafts = Drafts(Request((str(path),)))

    assert drafts.revise(a_report(path, "# \u00e9"), unsafe=False) is None
    assert "has letters that ascii does not have" in drafts.problems[0].message


@pytest.mark.parametrize(
    ("problems", "found", "expected"),
    [
        ((), False, 0),
        ((), True, 1),
        ((Problem("a", ""),), True, 2),
        ((Problem("a", ""), Problem("b", "", fault=True)), False, 3),
    ],
)
def test_exit_codes(problems: tuple[Problem, ...], found: bool, expected: int) -> None:
    assert exit_code(Repair(Report((), 1), (), problems), found) == expected


def test_the_real_command_fixes_a_file(tmp_path: Path) -> None:
    path = write(tmp_path)
    command = [sys.executable, "-m", "blocklint", *FIXES, "--fix", "model.py"]

    ran = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True)

    assert ran.returncode == 1
    assert path.read_text() == SAFE
