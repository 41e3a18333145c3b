"""`check --shard i/n`: the parts make up the whole, and stay as they are."""

import json
import os
from collections import Counter
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

import pytest
from command import Outcome, run
from hypothesis import given, strategies as st
from repositories import Repo, code

from blocklint.engine.request import BadRequest
from blocklint.engine.shard import Shard


def check(folder: Path, *options: str) -> Outcome:
    rules = ["--isolated", "--select", "post-norm,BL9"]
    return run("check", *rules, "--output-format", "json", *options, folder=folder)


def findings(folder: Path, *options: str) -> list[str]:
    """What is reported, as `path:line class rule`."""
    found = json.loads(check(folder, *options).stdout)
    return [f"{f['path']}:{f['line']} {f['class']} {f['rule']}" for f in found]


def joined(parts: Iterable[list[str]]) -> list[str]:
    return list(chain.from_iterable(parts))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Thirty files in ten folders, each with a post-norm block."""
    for number in range(30):
        path = tmp_path / f"pkg{number % 10}" / f"model{number}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(code(f"Block{number}"))
    return tmp_path


@pytest.mark.parametrize("parts", [1, 2, 3, 7, 40])
def test_the_parts_make_up_the_whole(tree: Path, parts: int) -> None:
    whole = findings(tree)

    each = [findings(tree, f"--shard={n}/{parts}") for n in range(1, parts + 1)]

    assert Counter(joined(each)) == Counter(whole)
    assert len(whole) == 30


def test_a_part_says_how_many_files_it_read(tree: Path) -> None:
    told = [check(tree, f"--shard={n}/3").stderr for n in (1, 2, 3)]

    counts = [int(each.split()[-2]) for each in told]
    assert sum(counts) == 30
    assert max(counts) < 30


def test_a_part_without_files_passes(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(code("A"))

    outcomes = [check(tmp_path, f"--shard={n}/9") for n in range(1, 10)]

    assert sorted(outcome.exit_code for outcome in outcomes) == [0] * 8 + [1]
    assert {o.stderr for o in outcomes if not o.exit_code} == {
        "No Python files to check.\n"
    }


def test_a_file_more_moves_no_other(tree: Path) -> None:
    before = [findings(tree, f"--shard={n}/4") for n in range(1, 5)]
    (tree / "pkg3" / "added.py").write_text(code("Added"))
    (tree / "other").mkdir()
    (tree / "other" / "more.py").write_text(code("More"))

    after = [findings(tree, f"--shard={n}/4") for n in range(1, 5)]

    for old, new in zip(before, after, strict=True):
        assert set(old) <= set(new)
    assert sum(map(len, after)) == 32


def test_however_a_file_is_named_it_is_in_the_same_part(tree: Path) -> None:
    ways = [(".",), ("./pkg1", "pkg2//"), (str(tree),)]

    found = [findings(tree, "--shard=1/3", *way) for way in ways]

    names = [{Path(each).name for each in way} for way in found]
    few = {each for each in names[0] if "Block1 " in each or "Block2 " in each}
    assert names[2] == names[0]
    assert few <= names[1] <= names[0]


def test_what_another_part_reads_is_looked_into_and_judged_there(
    tmp_path: Path,
) -> None:
    ignored = "class Base(nn.Module):  # blocklint: ignore[post-norm]"
    (tmp_path / "a").mkdir()
    base = code("Base").replace("class Base(nn.Module):", ignored)
    (tmp_path / "a" / "base.py").write_text(base)
    child = "# forward: that of Base\nfrom a.base import Base\nclass {}(Base): ...\n"
    for folder in "bcdef":
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "model.py").write_text(child.format(folder.upper()))

    each = [findings(tmp_path, f"--shard={n}/3") for n in (1, 2, 3)]

    assert Counter(joined(each)) == Counter(findings(tmp_path))


def test_a_part_of_what_has_changed(tmp_path: Path) -> None:
    repo = Repo.new(tmp_path)
    for name in "abcd":
        repo.write(f"{name}/model.py", code(name.upper()))
    repo.commit()
    for name in "bcd":
        repo.edit(f"{name}/model.py", "(x + ", "(2 * x + ")

    each = [findings(repo.top, "--changed", f"--shard={n}/2") for n in (1, 2)]

    assert sorted(joined(each)) == sorted(findings(repo.top, "--changed"))
    assert len(joined(each)) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0/4", "the parts of 4 are `1/4` to `4/4`"),
        ("5/4", "the parts of 4 are `1/4` to `4/4`"),
        ("1/0", "there is no part of 0"),
        ("x", "expected a part of parts, as in `1/4`"),
        ("", "expected a part of parts, as in `1/4`"),
        ("-1/4", "expected a part of parts, as in `1/4`"),
        ("1/4/2", "expected a part of parts, as in `1/4`"),
        ("1/" + "9" * 5000, "expected a part of parts, as in `1/4`"),
        ("1.5/4", "expected a part of parts, as in `1/4`"),
        ("٣/٤", "expected a part of parts, as in `1/4`"),
    ],
)
def test_a_part_that_is_none(tmp_path: Path, text: str, said: str) -> None:
    outcome = check(tmp_path, f"--shard={text}")

    assert outcome.exit_code == 2
    assert outcome.stderr == f"Error: `--shard {text}`: {said}\n"


@given(st.text(min_size=1).filter(lambda t: "\0" not in t), st.integers(1, 20))
def test_each_file_is_in_one_part(name: str, parts: int) -> None:
    path = os.path.join("pkg", name, "model.py")

    holding = [n for n in range(1, parts + 1) if Shard(n, parts).holds(path)]

    assert len(holding) == 1


@given(st.text("0123456789/ -+x", max_size=6))
def test_a_part_is_read_or_refused(text: str) -> None:
    try:
        shard = Shard.parse(text)
    except BadRequest:
        return

    assert 1 <= shard.number <= shard.of
    assert text.strip().split("/") != [text]
