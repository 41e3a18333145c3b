"""Several processes find what one finds, and end when something goes wrong."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command import run
from expectations import ROOT
from kept import project, write

from blocklint.engine import Options, Request, check
from blocklint.engine.config import Configs
from blocklint.engine.crew import FEW, Group, answers, grouped
from blocklint.engine.discover import discover
from blocklint.engine.rulebook import RulesByFile, load_rules
from blocklint.frontends.static.files import Disk
from blocklint.frontends.static.importers import Importers

LONG = f"# forward\n{'# and more' * (FEW // 10)}\n"


def projects(folder: Path, count: int) -> Path:
    """Folders with model code enough for a process each."""
    for number in range(count):
        project(folder / f"code{number}")
        write(folder / f"code{number}" / "long.py", LONG)
    return folder


@pytest.mark.parametrize("count", [3, 40])  # of the latter, new processes take over
def test_each_number_of_processes_finds_the_same(tmp_path: Path, count: int) -> None:
    folder = projects(tmp_path, count)

    one = run("check", "-j1", "--output-format=json", folder=folder)
    two = run("check", "-j2", "--output-format=json", folder=folder)

    assert one.stdout.count('"post-norm"') == count
    assert two == one


def test_files_of_a_folder_stay_together(tmp_path: Path) -> None:
    folder = projects(tmp_path, 2)
    request = Request((str(folder),))
    configs = Configs(request.options)
    rules = RulesByFile(load_rules(), configs)

    stream = grouped(discover(request, configs), rules)

    groups = [each for each in stream if isinstance(each, Group)]
    names = [[Path(file.name).name for file in group.files] for group in groups]
    assert names == [["block.py", "long.py"]] * 2


def test_a_fault_in_a_worker_names_its_file(tmp_path: Path) -> None:
    folder = projects(tmp_path, 2)
    code = str(folder / "code1" / "block.py")
    # No text at all: reading the file that is imported has to fail.
    bad = {os.path.realpath(folder / "code1" / "parts" / "__init__.py"): 3}
    paths = tuple(str(path) for path in sorted(folder.glob("code*/[bl]*.py")))
    request = Request(paths, Options(jobs=2), drafts=bad)  # type: ignore[arg-type]
    configs = Configs(request.options)
    rules = RulesByFile(load_rules(), configs)

    with pytest.raises(TypeError) as caught:
        importers = Importers(Disk(bad))  # type: ignore[arg-type]
        list(answers(discover(request, configs), request, rules, importers))

    assert f"checking {code}" in caught.value.__notes__


def test_a_bad_config_is_told_before_any_work(tmp_path: Path) -> None:
    folder = projects(tmp_path, 2)
    write(folder / "pyproject.toml", "[tool.blocklint]\nselect = ['no-such-rule']\n")

    ran = run("check", "-j2", folder=folder)

    assert ran.exit_code == 2
    assert "no-such-rule" in ran.stderr


def test_an_interrupt_leaves_no_process_behind(tmp_path: Path) -> None:
    folder = projects(tmp_path, 40)
    command = [sys.executable, "-m", "blocklint", "check", "-j2", "."]
    ran = subprocess.Popen(
        command,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while ran.poll() is None and not children(ran.pid):
        time.sleep(0.01)

    os.killpg(ran.pid, signal.SIGINT)
    _, errors = ran.communicate(timeout=60)

    assert "Traceback" not in errors
    assert ran.returncode != 0
    with pytest.raises(ProcessLookupError):
        os.killpg(ran.pid, 0)


def test_a_worker_that_is_killed_is_told_of(tmp_path: Path) -> None:
    folder = projects(tmp_path, 40)
    command = [sys.executable, "-m", "blocklint", "check", "-j2", "."]
    ran = subprocess.Popen(
        command,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while ran.poll() is None and not children(ran.pid):
        time.sleep(0.01)

    os.kill(int(children(ran.pid)[0]), signal.SIGKILL)
    output, errors = ran.communicate(timeout=120)

    assert (ran.returncode, output) == (2, "")
    assert errors.startswith("Error: a process that checked files was ended")


def children(pid: int) -> list[str]:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return path.read_text().split() if path.exists() else []


def test_the_library_call_uses_one_process_and_no_cache(tmp_path: Path) -> None:
    project(tmp_path)

    check(Request((str(tmp_path),)))

    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"block.py", "parts", "other.py"}
