"""A full disk, or one that is read-only: a clear word, and every file as it was."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import run
from endings import cramped, drafts
from expectations import ROOT
from kept import BLOCK, checked, project, write

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="knows one system")

IDLE = "x = 1  # noqa: BL101\n"
BIG = IDLE + "# a line\n" * 200
JSON = ("check", "-j1", "--output-format=json")
FULL = Path("/dev/full")


def contents(folder: Path) -> dict[str, bytes]:
    """All files below a folder, and what is in them."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "blocklint", *arguments]


def environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k != "BLOCKLINT_NO_CACHE"}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}


def test_a_cache_that_has_no_room_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BLOCKLINT_NO_CACHE")
    code = project(tmp_path / "code")
    time.sleep(0.05)
    plain = run(*JSON, "--no-cache", folder=code)

    full = cramped(600, *JSON, "--cache-dir=../cache", folder=code)

    assert (full.stdout, full.exit_code) == (plain.stdout, 1)
    assert full.stderr.count("The cache was not used") == 1
    assert "File too large" in full.stderr
    assert drafts(tmp_path) == []
    assert "block.py" in checked(code, tmp_path / "cache").asked
    assert checked(code, tmp_path / "cache").asked == ()


def test_a_cache_that_was_good_stays_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BLOCKLINT_NO_CACHE")
    code = project(tmp_path / "code")
    time.sleep(0.05)
    plain = run(*JSON, "--cache-dir=../cache", folder=code)
    before = contents(tmp_path / "cache")
    (code / "block.py").touch()
    time.sleep(0.05)

    full = cramped(0, *JSON, "--cache-dir=../cache", folder=code)

    assert full.stdout == plain.stdout
    assert "The cache was not used" in full.stderr
    assert contents(tmp_path / "cache") == before


def test_a_file_that_has_no_room_is_not_fixed(tmp_path: Path) -> None:
    write(tmp_path / "a.py", IDLE)
    write(tmp_path / "big.py", BIG)

    full = cramped(100, "check", "--fix", ".", folder=tmp_path)

    assert full.exit_code == 2
    assert "big.py: not fixed: cannot be written: File too large\n" in full.stderr
    assert "big.py:1:8" in full.stdout
    assert contents(tmp_path) == {"a.py": b"x = 1\n", "big.py": BIG.encode()}


@pytest.mark.parametrize("old", [None, b"an old report\n"])
def test_a_report_that_has_no_room_replaces_nothing(
    tmp_path: Path, old: bytes | None
) -> None:
    write(tmp_path / "model.py", IDLE)
    if old is not None:
        (tmp_path / "out.txt").write_bytes(old)
    before = contents(tmp_path)

    full = cramped(10, "check", "--output-file=out.txt", ".", folder=tmp_path)

    assert (full.exit_code, full.stdout) == (2, "")
    assert full.stderr == "Error: `out.txt`: cannot be written: File too large\n"
    assert contents(tmp_path) == before


