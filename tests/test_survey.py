"""The survey of many repositories: what a row adds, and a real run on one machine."""

import json
import os
import subprocess
import sys
from collections import Counter
from importlib import util
from pathlib import Path
from typing import Any

import pytest
from expectations import FIXTURES, ROOT

SCRIPT = ROOT / "examples" / "survey.py"
MODEL = (FIXTURES / "readme" / "model.py").read_text()
FOUND = {
    ("file", "read"): 1,
    ("finding", "post-norm"): 1,
    ("finding", "residual-after-norm"): 1,
    ("block", "mixed"): 1,
    ("block", "configurable"): 2,
    ("site", "normed-residual"): 1,
    ("site", "pre"): 2,
    ("site", "post"): 2,
}
ROWS = [
    {"repository": "a/one", "path": "model.py", "content": MODEL},
    {"repository": "a/one", "path": "broken.py", "content": "class Block("},
    {"repository": "b/two", "path": "model.py", "content": MODEL},
    {"repository": "b/two", "path": "nothing.py", "content": None},
    {"repository": "b/two", "path": "huge.py", "content": "x = 1\n" * 200_000},
]


def script() -> Any:  # noqa: ANN401 (a module that is no part of a package)
    spec = util.spec_from_file_location("survey", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    sys.modules["survey"] = module
    spec.loader.exec_module(module)
    return module


def counted(content: object, **limits: float) -> dict[tuple[str, str], int]:
    survey = script()
    return Counter(survey.outcomes("model.py", content, survey.Limits(**limits)))


@pytest.mark.parametrize("content", [MODEL, MODEL.encode()])
def test_a_file_adds_its_blocks_sites_and_findings(content: object) -> None:
    assert counted(content) == FOUND


@pytest.mark.parametrize(
    ("content", "outcome"),
    [
        (None, "not text"),
        (b"\xff\xfe", "not text"),
        (3.5, "not text"),
        ("x = '\ud800'", "syntax error"),
        ("x = '\0'", "syntax error"),
        ("class Block(", "syntax error"),
        ("x = 1\n" * 200_000, "too large"),
        ("", "read"),
    ],
)
def test_a_row_that_is_no_module_is_counted(content: object, outcome: str) -> None:
    assert counted(content) == {("file", outcome): 1}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no alarms")
def test_a_file_that_takes_too_long_is_given_up() -> None:
    long = "".join(MODEL.replace("class ", f"class N{i}") for i in range(500))

    assert counted(long, seconds=0.2) == {("file", "timed out"): 1}


class Odd:
    """A path that makes whatever looks at it fail."""

    def __str__(self) -> str:
        raise ZeroDivisionError


def test_a_fault_on_one_file_is_counted() -> None:
    survey = script()

    found = list(survey.outcomes(Odd(), MODEL, survey.Limits()))

    assert found == [("file", "failed: ZeroDivisionError")]


def test_tables_are_counted_by_repository(tmp_path: Path) -> None:
    pytest.importorskip("ray.data")
    pa, pq = (pytest.importorskip(f"pyarrow{name}") for name in ("", ".parquet"))
    pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "files.parquet")
    lines = "".join(f"{json.dumps(row)}\n" for row in ROWS[:2])
    (tmp_path / "files.jsonl").write_text(lines)

    ran = subprocess.run(
        [sys.executable, SCRIPT, "files.parquet", "files.jsonl", "--output", "out"],
        cwd=tmp_path,
        env={
            **os.environ,
            "HOME": str(tmp_path),
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_AUTH_MODE": "disabled",
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    rows = [json.loads(line) for line in (tmp_path / "out").read_text().splitlines()]
    counts: dict[str, dict[tuple[str, str], int]] = {}
    for row in rows:
        repository = counts.setdefault(row["repository"], {})
        repository[row["kind"], row["name"]] = row["count"]
    twice = {key: 2 * count for key, count in FOUND.items()}
    assert counts == {
        "a/one": {**twice, ("file", "syntax error"): 2},
        "b/two": {**FOUND, ("file", "not text"): 1, ("file", "too large"): 1},
    }
