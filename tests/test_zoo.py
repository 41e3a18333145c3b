"""Accuracy on real libraries, against labels that were made by hand."""

import json
import os
from pathlib import Path

import pytest
from conftest import Golden
from corpus import Unavailable, corpus
from expectations import FIXTURES
from findings import TABLE, UNREAD, counts, judged, load, rows_of, text
from marked import between
from score import Label, score

from blocklint.engine import Options, Request, check, inspect, load_rules
from blocklint.reporters.inspection import json as inspection_json

NAMES = [
    line.split()[0]
    for line in (FIXTURES / "zoo" / "packages.txt").read_text().splitlines()
]
LARGE = {"transformers"}  # takes many minutes: only under `pytest --whole-zoo`
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
