"""`check --add-ignore`: where comments go, what is kept, and that once is enough."""

import ast
import json
from pathlib import Path

import pytest
from command import run
from expectations import FIXTURES
from hypothesis import given, settings, strategies as st

from blocklint.engine import Options, Request, add_ignores
from blocklint.report import Repair
from blocklint.source import Source, decode

HEAD = """\
from torch import nn


class Base(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(d, 4 * d), nn.GELU(), nn.Linear(4 * d, d))
        self.norm = nn.LayerNorm(d)


"""
CONCISE = ["check", "--isolated", "--output-format", "concise"]
NAME = "residual-after-norm"
WRONG = "y + self.mlp(y)"


def body(statement: str) -> str:
    """A class whose last statement takes its residual after the norm."""
    return (
        f"{HEAD}class Block(Base):\n    def forward(self, x, f=lambda *_: None):\n"
        f"        y = self.norm(x)\n        {statement}\n"
    )


def post(header: str) -> str:
    """A post-norm block under some header."""
    return (
        f"{HEAD}{header}\n    def forward(self, x):\n"
        "        return self.norm(x + self.mlp(x))\n"
    )


def written(data: bytes, reason: str = "") -> Repair:
    """What becomes of a file that is read from the standard input."""
    options = Options(isolated=True)
    return add_ignores(Request(("-",), options, data, "model.py"), reason)


def after(text: str, reason: str = "") -> str:
    repair = written(text.encode(), reason)
    assert repair.problems == ()
    assert repair.report.findings == ()
    (edited,) = repair.edited
    return edited.after.decode()


STATEMENTS = {
    "a simple statement": (
        f"return {WRONG}",
        f"return {WRONG}  # blocklint: ignore[{NAME}]",
    ),
    "with a comment": (
        f"return {WRONG}  # why",
        f"return {WRONG}  # why  # blocklint: ignore[{NAME}]",
    ),
    "with white space behind": (
        f"return {WRONG}   ",
        f"return {WRONG}  # blocklint: ignore[{NAME}]",
    ),
    "too long a line": (
        f"return {WRONG}  # {'long ' * 10}",
        f"# blocklint: ignore[{NAME}]\n        return {WRONG}  # {'long ' * 10}",
    ),
    "several lines": (
        f"return (\n            {WRONG}\n        )",
        f"return (\n            {WRONG}  # blocklint: ignore[{NAME}]\n        )",
    ),
    "a line that goes on": (
        "return y + \\\n            self.mlp(y)",
        f"# blocklint: ignore[{NAME}]\n        return y + \\\n            self.mlp(y)",
    ),
    "a string that goes on": (
        f'f("""\n"""); return {WRONG}, f("""\n""")',
        f"# blocklint: ignore[{NAME}]\n        "
        f'f("""\n"""); return {WRONG}, f("""\n""")',
    ),
    "a statement that shares its line": (
        f"if x: return {WRONG}",
        f"if x: return {WRONG}  # blocklint: ignore[{NAME}]",
    ),
    "a noqa": (
        f"return {WRONG}  # noqa: E501",
        f"return {WRONG}  # noqa: E501  # blocklint: ignore[{NAME}]",
    ),
}


@pytest.mark.parametrize("kind", STATEMENTS)
def test_where_the_comment_of_a_statement_goes(kind: str) -> None:
    before, expected = STATEMENTS[kind]

    found = after(body(before))

    assert found == body(expected)


HEADERS = {
    "a class": ("class A(Base):", "class A(Base):  # blocklint: ignore[post-norm]"),
    "a class of several lines": (
        "class A(\n    Base,\n):",
        "class A(  # blocklint: ignore[post-norm]\n    Base,\n):",
    ),
    "a class with a decorator": (
        "@decorated\nclass A(Base):",
        "@decorated\nclass A(Base):  # blocklint: ignore[post-norm]",
    ),
    "a decorator and a long line": (
        f"@decorated\nclass A{'a' * 60}(Base):",
        f"# blocklint: ignore[post-norm]\n@decorated\nclass A{'a' * 60}(Base):",
    ),
    "a list above a decorator": (
        "# blocklint: ignore[unused-norm] old\n@decorated\nclass A(Base):",
        "# old\n@decorated\nclass A(Base):  # blocklint: ignore[post-norm]",
    ),
}


