"""Foreign code in a worker: whatever it does costs one target, and nothing here."""

import ast
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from answers import node_of, spoiled, true_answer
from expectations import FIXTURES

from blocklint.frontends.traced.client import (
    WORKER,
    Job,
    Limits,
    Outcome,
    Wanted,
    run_worker,
)
from blocklint.frontends.traced.document import MOST_BYTES, ProblemRecord
from blocklint.frontends.traced.interpreter import Interpreter

HOSTILE = FIXTURES / "traces" / "hostile"
HERE = Interpreter(Path(sys.executable), "running")
MEGABYTE = 2**20


def outcomes(
    file: str, *classes: str, seconds: float = 30, megabytes: int = 4000
) -> tuple[Outcome, ...]:
    job = Job(HOSTILE / file, tuple(Wanted(name) for name in classes))
    return run_worker(job, HERE, Limits(seconds, megabytes * MEGABYTE))


def problem(file: str, seconds: float = 30, megabytes: int = 4000) -> ProblemRecord:
    """What stopped the only target of a file that does not get as far as its class."""
    (outcome,) = outcomes(file, "Block", seconds=seconds, megabytes=megabytes)
    assert outcome.problem
    return outcome.problem


def is_alive(process: int) -> bool:
    """Whether a process still runs; one that ended may wait for its parent."""
    try:
        os.kill(process, 0)
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except ProcessLookupError:
        return False
    except FileNotFoundError:
        return Path("/proc/self").exists() is False
    return state not in "ZX"


def all_gone(processes: list[int]) -> bool:
    until = time.monotonic() + 5
    while any(map(is_alive, processes)) and time.monotonic() < until:
        time.sleep(0.05)
    return not any(map(is_alive, processes))


def test_what_hangs_at_import_is_ended_for_all_targets_at_once() -> None:
    began = time.monotonic()

    found = outcomes("hangs_at_import.py", "One", "Two", "Three", seconds=1)

    assert [it.class_name for it in found] == ["One", "Two", "Three"]
    assert {it.problem for it in found} == {
        ProblemRecord("limit", "was not done after 1 s")
    }
    assert time.monotonic() - began < 2.9


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("ends_at_import.py", "ended with exit code 0 before it answered"),
        ("segfaults_at_import.py", "was ended by SIGSEGV before it answered"),
        ("kills_itself.py", "was ended by SIGKILL before it answered"),
        ("puts_a_pipe.py", "ended with exit code 0 before it answered"),
    ],
)
def test_what_dies_is_said_to_have_died(file: str, message: str) -> None:
    assert problem(file) == ProblemRecord("died", message)


def test_a_crash_shows_where_it_was() -> None:
    (outcome,) = outcomes("segfaults_at_import.py", "Block")

    assert "segfaults_at_import.py" in outcome.output


@pytest.mark.parametrize(
    ("file", "error", "line", "message"),
    [
        ("exits_at_import.py", "SystemExit", 5, "the code ended the process"),
        ("broken.py", "SyntaxError", 3, ""),
        ("imports_missing.py", "ModuleNotFoundError", 5, "'not_there'"),
        ("speaks_badly.py", "Unspeakable", 13, "its __str__ raised ValueError"),
        ("raises_control.py", "ValueError", 3, "\ufffd[2J\ufffd cleared"),
        ("prints_much.py", "RuntimeError", 8, "all of it is printed"),
        ("shadows/json.py", "RuntimeError", 8, '["SimpleNamespace"] in traced_json'),
        ("package/inner/part.py", "RuntimeError", 7, "package.inner.part True"),
        ("loose/part.py", "RuntimeError", 5, "loose.part 64"),
        ("loose/no-name.v2.py", "RuntimeError", 3, "traced_no_name_v2"),
    ],
)
def test_what_an_import_raises_has_its_place(
    file: str, error: str, line: int, message: str
) -> None:
    found = problem(file)

    assert (found.kind, found.error, found.line) == ("import", error, line)
    assert found.path == (str(HOSTILE / file))
    assert message in found.message


