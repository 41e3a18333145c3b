"""The table of probes, row by row: what each mistake lets through, and what it does not."""

import re
from collections.abc import Iterator

import pytest
import torch
from expectations import FIXTURES
from tracing import namespace_of

import blocklint
from blocklint.frontends.traced import worker

TABLE = FIXTURES / "traces" / "probe_table.py"
COLUMNS = (
    "batch-leak",
    "sees-future",
    "sees-past",
    "permutation-equivariant",
    "mixes-tokens",
    "norm-mixes-tokens",
)
_ROW = re.compile(r"^class (\w+)\(.*\n(?:    # .*\n)*?    # probes: ([\w |]+)$", re.M)


def rows() -> Iterator[tuple[str, dict[str, bool]]]:
    for name, columns in _ROW.findall(TABLE.read_text()):
        words = columns.replace("|", " ").split()
        yield name, {c: w == "yes" for c, w in zip(COLUMNS, words, strict=True)}


@pytest.mark.parametrize(("name", "expected"), rows(), ids=lambda each: str(each)[:30])
def test_row(name: str, expected: dict[str, bool]) -> None:
    names = namespace_of(TABLE)
    wanted = {"class": name, "init": None, "inputs": None, "ranks": {}}

    with torch.no_grad():
        found, problem = worker.probed(names[name], names, wanted)

    assert problem is None
    assert found == expected


def test_no_row_is_left_out() -> None:
    assert len(list(rows())) == 10


def test_a_missing_scale_is_found_in_the_graph() -> None:
    found = [f for f in blocklint.check(TABLE) if f.rule == "unscaled-attention"]

    lines = TABLE.read_text().splitlines()
    assert [lines[f.span.line - 1].strip() for f in found] == [
        "weights = F.softmax(q @ k.transpose(-2, -1), dim=-1)"
    ]
