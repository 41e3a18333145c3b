"""A fix edits what it says and nothing else, in the rules' fixtures as in any file."""

import re
import shutil
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Golden
from expectations import FIXTURES, expected_findings

from blocklint.engine import Options, Request, check, fix, save
from blocklint.outline import parse
from blocklint.rule import Finding

FLAGGED = sorted((FIXTURES / "rules").glob("*/flagged.py"))
EVERYWHERE = Options(extend_select=("ALL",))


def without_expectations(text: str) -> str:
    """A fixture as its author would have written it for a project."""
    return re.sub(r"[ \t]*# expect: .*", "", text)


def with_expectations(text: str, findings: tuple[Finding, ...]) -> str:
    """Say on each line what is still found there."""
    names: dict[int, list[str]] = defaultdict(list)
    for finding in findings:
        names[finding.span.line].append(finding.rule)
    lines = text.split("\n")
    for number, found in names.items():
        lines[number - 1] += f"  # expect: {', '.join(found)}"
    return "\n".join(lines)


def copied(path: Path, folder: Path) -> Path:
    """A flagged fixture with the config beside it, in a folder to write in."""
    config = path.with_name("pyproject.toml")
    text = config.read_text() if config.exists() else "[tool.blocklint]\n"
    (folder / "pyproject.toml").write_text(text)
    copy = folder / path.name
    copy.write_bytes(without_expectations(path.read_text()).encode())
    return copy


@pytest.mark.parametrize("path", FLAGGED, ids=lambda path: path.parent.name)
def test_flagged_becomes_fixed(path: Path, tmp_path: Path, golden: Golden) -> None:
    request = Request((str(copied(path, tmp_path)),))

    repair = fix(request, unsafe=True)

    beside = path.with_name("fixed.py")
    assert repair.problems == ()
    if repair.edited:
        text = repair.edited[0].after.decode()
        golden(beside, with_expectations(text, repair.report.findings))
    else:
        assert not beside.exists(), f"nothing fixes {path}, so there is no {beside}"


@pytest.mark.parametrize("path", FLAGGED, ids=lambda path: path.parent.name)
def test_a_fixed_fixture_lost_what_was_fixed_and_gained_nothing(path: Path) -> None:
    beside = path.with_name("fixed.py")
    if not beside.exists():
        pytest.skip("no fix")

    before = [name for _, name in expected_findings(path.read_text())]
    after = [name for _, name in expected_findings(beside.read_text())]

    assert len(after) < len(before)
    assert set(after) <= set(before)
    assert after.count("syntax-error") == before.count("syntax-error")


def test_every_fixture_can_be_fixed_once_and_for_all(tmp_path: Path) -> None:
    folder = tmp_path / "fixtures"
    shutil.copytree(FIXTURES, folder)
    parsed = [path for path in folder.rglob("*.py") if parses(path)]
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    request = Request((str(folder),))

    repair = save(request, fix(request, unsafe=True))
    again = fix(request, unsafe=True)

    written = {str(path) for path, data in before.items() if path.read_bytes() != data}
    assert written == {file.path for file in repair.edited}
    assert [path for path in parsed if not parses(path)] == []
    assert (repair.problems, again.problems, again.edited) == ((), (), ())
    # What was said of the drafts is what a new check says of the files.
    assert repair.report.findings == again.report.findings
    assert repair.report.fixable == (0, 0)
    assert set(before) == {path for path in folder.rglob("*") if path.is_file()}


def parses(path: Path) -> bool:
    try:
        parse(path.read_text())
    except (SyntaxError, ValueError):
        return False
    return True


def test_safe_fixes_leave_unsafe_ones_alone(tmp_path: Path) -> None:
    path = copied(FIXTURES / "rules" / "residual_after_norm" / "flagged.py", tmp_path)
    request = Request((str(path),))

    repair = fix(request)

    assert repair.edited == ()
    assert repair.report == check(request)
    safe, unsafe = repair.report.fixable
    assert (safe, unsafe > 0) == (0, True)


def test_a_suppressed_finding_is_not_fixed(tmp_path: Path) -> None:
    path = copied(FIXTURES / "rules" / "residual_after_norm" / "flagged.py", tmp_path)
    request = Request((str(path),))
    lines = path.read_text().split("\n")
    for line in {finding.span.line for finding in check(request).findings}:
        lines[line - 1] += "  # blocklint: ignore[residual-after-norm]"
    path.write_text("\n".join(lines))

    repair = fix(request, unsafe=True)

    assert repair.edited == ()
    assert repair.report.findings == ()


def test_a_file_of_the_project_is_checked_again_as_its_draft_says(
    tmp_path: Path,
) -> None:
    # The second file imports the first, whose draft must count for it as well.
    shutil.copytree(FIXTURES / "projects" / "imports", tmp_path, dirs_exist_ok=True)
    (tmp_path / "flawed.py").write_text(
        without_expectations(
            (FIXTURES / "rules" / "residual_after_norm" / "flagged.py").read_text()
        )
    )
    (tmp_path / "a_user.py").write_text(
        "from flawed import InlineStack\n\n\n"
        "class Deeper(InlineStack):\n"
        "    def forward(self, x):\n"
        "        return super().forward(x)\n"
    )
    request = Request((str(tmp_path),), replace(EVERYWHERE, isolated=True))

    repair = save(request, fix(request, unsafe=True))

    assert [Path(file.path).name for file in repair.edited] == ["flawed.py"]
    assert repair.report.findings == check(request).findings
