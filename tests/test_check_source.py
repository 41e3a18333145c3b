"""Texts that are at hand: `blocklint.check_source` and `blocklint.inspect_source`."""

import ast
import json
import multiprocessing
import os
import pickle
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path

import pytest
from expectations import FIXTURES

import blocklint
import blocklint.reporters.inspection.json
from blocklint.api import BlockFacts, Finding
from blocklint.report import Overview

POST = """\
from torch import nn


class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(d, d), nn.GELU(), nn.Linear(d, d))
        self.norm = nn.LayerNorm(d)

    def forward(self, x):
        return self.norm(x + self.mlp(x))
"""
USER = POST.replace("nn.LayerNorm", "Scale").replace(
    "from torch import nn\n", "from torch import nn\n\nfrom .norms import Scale\n"
)
NORMS = "from torch import nn\n\n\nclass Scale(nn.LayerNorm):\n    pass\n"
MODEL = (FIXTURES / "readme" / "model.py").read_text()


def leaves(value: object) -> Iterator[object]:
    """What a result is made of, down to its plain values."""
    if is_dataclass(value):
        for field in fields(value):
            yield from leaves(getattr(value, field.name))
    elif isinstance(value, tuple):
        for item in value:
            yield from leaves(item)
    else:
        yield value.value if isinstance(value, Enum) else value


def rules_in(found: tuple[Finding, ...]) -> list[str]:
    return [finding.rule for finding in found]


def test_a_text_is_checked_as_its_file_is(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text(MODEL)

    found = blocklint.check_source(MODEL, str(path))

    assert found == blocklint.check(path)
    assert rules_in(found) == ["residual-after-norm", "post-norm"]


@pytest.mark.parametrize("folder", ["double_residual", "unused_suppression"])
def test_every_fixture_is_what_its_file_is(folder: str) -> None:
    path = FIXTURES / "rules" / folder / "flagged.py"

    found = blocklint.check_source(path.read_text(), str(path))

    assert found
    assert rules_in(found) == rules_in(blocklint.check(path))


def test_a_text_is_inspected_as_its_file_is() -> None:
    blocks = blocklint.inspect_source(MODEL, "model.py")

    text = blocklint.reporters.inspection.json.render(Overview(blocks, 1))
    placements = [block["placement"] for block in json.loads(text)["blocks"]]
    assert placements == ["mixed", "configurable", "configurable"]


def test_results_are_plain_data() -> None:
    findings = blocklint.check_source(MODEL)
    blocks = blocklint.inspect_source(MODEL)

    kinds = {type(leaf) for leaf in leaves((findings, blocks))}

    assert kinds <= {str, int, bool, type(None)}
    assert pickle.loads(pickle.dumps(findings)) == findings
    assert pickle.loads(pickle.dumps(blocks)) == blocks


def test_it_runs_in_processes_that_were_spawned() -> None:
    texts = [(POST, "a.py"), ("(", "b.py"), ("x = 1\n", "c.py")]

    with multiprocessing.get_context("spawn").Pool(1) as pool:
        found = pool.starmap(blocklint.check_source, texts)

    assert [rules_in(each) for each in found] == [["post-norm"], ["syntax-error"], []]
    assert found[0] == blocklint.check_source(*texts[0])


def test_nothing_on_the_disk_has_a_say(tmp_path: Path) -> None:
    folder = tmp_path / "pkg"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "norms.py").write_text(NORMS)
    (folder / "model.py").write_text("x = 1\n")
    (tmp_path / "pyproject.toml").write_text('[tool.blocklint]\nignore = ["BL"]\n')
    opened: list[object] = []
    watching = True

    def watch(event: str, args: tuple[object, ...]) -> None:
        if watching and event in ("open", "os.listdir", "os.scandir"):
            opened.append(args[0])

    blocklint.check_source(USER)  # The rules are read, once.
    sys.addaudithook(watch)
    found = blocklint.check_source(USER, str(folder / "model.py"))
    watching = False

    assert [path for path in opened if str(tmp_path) in os.fsdecode(str(path))] == []
    assert "post-norm" not in rules_in(found)


