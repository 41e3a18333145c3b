"""Baselines: what they hold back, what they let through, and what is said of them."""

import json
import os
import stat
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from command import Outcome, run
from expectations import FIXTURES
from hypothesis import given, settings, strategies as st

HEAD = """\
from torch import nn


class Base(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(d, 4 * d), nn.GELU(), nn.Linear(4 * d, d))
        self.norm = nn.LayerNorm(d)
"""
SITE = "        x = self.norm(x)\n        x = x + self.mlp(x)\n"
CONCISE = ["check", "--output-format", "concise"]
UPDATE = ["--baseline", "known.json", "--update-baseline"]
EMPTY = '{\n  "schema": "blocklint.baseline/1",\n  "findings": []\n}\n'


def block(sites: int, name: str = "Block") -> str:
    """A class in which so many residuals are taken after the norm."""
    start = f"\n\nclass {name}(Base):\n    def forward(self, x):\n"
    return f"{start}{SITE * sites}        return x\n"


def check(folder: Path, *options: str) -> Outcome:
    return run(*CONCISE, *options, folder=folder)


def known(folder: Path, *options: str) -> Outcome:
    return check(folder, "--baseline", "known.json", *options)


def entries(folder: Path) -> list[tuple[str, str, str | None, int]]:
    document = json.loads((folder / "known.json").read_text())
    found = document["findings"]
    return [(e["path"], e["rule"], e["class"], e["count"]) for e in found]


