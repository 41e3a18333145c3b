"""Every rule finds what its fixtures and its docs say, and nothing else."""

import re
from pathlib import Path

import pytest
from expectations import FIXTURES, expected_findings

from blocklint.engine import Options, Request, check, load_rules
from blocklint.rule import Finding, Rule

RULES = load_rules().rules
RUNNING = {rule.name.replace("-", "_") for rule in RULES if rule.sees_runs}
FILES = sorted((FIXTURES / "rules").glob("*/*.py"))
SECTIONS = ["Why", "Bad", "Good", "Not flagged", "Seen in"]
IMPORTS = "import torch\nfrom torch import nn\nfrom torch.nn import functional as F\n"


def section(rule: Rule, title: str) -> str:
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", rule.doc, re.DOTALL | re.M)
    assert found, f"{rule.name} has no section {title}"
    return found[1].strip()


def fenced(language: str, text: str) -> str | None:
    found = re.search(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.M)
    return found[1] if found else None


def write_example(rule: Rule, title: str, folder: Path) -> Path:
    """Write an example, beside it the config that the section Bad may show."""
    code = fenced("python", section(rule, title))
    assert code, f"{rule.name} has no example in section {title}"
    config = fenced("toml", section(rule, "Bad"))
    (folder / "pyproject.toml").write_text(config or "[tool.blocklint]\n")
    path = folder / "example.py"
    path.write_text(f"{IMPORTS}\n\n{code}")
    return path


def found_in(path: Path, runs: bool) -> tuple[Finding, ...]:
    """What is found in a file; its blocks are run for rules that ask for that."""
    options = Options(trace=runs, probe=runs)
    report = check(Request((str(path),), options))
    assert report.untraced == ()
    return report.findings


@pytest.mark.parametrize(
    "path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_fixture(path: Path) -> None:
    expected = expected_findings(path.read_text())

    runs = path.parent.name in RUNNING
    found = [(f.span.line, f.rule) for f in found_in(path, runs)]

    assert sorted(found) == sorted(expected)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_rule_has_both_kinds_of_fixture(rule: Rule) -> None:
    folder = FIXTURES / "rules" / rule.name.replace("-", "_")

    flagged, clean = folder / "flagged.py", folder / "clean.py"

    assert rule.name in {name for _, name in expected_findings(flagged.read_text())}
    assert expected_findings(clean.read_text()) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_docs_are_complete(rule: Rule) -> None:
    titles = re.findall(r"^## (.+)$", rule.doc, re.M)

    assert titles == SECTIONS
    assert all(section(rule, title) for title in SECTIONS)
    assert rule.summary.endswith(".")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_bad_example_is_flagged(rule: Rule, tmp_path: Path) -> None:
    path = write_example(rule, "Bad", tmp_path)

    found = {finding.rule for finding in found_in(path, rule.needs_run)}

    assert rule.name in found


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_good_example_is_clean(rule: Rule, tmp_path: Path) -> None:
    path = write_example(rule, "Good", tmp_path)

    found = {finding.rule for finding in found_in(path, rule.needs_run)}

    assert rule.name not in found


def test_codes_are_unique() -> None:
    codes = [rule.code for rule in RULES]

    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"BL[1-9]\d\d", code) for code in codes)
