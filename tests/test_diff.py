"""`blocklint diff`: which versions are compared, and what a user sees of it."""

import json
from pathlib import Path

import pytest
from command import Outcome, run
from expectations import FIXTURES
from repositories import Repo, code

DIFFS = FIXTURES / "diffs"
POST = "return self.norm{0}(x + self.mlp(x))"
PRE = "return x + self.mlp(self.norm{0}(x))"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A repository whose one commit holds a file with two post-norm blocks."""
    repo = Repo.new(tmp_path)
    repo.write("model.py", code("A", "B"))
    repo.commit()
    return repo


def diff(folder: Path, *arguments: str) -> Outcome:
    return run("diff", "--isolated", *arguments, folder=folder)


def told(outcome: Outcome) -> list[str]:
    """What is reported, as `class status kinds`."""
    document = json.loads(outcome.stdout)
    assert document["schema"] == "blocklint.diff/1"
    return [
        " ".join([b["class"], b["status"], *(c["kind"] for c in b["changes"])])
        for b in document["blocks"]
    ]


def as_json(folder: Path, *arguments: str) -> list[str]:
    return told(diff(folder, "--output-format", "json", *arguments))


def make_pre(repo: Repo, name: str) -> None:
    repo.edit("model.py", POST.format(name), PRE.format(name))


def test_nothing_changed(repo: Repo) -> None:
    outcome = diff(repo.top)

    assert (outcome.exit_code, outcome.stdout) == (0, "No change in wiring.\n")


def test_the_working_tree_against_the_last_commit(repo: Repo) -> None:
    make_pre(repo, "B")

    outcome = diff(repo.top)

    assert outcome.exit_code == 1
    assert "ffn: N(x + F(x)) became x + F(N(x))  [placement]" in outcome.stdout
    assert "B  changed  model.py:14\n" in outcome.stdout
    assert as_json(repo.top) == ["A same", "B changed placement"]


def test_a_revision_and_two_revisions(repo: Repo) -> None:
    make_pre(repo, "A")
    repo.commit()
    make_pre(repo, "B")

    assert as_json(repo.top, "HEAD~1") == ["A changed placement", "B changed placement"]
    assert as_json(repo.top, "HEAD~1", "HEAD") == ["A changed placement", "B same"]
    assert as_json(repo.top, "HEAD~1..HEAD") == ["A changed placement", "B same"]


def test_paths_say_which_files_are_meant(repo: Repo) -> None:
    repo.write("other.py", code("C"))
    repo.commit()
    make_pre(repo, "A")
    repo.edit("other.py", POST.format("C"), PRE.format("C"))

    assert as_json(repo.top, "HEAD", "other.py") == ["C changed placement"]
    assert as_json(repo.top, "other.py") == ["C changed placement"]


def test_names_and_looks_are_no_change(repo: Repo) -> None:
    text = (repo.top / "model.py").read_text()
    text = text.replace("class B", "class Renamed").replace("normB", "anything")
    repo.write("model.py", text.replace("x + self.mlp(x)", "self.mlp(x) + x"))

    outcome = diff(repo.top)

    assert (outcome.exit_code, outcome.stdout) == (0, "No change in wiring.\n")


def test_blocks_that_come_and_go(repo: Repo) -> None:
    repo.write("model.py", code("A"))
    repo.write("new.py", code("N").replace("nn.GELU()", "nn.Linear(d, d)"))

    outcome = diff(repo.top, "--output-format", "json")

    assert outcome.exit_code == 1
    assert told(outcome) == ["A same", "B removed", "N added"]


def test_a_file_that_moved(repo: Repo) -> None:
    text = (repo.top / "model.py").read_text()
    (repo.top / "model.py").unlink()
    repo.write("layers/blocks.py", text)

    assert as_json(repo.top) == ["A same", "B same"]


def test_imports_are_read_in_the_version_that_they_belong_to(repo: Repo) -> None:
    norm = "from torch import nn\n\nNorm = nn.{}\n"
    block = code("A").replace("nn.LayerNorm", "Norm")
    repo.write("norms.py", norm.format("LayerNorm"))
    repo.write("model.py", f"from norms import Norm\n{block}")
    repo.commit()
    repo.write("norms.py", norm.format("RMSNorm"))

    assert as_json(repo.top) == ["A changed norm-kind"]


def test_what_cannot_be_followed_is_unknown(repo: Repo) -> None:
    text = code("A").replace("self.mlp = ", "self.mlp = mlp or ")
    text = text.replace("__init__(self, d)", "__init__(self, d, mlp, wrap)")
    old = text.replace(POST.format("A"), "return wrap(self.mlp, x)")
    repo.write("model.py", old)
    repo.commit()
    repo.write("model.py", old.replace("wrap(self.mlp, x)", "wrap(x, self.mlp)"))

    outcome = diff(repo.top, "--output-format", "json")

    assert "A same" not in told(outcome)


RECORDS = """
from dataclasses import dataclass
from torch import nn

