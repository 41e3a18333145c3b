"""Accuracy on real libraries, against labels that were made by hand."""

import json
import os
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path

import pytest
from conftest import Golden
from corpus import Unavailable, corpus
from expectations import FIXTURES
from findings import TABLE, UNREAD, counts, judged, load, rows_of, text
from marked import between
from mutants import mutants
from score import Label, score

from blocklint.engine import (
    Options,
    Request,
    check,
    fix,
    inspect,
    load_rules,
    save,
)
from blocklint.outline import parse
from blocklint.reporters.inspection import json as inspection_json
from blocklint.rule import PlacedFix

NAMES = [
    line.split()[0]
    for line in (FIXTURES / "zoo" / "packages.txt").read_text().splitlines()
]
LARGE = {"diffusers", "transformers"}  # minutes each: only under `pytest --whole-zoo`
SEVERITIES = {rule.name: rule.severity.value for rule in load_rules().rules}
README = FIXTURES / "zoo" / "README.md"


@pytest.fixture(scope="module")
def root() -> Path:
    """The unpacked packages; without a network there is nothing to measure."""
    try:
        return corpus()
    except Unavailable as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"the packages cannot be downloaded: {error}")


@pytest.mark.zoo
def test_accuracy(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = (FIXTURES / "zoo" / "dev.jsonl").read_text().splitlines()
    labels: list[Label] = [json.loads(line) for line in lines]
    files = sorted({f"{label['pkg']}/{label['file']}" for label in labels})
    monkeypatch.chdir(root)

    overview = inspect(Request(tuple(files), Options(isolated=True)))
    result = score(labels, json.loads(inspection_json.render(overview))["blocks"])

    differences = "\n".join([repr(result), *result.differences])
    assert result.precision >= 0.98, differences
    assert result.recall >= 0.93, differences
    assert result.roles >= 0.9, differences
    assert result.configurable >= 0.8, differences
    assert result.false_blocks <= 0.03, differences
    assert result.unknown <= 0.05, differences


@pytest.mark.zoo
@pytest.mark.parametrize("package", NAMES)
def test_findings(
    root: Path,
    package: str,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if package in LARGE and not request.config.getoption("--whole-zoo"):
        pytest.skip("takes many minutes: pytest --whole-zoo")
    monkeypatch.chdir(root)
    before = load()

    found = rows_of(check(Request((package,), Options(isolated=True))).findings)
    rows = judged(found, [row for row in before if row.package == package])

    if request.config.getoption("--update"):
        others = [row for row in before if row.package != package]
        TABLE.write_text(text([*others, *rows]))
    assert text(rows) == text([row for row in load() if row.package == package])


def test_counts_of_findings(golden: Golden) -> None:
    table = counts(load(), SEVERITIES)

    golden(README, between(README.read_text(), "counts", table))


@pytest.mark.parametrize("rule", sorted({row.rule for row in load()}))
def test_findings_are_true(rule: str) -> None:
    read = [row.read for row in load() if row.rule == rule and row.read != UNREAD]
    unread = [row for row in load() if row.rule == rule and row.read == UNREAD]

    if SEVERITIES[rule] == "error":
        assert "false" not in read
        assert not unread
    elif SEVERITIES[rule] == "warning":
        assert read.count("true") >= 0.9 * len(read)


@pytest.mark.zoo
def test_real_files_are_fixed_once_and_for_all(root: Path, tmp_path: Path) -> None:
    for name, mutated in mutants(root, 60):
        (tmp_path / name).write_text(mutated)
    request = Request((str(tmp_path),), Options(isolated=True))
    found = check(request).findings

    repair = save(request, fix(request, unsafe=True))
    again = fix(request, unsafe=True)

    assert (repair.problems, again.problems, again.edited) == ((), (), ())
    assert len(repair.edited) >= 50
    for file in repair.edited:
        before, after = file.before.decode(), file.after.decode()
        parse(after)
        fixes = [f.fix for f in found if f.path == file.path and f.fix is not None]
        edited = {line for each in fixes for line in lines_of(each)}
        assert changed(before, after) <= edited, file.path


def lines_of(made: PlacedFix) -> Iterator[int]:
    """The lines that a fix says it changes."""
    for edit in made.edits:
        yield from range(edit.span.line, edit.span.end_line + 1)


def changed(before: str, after: str) -> set[int]:
    """The lines of a text that another differs in."""
    old, new = before.split("\n"), after.split("\n")
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return {
        line + 1
        for kind, start, end, _, _ in blocks
        if kind != "equal"
        for line in range(start, max(end, start + 1))
    }