def test_a_baseline_that_has_no_room_stays(tmp_path: Path) -> None:
    update = ("check", "--baseline=known.json", "--update-baseline", ".")
    write(tmp_path / "model.py", IDLE)
    run(*update, folder=tmp_path)
    write(tmp_path / "more.py", BIG)
    before = contents(tmp_path)

    full = cramped(60, *update, folder=tmp_path)

    assert full.exit_code == 2
    assert full.stderr.startswith(
        "known.json: not updated: cannot be written: File too large\n"
    )
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    "arguments",
    [("check", "."), ("check", "--diff", "."), ("inspect", "."), ("rule", "--all")],
)
def test_an_output_that_has_no_room_is_no_fault_of_ours(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    write(tmp_path / "model.py", IDLE + BLOCK)

    with FULL.open("w") as full:
        told = subprocess.run(
            command(*arguments),
            cwd=tmp_path,
            env={**environment(), "BLOCKLINT_NO_CACHE": "1"},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert told.returncode == 2
    assert told.stderr.endswith(
        "Error: the output cannot be written: No space left on device\n"
    )


@pytest.mark.parametrize(("text", "code"), [("x = 1\n", 0), (IDLE, 1)])
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_a_closed_stream_changes_no_exit_code(
    tmp_path: Path, text: str, code: int, closed: str
) -> None:
    write(tmp_path / "model.py", text)
    typed = f'"$0" -m blocklint check --no-cache --exit-zero . {closed}'
    typed = typed if code == 0 else typed.replace(" --exit-zero", "")

    told = subprocess.run(
        ["sh", "-c", typed, sys.executable],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        check=False,
    )

    assert told.returncode == code


def test_no_word_of_trouble_has_room_either(tmp_path: Path) -> None:
    with FULL.open("w") as full:
        told = subprocess.run(
            command("check", "no-such-file"),
            cwd=tmp_path,
            env=environment(),
            stdout=full,
            stderr=full,
            check=False,
        )

    assert told.returncode == 2


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A disk of 64 KiB, where whoever runs this may have one."""
    folder = Path(tempfile.mkdtemp())
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    done = os.geteuid() == 0 and shutil.which("mount") is not None
    if not done or subprocess.run(mount, check=False, capture_output=True).returncode:
        folder.rmdir()
        pytest.skip("no disk can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)
    folder.rmdir()


def test_a_disk_that_is_full(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BLOCKLINT_NO_CACHE")
    write(small_disk / "model.py", IDLE)
    write(small_disk / "big.py", BIG * 5)
    plain = run(*JSON, "--no-cache", ".", folder=small_disk)
    _fill(small_disk / "ballast")
    before = contents(small_disk)

    kept = run(*JSON, ".", folder=small_disk)
    fixed = run("check", "--fix", ".", folder=small_disk)
    report = run("check", "-o", "out.txt", ".", folder=small_disk)

    assert (kept.stdout, kept.exit_code) == (plain.stdout, 1)
    assert "The cache was not used" in kept.stderr
    assert (fixed.exit_code, report.exit_code) == (2, 2)
    assert "model.py: not fixed: cannot be written: No space left" in fixed.stderr
    assert "`out.txt`: cannot be written: No space left" in report.stderr
    assert contents(small_disk) == before


def _fill(path: Path) -> None:
    """Write until the disk has no room for a single page more."""
    with pytest.raises(OSError), path.open("wb", buffering=0) as file:
        while True:
            file.write(b"\0" * 4096)


@pytest.fixture
def bound() -> list[str]:
    """How to begin a command so that it may write only what anybody may write."""
    if os.geteuid() != 0:
        return []
    right = "-dac_override"
    prefix = ["setpriv", f"--bounding-set={right}", f"--inh-caps={right}"]
    works = shutil.which("setpriv") is not None
    if not works or subprocess.run([*prefix, "true"], check=False).returncode:
        pytest.skip("root may write anything, and cannot do without")
    return prefix


def ran(
    prefix: list[str], folder: Path, *arguments: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*prefix, *command(*arguments)],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_cache_that_may_not_be_written(tmp_path: Path, bound: list[str]) -> None:
    code = project(tmp_path / "code")
    time.sleep(0.05)
    plain = ran([], code, *JSON)
    (code / "block.py").touch()
    time.sleep(0.05)
    for path in (code, *code.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = contents(code)

    old = ran(bound, code, *JSON)
    new = ran(bound, code, *JSON, "--cache-dir=new")

    assert (old.stdout, old.returncode) == (plain.stdout, 1)
    assert (new.stdout, new.returncode) == (plain.stdout, 1)
    for each in (old, new):
        assert each.stderr.count("The cache was not used") == 1
        assert "Permission denied" in each.stderr
    assert contents(code) == before


def test_a_good_cache_may_be_read_where_nothing_is_written(
    tmp_path: Path, bound: list[str]
) -> None:
    code = project(tmp_path / "code")
    time.sleep(0.05)
    plain = ran([], code, *JSON)
    for path in (code, *code.rglob("*")):
        if path.is_dir():
            path.chmod(0o555)

    again = ran(bound, code, *JSON)

    assert again.stdout == plain.stdout
    assert "The cache was not used" not in again.stderr


def test_files_that_may_not_be_written(tmp_path: Path, bound: list[str]) -> None:
    path = tmp_path / "code" / "model.py"
    write(path, IDLE)
    fix = ("check", "--fix", "--no-cache", ".")

    path.chmod(0o444)
    file = ran(bound, path.parent, *fix)
    path.chmod(0o644)
    path.parent.chmod(0o555)
    within = ran(bound, path.parent, *fix)
    report = ran(bound, path.parent, "check", "-oout.txt", "--no-cache", ".")

    assert [each.returncode for each in (file, within, report)] == [2, 2, 2]
    assert "not fixed: cannot be written: it is read-only" in file.stderr
    assert "not fixed: cannot be written: Permission denied" in within.stderr
    assert "`out.txt`: cannot be written: Permission denied" in report.stderr
    assert contents(path.parent) == {"model.py": IDLE.encode()}
