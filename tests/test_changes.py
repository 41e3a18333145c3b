"""`check --changed` and `--since`: only what was touched is reported."""

import json
from pathlib import Path

import pytest
from command import Outcome, run
from repositories import Repo, code

from blocklint.engine.changes import Lines, lines_in
from blocklint.engine.touched import Touched
from blocklint.source import Source

RESULT = "return self.norm{0}(x + self.mlp(x))"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A repository whose one commit holds a file with three post-norm blocks."""
    repo = Repo.new(tmp_path)
    repo.write("model.py", code("A", "B", "C"))
    repo.commit()
    return repo


def check(repo: Repo, *options: str, folder: str = ".") -> Outcome:
    rule = ["--isolated", "--select", "post-norm,BL9"]
    return run("check", *rule, "--format", "json", *options, folder=repo.top / folder)


def told(repo: Repo, *options: str, folder: str = ".") -> list[str]:
    """What is reported, as `path:class`."""
    outcome = check(repo, *options, folder=folder)
    assert outcome.exit_code in (0, 1), outcome.stderr
    return [f"{each['path']}:{each['class']}" for each in json.loads(outcome.stdout)]


def touch(repo: Repo, name: str, path: str = "model.py") -> None:
    """Change a line of the class of this name; it stays what it is."""
    result = RESULT.format(name)
    repo.edit(path, result, f"x = x + 0\n        {result}")


def test_nothing_has_changed(repo: Repo) -> None:
    outcome = check(repo, "--changed")

    assert (outcome.exit_code, outcome.stdout) == (0, "[]\n")
    assert outcome.stderr == "No Python files to check.\n"


def test_only_the_block_that_was_edited_is_reported(repo: Repo) -> None:
    touch(repo, "B")

    assert told(repo) == ["model.py:A", "model.py:B", "model.py:C"]
    assert told(repo, "--changed") == ["model.py:B"]


def test_staged_unstaged_and_untracked_changes_all_count(repo: Repo) -> None:
    touch(repo, "A")
    repo.git("add", "--all")
    touch(repo, "C")
    repo.write("new.py", code("New"))

    assert told(repo, "--changed") == ["model.py:A", "model.py:C", "new.py:New"]


def test_what_git_ignores_has_not_changed(repo: Repo) -> None:
    repo.write(".gitignore", "/made/\n")
    repo.write("made/model.py", code("Made"))

    assert told(repo, "--changed") == []
    assert told(repo, "made") == ["made/model.py:Made"]


def test_before_the_first_commit_all_is_new(tmp_path: Path) -> None:
    repo = Repo.new(tmp_path)
    repo.write("staged.py", code("A"))
    repo.git("add", "--all")
    repo.write("model.py", code("B"))

    assert told(repo, "--changed") == ["model.py:B", "staged.py:A"]


def test_since_looks_at_the_work_of_this_branch_alone(repo: Repo) -> None:
    repo.git("switch", "--quiet", "--create", "topic")
    touch(repo, "A")
    repo.commit()
    touch(repo, "B")
    repo.git("stash", "--quiet")
    repo.git("switch", "--quiet", "main")
    touch(repo, "C")
    repo.commit()
    repo.git("switch", "--quiet", "topic")
    repo.git("stash", "pop", "--quiet")

    assert told(repo, "--since", "main") == ["model.py:A", "model.py:B"]
    assert told(repo, "--changed") == ["model.py:B"]


def test_since_takes_tags_and_numbers_too(repo: Repo) -> None:
    first = repo.git("rev-parse", "HEAD").strip()
    repo.git("tag", "--annotate", "--message", "one", "v1")
    touch(repo, "A")
    repo.commit()

    for name in (first, first[:10], "v1", "HEAD~1"):
        assert told(repo, "--since", name) == ["model.py:A"]
    assert told(repo, "--since", "HEAD") == []


def test_a_renamed_file_keeps_its_history(repo: Repo) -> None:
    repo.git("mv", "model.py", "renamed.py")
    assert told(repo, "--changed") == []

    touch(repo, "B", "renamed.py")

    assert told(repo, "--changed") == ["renamed.py:B"]


def test_deleted_files_are_no_matter(repo: Repo) -> None:
    repo.write("other.py", code("Other"))
    repo.commit()
    (repo.top / "model.py").unlink()
    touch(repo, "Other", "other.py")

    assert told(repo, "--changed") == ["other.py:Other"]


def test_a_class_that_was_deleted_touches_no_neighbour(repo: Repo) -> None:
    repo.write("model.py", code("A", "C"))

    assert told(repo, "--changed") == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("        x = x + 0\n", ""),
        ("\n    def last(self):\n        return 0\n", ""),
        ("    def last(self):\n        return 0\n", "\n\nTHERE = 1\n"),
        ("# Of note.\n", ""),
        ("# Of note.\n", "# Of no note.\n"),
        ("@marked\n", ""),
        ("@marked\n", "@marked\n@marked\n"),
    ],
)
def test_lines_that_are_gone_touch_their_class(repo: Repo, old: str, new: str) -> None:
    longer = f"x = x + 0\n        {RESULT.format('B')}"
    last = "    def last(self):\n        return 0"
    text = code("A", "B", "C").replace("class B(", "# Of note.\n@marked\nclass B(")
    repo.write("model.py", text.replace(RESULT.format("B"), f"{longer}\n\n{last}"))
    repo.commit()
    repo.edit("model.py", old, new)

    assert told(repo, "--changed") == ["model.py:B"]


def test_a_class_is_touched_by_what_it_uses_in_its_file(repo: Repo) -> None:
    text = code("A", "B", "C").replace("nn.GELU()", "make(d)", 1)
    make = "def make(d):\n    return Part(d)\n"
    part = "class Part(nn.GELU):\n    size = 1\n"
    repo.write("model.py", text.replace("class A", f"{make}\n\n{part}\n\nclass A"))
    repo.commit()
    repo.edit("model.py", "size = 1", "size = 2")

    assert told(repo, "--changed") == ["model.py:A"]


@pytest.mark.parametrize(
    ("line", "names"),
    [
        (1, set()),
        (3, {"WIDTH", "Base", "Child", "Quoted", "Net"}),
        (4, {"Config", "Typed", "Net"}),
        (5, {"Base", "Child", "Quoted", "Net"}),
        (7, {"Child"}),
        (9, {"Typed", "Net"}),
        (13, {"Net"}),
        (14, {"Net"}),
    ],
)
def test_what_uses_what(line: int, names: set[str]) -> None:
    text = (
        "from torch import nn\n\n"
        "WIDTH = 8\n"
        "class Config: pass\n"
        "class Base(nn.Module):\n"
        "    width = WIDTH\n"
        "class Child(Base):\n"
        "    child = 1\n"
        "class Typed(nn.Module):\n"
        "    def __init__(self, config: Config): ...\n"
        "class Quoted(nn.Module):\n"
        "    def __init__(self, base: 'Base'): ...\n"
        "class Net(nn.Module):\n"
        "    parts = [Typed, Quoted]\n"
    )

    touched = Touched.of(Source("model.py", text), Lines((range(line, line + 1),)))

    assert touched.names == names


def test_an_import_touches_no_class(repo: Repo) -> None:
    repo.edit("model.py", "from torch import nn\n", "from torch import cuda, nn\n")

    assert told(repo, "--changed") == []


def test_a_parent_in_another_file_is_still_read(tmp_path: Path) -> None:
    repo = Repo.new(tmp_path)
    repo.write("base.py", code("Base"))
    repo.write("model.py", "from base import Base\n")
    repo.commit()
    repo.edit(
        "model.py",
        "Base\n",
        "Base\n\n\nclass Own(Base):\n    # forward: its own\n    pass\n",
    )

    assert told(repo, "--changed") == ["model.py:Own"]


def test_findings_outside_of_classes_go_by_their_lines(repo: Repo) -> None:
    unused = "x = {0}  # blocklint: ignore[post-norm]\n"
    repo.write("plain.py", unused.format(1) + unused.format(2))
    repo.commit()
    repo.edit("plain.py", "x = 2", "x = 3")

    (finding,) = json.loads(check(repo, "--changed").stdout)

    assert (finding["rule"], finding["line"]) == ("unused-suppression", 2)


def test_a_comment_that_a_change_makes_useless_is_reported(repo: Repo) -> None:
    ignored = "# blocklint: ignore[post-norm]\nclass "
    repo.write("model.py", code("A", "B").replace("class ", ignored))
    repo.commit()
    repo.edit("model.py", RESULT.format("A"), "return x + self.mlp(self.normA(x))")

    (finding,) = json.loads(check(repo, "--changed").stdout)

    assert (finding["rule"], finding["line"]) == ("unused-suppression", 4)


def test_a_change_that_breaks_a_file_is_reported_wherever_it_shows(repo: Repo) -> None:
    repo.edit("model.py", "from torch import nn", "from torch import (nn")

    (finding,) = json.loads(check(repo, "--changed").stdout)

    assert finding["rule"] == "syntax-error"


@pytest.mark.parametrize(
    "path",
    [
        "with blank.py",
        "ünïcödé/模型.py",
        'quo"te.py',
        "back\\slash.py",
        "tab\t.py",
        "-d.py",
    ],
)
def test_paths_of_all_kinds(repo: Repo, path: str) -> None:
    repo.write(path, code("New"))
    new = told(repo, "--changed")
    repo.commit()
    touch(repo, "New", path)

    assert new == told(repo, "--changed") == [f"{path}:New"]


@pytest.mark.parametrize("text", ["\r\n", "\r"])
def test_line_ends_of_all_kinds(repo: Repo, text: str) -> None:
    repo.write("model.py", code("A", "B").replace("\n", text))
    repo.commit()
    (repo.top / "model.py").write_bytes(
        (repo.top / "model.py").read_bytes().replace(b"(x + ", b"(0 + x + ", 1)
    )

    expected = ["model.py:A"] if text == "\r\n" else ["model.py:A", "model.py:B"]
    assert told(repo, "--changed") == expected


def test_a_last_line_without_an_end(repo: Repo) -> None:
    repo.write("model.py", code("A", "B").rstrip("\n"))
    repo.commit()
    touch(repo, "B")
    touch(repo, "A")

    assert told(repo, "--changed") == ["model.py:A", "model.py:B"]


def test_from_a_folder_inside_and_from_outside(repo: Repo) -> None:
    repo.write("pkg/inner.py", code("Inner"))
    touch(repo, "A")

    inside = told(repo, "--changed", folder="pkg")
    above = told(repo, "--changed", "..", folder="pkg")
    outside = told(repo, "--changed", "repo", folder="..")

    assert inside == ["inner.py:Inner"]
    assert above == ["../model.py:A", "../pkg/inner.py:Inner"]
    assert outside == ["repo/model.py:A", "repo/pkg/inner.py:Inner"]


def test_a_link_to_the_folder_changes_nothing(repo: Repo, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(repo.top)
    touch(repo, "A")

    assert told(repo, "--changed", "link", folder="..") == ["link/model.py:A"]


def test_a_worktree_has_a_head_of_its_own(repo: Repo, tmp_path: Path) -> None:
    repo.git("worktree", "add", "--quiet", "-b", "other", str(tmp_path / "other"))
    other = Repo(tmp_path / "other", repo.home)
    touch(other, "B")

    assert told(other, "--changed") == ["model.py:B"]
    assert told(repo, "--changed") == []


def with_submodule(repo: Repo, folder: Path) -> Repo:
    """Add a repository as the submodule `sub` to another, and commit that."""
    origin = Repo.new(folder, "origin")
    origin.write("part.py", code("P", "Q"))
    origin.commit()
    allowed = ["-c", "protocol.file.allow=always"]
    repo.git(*allowed, "submodule", "--quiet", "add", str(origin.top), "sub")
    return Repo(repo.top / "sub", repo.home)


def test_a_submodule_is_compared_with_what_its_parent_asked_for(
    repo: Repo, tmp_path: Path
) -> None:
    sub = with_submodule(repo, tmp_path)
    as_new = told(repo, "--changed")
    repo.commit()
    unchanged = told(repo, "--changed")
    touch(sub, "Q", "part.py")
    dirty = told(repo, "--changed")
    sub.commit()

    assert as_new == ["sub/part.py:P", "sub/part.py:Q"]
    assert unchanged == []
    assert dirty == told(repo, "--changed") == ["sub/part.py:Q"]
    assert told(repo, "--since", "HEAD") == ["sub/part.py:Q"]
    assert told(repo, "--since", "HEAD~1") == ["sub/part.py:P", "sub/part.py:Q"]


def test_a_submodule_without_the_commit_that_is_asked_for(
    repo: Repo, tmp_path: Path
) -> None:
    sub = with_submodule(repo, tmp_path)
    repo.commit()
    gone = "1" * 40
    repo.git("update-index", "--cacheinfo", f"160000,{gone},sub")
    repo.git("commit", "--quiet", "--message", "Ask for what is not there")

    outcome = check(repo, "--changed")

    assert outcome.exit_code == 2
    message = f"the commit {gone} of this submodule is missing; fetch it first"
    assert outcome.stderr == f"Error: {sub.top}: {message}\n"


def test_a_fix_stays_within_what_was_touched(tmp_path: Path) -> None:
    repo = Repo.new(tmp_path)
    comment = "    # blocklint: ignore[post-norm]\n"
    bodies = [f"def f{number}():\n{comment}    return 0\n" for number in range(4)]
    repo.write("plain.py", "\n\n".join(bodies))
    repo.commit()
    for number in (0, 2):
        repo.edit("plain.py", f"def f{number}()", f"# New.\n\n\ndef f{number}(x)")

    outcome = check(repo, "--changed", "--fix")

    assert (outcome.exit_code, outcome.stdout) == (0, "[]\n")
    functions = (repo.top / "plain.py").read_text().split("def ")[1:]
    assert [comment in each for each in functions] == [False, True, False, True]


def test_two_questions_at_once_are_refused(repo: Repo) -> None:
    outcome = check(repo, "--changed", "--since", "main")

    assert outcome.exit_code == 2
    assert "`--since` covers what `--changed` does; give one" in outcome.stderr


def test_the_standard_input_has_not_changed_since_anything(repo: Repo) -> None:
    outcome = check(repo, "--changed", "-")

    assert outcome.exit_code == 2
    assert "the standard input has no history" in outcome.stderr


def test_no_repository(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(code("A"))

    outcome = run("check", "--changed", folder=tmp_path)

    assert outcome.exit_code == 2
    assert outcome.stderr == "Error: model.py: is in no git repository\n"


def test_a_folder_that_only_looks_like_a_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "model.py").write_text(code("A"))

    outcome = run("check", "--changed", folder=tmp_path)

    assert outcome.exit_code == 2
    assert outcome.stderr.startswith(f"Error: {tmp_path}: git says: not a git repo")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("mian", "; did you mean `main`?"),
        ("zzzzzz", ""),
        ("", ""),
        ("--output=made", ""),
        ("main..HEAD", ""),
        ("HEAD:model.py", ""),
    ],
)
def test_an_unknown_revision(repo: Repo, name: str, hint: str) -> None:
    outcome = check(repo, f"--since={name}")

    assert outcome.exit_code == 2
    message = f"git knows no revision `{name}`{hint}"
    assert outcome.stderr == f"Error: {repo.top}: {message}\n"
    assert not (repo.top / "made").exists()


def test_since_before_the_first_commit(tmp_path: Path) -> None:
    repo = Repo.new(tmp_path)
    repo.write("model.py", code("A"))

    outcome = check(repo, "--since", "main")

    assert outcome.exit_code == 2
    assert "there is no commit yet; use `--changed`" in outcome.stderr


def test_no_common_commit(repo: Repo) -> None:
    repo.git("switch", "--quiet", "--orphan", "apart")
    repo.write("model.py", code("A"))
    repo.commit()

    outcome = check(repo, "--since", "main")

    assert outcome.exit_code == 2
    assert outcome.stderr.endswith(": `main` and HEAD share no commit\n")


def test_a_clone_that_is_too_shallow(repo: Repo, tmp_path: Path) -> None:
    repo.git("switch", "--quiet", "--create", "topic")
    touch(repo, "A")
    repo.commit()
    repo.git("switch", "--quiet", "main")
    touch(repo, "B")
    repo.commit()
    shallow = ["clone", "--quiet", "--depth=1", "--no-single-branch", "--branch=topic"]
    repo.git(*shallow, f"file://{repo.top}", str(tmp_path / "clone"))

    outcome = check(Repo(tmp_path / "clone", repo.home), "--since", "origin/main")

    assert outcome.exit_code == 2
    assert "this clone is shallow: fetch the whole history first" in outcome.stderr


def test_without_git(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repo.home))

    outcome = check(repo, "--changed")

    assert outcome.exit_code == 2
    message = "git is needed to know what has changed, and is not on the PATH"
    assert outcome.stderr == f"Error: {message}\n"


def test_the_environment_of_a_git_hook_does_not_lead_astray(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Repo.new(tmp_path, "other")
    monkeypatch.setenv("GIT_DIR", str(other.top / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.top))
    touch(repo, "A")

    assert told(repo, "--changed") == ["model.py:A"]


EXECUTED = {
    "core.fsmonitor": "",
    "core.pager": "",
    "core.sshCommand": "",
    "diff.external": "",
    "diff.odd.command": "diff=odd",
    "diff.odd.textconv": "diff=odd",
    "filter.odd.clean": "filter=odd",
    "filter.odd.process": "filter=odd",
    "filter.Odd one.clean": "filter=odd",
}


@pytest.mark.parametrize("key", EXECUTED)
def test_nothing_that_a_repository_names_is_executed(
    repo: Repo, tmp_path: Path, key: str
) -> None:
    traced = tmp_path / "executed"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch '{traced}'\ncat\n")
    program.chmod(0o755)
    repo.write(".gitattributes", f"*.py {EXECUTED[key]}\n")
    repo.commit()
    touch(repo, "B")
    repo.git("config", key, str(program))
    repo.git("config", "filter.odd.required", "true")

    assert told(repo, "--changed") == ["model.py:B"]
    assert not traced.exists()


def test_no_hook_is_run_and_no_index_written(repo: Repo, tmp_path: Path) -> None:
    traced = tmp_path / "executed"
    hook = repo.write(".git/hooks/post-index-change", f"#!/bin/sh\ntouch '{traced}'\n")
    hook.chmod(0o755)
    same = (repo.top / "model.py").read_bytes()
    (repo.top / "model.py").write_bytes(same)
    index = (repo.top / ".git" / "index").read_bytes()

    assert told(repo, "--changed") == []
    assert (repo.top / ".git" / "index").read_bytes() == index
    assert not traced.exists()


def test_a_filter_that_cannot_be_turned_off_is_refused(repo: Repo) -> None:
    repo.write(".git/config", '[filter "a=b"]\n\tclean = false\n')

    outcome = check(repo, "--changed")

    assert outcome.exit_code == 2
    assert "git cannot be told to leave out `filter.a=b.clean`" in outcome.stderr


def test_a_config_that_changes_how_patches_look_changes_nothing(repo: Repo) -> None:
    touch(repo, "B")
    for key, value in {
        "diff.noprefix": "true",
        "diff.mnemonicPrefix": "true",
        "diff.context": "20",
        "diff.interHunkContext": "50",
        "diff.relative": "true",
        "diff.orderFile": "none",
        "diff.wordRegex": ".",
        "color.ui": "always",
        "core.quotePath": "true",
    }.items():
        repo.git("config", key, value)
    repo.write(".gitattributes", "*.py -diff\n")

    assert told(repo, "--changed") == ["model.py:B"]


def test_lines_of_a_patch() -> None:
    patch = (
        "diff --git a/old.py b/new name.py\n"
        "similarity index 90%\n"
        "--- a/old.py\n"
        "+++ b/new name.py\t\n"
        "@@ -1 +1,2 @@ class A:\n"
        "-+++ b/none.py\n"
        "\\ No newline at end of file\n"
        "+@@ -1 +1 @@\n"
        "+++ b/none.py\n"
        "@@ -9,2 +9,0 @@\n"
        "-    x\n"
        "-\n"
        "diff --git a/gone.py b/gone.py\n"
        "--- a/gone.py\n"
        "+++ /dev/null\n"
        "@@ -1 +0,0 @@\n"
        "-x\n"
    )

    assert list(lines_in(patch)) == [("new name.py", Lines((range(1, 3),), (9,)))]