class Record(dict):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)

@dataclass
class Answer(Record):
    states: object = None

class Stack(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.down = nn.Linear(width, width)
    def forward(self, x):
        return RETURNED

class Model(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.stack = Stack(width)
        self.head = nn.Linear(width, width)
    def forward(self, x):
        return self.head(self.stack(x).states)
"""


def test_a_value_that_was_lost_is_no_change(repo: Repo) -> None:
    value = "self.down(self.norm(x))"
    repo.write("model.py", RECORDS.replace("RETURNED", f"Answer(states={value})"))
    repo.commit()
    repo.write("model.py", RECORDS.replace("RETURNED", value).replace(".states", ""))

    assert as_json(repo.top) == []


def test_what_could_not_be_followed_is_named_where_its_code_differs(
    repo: Repo,
) -> None:
    text = (DIFFS / "spot_elsewhere" / "old.py").read_text()
    repo.write("model.py", text)
    repo.commit()
    repo.edit("model.py", "[:, :, number])", "[:, :, -1 - number])")

    outcome = diff(repo.top, "--output-format", "concise")

    reason = "`getattr` (model.py:32) of the old version could not be followed"
    assert reason in outcome.stdout


def test_a_file_that_is_no_python_is_named(repo: Repo) -> None:
    repo.write("model.py", "class A(nn.Module:\n")

    outcome = diff(repo.top)

    assert outcome.exit_code == 1
    assert "model.py:1" in outcome.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("mian",), "did you mean `main`?"),
        (("missing.py", "model.py"), "`missing.py`"),
        (("HEAD", "missing.py"), "`missing.py`: no such file"),
        (("model.py", "model.py", "model.py"), "give two paths"),
        (("-",), "the standard input is no version"),
    ],
)
def test_what_names_no_version(repo: Repo, words: tuple[str, ...], said: str) -> None:
    outcome = diff(repo.top, *words)

    assert outcome.exit_code == 2
    assert said in outcome.stderr


def test_a_word_that_is_a_path_and_a_revision(repo: Repo) -> None:
    repo.write("main/model.py", code("C"))

    outcome = diff(repo.top, "main")

    assert outcome.exit_code == 2
    assert "write `./main` for the path" in outcome.stderr


def test_changes_explained_the_gravest_first(tmp_path: Path) -> None:
    pair = DIFFS / "llama_residual_after_norm"

    outcome = diff(FIXTURES, str(pair / "old.py"), str(pair / "new.py"), "--explain")

    assert "before: x + F(N(x))" in outcome.stdout
    assert "after:  y + F(y), y = N(x)" in outcome.stdout
    assert "blocklint rule residual-after-norm" in outcome.stdout


@pytest.mark.parametrize("form", ["concise", "github", "gitlab", "sarif"])
def test_forms_for_machines(repo: Repo, form: str) -> None:
    make_pre(repo, "B")

    outcome = diff(repo.top, "--output-format", form)

    assert outcome.exit_code == 1
    assert "N(x + F(x)) became x + F(N(x))" in outcome.stdout
    assert "model.py" in outcome.stdout


def test_exit_zero(repo: Repo) -> None:
    make_pre(repo, "B")

    assert diff(repo.top, "--exit-zero").exit_code == 0


@pytest.mark.parametrize(
    ("pair", "said"),
    [
        ("gpt_pre_to_post", "first at attn"),
        ("bert_renamed", "by shape and order"),
    ],
)
def test_both_versions_run_with_the_same_weights(pair: str, said: str) -> None:
    old, new = (DIFFS / pair / f"{side}.py" for side in ("old", "new"))

    outcome = diff(FIXTURES, str(old), str(new), "--trace", "--format", "json")

    ran = [b["ran"] for b in json.loads(outcome.stdout)["blocks"] if "ran" in b]
    assert said in " ".join(
        f"{each['weights']} first at {each['parts_at']}" for each in ran
    )
    assert {bool(each["largest_difference"]) for each in ran} == {
        pair != "bert_renamed"
    }


def test_a_version_that_does_not_run_is_named(repo: Repo) -> None:
    repo.edit(
        "model.py",
        "nn.LayerNorm(d)\n\n    def forward(self, x):\n        " + POST.format("B"),
        "nn.LayerNorm(d)\n\n    def forward(self, x):\n        raise OSError",
    )

    outcome = diff(repo.top, "--trace")

    assert outcome.exit_code == 1