@pytest.mark.parametrize("kind", HEADERS)
def test_where_the_comment_of_a_class_goes(kind: str) -> None:
    before, expected = HEADERS[kind]

    found = after(post(before))

    assert found == post(expected)


LISTS = {
    "one name": ("ignore[post-norm]", "ignore[post-norm, {}]"),
    "a reason": ("ignore[post-norm] as is", "ignore[post-norm, {}] as is"),
    "no blanks": ("ignore[BL101,shared-norm]", "ignore[BL101,shared-norm,{}]"),
    "a last comma": ("ignore[post-norm, ]", "ignore[post-norm, {}, ]"),
    "another comment": ("ignore[post-norm] # type: ignore", "ignore[post-norm, {}] "),
}


@pytest.mark.parametrize("kind", LISTS)
def test_a_list_that_is_there_is_added_to(tmp_path: Path, kind: str) -> None:
    before, expected = LISTS[kind]
    path = tmp_path / "model.py"
    path.write_text(body(f"return {WRONG}  # blocklint: {before}"))

    outcome = run(*CONCISE, "--select", NAME, "--add-ignore", folder=tmp_path)

    assert outcome.exit_code == 0
    assert f"# blocklint: {expected.format(NAME)}" in path.read_text()


def test_a_reason_is_written_where_there_is_none(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    there = ["", "  # blocklint: ignore[post-norm]", "  # blocklint: ignore[BL101] old"]
    for number, comment in enumerate(there):
        text = body(f"return {WRONG}{comment}").replace("Block", f"Block{number}")
        with path.open("a") as file:
            file.write(text[len(HEAD) * (number > 0) :])

    run(*CONCISE, "--select", NAME, "--add-ignore=see #12", folder=tmp_path)

    said = [line for line in path.read_text().splitlines() if "blocklint" in line]
    assert [line.partition("blocklint: ")[2] for line in said] == [
        f"ignore[{NAME}] see #12",
        f"ignore[post-norm, {NAME}] see #12",
        f"ignore[BL101, {NAME}] old",
    ]


def test_what_may_be_needed_by_other_rules_is_told_to_be_quiet(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text("x = 1  # blocklint: ignore[BL1]\ny = 1  # noqa: BL1\n")
    options = [*CONCISE, "--select", "unused-suppression,post-norm", "--add-ignore"]

    outcomes = [run(*options, folder=tmp_path) for _ in range(2)]

    assert [outcome.exit_code for outcome in outcomes] == [0, 0]
    assert outcomes[0].stderr.startswith("Suppressed 2 findings in 1 file.\n")
    assert outcomes[1].stderr == "All checks passed in 1 file.\n"
    assert path.read_text() == (
        "x = 1  # blocklint: ignore[BL1, unused-suppression]\n"
        "y = 1  # noqa: BL1  # blocklint: ignore[unused-suppression]\n"
    )


def test_a_suppression_that_is_idle_for_certain_is_taken_out() -> None:
    text = body(f"return {WRONG}  # blocklint: ignore[syntax-error] as is")

    found = after(text)

    assert "as is  # blocklint: ignore" in found
    assert "syntax-error" not in found


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_encoding_and_line_ends_are_kept(end: str, encoding: str) -> None:
    cookie = "# -*- coding: latin-1 -*-\n" if encoding == "latin-1" else ""
    text = f"{cookie}# café\n{post('class A(Base):')}"
    expected = text.replace("A(Base):", "A(Base):  # blocklint: ignore[post-norm] né")

    repair = written(text.replace("\n", end).encode(encoding), "né")

    (edited,) = repair.edited
    assert edited.after == expected.replace("\n", end).encode(encoding)


def test_letters_that_an_encoding_does_not_have(tmp_path: Path) -> None:
    data = f"# coding: latin-1\n{post('class A(Base):')}".encode("latin-1")
    (tmp_path / "model.py").write_bytes(data)

    outcome = run(*CONCISE, "--add-ignore=пока", folder=tmp_path)

    assert outcome.exit_code == 2
    assert "not fixed: has letters that iso-8859-1 does not have" in outcome.stderr
    assert (tmp_path / "model.py").read_bytes() == data


def test_a_cell_of_a_notebook_gets_its_comment(tmp_path: Path) -> None:
    cells = ["%matplotlib inline\n", post("class A(Base):")]
    written_out = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "source": [cell]}
        for cell in cells
    ]
    document = {"cells": written_out, "metadata": {}, "nbformat": 4}
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps(document | {"nbformat_minor": 5}, indent=1))

    outcomes = [run(*CONCISE, "--add-ignore", folder=tmp_path) for _ in range(2)]

    assert [outcome.exit_code for outcome in outcomes] == [0, 0]
    source = json.loads(path.read_text())["cells"][1]["source"]
    assert "class A(Base):  # blocklint: ignore[post-norm]\n" in "".join(source)