def test_a_part_is_read_though_its_package_cannot_start() -> None:
    found = problem("lame/part.py")

    assert found.message == "the module has no class Block once imported"


def test_a_package_that_cannot_start_is_told_where_a_part_fails_as_well() -> None:
    found = problem("lame/failing.py")

    assert (found.message, found.line) == ("No module named 'not_there'", 3)
    assert found.path == str(HOSTILE / "lame/__init__.py")


def test_a_class_that_the_module_does_not_have() -> None:
    (absent,) = outcomes("package/sizes.py", "Block.Inner")

    assert absent.problem
    assert absent.problem.kind == "import"
    assert "no class Block.Inner" in absent.problem.message


def test_a_module_can_be_named() -> None:
    job = Job("package.inner.part", (Wanted("Block"),), folders=(HOSTILE,))

    (outcome,) = run_worker(job, HERE, Limits())

    assert outcome.problem
    assert outcome.problem.message == "package.inner.part True"


def test_only_the_end_of_what_is_printed_is_kept() -> None:
    (outcome,) = outcomes("prints_much.py", "Block")

    assert len(outcome.output) < 20_000
    assert outcome.output.endswith("RuntimeError: all of it is printed")


def test_no_child_is_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = tmp_path / "child"
    monkeypatch.setenv("LEFT_BEHIND", str(note))

    found = problem("leaves_a_child.py")

    assert found.message == "the child sleeps on"
    assert all_gone([int(note.read_text())])


def test_forks_end_with_the_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = tmp_path / "children"
    monkeypatch.setenv("LEFT_BEHIND", str(note))

    found = problem("forks_on.py", seconds=8)

    processes = {int(line) for line in note.read_text().split()}
    assert found.kind == "limit"
    assert len(processes) >= 4
    assert all_gone(list(processes))


def test_a_copy_of_the_worker_does_not_answer_twice() -> None:
    found = problem("runs_on_as_two.py")

    assert "no class Block" in found.message


@pytest.mark.parametrize(
    ("file", "megabytes", "error"),
    [
        ("allocates_at_import.py", 800, "MemoryError"),  # torch itself takes over 500
        ("allocates_a_tensor.py", 2000, "RuntimeError"),
    ],
)
def test_a_want_of_memory_is_a_limit(file: str, megabytes: int, error: str) -> None:
    found = problem(file, megabytes=megabytes)

    size = f"{megabytes / 1024:.3g} GB"
    assert (found.kind, found.error) == ("limit", error)
    assert found.message.startswith(f"needed more than {size} of memory")
    assert (found.path, found.line) == (str(HOSTILE / file), 5)


