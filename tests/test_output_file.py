"""`--output-file`: a report as a file, whole or not at all."""

import json
import os
from pathlib import Path

import pytest
from command import run
from test_terminal import POST

from blocklint.engine import BadRequest
from blocklint.engine.saving import write_report

IDLE = "x = 1  # noqa: BL101\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "model.py").write_text(POST)
    return tmp_path


@pytest.mark.parametrize("name", ["full", "concise", "json", "sarif", "junit"])
def test_the_report_goes_to_the_file(project: Path, name: str) -> None:
    arguments = ["check", "--output-format", name, "model.py"]
    shown = run(*arguments, folder=project)

    outcome = run(*arguments, "--output-file", "report.txt", folder=project)

    assert outcome.stdout == ""
    assert outcome.stderr == shown.stderr == "Found 1 finding (1 warning) in 1 file.\n"
    assert outcome.exit_code == 1
    assert (project / "report.txt").read_text() == shown.stdout
    assert {path.name for path in project.iterdir()} == {"model.py", "report.txt"}


def test_a_file_has_no_colours(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)

    run("check", "-o", "report.txt", "model.py", folder=project)

    assert "\x1b" not in (project / "report.txt").read_text()


def test_no_findings_are_a_file_too(project: Path) -> None:
    arguments = ["--isolated", "--output-format", "json", "-o", "report.json"]

    outcome = run("check", "--ignore", "ALL", *arguments, ".", folder=project)

    assert outcome.exit_code == 0
    assert json.loads((project / "report.json").read_text()) == []


def test_a_dash_is_the_standard_output(project: Path) -> None:
    outcome = run("check", "-o", "-", "--format", "concise", ".", folder=project)

    assert outcome.stdout.startswith("model.py:4:7: BL101 ")
    assert not (project / "-").exists()


def test_a_diff_goes_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "idle.py").write_text(IDLE)

    outcome = run("check", "--diff", "-o", "fix.patch", ".", folder=tmp_path)

    assert (outcome.stdout, outcome.exit_code) == ("", 1)
    assert (tmp_path / "fix.patch").read_text().startswith("--- ")


def test_a_fixed_standard_input_and_a_report_in_a_file(tmp_path: Path) -> None:
    arguments = ["check", "--fix", "-o", "report.txt", "-"]

    outcome = run(*arguments, folder=tmp_path, stdin=IDLE.encode())

    assert outcome.stdout == "x = 1\n"
    assert (tmp_path / "report.txt").read_text() == ""


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("reports/a.json", "there is no folder `reports`; make it first"),
        ("model.py/a.json", "`model.py` is no folder"),
        ("src", "is a folder; name a file in it"),
    ],
)
def test_no_room_for_a_report_is_told_before_the_work(
    project: Path, name: str, complaint: str
) -> None:
    (project / "src").mkdir()
    (project / "broken.toml").write_text("[")

    outcome = run("check", "-o", name, "--config", "broken.toml", folder=project)

    assert (outcome.exit_code, outcome.stdout) == (2, "")
    assert outcome.stderr == f"Error: `{name}`: {complaint}\n"


@pytest.mark.parametrize("name", ["text", "json", "svg", "html"])
def test_what_blocks_do_goes_to_the_file(project: Path, name: str) -> None:
    arguments = ["inspect", "--format", name, "model.py"]
    shown = run(*arguments, folder=project)

    outcome = run(*arguments, "-o", "blocks.txt", folder=project)

    assert (outcome.stdout, outcome.exit_code) == ("", 0)
    assert outcome.stderr == shown.stderr
    assert (project / "blocks.txt").read_text() == shown.stdout


def test_no_room_for_what_blocks_do_is_told_before_the_work(project: Path) -> None:
    outcome = run("inspect", "-o", "reports/a.json", "no-such.py", folder=project)

    assert (outcome.exit_code, outcome.stdout) == (2, "")
    assert "there is no folder `reports`; make it first" in outcome.stderr


def test_an_old_report_is_replaced_and_keeps_its_mode(project: Path) -> None:
    path = project / "report.txt"
    path.write_text("old and longer than the new one" * 100)
    path.chmod(0o640)

    run("check", "--statistics", "-o", "report.txt", ".", folder=project)

    assert path.read_text() == "     1  BL101  post-norm\n"
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_new_report_has_the_mode_of_any_new_file(project: Path) -> None:
    (project / "any.txt").touch()

    run("check", "-o", "report.txt", ".", folder=project)

    modes = {(project / name).stat().st_mode for name in ("any.txt", "report.txt")}
    assert len(modes) == 1


def test_what_a_link_leads_to_is_replaced(project: Path) -> None:
    (project / "kept").mkdir()
    (project / "report.txt").symlink_to(project / "kept" / "real.txt")

    run("check", "--statistics", "-o", "report.txt", ".", folder=project)

    assert (project / "report.txt").is_symlink()
    assert "post-norm" in (project / "kept" / "real.txt").read_text()


def test_a_device_is_written_to_and_not_replaced() -> None:
    write_report(Path(os.devnull), "a report")

    assert not Path(os.devnull).is_file()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anything")
def test_a_folder_that_may_not_be_written_to(project: Path) -> None:
    project.chmod(0o555)

    with pytest.raises(BadRequest, match="cannot be written"):
        write_report(project / "report.txt", "a report")


def test_statistics_have_no_form_for_code_scanning(project: Path) -> None:
    arguments = ["check", "--statistics", "--output-format", "sarif", "."]

    outcome = run(*arguments, folder=project)

    assert outcome.exit_code == 2
    assert "`--statistics` has no form `sarif`; use `json`" in outcome.stderr


@pytest.mark.parametrize("name", ["full", "concise", "grouped", "statistics"])
def test_statistics_are_the_same_for_every_reader(project: Path, name: str) -> None:
    arguments = ["check", "--statistics", "--output-format", name, "."]

    outcome = run(*arguments, folder=project)

    assert outcome.stdout == "     1  BL101  post-norm\n"
