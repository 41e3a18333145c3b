"""Which files a search leaves out: what the config excludes and what git ignores."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from command import run
from hypothesis import given, settings, strategies as st

from blocklint.engine.config import Configs
from blocklint.engine.discover import discover
from blocklint.engine.request import Options, Request

FILES = ("m.py", "a/m.py", "a/n.py", "a/b/m.py", "b/n.py", "b/a/m.py", "c d/m.py")
FOLDERS = ("", "a", "a/b", "b")
PATTERNS = st.sampled_from(
    [
        *("a", "b/", "/a", "*.py", "m.*", "n.py", "a/m.py", "/a/*", "**/b", "a/**"),
        *("**/a/m.py", "?.py", "[mn].py", "[!m].py", "*", "/*", "*/", "c\\ d", "c d/"),
        *("", " ", "# a", "\\#a", "[z-a]", "[", "!", "/", "a/b", "./m.py", "m.py  "),
    ]
)
LINES = st.tuples(st.sampled_from(["", "!"]), PATTERNS).map("".join)
IGNORES = st.dictionaries(st.sampled_from(FOLDERS), st.lists(LINES, max_size=4))


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def git(folder: Path, *arguments: str) -> str:
    bare = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull}
    command = ["git", "-c", "core.quotePath=false", *arguments]
    return subprocess.run(
        command, cwd=folder, env=bare, check=True, capture_output=True, text=True
    ).stdout


def repository(folder: Path, files: Mapping[str, str]) -> Path:
    git(folder, "init", "--quiet")
    write(folder, files)
    return folder


def found(folder: Path, *names: str, **options: bool) -> list[str]:
    """What is discovered below a folder, or of the paths in it that are named."""
    chosen = Options(isolated=True, **options)  # type: ignore[arg-type]
    paths = tuple(str(folder / name) for name in names or (".",))
    files = discover(Request(paths, chosen), Configs(chosen))
    return sorted(Path(file.name).relative_to(folder).as_posix() for file in files)


@settings(deadline=None, max_examples=50)
@given(IGNORES)
def test_what_git_ignores_is_left_out(ignores: Mapping[str, list[str]]) -> None:
    texts = {f"{where}/.gitignore".lstrip("/"): ls for where, ls in ignores.items()}
    with TemporaryDirectory() as name:
        folder = repository(
            Path(name),
            dict.fromkeys(FILES, "") | {f: "\n".join(ls) for f, ls in texts.items()},
        )

        left = found(folder)
        forced = found(folder, *FILES, force_exclude=True)

        others = git(folder, "ls-files", "--others", "--exclude-standard", "*.py")
        assert left == forced == sorted(others.splitlines())


def test_nothing_is_ignored_outside_of_a_repository(tmp_path: Path) -> None:
    write(tmp_path, {".gitignore": "*.py", "m.py": ""})

    assert found(tmp_path) == ["m.py"]


def test_a_work_tree_has_a_file_in_the_place_of_its_repository(tmp_path: Path) -> None:
    write(tmp_path, {".git": "gitdir: elsewhere", ".gitignore": "m.py", "m.py": ""})

    assert found(tmp_path) == []


def test_the_exclude_file_of_a_repository_counts(tmp_path: Path) -> None:
    folder = repository(tmp_path, {"m.py": "", "n.py": ""})
    (folder / ".git" / "info").mkdir(exist_ok=True)
    (folder / ".git" / "info" / "exclude").write_text("m.py\r\n")

    assert found(folder) == ["n.py"]


def test_a_repository_within_another_asks_its_own_files_alone(tmp_path: Path) -> None:
    folder = repository(tmp_path, {".gitignore": "m.py", "sub/m.py": "", "m.py": ""})
    git(folder / "sub", "init", "--quiet")

    assert found(folder) == ["sub/m.py"]
    assert found(folder, "sub/m.py", force_exclude=True) == ["sub/m.py"]


def test_a_path_that_is_named_is_not_left_out(tmp_path: Path) -> None:
    files = {".gitignore": "gen/\nm.py", "gen/.gitignore": "n.py", "m.py": ""}
    within = {"gen/m.py": "", "gen/n.py": "", "gen/o.py": ""}
    folder = repository(tmp_path, files | within)

    assert found(folder) == []
    assert found(folder, "m.py", "gen") == ["gen/o.py", "m.py"]
    assert found(folder, "m.py", "gen", force_exclude=True) == []
    assert found(folder, respect_gitignore=False) == [*sorted(within), "m.py"]


@pytest.mark.parametrize(
    ("key", "option", "expected"),
    [
        ("", "--respect-gitignore", ["n.py"]),
        ("respect-gitignore = false", "", ["m.py", "n.py"]),
        ("respect-gitignore = false", "--respect-gitignore", ["n.py"]),
        ("", "--no-respect-gitignore", ["m.py", "n.py"]),
        ("exclude = ['n*']\nforce-exclude = true", "n.py", []),
        ("exclude = ['n*']\nforce-exclude = true", "--no-force-exclude", []),
        ("extend-exclude = ['n*']", "n.py", ["n.py"]),
        ("extend-exclude = ['m*']", "--extend-exclude=n.py", []),
    ],
)
def test_the_keys_and_the_options(
    tmp_path: Path, key: str, option: str, expected: list[str]
) -> None:
    broken = {"m.py": "(", "n.py": "("}
    config = f"[tool.blocklint]\n{key}\n"
    write(tmp_path, {".gitignore": "m.py", ".git": "", "pyproject.toml": config})
    write(tmp_path, broken)

    arguments = [option] if option else []
    outcome = run("check", "--format", "concise", *arguments, folder=tmp_path)

    assert [line.split(":")[0] for line in outcome.stdout.splitlines()] == expected


def test_a_glob_with_an_exclamation_mark_means_all_other_files(tmp_path: Path) -> None:
    config = "[tool.blocklint.per-file-ignores]\n'!new/**' = ['syntax-error']\n"
    write(tmp_path, {"pyproject.toml": config, "old/m.py": "(", "new/m.py": "("})

    outcome = run("check", "--format", "concise", folder=tmp_path)

    assert outcome.stdout.startswith("new/m.py:1:")
    assert outcome.stderr == "Found 1 finding (1 error) in 2 files.\n"