LIES = {
    "rubbish": (b"\x80\xff{[", "no JSON document"),
    "empty": (b"", "no JSON document"),
    "deep": (b"[" * 100_000, "no JSON document"),
    "huge": (b" " * (MOST_BYTES + 1), "longer than 64 MB"),
    "reads itself": (
        spoiled(lambda it: node_of(it).update(reads=[0])),
        "targets[0].record.nodes[0].reads[0] is 0, not from 0 to -1",
    ),
    "wrong type": (
        spoiled(lambda it: node_of(it).update(line="12")),
        "targets[0].record.nodes[0].line is a string, not a whole number",
    ),
    "not a number": (
        spoiled(lambda it: node_of(it).update(numbers=[float("nan")])),
        "NaN is not a finite number",
    ),
    "missing": (
        spoiled(lambda it: it["targets"].clear()),
        "targets are [], not ['Block']",
    ),
    "another": (
        spoiled(lambda it: it["targets"][0].update({"class": "Other"})),
        "targets are ['Other'], not ['Block']",
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_no_answer(
    lie: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, message = LIES[lie]
    (tmp_path / "lie").write_bytes(text)
    monkeypatch.setenv("LIE", str(tmp_path / "lie"))

    found = problem("lies.py")

    assert found.kind == "answer"
    assert message in found.message


def test_after_a_lie_about_several_each_is_asked_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    swapped = true_answer("Second", "First")
    (tmp_path / "lie").write_text(json.dumps(swapped))
    monkeypatch.setenv("LIE", str(tmp_path / "lie"))

    found = outcomes("lies.py", "First", "Second")

    assert [it.problem.message for it in found if it.problem] == [
        "targets are ['Second', 'First'], not ['First']",
        "targets are ['Second', 'First'], not ['Second']",
    ]


def test_this_process_runs_nothing_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = tmp_path / "processes"
    monkeypatch.setenv("LEFT_BEHIND", str(note))

    outcomes("marks.py", "Block")

    (line,) = note.read_text().splitlines()
    assert int(line.split()[0]) != os.getpid()
    assert line.endswith(f"{[str(WORKER)]} ''")
    assert not any(Path(HOSTILE).rglob("__pycache__"))
    assert "marks" not in sys.modules


def test_a_class_that_spoils_everything_costs_itself() -> None:
    source = (HOSTILE / "misbehaves.py").read_text()
    classes = [it.name for it in ast.parse(source).body if isinstance(it, ast.ClassDef)]

    found = outcomes("misbehaves.py", *classes)

    *bad, good = found
    assert {it.class_name: it.problem.error for it in bad if it.problem} == {
        "Exits": "SystemExit",
        "Interrupts": "KeyboardInterrupt",
        "RaisesItsOwn": "Stop",
        "Recurses": "RecursionError",
        "Unspeakable": "Wordless",
        "FailsInAThread": "RuntimeError",
        "Moves": "RuntimeError",
        "ClosesStreams": "RuntimeError",
        "ReplacesStreams": "RuntimeError",
        "ReplacesTools": "RuntimeError",
        "RemovesTheAnswer": "RuntimeError",
    }
    assert {it.problem.path for it in bad if it.problem} == {
        str(HOSTILE / "misbehaves.py")
    }
    assert good.target and good.target.status == "traced"
    assert f"good, in {Path.cwd().name}" in good.output


@pytest.mark.parametrize(
    ("file", "classes", "kind", "seconds", "megabytes"),
    [
        ("hangs.py", ["Hangs", "Good"], "limit", 6, 4000),
        ("dies.py", ["First", "Segfaults", "Last"], "died", 30, 4000),
        ("allocates.py", ["Allocates", "Good"], "limit", 30, 900),
        ("lies_when_run.py", ["Lies", "Good"], "answer", 30, 4000),
    ],
)
def test_who_stops_the_worker_leaves_a_fresh_one_to_the_others(
    file: str, classes: list[str], kind: str, seconds: float, megabytes: int
) -> None:
    found = outcomes(file, *classes, seconds=seconds, megabytes=megabytes)

    said = {it.class_name: it.problem.kind if it.problem else "traced" for it in found}
    bad = {"Hangs", "Segfaults", "Allocates", "Lies"}
    assert said == {name: kind if name in bad else "traced" for name in classes}


def test_a_worker_that_nobody_waits_for_ends_by_itself(tmp_path: Path) -> None:
    job = Job(HOSTILE / "hangs_at_import.py", (Wanted("Block"),))
    asked = job.as_json(tmp_path / "answer.json", Limits(seconds=0))

    ran = subprocess.run(
        [sys.executable, str(WORKER)],
        input=json.dumps(asked).encode(),
        check=False,
        timeout=20,
    )

    assert ran.returncode == -signal.SIGALRM


def test_a_file_named_like_a_part_of_the_standard_library_runs() -> None:
    (outcome,) = outcomes("shadows/types.py", "Good")

    assert outcome.problem is None
    assert outcome.torch


def test_the_worker_needs_torch_and_the_standard_library_alone() -> None:
    tree = ast.parse(WORKER.read_text(), feature_version=(3, 9))

    names = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }

    assert names <= sys.stdlib_module_names | {"torch"}