def test_imports_lead_to_the_files_that_are_given() -> None:
    files = {"pkg/__init__.py": "", "pkg/norms.py": NORMS}

    found = blocklint.check_source(USER, "pkg/model.py", files=files)
    (block,) = blocklint.inspect_source(USER, "pkg/model.py", files=files)

    assert rules_in(found) == ["post-norm"]
    assert found[0].path == "pkg/model.py"
    assert block.placement == "post"


def test_a_file_that_is_given_may_be_broken() -> None:
    files = {"norms.py": "class Scale(", "model.py": "not the text that counts"}

    assert blocklint.check_source(USER, "model.py", files=files) == ()


PLAIN = NORMS.replace("LayerNorm", "Module")
FAULTY = "\n    def forward(self, x):\n        return x of y\n"


def test_the_sound_statements_of_a_broken_file_are_followed() -> None:
    files = {"norms.py": f"{NORMS}\n\nclass Other(Scale):{FAULTY}"}

    found = blocklint.check_source(USER, "model.py", files=files)

    assert rules_in(found) == ["post-norm"]


@pytest.mark.parametrize(
    "norms",
    [
        pytest.param(f"{NORMS}{FAULTY}", id="a class"),
        pytest.param(f"{PLAIN}{300 * FAULTY}", id="a long class"),
        pytest.param("def Scale(d):\n    return d of d\n", id="a function"),
        pytest.param("Scale = d of d\n", id="a value"),
        pytest.param("from torch.nn import\nScale = 1\n", id="an import"),
    ],
)
def test_a_statement_that_does_not_parse_says_nothing(norms: str) -> None:
    unseen = blocklint.inspect_source(USER, "model.py")

    found = blocklint.inspect_source(USER, "model.py", files={"norms.py": norms})

    assert found == unseen


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("x = 1\n(", 2, "'(' was never closed"),
        ("x = 1\ny = '\0'", 2, "contains a NUL byte"),
        ("x = 1\ny = '\ud800'", 2, "contains half of a surrogate pair"),
        ("x = " + "-" * 100_000 + "1", 1, "is nested too deeply to be parsed"),
    ],
)
def test_what_is_no_python_is_a_finding(text: str, line: int, said: str) -> None:
    (found,) = blocklint.check_source(text, "odd.py")

    assert (found.rule, found.span.line, found.message) == ("syntax-error", line, said)
    assert blocklint.inspect_source(text) == ()


def test_a_text_may_begin_with_a_byte_order_mark() -> None:
    assert blocklint.check_source(f"\ufeff{POST}") == blocklint.check_source(POST)


def test_a_coding_cookie_says_nothing_of_a_text() -> None:
    text = f"# -*- coding: ascii -*-\n# caf\u00e9\n{POST}"

    assert rules_in(blocklint.check_source(text)) == ["post-norm"]


@pytest.mark.parametrize("size", range(0, len(POST), 23))
def test_no_prefix_of_a_text_is_too_much(size: int) -> None:
    found = blocklint.check_source(POST[:size])

    assert all(isinstance(finding, Finding) for finding in found)
    assert ("syntax-error" in rules_in(found)) is not parses(POST[:size])


def parses(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def test_options_are_those_of_a_config() -> None:
    def found(**options: object) -> list[str]:
        return rules_in(blocklint.check_source(POST, **options))  # type: ignore[arg-type]

    (noted,) = blocklint.check_source(POST, severity={"post-norm": "note"})

    assert found(select=["BL2"]) == []
    assert found(ignore=["post-norm"]) == []
    assert found(placement="post") == []
    assert found(placement="pre", allow=("post",)) == []
    assert found(placement="pre") == ["unwanted-placement"]
    assert noted.severity.value == "note"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"placement": "prenorm"}, "the options: `placement` must be one of pre, .*"),
        ({"select": "BL1"}, '`select` must be a list of strings, not "BL1"'),
        ({"ignore": ["post-nrom"]}, "rule `post-nrom`; did you mean `post-norm`"),
        ({"severity": {"post-norm": "bad"}}, "must be one of error, warning, note"),
    ],
)
def test_options_that_are_wrong_are_refused(
    options: dict[str, object], said: str
) -> None:
    with pytest.raises(blocklint.BadRequest, match=said):
        blocklint.check_source(POST, **options)  # type: ignore[arg-type]


def test_the_results_have_types_to_import() -> None:
    assert blocklint.Finding is Finding
    assert blocklint.BlockFacts is BlockFacts