def test_a_baseline_made_now_makes_the_run_clean(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(HEAD + block(1))
    (tmp_path / "broken.py").write_text("(")

    outcomes = [check(tmp_path, *UPDATE), known(tmp_path), check(tmp_path, *UPDATE)]

    assert [outcome.exit_code for outcome in outcomes] == [0, 0, 0]
    assert [outcome.stdout for outcome in outcomes] == ["", "", ""]
    assert [outcome.stderr.splitlines()[0] for outcome in outcomes] == [
        "Wrote known.json: 2 findings, 2 new, 0 dropped.",
        "2 findings known to known.json.",
        "known.json is up to date: 2 findings.",
    ]
    assert (tmp_path / "known.json").read_text() == (
        '{\n  "schema": "blocklint.baseline/1",\n  "findings": [\n'
        '    {"path": "broken.py", "rule": "syntax-error", "class": null, '
        '"count": 1},\n'
        '    {"path": "model.py", "rule": "residual-after-norm", "class": "Block", '
        '"count": 1}\n'
        "  ]\n}\n"
    )


def test_two_equal_findings_are_known_and_a_third_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text(HEAD + block(2))
    check(tmp_path, *UPDATE)
    (_, _, _, count), *_ = entries(tmp_path)
    path.write_text(HEAD + block(3))

    outcome = known(tmp_path)

    assert count == 2
    assert outcome.exit_code == 1
    assert outcome.stdout.count("\n") == 1
    assert outcome.stdout.startswith("model.py:18:13: BL103 residual-after-norm: ")


def test_a_finding_in_another_class_is_another_finding(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text(HEAD + block(1))
    check(tmp_path, *UPDATE)
    path.write_text(HEAD + block(1, "Other"))

    outcome = known(tmp_path)

    assert outcome.exit_code == 1
    assert outcome.stderr.splitlines()[:2] == [
        "1 finding of known.json can be dropped with `--update-baseline`.",
        "Found 1 finding (1 warning) in 1 file.",
    ]


def test_what_is_gone_is_dropped_by_an_update(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text(HEAD + block(2))
    (tmp_path / "old.py").write_text(HEAD + block(1))
    check(tmp_path, *UPDATE)
    (tmp_path / "old.py").unlink()
    path.write_text(HEAD + block(1))

    outcomes = [known(tmp_path), check(tmp_path, *UPDATE)]

    assert [outcome.exit_code for outcome in outcomes] == [0, 0]
    assert "2 findings of known.json can be dropped" in outcomes[0].stderr
    assert "Wrote known.json: 1 finding, 0 new, 2 dropped.\n" in outcomes[1].stderr
    assert entries(tmp_path) == [("model.py", "residual-after-norm", "Block", 1)]


def test_what_a_check_leaves_out_stays_known(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(HEAD + block(1))
    (tmp_path / "b.py").write_text(HEAD + block(1) + "x = 1  # blocklint: ignore\n")
    check(tmp_path, *UPDATE)
    before = entries(tmp_path)
    (tmp_path / "a.py").write_text("(")

    partial = [
        known(tmp_path, "b.py", "--select", "residual-after-norm"),
        check(tmp_path, *UPDATE, "--select", "residual-after-norm", "b.py"),
        check(tmp_path, *UPDATE, "--ignore", "syntax-error", "b.py"),
        check(tmp_path, *UPDATE, "a.py"),
    ]

    assert not any("dropped with" in outcome.stderr for outcome in partial)
    assert entries(tmp_path) == sorted(
        [*before, ("a.py", "syntax-error", None, 1)],
        key=lambda entry: (entry[0], entry[1]),
    )


def test_paths_are_seen_from_the_baseline(tmp_path: Path) -> None:
    (tmp_path / "src" / "ci").mkdir(parents=True)
    (tmp_path / "src" / "model.py").write_text(HEAD + block(1))
    config = "[tool.blocklint]\nbaseline = 'ci/known.json'\n"
    (tmp_path / "src" / "pyproject.toml").write_text(config)

    made = check(tmp_path, "src", "--update-baseline")
    outcomes = [
        check(tmp_path),
        check(tmp_path / "src" / "ci", "../model.py"),
        check(tmp_path, "--config", "src/pyproject.toml", str(tmp_path / "src")),
    ]

    (entry,) = entries(tmp_path / "src" / "ci")
    assert made.exit_code == 0
    assert entry[0] == "../model.py"
    assert [outcome.exit_code for outcome in outcomes] == [0, 0, 0]
    assert check(tmp_path, "--isolated").exit_code == 1


def test_a_fix_leaves_alone_what_is_known(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text("x = 1  # blocklint: ignore[post-norm]\n")
    check(tmp_path, *UPDATE)
    path.write_text(path.read_text() + "y = 1  # blocklint: ignore[post-norm]\n")

    outcome = known(tmp_path, "--fix")

    assert outcome.exit_code == 0
    assert path.read_text() == "x = 1  # blocklint: ignore[post-norm]\ny = 1\n"


def test_a_missing_baseline(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text("")

    outcome = known(tmp_path)

    assert outcome.exit_code == 2
    assert outcome.stderr == (
        "Error: known.json: there is no such baseline; `--update-baseline` makes it\n"
    )


def test_a_new_baseline_has_the_mode_of_new_files(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text("")

    check(tmp_path, *UPDATE)

    made, other = tmp_path / "known.json", tmp_path / "model.py"
    assert made.read_text() == EMPTY
    assert stat.S_IMODE(made.stat().st_mode) == stat.S_IMODE(other.stat().st_mode)
    assert sorted(os.listdir(tmp_path)) == ["known.json", "model.py"]


ENTRY = {"path": "a.py", "rule": "post-norm", "class": "A", "count": 1}
DAMAGED = {
    "no text": ("", "is no valid JSON (line 1: Expecting value)"),
    "a merge": (EMPTY.replace("[]", "[\n<<<<<<< ours\n]"), "valid JSON (line 4: "),
    "no table": ("[]", "`the file` must be a table, not []"),
    "another schema": (
        EMPTY.replace("/1", "/2"),
        '`schema` must be "blocklint.baseline/1", not "blocklint.baseline/2"',
    ),
    "no findings": ('{"schema": "blocklint.baseline/1"}', "`findings` must be a list"),
    "no entry": ([3], "`findings[1]` must be a table, not 3"),
    "no rule": ([{"path": "a.py"}], "`findings[1]` must have a `rule`"),
    "no count": ([ENTRY, ENTRY | {"count": 0}], "`findings[2].count` must be a posit"),
    "a wrong key": ([ENTRY | {"rules": "a"}], "did you mean `rule`?"),
    "an entry twice": ([ENTRY, ENTRY], "`findings[2]` counts what is counted before"),
    "deep": ('{"a": ' * 100_000, "is no baseline of blocklint"),
}


@pytest.mark.parametrize("kind", DAMAGED)
@pytest.mark.parametrize("options", [[], ["--update-baseline"]])
def test_a_damaged_baseline(tmp_path: Path, kind: str, options: list[str]) -> None:
    found, message = DAMAGED[kind]
    listed = {"schema": "blocklint.baseline/1", "findings": found}
    text = found if isinstance(found, str) else json.dumps(listed)
    (tmp_path / "known.json").write_text(text)

    outcome = known(tmp_path, *options)

    assert outcome.exit_code == 2
    assert outcome.stderr.startswith("Error: known.json: ")
    assert message in outcome.stderr
    assert "make it anew with `--update-baseline`" in outcome.stderr
    assert (tmp_path / "known.json").read_text() == text


def test_a_baseline_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text("")

    outcome = check(tmp_path, "--baseline", "no/known.json", "--update-baseline")

    assert outcome.exit_code == 2
    assert "no/known.json" in outcome.stderr
    assert "cannot be written: No such file or directory" in outcome.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--update-baseline"], "needs `--baseline FILE`, or the key `baseline`"),
        ([*UPDATE, "--fix"], "goes with neither `--fix`, `--add-ignore` nor `--diff`"),
        ([*UPDATE, "-"], "needs files, not the standard input"),
    ],
)
def test_what_an_update_needs(tmp_path: Path, options: list[str], message: str) -> None:
    (tmp_path / "model.py").write_text("")

    outcome = check(tmp_path, *options)

    assert outcome.exit_code == 2
    assert message in outcome.stderr
    assert os.listdir(tmp_path) == ["model.py"]


FLAGGED = sorted(FIXTURES.glob("rules/*/flagged.py"))


@settings(deadline=None, max_examples=12)
@given(st.sampled_from(FLAGGED), st.lists(st.integers(0, 400), max_size=8))
def test_a_shift_of_lines_makes_nothing_new(path: Path, places: list[int]) -> None:
    lines = path.read_text().splitlines(keepends=True)
    tops = [n for n, line in enumerate(lines) if line.startswith(("class ", "import "))]
    for place in sorted((tops[p % len(tops)] for p in places if tops), reverse=True):
        lines.insert(place, "# another line\n\n")
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "model.py").write_text(path.read_text())
        check(folder, "--isolated", *UPDATE)
        (folder / "model.py").write_text("".join(lines))

        outcome = known(folder, "--isolated")

        assert outcome.stdout == ""
        assert outcome.exit_code == 0
        assert "dropped" not in outcome.stderr
