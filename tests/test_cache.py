"""What is kept from one check to the next is what a new check would find."""

import errno
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from command import Outcome, run
from endings import drafts
from expectations import FIXTURES, ROOT
from kept import NO_NORM, NORM, checked, project, write

from blocklint.engine import Options, Request, check, load_rules
from blocklint.engine.cache.folder import clean, made
from blocklint.engine.cache.packs import Pack, save
from blocklint.engine.cache.plain import plain, restored
from blocklint.engine.heads import imported
from blocklint.rule import Finding

ALL = ("__init__.py", "block.py", "other.py")
FOUND = ("post-norm", "unused-submodule")


def packs(cache: Path) -> list[Path]:
    return sorted(cache.glob("findings-*/*.json"))


def checks(folder: Path, *options: str) -> Outcome:
    """The real command, with its cache beside the code."""
    return run("check", "--output-format", "json", *options, folder=folder)


@pytest.fixture
def caching(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BLOCKLINT_NO_CACHE")


def test_what_is_known_is_not_asked_for_again(tmp_path: Path) -> None:
    code, cache = project(tmp_path / "code"), tmp_path / "cache"

    first = checked(code, cache)
    second = checked(code, cache)

    assert (first.asked, first.rules) == (ALL, FOUND)
    assert (second.asked, second.rules) == ((), FOUND)


def test_an_edit_is_seen_even_if_size_and_time_stay(tmp_path: Path) -> None:
    code, cache = project(tmp_path / "code"), tmp_path / "cache"
    checked(code, cache)
    before = (code / "other.py").stat()

    write(code / "other.py", "import re\n")
    os.utime(code / "other.py", ns=(before.st_atime_ns, before.st_mtime_ns))

    assert checked(code, cache).asked == ("other.py",)


def test_a_file_that_is_only_touched_stays_known(tmp_path: Path) -> None:
    code, cache = project(tmp_path / "code"), tmp_path / "cache"
    checked(code, cache)

    (code / "block.py").touch()

    assert checked(code, cache).asked == ()


def test_a_notebook_is_read_each_time_and_says_the_same(
    tmp_path: Path, caching: None
) -> None:
    code = project(tmp_path / "code")
    lesson = FIXTURES / "notebooks" / "lesson.ipynb"
    (code / lesson.name).write_bytes(lesson.read_bytes())
    alone = checks(code, "--no-cache")

    cold, warm = checks(code), checks(code)

    assert cold.stdout == warm.stdout == alone.stdout
    assert "lesson.ipynb" in alone.stdout
    assert len(checked(code, tmp_path / "cache").asked) == len(ALL) + 1
    assert checked(code, tmp_path / "cache").asked == ("lesson.ipynb",)


def test_shards_fill_a_cache_for_the_whole(tmp_path: Path, caching: None) -> None:
    code = project(tmp_path / "code")
    time.sleep(0.05)
    parts = [checks(code, "--shard", f"{number}/2") for number in (1, 2)]

    whole = checks(code)

    assert "post-norm" in whole.stdout
    assert whole.stdout == checks(code, "--no-cache").stdout
    assert any("post-norm" in part.stdout for part in parts)


def test_an_edit_of_an_imported_file_counts(tmp_path: Path) -> None:
    code, cache = project(tmp_path / "code"), tmp_path / "cache"
    checked(code, cache)

    write(code / "parts" / "__init__.py", NO_NORM)
    after = checked(code, cache)

    assert after.asked == ("__init__.py", "block.py")
    assert after.rules == ("unused-submodule",)


def test_a_file_that_comes_to_stand_before_an_imported_one_counts(
    tmp_path: Path,
) -> None:
    code, cache = project(tmp_path / "code"), tmp_path / "cache"
    checked(code, cache)

    write(code / "parts.py", NO_NORM)
    after = checked(code, cache)

    assert after.asked == ("block.py", "parts.py")
    assert after.rules == ("unused-submodule",)


def test_an_imported_file_that_is_gone_counts(tmp_path: Path) -> None:
    code, cache = project(tmp_path / "code"), tmp_path / "cache"
    write(code / "parts.py", NO_NORM)
    checked(code, cache)

    (code / "parts.py").unlink()
    after = checked(code, cache)

    assert (after.asked, after.rules) == (("block.py",), FOUND)


def test_a_new_file_that_uses_a_class_counts(tmp_path: Path) -> None:
    code, cache = project(tmp_path / "code"), tmp_path / "cache"
    checked(code, cache)

    write(code / "user.py", "from block import Block\nprint(Block(8).spare)\n")
    with_user = checked(code, cache)
    (code / "user.py").unlink()
    without = checked(code, cache)

    assert with_user.asked == ("block.py", "user.py")
    assert with_user.rules == ("post-norm",)
    assert (without.asked, without.rules) == (("block.py",), FOUND)


def test_a_folder_that_becomes_a_package_counts(tmp_path: Path) -> None:
    code, cache = project(tmp_path / "code"), tmp_path / "cache"
    checked(code, cache)

    write(code / "__init__.py", "")

    assert "block.py" in checked(code, cache).asked


def test_each_choice_of_rules_has_its_own_answers(tmp_path: Path) -> None:
    code, cache = project(tmp_path / "code"), tmp_path / "cache"
    checked(code, cache)

    chosen = checked(code, cache, ignore=("post-norm",))
    again = checked(code, cache, ignore=("post-norm",))
    usual = checked(code, cache)

    assert (chosen.asked, chosen.rules) == (ALL, ("unused-submodule",))
    assert (again.asked, again.rules) == ((), ("unused-submodule",))
    assert (usual.asked, usual.rules) == ((), FOUND)


def test_an_edit_of_the_config_counts(tmp_path: Path) -> None:
    code, cache = project(tmp_path / "code"), tmp_path / "cache"
    config = code / "pyproject.toml"
    write(config, "[tool.blocklint]\nselect = ['post-norm']\n")
    before = checked(code, cache)

    write(config, "[tool.blocklint]\nselect = ['post-norm']\nplacement = 'post'\n")
    policy = checked(code, cache)
    write(config, "[tool.blocklint.severity]\npost-norm = 'note'\n")
    severity = checked(code, cache)

    assert (before.asked, before.rules) == (ALL, ("post-norm",))
    assert (policy.asked, policy.rules) == (ALL, ())
    assert (severity.asked, severity.rules) == (ALL, FOUND)


HARM: dict[str, Callable[[bytes], bytes]] = {
    "truncated": lambda data: data[: len(data) // 2],
    "empty": lambda data: b"",
    "noise": lambda data: b"\0\xff" * 999,
    "altered": lambda data: data.replace(b"post-norm", b"some-norm"),
    "foreign": lambda data: b"[]",
}


@pytest.mark.parametrize("harm", HARM)
def test_a_damaged_pack_is_made_anew(harm: str, tmp_path: Path) -> None:
    code, cache = project(tmp_path / "code"), tmp_path / "cache"
    checked(code, cache)
    for pack in packs(cache):
        pack.write_bytes(HARM[harm](pack.read_bytes()))

    damaged = checked(code, cache)
    mended = checked(code, cache)

    assert "block.py" in damaged.asked
    assert damaged.rules == FOUND
    assert (mended.asked, mended.rules) == ((), FOUND)


def test_a_pack_of_another_folder_says_nothing(tmp_path: Path) -> None:
    code, cache = project(tmp_path / "code"), tmp_path / "cache"
    other = project(tmp_path / "other", NO_NORM)
    checked(code, cache)
    checked(other, tmp_path / "others")

    theirs = packs(tmp_path / "others")
    for mine, foreign in zip(packs(cache), reversed(theirs), strict=True):
        mine.write_bytes(foreign.read_bytes())

    assert checked(code, cache).rules == FOUND


def test_a_disk_that_is_full_costs_nothing_but_the_cache(tmp_path: Path) -> None:
    code, cache = project(tmp_path / "code"), tmp_path / "cache"
    tried: list[Path] = []

    def full(place: Path, pack: Pack) -> None:
        tried.append(place)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    ran = checked(code, cache, full)

    assert ran.rules == FOUND
    assert ran.problem == f"{made(cache)}: No space left on device"
    assert len(tried) == 1
    assert packs(cache) == []


def test_a_write_that_fails_leaves_the_pack_that_was_there(tmp_path: Path) -> None:
    code, cache = project(tmp_path / "code"), tmp_path / "cache"
    checked(code, cache)
    before = {path: path.read_bytes() for path in packs(cache)}
    place = made(cache)

    with pytest.raises(OSError):
        save(place / "gone" / "x.json", Pack(str(code)))

    assert {path: path.read_bytes() for path in packs(cache)} == before
    assert drafts(place) == []


def test_findings_come_back_exactly() -> None:
    folders = [FIXTURES / "readme", FIXTURES / "rules" / "residual_after_norm"]
    found = check(Request(tuple(map(str, folders)), Options(isolated=True))).findings

    back = [restored(Finding, json.loads(json.dumps(plain(each)))) for each in found]

    assert back == list(found)
    assert any(each.fix for each in back) and any(each.related for each in back)


def test_data_of_another_form_is_no_finding() -> None:
    with pytest.raises(ValueError):
        restored(Finding, ["a.py", 3])


@pytest.mark.usefixtures("caching")
def test_reports_are_the_same_with_and_without(tmp_path: Path) -> None:
    project(tmp_path)
    write(tmp_path / "bad.py", "def forward(:\n")
    write(tmp_path / "noqa.py", "x = 1  # noqa: BL101\n")
    time.sleep(0.05)

    plainly = checks(tmp_path, "--no-cache")
    cold, warm = checks(tmp_path), checks(tmp_path)
    elsewhere = checks(tmp_path.parent, f"--cache-dir={tmp_path}/x", str(tmp_path))

    assert json.loads(plainly.stdout) != []
    assert cold == plainly
    assert warm == plainly
    assert len(json.loads(elsewhere.stdout)) == len(json.loads(plainly.stdout))


@pytest.mark.usefixtures("caching")
def test_the_folder_is_marked_as_a_cache_and_can_be_cleaned(tmp_path: Path) -> None:
    project(tmp_path)
    checks(tmp_path)
    folder = tmp_path / ".blocklint_cache"
    marks = (folder / ".gitignore").read_text(), (folder / "CACHEDIR.TAG").read_text()

    cleaned = run("clean", folder=tmp_path)
    again = run("clean", folder=tmp_path)

    assert marks[0] == "*\n"
    assert marks[1].startswith("Signature: 8a477f597d28d172789f06886806bc55")
    assert (cleaned.exit_code, cleaned.stderr) == (0, f"Removed {folder}.\n")
    assert again.stderr == f"There is no cache in {folder}.\n"
    assert not folder.exists()


def test_cleaning_takes_nothing_of_others(tmp_path: Path) -> None:
    write(tmp_path / "notes.txt", "mine")
    made(tmp_path)

    assert clean(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.usefixtures("caching")
def test_a_place_that_cannot_be_is_done_without(tmp_path: Path) -> None:
    project(tmp_path)
    write(tmp_path / "taken", "a file")

    ran = checks(tmp_path, "--cache-dir", "taken/here")

    assert ran.exit_code == 1
    assert ran.stderr.count("The cache was not used") == 1
    assert ran.stdout == checks(tmp_path, "--no-cache").stdout


@pytest.mark.usefixtures("caching")
def test_the_standard_input_is_not_kept(tmp_path: Path) -> None:
    run("check", "-", folder=tmp_path, stdin=NORM.encode())

    assert list(tmp_path.iterdir()) == []


def test_a_check_that_knows_all_answers_loads_no_parser(tmp_path: Path) -> None:
    code, cache = project(tmp_path / "code"), tmp_path / "cache"
    script = (
        "import atexit, sys\n"
        "heavy = {'libcst', 'blocklint.rules.post_norm', 'torch'}\n"
        "atexit.register(lambda: print({*sys.modules} & heavy))\n"
        "from blocklint.cli import main\n"
        f"main(['check', '-j1', '--cache-dir', {str(cache)!r}, '.'])"
    )
    time.sleep(0.05)

    outputs = [
        subprocess.run(
            [sys.executable, "-c", script],
            cwd=code,
            env=without_switch(),
            check=False,
            capture_output=True,
            text=True,
        ).stdout.splitlines()[-1]
        for _ in range(2)
    ]

    assert "blocklint.rules.post_norm" in outputs[0]
    assert outputs[1] == "set()"


def without_switch() -> dict[str, str]:
    path = {"PYTHONPATH": str(ROOT)}
    return {k: v for k, v in os.environ.items() if k != "BLOCKLINT_NO_CACHE"} | path


def test_heads_of_rules_are_read_as_the_rules_are() -> None:
    for rule in load_rules().rules:
        real = imported(f"blocklint.rules.{rule.name.replace('-', '_')}")

        assert (rule.code, rule.name, rule.severity) == (
            real.code,
            real.name,
            real.severity,
        )
        assert (rule.doc, rule.basis) == (real.doc, real.basis)
