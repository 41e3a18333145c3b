"""Accuracy on real libraries, against labels that were made by hand."""

import json
import os
from pathlib import Path

import pytest
from corpus import Unavailable, corpus
from expectations import FIXTURES
from score import Label, score

from blocklint.engine import Options, Request, inspect
from blocklint.reporters.inspection import json as inspection_json


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
