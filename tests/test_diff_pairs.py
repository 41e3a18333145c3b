"""Pairs of code before and after: what changed in their wiring, and what did not.

A folder of `fixtures/diffs` holds `old` and `new`, a file or a folder each; what must
be found stands in the new version, as `# expect: placement` for each kind of change, or
`# expect: no change`.
"""

import re
from pathlib import Path

import pytest
from conftest import Golden
from expectations import FIXTURES

from blocklint.comparison import Status
from blocklint.difference import Difference
from blocklint.engine import Request, diff
from blocklint.reporters.differing import concise

DIFFS = FIXTURES / "diffs"
PAIRS = sorted(path for path in DIFFS.iterdir() if path.is_dir())
_EXPECTED = re.compile(r"^# expect: (.+)$", re.MULTILINE)


def sides(pair: Path) -> tuple[Path, Path]:
    old, new = (
        next(path for path in (pair / f"{name}.py", pair / name) if path.exists())
        for name in ("old", "new")
    )
    return old, new


def compared(pair: Path) -> Difference:
    old, new = sides(pair)
    return diff((str(old), str(new)), Request())


def expected(pair: Path) -> set[str]:
    _, new = sides(pair)
    files = [new] if new.is_file() else sorted(new.rglob("*.py"))
    found = {kind for file in files for kind in _EXPECTED.findall(file.read_text())}
    assert found, f"{pair} says nothing of what is expected"
    return found - {"no change"}


@pytest.mark.parametrize("pair", PAIRS, ids=lambda path: path.name)
def test_kinds_of_change(pair: Path) -> None:
    difference = compared(pair)

    kinds = {change.kind for block in difference.blocks for change in block.changes}

    assert kinds == expected(pair)
    assert difference.differs is bool(kinds)
    assert Status.UNKNOWN not in difference.by_status


def test_there_are_enough_pairs() -> None:
    changed = [pair for pair in PAIRS if expected(pair)]

    assert len(changed) >= 20
    assert len(PAIRS) - len(changed) >= 20


def test_changes_in_words(golden: Golden) -> None:
    told = "".join(
        concise.render(compared(pair)).replace(f"{pair}/", f"{pair.name}/")
        for pair in PAIRS
    )

    golden(FIXTURES / "reports" / "diff.txt", told)


@pytest.mark.parametrize("pair", PAIRS[::4], ids=lambda path: path.name)
def test_nothing_changes_between_a_version_and_itself(pair: Path) -> None:
    _, new = sides(pair)

    difference = diff((str(new), str(new)), Request())

    assert not difference.differs
