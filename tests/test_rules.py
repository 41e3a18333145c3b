"""Every rule finds what its fixtures and its docs say, and nothing else."""

import re
from pathlib import Path

import pytest
from expectations import FIXTURES, expected_findings

from blocklint.engine import Options, Request, check, load_rules
from blocklint.rule import Finding, Rule

RULES = load_rules().rules
FILES = sorted((FIXTURES / "rules").glob("*/*.py"))
SECTIONS = ["Why", "Bad", "Good", "Not flagged", "Seen in"]
IMPORTS = "import torch\nfrom torch import nn\nfrom torch.nn import functional as F\n"


def section(rule: Rule, title: str) -> str:
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", rule.doc, re.DOTALL | re.M)
    assert found, f"{rule.name} has no section {title}"
    return found[1].strip()


def example(rule: Rule, title: str) -> str:
    found = re.search(r"```python\n(.*?)```", section(rule, title), re.DOTALL)
    assert found, f"{rule.name} has no example in section {title}"
    return IMPORTS + "\n\n" + found[1]


def findings_in(code: str) -> tuple[Finding, ...]:
    options = Options(isolated=True)
    request = Request(("-",), options, code.encode(), "example.py")
    return check(request).findings


@pytest.mark.parametrize(
    "path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_fixture(path: Path) -> None:
    expected = expected_findings(path.read_text())

    found = [(f.span.line, f.rule) for f in check(Request((str(path),))).findings]

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
def test_bad_example_is_flagged(rule: Rule) -> None:
    code = example(rule, "Bad")

    found = {finding.rule for finding in findings_in(code)}

    assert rule.name in found


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_good_example_is_clean(rule: Rule) -> None:
    code = example(rule, "Good")

    found = {finding.rule for finding in findings_in(code)}

    assert rule.name not in found


def test_codes_are_unique() -> None:
    codes = [rule.code for rule in RULES]

    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"BL[1-9]\d\d", code) for code in codes)
