"""Which Python runs a project's modules, and what is said of one that cannot."""

import sys
from pathlib import Path

import pytest

from blocklint.frontends.traced.interpreter import (
    Interpreter,
    choose,
    complaint,
    has_torch,
)


@pytest.fixture
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)


def script(path: Path, text: str = "exit 0") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_what_is_given_comes_first(tmp_path: Path) -> None:
    script(tmp_path / ".venv/bin/python")

    found = choose("/x/python", tmp_path / "other", tmp_path / "model.py")

    assert found == Interpreter(Path("/x/python"), "--python")


def test_a_bare_name_is_looked_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = script(tmp_path / "python9.9")
    monkeypatch.setenv("PATH", str(tmp_path))

    assert choose("python9.9", None, tmp_path).path == path


def test_the_folder_of_an_environment_means_its_python(tmp_path: Path) -> None:
    path = script(tmp_path / "env/bin/python")

    assert choose(str(tmp_path / "env"), None, tmp_path).path == path


def test_the_config_comes_before_the_project(tmp_path: Path) -> None:
    script(tmp_path / ".venv/bin/python")
    path = script(tmp_path / "gpu/bin/python")

    found = choose(None, tmp_path / "gpu", tmp_path / "model.py")

    assert found == Interpreter(path, "config")


def test_the_nearest_environment_up_the_tree(tmp_path: Path) -> None:
    script(tmp_path / ".venv/bin/python")
    path = script(tmp_path / "part/.venv/bin/python")

    found = choose(None, None, tmp_path / "part/models/model.py")

    assert found == Interpreter(path, ".venv")


def test_a_link_to_a_python_is_kept(tmp_path: Path) -> None:
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").symlink_to(sys.executable)

    found = choose(None, None, tmp_path)

    assert found.path == tmp_path / ".venv/bin/python"


def test_the_active_environment_comes_before_the_running_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = script(tmp_path / "env/bin/python")
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "env"))

    assert choose(None, None, tmp_path) == Interpreter(path, "$VIRTUAL_ENV")


@pytest.mark.usefixtures("no_environment")
def test_the_running_one_is_the_last(tmp_path: Path) -> None:
    assert choose(None, None, tmp_path).path == Path(sys.executable)


def test_a_python_with_torch_has_no_complaint() -> None:
    interpreter = Interpreter(Path(sys.executable), "running")

    assert complaint(interpreter) is None
    assert has_torch(interpreter)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("exit 1", "is no Python"),
        ("echo hello", "is no Python"),
        ("echo python 3 8 1", "is Python 3.8, older than 3.9"),
    ],
)
def test_another_program_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = script(tmp_path / "python", text)

    found = complaint(Interpreter(path, "config"))

    assert found == f"{path}: {message}; choose another interpreter with --python"


def test_a_python_without_torch_is_told_what_to_do(tmp_path: Path) -> None:
    path = script(tmp_path / "python", "echo python 3 12 0")

    found = complaint(Interpreter(path, ".venv"))

    assert found == (
        f"no torch in {path}: install it there,"
        " or choose another interpreter with --python"
    )


def test_a_path_that_leads_nowhere(tmp_path: Path) -> None:
    found = complaint(Interpreter(tmp_path / "python", "--python"))

    assert found == f"{tmp_path / 'python'}: does not exist; choose another interpreter"


def test_a_file_that_cannot_be_run(tmp_path: Path) -> None:
    (tmp_path / "python").write_text("")

    found = complaint(Interpreter(tmp_path / "python", "config"))

    assert found and "cannot be run: Permission denied" in found


def test_a_folder_called_torch_is_no_torch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch/__init__.py").write_text("raise SystemExit")
    monkeypatch.chdir(tmp_path)

    assert complaint(Interpreter(Path(sys.executable), "running")) is None