@pytest.mark.parametrize("reason", ["two\nlines", "# noqa", "# blocklint: skip-file"])
def test_a_reason_that_is_none(tmp_path: Path, reason: str) -> None:
    (tmp_path / "model.py").write_text(post("class A(Base):"))

    outcome = run(*CONCISE, f"--add-ignore={reason}", folder=tmp_path)

    assert outcome.exit_code == 2
    assert "reason" in outcome.stderr
    assert (tmp_path / "model.py").read_text() == post("class A(Base):")


def test_a_file_that_does_not_parse_is_left_and_reported(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("(")
    (tmp_path / "model.py").write_text(post("class A(Base):"))

    outcome = run(*CONCISE, "--add-ignore", folder=tmp_path)

    assert outcome.exit_code == 1
    assert outcome.stdout.startswith("broken.py:1:1: BL901 syntax-error: ")
    assert (tmp_path / "broken.py").read_text() == "("
    assert "ignore[post-norm]" in (tmp_path / "model.py").read_text()


def test_the_paths_behind_the_option_are_no_reason(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(post("class A(Base):"))
    (tmp_path / "b.py").write_text(post("class A(Base):"))

    outcome = run(*CONCISE, "--add-ignore", "--diff", "a.py", folder=tmp_path)

    assert outcome.exit_code == 1
    assert "+class A(Base):  # blocklint: ignore[post-norm]\n" in outcome.stdout
    assert outcome.stderr == "Would suppress 1 finding in 1 file.\n"
    assert (tmp_path / "a.py").read_text() == post("class A(Base):")


@pytest.mark.parametrize(
    "options", [["--fix", "--add-ignore"], ["--trace", "--add-ignore=later"]]
)
def test_what_the_option_does_not_go_with(tmp_path: Path, options: list[str]) -> None:
    outcome = run("check", *options, folder=tmp_path)

    assert outcome.exit_code == 2
    assert "--add-ignore" in outcome.stderr


FLAGGED = sorted(FIXTURES.glob("rules/*/flagged.py"))


def shuffled(text: str, ends: str, cut: bool, lines: list[str]) -> str:
    """A file with other line ends, comments and blanks at some of its lines."""
    found = text.splitlines()
    for number, more in enumerate(lines):
        place = number * 7 % len(found)
        if not found[place].rstrip().endswith(("\\", '"""')):
            found[place] += more
    joined = ends.join(found) + ends
    return joined.removesuffix(ends) if cut else joined


@settings(deadline=None, max_examples=15)
@given(
    st.sampled_from(FLAGGED),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.lists(
        st.sampled_from(
            ["", "  ", "  # noqa: E501", "  # blocklint: ignore[post-norm] x", "  # é"]
        ),
        max_size=40,
    ),
)
def test_twice_is_the_same_as_once(
    path: Path, ends: str, cut: bool, lines: list[str]
) -> None:
    text = shuffled(path.read_text(), ends, cut, lines)
    readable = isinstance(decode(text.encode(), "model.py"), Source)

    once = written(text.encode(), "later")
    data = once.edited[0].after if once.edited else text.encode()
    twice = written(data, "never")

    assert once.problems == twice.problems == ()
    assert twice.edited == ()
    if readable:
        assert once.report.findings == twice.report.findings == ()
        assert ast.dump(ast.parse(text)) == ast.dump(ast.parse(data.decode()))
        assert data.count(b"\r") in (0, data.count(b"\n"))
