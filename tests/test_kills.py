"""A command that is killed at any point leaves every file whole, old or new."""

import shutil
import stat
import sys
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from command import run
from endings import after_bytes, aged, at_step, drafts, killed
from kept import NO_NORM, checked, project, write

from blocklint.engine.atomic import sweep
from blocklint.engine.cache.folder import clean
from blocklint.engine.saving import save_file
from blocklint.report import Edited

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs a fork")

IDLE = "x = 1  # noqa: BL101\n"
FIXED = "x = 1\n"
JSON = ("check", "-j1", "--output-format=json")
KEEPING = (*JSON, "--cache-dir=../cache")


@pytest.fixture(autouse=True)
def caching(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BLOCKLINT_NO_CACHE")


@pytest.fixture
def code(tmp_path: Path) -> Path:
    folder = project(tmp_path / "code")
    time.sleep(0.05)  # What was written just now is not kept.
    return folder


def steps_of(folder: Path, *arguments: str, again: Path | None = None) -> Iterator[int]:
    """Kill a command at one step after the other, until it comes to its end.

    The folder `again` is each time what it was at first.
    """
    first = folder.parent / "first"
    if again is not None:
        shutil.copytree(again, first)
    for number in count(1):
        if again is not None:
            shutil.rmtree(again)
            shutil.copytree(first, again)
        if not killed(at_step(number), *arguments, folder=folder):
            return
        yield number


def test_a_new_cache_may_be_killed_at_every_step(code: Path) -> None:
    plain = run(*JSON, "--no-cache", folder=code)
    cache, left = code.parent / "cache", 0

    for _ in steps_of(code, *KEEPING):
        left += len(aged(cache))
        after = run(*KEEPING, folder=code)

        assert after == plain
        assert drafts(cache) == []
        assert (cache / ".gitignore").read_text() == "*\n"
        assert checked(code, cache).asked == ()
        assert clean(cache)
        assert not cache.exists()

    assert "post-norm" in plain.stdout
    assert left > 2


def test_a_cache_may_be_killed_at_every_step_of_an_update(code: Path) -> None:
    cache, left = code.parent / "cache", 0
    run(*KEEPING, folder=code)
    write(code / "parts" / "__init__.py", NO_NORM)
    time.sleep(0.05)
    plain = run(*JSON, "--no-cache", folder=code)

    for _ in steps_of(code, *KEEPING, again=cache):
        left += len(aged(cache))

        assert run(*KEEPING, folder=code) == plain
        assert drafts(cache) == []

    assert "post-norm" not in plain.stdout
    assert left > 2


@pytest.mark.parametrize("size", [0, 1, 100, 500])
def test_a_cache_may_be_killed_in_the_middle_of_a_file(code: Path, size: int) -> None:
    cache = code.parent / "cache"
    run(*KEEPING, folder=code)
    for path in code.rglob("*.py"):
        path.touch()
    time.sleep(0.05)
    plain = run(*JSON, "--no-cache", folder=code)

    died = killed(after_bytes(size), *KEEPING, folder=code)
    (half,) = aged(cache)

    assert died
    assert half.stat().st_size == size
    assert run(*KEEPING, folder=code) == plain
    assert drafts(cache) == []


def test_a_fix_may_be_killed_at_every_step(tmp_path: Path) -> None:
    path, seen = tmp_path / "code" / "model.py", set()
    write(path, IDLE)
    path.chmod(0o640)

    fix = ("check", "--fix", "--no-cache", ".")
    for _ in steps_of(path.parent, *fix, again=path.parent):
        seen.add(path.read_text())
        aged(path.parent)
        run(*fix, folder=path.parent)

        assert path.read_text() == FIXED
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        assert list(path.parent.iterdir()) == [path]

    assert seen == {IDLE}
    assert path.read_text() == FIXED


@pytest.mark.parametrize("size", [0, 3])
def test_a_fix_may_be_killed_in_the_middle_of_a_file(tmp_path: Path, size: int) -> None:
    path = tmp_path / "model.py"
    write(path, IDLE)

    died = killed(after_bytes(size), "check", "--fix", "--no-cache", folder=tmp_path)

    assert died
    assert path.read_text() == IDLE
    assert [half.stat().st_size for half in aged(tmp_path)] == [size]


def test_of_two_files_each_is_old_or_new(tmp_path: Path) -> None:
    folder, seen = tmp_path / "code", set()
    for name in ("a.py", "b.py"):
        write(folder / name, IDLE)

    for _ in steps_of(folder, "check", "--fix", "--no-cache", again=folder):
        seen.add(tuple(path.read_text() for path in sorted(folder.glob("*.py"))))

    assert seen == {(IDLE, IDLE), (FIXED, IDLE)}


@pytest.mark.parametrize(
    ("option", "name"),
    [("--output-file=out.txt", "out.txt"), ("--baseline=known.json", "known.json")],
)
def test_a_report_may_be_killed_at_every_step(
    tmp_path: Path, option: str, name: str
) -> None:
    folder, seen = tmp_path / "code", set()
    write(folder / "model.py", IDLE)
    command = ["check", "--no-cache", "--format=json", option]
    if name == "known.json":
        command.append("--update-baseline")
    run(*command, folder=folder)
    old = (folder / name).read_bytes()
    write(folder / "more.py", IDLE)

    for _ in steps_of(folder, *command, again=folder):
        seen.add((folder / name).read_bytes())

    assert seen == {old}
    assert len((folder / name).read_bytes()) > len(old)


def test_what_others_are_writing_is_not_swept_away(tmp_path: Path) -> None:
    old, young, other = (
        tmp_path / name
        for name in (
            ".blocklint-0123456789abcdef.tmp",
            ".blocklint-0123456789abcdee.tmp",
            ".blocklint-notes.tmp",
        )
    )
    write(old, "old")
    aged(tmp_path)
    write(young, "young")
    write(other, "mine")
    (tmp_path / ".blocklint-0123456789abcded.tmp").mkdir()

    sweep(tmp_path)
    sweep(tmp_path / "gone")

    assert not old.exists()
    assert len(list(tmp_path.iterdir())) == 3


def test_two_fixes_of_one_file_at_once_agree(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    write(path, FIXED)

    problem = save_file(Edited(str(path), IDLE.encode(), FIXED.encode(), 1))

    assert problem is None
    assert path.read_text() == FIXED
