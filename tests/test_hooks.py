"""The hooks of this checkout, run by the real pre-commit on real repositories."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from expectations import ROOT
from repositories import Repo, code

MANIFEST = ROOT / ".pre-commit-hooks.yaml"
CLEAN = code("A").replace("self.normA(x + self.mlp(x))", "x + self.mlp(self.normA(x))")
NOT_PART_OF_IT = (".*_cache", ".git", ".venv", "*.egg-info", "fixtures", "tests")
FIXABLE = "x = 1  # blocklint: ignore[post-norm]\n"


@dataclass(frozen=True)
class Ran:
    """How pre-commit ended, and what it said."""

    failed: int
    said: str


def hooks() -> Mapping[str, dict[str, Any]]:
    return {hook["id"]: hook for hook in yaml.safe_load(MANIFEST.read_text())}


def pre_commit(repo: Repo, *arguments: str) -> Ran:
    ran = subprocess.run(
        [sys.executable, "-m", "pre_commit", *arguments],
        cwd=repo.top,
        env={**repo.environment, "PRE_COMMIT_HOME": str(repo.home / "pre-commit")},
        capture_output=True,
        text=True,
        check=False,
    )
    return Ran(ran.returncode, ran.stdout + ran.stderr)


def configured(repo: Repo, *given: Mapping[str, object]) -> None:
    """Have the repository use a hook, as installed where these tests run.

    What is `given` says which hook, and what the project decides itself; several make
    several hooks.
    """
    every = [_local(each) for each in given or ({},)]
    config = {"repos": [{"repo": "local", "hooks": every}]}
    repo.write(".pre-commit-config.yaml", yaml.safe_dump(config))


def _local(given: Mapping[str, object]) -> Mapping[str, object]:
    manifest = hooks()[str(given.get("id", "blocklint"))]
    hook = {**manifest, "language": "system", **given}
    del hook["minimum_pre_commit_version"]
    return hook


def hooked(repo: Repo, *given: Mapping[str, object]) -> Ran:
    """Run a hook, or several, on all that is staged."""
    configured(repo, *given)
    repo.git("add", "--all")
    return pre_commit(repo, "run")


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    repo = Repo.new(tmp_path)
    repo.write("README.md", "Nothing to check.\n")
    repo.commit()
    return repo


def test_the_manifest_is_valid() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "pre_commit", "validate-manifest", MANIFEST],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert list(hooks()) == ["blocklint", "blocklint-trace"]


def test_a_clean_file_passes(repo: Repo) -> None:
    repo.write("model.py", CLEAN)

    ran = hooked(repo)

    assert not ran.failed
    assert "Passed" in ran.said


def test_a_file_with_findings_fails(repo: Repo) -> None:
    repo.write("model.py", code("A"))

    ran = hooked(repo)

    assert ran.failed
    assert "exit code: 1" in ran.said
    assert "BL101" in ran.said


def test_findings_stop_a_commit(repo: Repo) -> None:
    repo.write("model.py", code("A"))
    configured(repo)
    installed = pre_commit(repo, "install")
    repo.git("add", "--all")

    ran = subprocess.run(
        ["git", "commit", "--message", "Add a model"],
        cwd=repo.top,
        env={**repo.environment, "PRE_COMMIT_HOME": str(repo.home / "pre-commit")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert not installed.failed
    assert ran.returncode == 1
    assert "BL101" in ran.stderr
    assert repo.git("rev-list", "--count", "HEAD") == "1\n"


def test_no_file_matches(repo: Repo) -> None:
    repo.write("notes.txt", code("A"))
    repo.write("model.pyi", code("A"))

    ran = hooked(repo)

    assert not ran.failed
    assert "(no files to check)Skipped" in ran.said


def test_a_script_without_an_ending_is_checked(repo: Repo) -> None:
    script = repo.write("train", f"#!/usr/bin/env python3\n{code('A')}")
    script.chmod(0o755)

    ran = hooked(repo)

    assert ran.failed
    assert "train:5:7" in ran.said


def test_more_files_than_one_command_line_holds(repo: Repo) -> None:
    folder = "/".join(["a_rather_long_name_of_a_folder"] * 6)
    for number in range(900):
        repo.write(f"{folder}/part{number}.py", "")
    repo.write(f"{folder}/model.py", code("A"))

    ran = hooked(repo)

    assert ran.failed
    assert ran.said.count("All checks passed in") >= 1
    assert ran.said.count("Found 1 finding") == 1


def test_a_fix_is_made_and_fails_once(repo: Repo) -> None:
    repo.write("plain.py", FIXABLE)

    first = hooked(repo, {"args": ["--fix"]})
    second = hooked(repo, {"args": ["--fix"]})

    assert first.failed
    assert "files were modified by this hook" in first.said
    assert (repo.top / "plain.py").read_text() == "x = 1\n"
    assert not second.failed


def test_exit_codes(repo: Repo) -> None:
    repo.write("model.py", code("A"))
    asked = {
        "--exit-zero": "Passed",
        "--ignore=post-norm": "Passed",
        "--output-format=concise": "exit code: 1",
        "--select=no-such-rule": "exit code: 2",
        "--no-such-option": "exit code: 2",
    }
    each = [{"name": f"With {arg}", "args": [arg]} for arg in asked]

    ran = hooked(repo, *each)

    parts = ran.said.split("With ")[1:]
    assert [part.split(".")[0] for part in parts] == list(asked)
    for part, ended in zip(parts, asked.values(), strict=True):
        assert ended in part


def test_odd_names(repo: Repo) -> None:
    names = ["-model.py", "--fix", "a'\".py", "with blank.py", "ünï.py"]
    for name in names:
        path = repo.write(name, f"#!/usr/bin/env python3\n{code('A')}")
        path.chmod(0o755)

    ran = hooked(repo)

    assert ran.failed
    assert "Found 5 findings (5 warnings) in 5 files." in ran.said
    assert [f"--> {name}:5:7" in ran.said for name in names] == [True] * 5


def test_arguments_of_a_project_may_end_the_options_too(repo: Repo) -> None:
    repo.write("-plain.py", FIXABLE)

    without = hooked(repo, {"args": ["--fix"]})
    given = hooked(repo, {"args": ["--fix", "--"]})

    assert "exit code: 2" in without.said
    assert given.failed
    assert (repo.top / "-plain.py").read_text() == "x = 1\n"


def test_a_deleted_file_is_not_asked_for(repo: Repo) -> None:
    repo.write("model.py", code("A"))
    repo.write("other.py", CLEAN)
    repo.commit()
    (repo.top / "model.py").unlink()
    repo.edit("other.py", "nn.GELU()", "nn.ReLU()")

    ran = hooked(repo)

    assert not ran.failed
    assert "Passed" in ran.said


def test_what_the_project_excludes_stays_excluded(repo: Repo) -> None:
    repo.write("vendored/model.py", code("A"))
    repo.write("pyproject.toml", '[tool.blocklint]\nexclude = ["vendored"]\n')

    ran = hooked(repo)

    assert not ran.failed
    assert "Passed" in ran.said


def test_what_is_not_staged_is_not_checked(repo: Repo) -> None:
    repo.write("model.py", CLEAN)
    configured(repo)
    repo.git("add", "--all")
    repo.write("model.py", code("A"))

    ran = pre_commit(repo, "run")

    assert not ran.failed
    assert (repo.top / "model.py").read_text() == code("A")


def test_only_what_changed_since_the_last_commit(repo: Repo) -> None:
    repo.write("model.py", code("A", "B"))
    repo.commit()
    repo.edit("model.py", "self.normB(x + ", "self.normB(2 * x + ")

    ran = hooked(repo, {"args": ["--changed", "--output-format", "concise"]})

    assert ran.failed
    assert "Found 1 finding" in ran.said


def test_the_run_is_made_by_the_project_s_interpreter(repo: Repo) -> None:
    repo.write("model.py", code("A"))

    ran = hooked(repo, {"id": "blocklint-trace", "args": ["--python", sys.executable]})

    assert ran.failed
    assert "confirmed" in ran.said


def test_without_torch_the_hook_says_that_nothing_ran(repo: Repo) -> None:
    repo.write("model.py", CLEAN)
    other = repo.home / "bare"
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", str(other)], check=True
    )

    ran = hooked(
        repo, {"id": "blocklint-trace", "args": ["--python", f"{other}/bin/python"]}
    )

    assert not ran.failed
    assert "Blocks were not run: " in ran.said


def test_installed_from_a_clone(repo: Repo, tmp_path: Path) -> None:
    source = Repo(tmp_path / "source", repo.home)
    shutil.copytree(ROOT, source.top, ignore=shutil.ignore_patterns(*NOT_PART_OF_IT))
    source.git("init", "--quiet")
    commit = source.commit()
    hook = {"id": "blocklint", "args": ["--output-format", "concise"]}
    config = {"repos": [{"repo": str(source.top), "rev": commit, "hooks": [hook]}]}
    repo.write(".pre-commit-config.yaml", yaml.safe_dump(config))
    repo.write("model.py", code("A"))
    repo.git("add", "--all")

    ran = pre_commit(repo, "run", "--all-files")

    if "No matching distribution" in ran.said and "CI" not in os.environ:
        pytest.skip("the packages that blocklint needs cannot be installed here")
    assert "exit code: 1" in ran.said
    assert "model.py:4:7: BL101 post-norm" in ran.said
