"""Notebooks: cells become one text, findings get a cell, fixes go into their cell."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from command import Outcome, run
from conftest import Golden
from expectations import FIXTURES
from hypothesis import given, settings, strategies as st
from notebooks import HEAD, IDLE, POST, PRE, Writer, notebook

from blocklint.cli import main
from blocklint.engine.notebooks import fixed_cells, in_cells
from blocklint.notebook.document import LARGEST, document
from blocklint.notebook.joined import joined
from blocklint.notebook.magics import is_foreign, without_magics
from blocklint.notebook.rewrite import rewritten
from blocklint.rule import Finding, PlacedFix, Replacement, Severity
from blocklint.source import Broken, Source, Span, decode

LESSON = FIXTURES / "notebooks"
CONCISE = ["check", "--isolated", "--output-format", "concise"]


def check(folder: Path, data: bytes, *options: str) -> Outcome:
    (folder / "nb.ipynb").write_bytes(data)
    return run(*CONCISE, *options, "nb.ipynb", folder=folder)


@pytest.mark.parametrize("name", ["lesson", "old"])
@pytest.mark.parametrize(
    "form",
    ["full", "json", "concise", "grouped", "github", "gitlab", "junit"],
)
def test_findings_are_placed_by_cell(name: str, form: str, golden: Golden) -> None:
    arguments = ["check", "--isolated", "--output-format", form, f"{name}.ipynb"]

    outcome = run(*arguments, folder=LESSON)

    assert outcome.exit_code == 1
    golden(LESSON / f"{name}.{form}.txt", outcome.stdout)


@pytest.mark.parametrize("form", ["text", "json"])
def test_blocks_are_placed_by_cell(form: str, golden: Golden) -> None:
    outcome = run("inspect", "--format", form, "lesson.ipynb", folder=LESSON)

    assert "lesson.ipynb:cell 6:1:14: not inspected: '(' was " in outcome.stderr
    golden(LESSON / f"lesson.inspect.{form}.txt", outcome.stdout)


def test_a_diff_shows_the_text_of_the_cells(golden: Golden) -> None:
    arguments = ["check", "--isolated", "--diff", "--unsafe-fixes", "."]

    outcome = run(*arguments, folder=LESSON)

    assert outcome.exit_code == 1
    golden(LESSON / "diff.txt", outcome.stdout)


def test_a_class_may_use_one_of_another_cell(tmp_path: Path) -> None:
    part = (
        "class Part(nn.Module):\n"
        "    def __init__(self, d):\n"
        "        super().__init__()\n"
        "        self.inner = nn.LayerNorm(d)\n\n"
        "    def forward(self, x):\n"
        "        return self.inner(x)"
    )
    block = POST.replace("nn.LayerNorm(d)", "Part(d)")

    outcomes = [check(tmp_path, notebook(HEAD, *more, block)) for more in ((part,), ())]

    assert outcomes[0].stdout.startswith("nb.ipynb:cell 3:1:7: BL101 post-norm: ")
    assert outcomes[1].stdout == ""


def test_a_cell_that_does_not_parse_hides_no_other(tmp_path: Path) -> None:
    outcome = check(tmp_path, notebook(HEAD, "x = 1\ndef f(:\n  pass", POST, "y ="))

    assert outcome.exit_code == 1
    assert outcome.stdout == (
        "nb.ipynb:cell 2:2:7: BL901 syntax-error: invalid syntax\n"
        "nb.ipynb:cell 3:1:7: BL101 post-norm: post: N(x + F(x)) at ffn; "
        "the stream passes through norm\n"
        "nb.ipynb:cell 4:1:4: BL901 syntax-error: invalid syntax\n"
    )


def test_a_class_that_is_written_again_is_checked_again(tmp_path: Path) -> None:
    again = POST.replace("nn.Linear(d, d))", "nn.Linear(2 * d, d))")
    grown = "class Block(Block):\n    def more(self):\n        return self.norm"
    user = PRE.replace("Block", "User").replace(
        "nn.Sequential(nn.Linear(d, d), nn.GELU(), nn.Linear(d, d))", "Block(d)"
    )

    outcome = check(tmp_path, notebook(HEAD, PRE, user, again, grown, user, PRE, user))

    places = [line.split(": ")[0] for line in outcome.stdout.splitlines()]
    assert places == [
        "nb.ipynb:cell 4:8:30",
        "nb.ipynb:cell 6:8:20",
    ]


HEADS = (
    POST.replace("self, d)", "self)")
    .replace(
        "nn.Sequential(nn.Linear(d, d), nn.GELU(), nn.Linear(d, d))",
        "nn.MultiheadAttention(width, heads)",
    )
    .replace("self.mlp(x)", "self.mlp(x, x, x)[0]")
    .replace("LayerNorm(d)", "Identity()")
)


@pytest.mark.parametrize(
    ("before", "after", "fits"), [(32, 384, True), (384, 32, False), (32, 32, False)]
)
def test_a_number_is_the_last_one_above(
    tmp_path: Path, before: int, after: int, fits: bool
) -> None:
    cells = (
        f"width = {before}",
        f"width = {after}  # wide\nheads = 6",
        HEADS,
        "width = 9",
    )

    outcome = check(tmp_path, notebook(HEAD, *cells))

    assert (
        "BL404 head-split-mismatch: self.mlp splits 32" in outcome.stdout
    ) is not fits
    assert ("head-split-mismatch" in outcome.stdout) is not fits


def test_a_notebook_may_import_from_its_neighbours(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(HEAD + POST)
    code = "from model import Block\n" + HEAD + PRE.replace("Block", "Outer")
    inside = code.replace("nn.Linear(d, d))\n", "Block(d))\n")

    outcome = run(
        "inspect", "-", "--stdin-filename", "nb.ipynb",
        folder=tmp_path, stdin=notebook(inside),
    )  # fmt: skip

    assert outcome.stdout.startswith("Outer  nb.ipynb:cell 1:3\n")


def test_files_that_are_no_notebooks_have_no_cell(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(HEAD + POST)

    outcome = run("check", "--isolated", "--output-format", "json", folder=tmp_path)

    (finding,) = json.loads(outcome.stdout)
    assert (finding["cell"], finding["line"]) == (None, 2)
    assert {place["cell"] for place in finding["related"]} == {None}


def test_folders_are_searched_for_notebooks(tmp_path: Path) -> None:
    for name in ("a.ipynb", "b/c.ipynb", ".ipynb_checkpoints/a-checkpoint.ipynb"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(notebook(HEAD + POST))

    outcomes = [
        run(*CONCISE, ".", folder=tmp_path),
        run(*CONCISE, "--exclude", "b", ".", folder=tmp_path),
    ]

    found = [[x.split(":")[0] for x in o.stdout.splitlines()] for o in outcomes]
    assert found == [["a.ipynb", "b/c.ipynb"], ["a.ipynb"]]


def test_the_config_speaks_of_notebooks_too(tmp_path: Path) -> None:
    config = '[tool.blocklint.per-file-ignores]\n"*.ipynb" = ["BL101"]\n'
    (tmp_path / "pyproject.toml").write_text(config)
    (tmp_path / "nb.ipynb").write_bytes(notebook(HEAD, POST))

    outcome = run("check", ".", folder=tmp_path)

    assert outcome == Outcome(0, "", "All checks passed in 1 file.\n")


def test_comments_suppress_in_cells(tmp_path: Path) -> None:
    behind = POST.replace("(nn.Module):", "(nn.Module):  # blocklint: ignore[BL101]")

    outcome = check(tmp_path, notebook(HEAD, behind))

    assert outcome.stdout == ""


def test_a_comment_is_about_its_own_cell(tmp_path: Path) -> None:
    outcome = check(tmp_path, notebook(HEAD + "# blocklint: ignore[BL101]", POST))

    assert [line.split(": ")[:2] for line in outcome.stdout.splitlines()] == [
        ["nb.ipynb:cell 1:2:1", "BL902 unused-suppression"],
        ["nb.ipynb:cell 2:1:7", "BL101 post-norm"],
    ]


def test_any_cell_may_skip_the_whole_notebook(tmp_path: Path) -> None:
    outcome = check(tmp_path, notebook(HEAD, POST, "%time 1\n# blocklint: skip-file"))

    assert outcome.stdout == ""


LANGUAGES: Mapping[str, tuple[dict[str, object], bool]] = {
    "nothing is said": ({}, True),
    "Python": ({"kernelspec": {"name": "x", "language": "python"}}, True),
    "a kernel of one's own": ({"kernelspec": {"name": "my-env"}}, True),
    "odd metadata": ({"kernelspec": [], "language_info": {"name": 3}}, True),
    "R": ({"kernelspec": {"name": "ir", "language": "R"}}, False),
    "R, said by its kernel": ({"kernelspec": {"name": "ir"}}, False),
    "Julia": ({"language_info": {"name": "julia", "version": "1.9"}}, False),
}


@pytest.mark.parametrize("kind", LANGUAGES)
def test_other_languages_are_passed_over(tmp_path: Path, kind: str) -> None:
    metadata, is_python = LANGUAGES[kind]
    made = json.loads(notebook("x <- c(1,"))

    outcome = check(tmp_path, json.dumps({**made, "metadata": metadata}).encode())

    assert outcome.exit_code == (1 if is_python else 0)
    assert ("syntax-error" in outcome.stdout) is is_python


def test_a_cell_in_another_language_is_passed_over(tmp_path: Path) -> None:
    made = json.loads(notebook("let x = 1;", "y = 1"))
    made["cells"][0]["metadata"] = {"vscode": {"languageId": "javascript"}}

    outcome = check(tmp_path, json.dumps(made).encode())

    assert outcome == Outcome(0, "", "All checks passed in 1 file.\n")


CODE = '{"cell_type": "code", "source": '
DAMAGED = {
    "empty": ("", "1:1", "is no notebook: it is empty"),
    "no JSON": ("x = 1", "1:1", "its JSON is broken: Expecting value"),
    "cut off": ('{"cells":\n [', "2:3", "its JSON is broken: Expecting value"),
    "merged": ("{\n<<<<<<< ours\n", "2:1", "its JSON is broken: Expecting property"),
    "behind": ("{} {}", "1:4", "its JSON is broken: Extra data"),
    "a list": ("[]", "1:1", "is no notebook: its JSON is no object"),
    "no cells": ('{"nbformat": 4}', "1:1", "is no notebook: it has no `cells`"),
    "cells": ('{"cells": {}}', "1:11", "`cells` must be a list"),
    "a cell": ('{"cells": [\n  3]}', "2:3", "cell 1 must be an object"),
    "no kind": ('{"cells": [{"source": ""}]}', "1:12", "cell 1 has no `cell_type`"),
    "no text": ('{"cells": [{"cell_type": "code"}]}', "1:12", "has no `source`"),
    "text": (f'{{"cells": [{CODE} 3}}]}}', "1:45", "the `source` of cell 1 must be a"),
    "lines": (f'{{"cells": [{CODE}["", 3]}}]}}', "1:44", "string or a list of strings"),
    "worksheets": ('{"worksheets": 1}', "1:16", "`worksheets` must be a list"),
    "worksheet": ('{"worksheets": [1]}', "1:17", "each of `worksheets` must be an"),
    "no UTF-8": ('{"\udcff": 1}', "1:1", "cannot be decoded"),
    "deep": ("[" * 100_000, "1:1", "is nested too deeply to be parsed"),
    "half": (f'{{"cells": [{CODE}"\\n\\ud800"}}]}}', "cell 1:2:1", "half a letter"),
    "NUL": (
        f'{{"cells": [{CODE}"\\n\\u0000"}}]}}',
        "cell 1:2:1",
        "contains a NUL byte",
    ),
    "parentheses": (f'{{"cells": [{CODE}"{"(" * 9999}"}}]}}', "cell 1:1", ""),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_damaged_notebook_is_a_finding(tmp_path: Path, kind: str) -> None:
    text, place, message = DAMAGED[kind]

    outcome = check(tmp_path, text.encode(errors="surrogateescape"))

    assert outcome.exit_code == 1
    assert outcome.stdout.startswith(f"nb.ipynb:{place}:")
    assert ": BL901 syntax-error: " in outcome.stdout
    assert message in outcome.stdout
    assert outcome.stdout.count("\n") == 1
    assert "fault" not in outcome.stderr


def test_a_huge_notebook_is_a_finding(tmp_path: Path) -> None:
    with (tmp_path / "nb.ipynb").open("wb") as file:
        file.truncate(LARGEST + 1)

    outcome = run(*CONCISE, "nb.ipynb", folder=tmp_path)

    assert "nb.ipynb:1:1: BL901 syntax-error: is larger than 100 MB" in outcome.stdout


def test_numbers_of_any_length_do_no_harm(tmp_path: Path) -> None:
    data = notebook(HEAD, POST).replace(b"1000.0", b"9" * 10_000)

    outcome = check(tmp_path, data)

    assert outcome.stdout.startswith("nb.ipynb:cell 2:1:7: BL101 ")


@pytest.mark.parametrize("target", ["nb.ipynb", "nb.ipynb:Block"])
def test_a_notebook_is_not_run(tmp_path: Path, target: str) -> None:
    (tmp_path / "nb.ipynb").write_bytes(notebook(HEAD, POST))

    outcome = run("trace", target, folder=tmp_path)

    assert outcome.exit_code == 2
    assert outcome.stderr == (
        "Error: `nb.ipynb`: a notebook is not run; "
        "move the class to a .py file and trace that\n"
    )


def test_a_config_cannot_have_a_notebook_run(tmp_path: Path) -> None:
    config = '[tool.blocklint]\ntrace = [{ target = "nb.ipynb:Block" }]\n'
    (tmp_path / "pyproject.toml").write_text(config)

    outcome = run("trace", folder=tmp_path)

    assert outcome.exit_code == 2
    assert "pyproject.toml: `nb.ipynb`: a notebook is not run" in outcome.stderr


def test_a_check_that_runs_blocks_says_that_it_runs_no_notebook(tmp_path: Path) -> None:
    outcome = check(tmp_path, notebook(HEAD, POST), "--trace")

    assert "Blocks were not run: nb.ipynb: a notebook is not run" in outcome.stderr
    assert "BL101" in outcome.stdout


MAGICS = [
    ("%matplotlib inline\nx = 1", '["matplotlib", "inline"]\nx = 1'),
    ("if x:\n    !ls $x\n    y", 'if x:\n    ["ls", "x"]\n    y'),
    ("!ls \\\n  -l \\\n  -a\nx", '["ls", "l", "a"]\n\n\nx'),
    ("nn.Linear?\n?nn\n%time?", '["nn", "Linear"]\n["nn"]\n["time"]'),
    ("nn??\n%timeit x.y('z')", '["nn"]\n["timeit", "x", "y", "z"]'),
    ("x = !ls", 'x = get_ipython("ls")'),
    ("x, y = %who str", 'x, y = get_ipython("who", "str")'),
    ("x.y[0] = !ls \\\n -l\nz", 'x.y[0] = get_ipython("ls", "l")\n\nz'),
    ("!!ls\n/f x\n,f a b\n;f", '["ls"]\n["f", "x"]\n["f", "a", "b"]\n["f"]'),
    ("%%time\nx = 1", '["time"]\nx = 1'),
    ("!1\n'''\n%a\n!b\n'''", "pass\n'''\n%a\n!b\n'''"),
    ("!1\nx = (3\n%y)", "pass\nx = (3\n%y)"),
    ("!1\nx = 3 \\\n%y", "pass\nx = 3 \\\n%y"),
    ("!1\nx = '%s' % 3  # why?", "pass\nx = '%s' % 3  # why?"),
    ("!1\nx = '''it's \\''' %\n!a'''\n%1", "pass\nx = '''it's \\''' %\n!a'''\npass"),
    ("!1\nf(x='\\'(', y=\"(\")\n%1", "pass\nf(x='\\'(', y=\"(\")\npass"),
    ("!1\nx == y\nx != y\nx %= 2", "pass\nx == y\nx != y\nx %= 2"),
]


@pytest.mark.parametrize(("cell", "code"), MAGICS)
def test_magics_are_taken_out_line_by_line(cell: str, code: str) -> None:
    assert without_magics(cell)[0] == code


@pytest.mark.parametrize("line", ["%timeit block.spare(x)", "y = %time block.spare(x)"])
def test_what_a_magic_names_is_used(tmp_path: Path, line: str) -> None:
    spare = POST.replace(
        "    def f", "        self.spare = nn.Linear(d, d)\n\n    def f"
    )

    idle = check(tmp_path, notebook(HEAD, spare, "%timeit block(x)"))
    used = check(tmp_path, notebook(HEAD, spare, line))

    assert "BL207" in idle.stdout
    assert "BL207" not in used.stdout


@pytest.mark.parametrize(
    ("cell", "foreign"),
    [
        ("%%bash\nls", True),
        ("\n%%javascript\nlet x;", True),
        ("%%writefile model.py\nx = 1", True),
        ("%%!\nls", True),
        ("%%time\nx", False),
        ("%%timeit -n 3\nx", False),
        ("%%capture out\nx", False),
        ("%time x", False),
        ("x = 1", False),
    ],
)
def test_cells_that_are_no_python(cell: str, foreign: bool) -> None:
    assert is_foreign(cell) is foreign


PIECES = [
    *("%a", "!b", "c?", "x = !d", "x = %e", "%%time", "%%bash", "\\", "\\\n", "\n"),
    *('"""', "'''", "'", '"', "(", ")", "#", " ", "x", "=", "\t", "\f", "\r\n", "\r"),
    *("def f(x):", "    return x", "\u2028", "\0"),
]
CELL = st.lists(st.sampled_from(PIECES)).map("".join)


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES[:-4])).map("".join))
def test_lines_stay_where_they_are(text: str) -> None:
    text = text.replace("\r\n", "\n").replace("\r", "\n")

    code, masked = without_magics(text)

    before, after = text.split("\n"), code.split("\n")
    assert len(before) == len(after)
    changed = {
        n for n, (a, b) in enumerate(zip(before, after, strict=True), 1) if a != b
    }
    assert changed <= masked


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["code", "markdown"]), CELL)))
def test_every_line_leads_back_to_its_cell(cells: list[tuple[str, str]]) -> None:
    found = document(Writer().write(*cells))

    text = joined(found)

    lines = text.text.split("\n")
    assert isinstance(decode(Writer().write(*cells), "nb.ipynb"), Source)
    for cell in text.cells.cells:
        kind, written = cells[cell.number - 1]
        assert (kind, is_foreign(written)) == ("code", False)
        for number, line in enumerate(cell.lines, 1):
            assert text.cells.at(cell.first + number - 1) == cell
            if number not in cell.masked and not text.faults:
                assert lines[cell.first + number - 2] == line


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["cells", "cell_type", "source", "metadata", "worksheets"]),
            inner | st.just("code"),
            max_size=4,
        )
    ),
)


@settings(deadline=None)
@given(JSON)
def test_any_json_is_a_source_or_broken(value: object) -> None:
    read = decode(json.dumps(value).encode(), "nb.ipynb")

    assert isinstance(read, Source | Broken)


@settings(deadline=None)
@given(st.binary())
def test_any_bytes_are_a_source_or_broken(data: bytes) -> None:
    assert isinstance(decode(data, "nb.ipynb"), Source | Broken)


WRITERS = st.builds(
    Writer,
    version=st.sampled_from([3, 4]),
    indent=st.sampled_from([None, 0, 1, 2, "\t"]),
    ensure_ascii=st.booleans(),
    compact=st.booleans(),
    lines=st.booleans(),
    end=st.sampled_from(["\n", "\r\n", ""]).filter(bool) | st.just("\n"),
    mark=st.sampled_from(["", "\ufeff"]),
)
TEXT = st.text('ab"\\/\n\r\t\u00e9\u6f22\U0001f40d\u2028\x7f\x01', max_size=30)


@settings(deadline=None)
@given(WRITERS, st.lists(st.tuples(TEXT.filter(bool), TEXT), min_size=1, max_size=4))
def test_a_rewritten_notebook_is_as_its_writer_would_write_it(
    writer: Writer, texts: list[tuple[str, str]]
) -> None:
    before = writer.write(("markdown", "# x"), *(("code", old) for old, _ in texts))
    after = writer.write(("markdown", "# x"), *(("code", new) for _, new in texts))
    new = {number: new for number, (_, new) in enumerate(texts, 2)}

    found = rewritten(document(before), new)

    assert found == after


@settings(deadline=None)
@given(WRITERS, st.lists(TEXT))
def test_a_notebook_without_changes_keeps_its_bytes(
    writer: Writer, texts: list[str]
) -> None:
    data = writer.write(*(("code", text) for text in texts))
    found = document(data)

    new = rewritten(found, {cell.number: cell.text for cell in found.cells})

    assert new == data


def test_lines_that_stay_keep_their_letters() -> None:
    listed = (
        b'{"cells": [{"cell_type": "code", "source":\n'
        b' [ "a = \'\\u003c\\/\'\\n" ,"b\\u000a",\n "d = \'\\u00E9\'" ] }] }'
    )
    one = (
        listed.replace(b'\\n" ,"', b"\\n").replace(b'",\n "', b"").replace(b"[ ", b"[ ")
    )

    new = "a = '</'\nc\nd = '\u00e9'"
    found = rewritten(document(listed), {1: new})

    assert found == listed.replace(b"b\\u000a", b"c\\n")
    string = one.replace(b'[ "', b'"').replace(b'" ]', b'"')
    assert rewritten(document(string), {1: new}) == string.replace(b"b\\u000a", b"c\\n")


@pytest.mark.parametrize(
    "writer",
    [
        Writer(),
        Writer(version=3, compact=True, indent=None, ensure_ascii=True),
        Writer(lines=False, indent="\t", end="\r\n"),
        Writer(indent=2, mark="\ufeff"),
    ],
    ids=str,
)
def test_a_fix_changes_its_cell_and_nothing_else(
    tmp_path: Path, writer: Writer
) -> None:
    word = "x = '\u00df'  # \u201cquoted\u201d"
    cells = ("markdown", "# x"), ("code", HEAD), ("raw", "r"), ("code", "%%bash\n(")
    before = writer.write(*cells, ("code", f"{word}\n{IDLE}"), ("code", "f("))
    after = writer.write(*cells, ("code", f"{word}\ny = 1"), ("code", "f("))

    outcome = check(tmp_path, before, "--fix")

    assert (tmp_path / "nb.ipynb").read_bytes() == after
    assert outcome.stdout.startswith("nb.ipynb:cell 6:1:2: BL901 ")
    assert outcome.stderr.startswith("Fixed 1 finding in 1 file.\n")


def test_the_only_line_of_a_cell_can_go(tmp_path: Path) -> None:
    check(tmp_path, notebook("# blocklint: ignore[BL101]", "x = 1"), "--fix")

    assert (tmp_path / "nb.ipynb").read_bytes() == notebook("", "x = 1")


def test_line_ends_within_a_cell_stay(tmp_path: Path) -> None:
    text = f"%time 1\r\n{IDLE}\r\nx = 1\r\n"

    check(tmp_path, notebook(text), "--fix")

    new = text.replace(IDLE, "y = 1")
    assert (tmp_path / "nb.ipynb").read_bytes() == notebook(new)


def test_standard_input_is_fixed_to_the_standard_output() -> None:
    arguments = [*CONCISE, "--fix", "--stdin-filename", "x/nb.ipynb", "-"]

    result = CliRunner().invoke(main, arguments, input=notebook(HEAD, POST, IDLE))

    assert result.exit_code == 1
    assert result.stdout_bytes == notebook(HEAD, POST, "y = 1")
    assert result.stderr.startswith("x/nb.ipynb:cell 2:1:7: BL101 ")


def test_a_second_fix_has_nothing_to_do(tmp_path: Path) -> None:
    check(tmp_path, notebook(HEAD, IDLE), "--fix")

    outcome = check(tmp_path, (tmp_path / "nb.ipynb").read_bytes(), "--fix")

    assert outcome == Outcome(0, "", "All checks passed in 1 file.\n")


NOTEBOOK = notebook("a = 1\nb = 2", "!ls\nc = 3\n%time d\n")


def placed(*spans: Span, text: str = "x") -> PlacedFix | None:
    """What is reported of a fix that edits these places of the joined cells."""
    source = decode(NOTEBOOK, "nb.ipynb")
    assert isinstance(source, Source)
    edits = tuple(Replacement(span, text) for span in spans)
    fix = PlacedFix("nb.ipynb", "mend it", edits, safe=True)
    finding = Finding("nb.ipynb", spans[0], "r", "BL199", Severity.NOTE, "m", fix=fix)
    return in_cells(finding, lambda path: source.cells).fix


def test_a_fix_counts_within_its_cell() -> None:
    fix = placed(Span(5, 0, 5, 1))

    assert fix is not None
    assert [edit.span for edit in fix.edits] == [Span(2, 0, 2, 1, cell=2)]


@pytest.mark.parametrize(
    "spans",
    [
        (Span(1, 0, 1, 1), Span(5, 0, 5, 1)),
        (Span(2, 0, 5, 1),),
        (Span(2, 0, 4, 0),),
        (Span(4, 0, 4, 3),),
        (Span(4, 0, 5, 1),),
        (Span(5, 0, 6, 1),),
    ],
    ids=str,
)
def test_a_fix_keeps_to_the_python_of_one_cell(spans: tuple[Span, ...]) -> None:
    assert placed(*spans) is None


@pytest.mark.parametrize(
    ("span", "cell"),
    [
        (Span(2, 0, 3, 0), "a = 1"),
        (Span(1, 0, 2, 0), "b = 2"),
        (Span(1, 0, 3, 0), ""),
    ],
    ids=str,
)
def test_lines_are_taken_out_of_a_cell(span: Span, cell: str) -> None:
    fix, old = placed(span, text=""), "a = 1\nb = 2"
    assert fix is not None

    lines = {"nb.ipynb:cell 1": tuple(old.split("\n"))}
    revised = fixed_cells("nb.ipynb", NOTEBOOK, [fix], lines)

    assert revised is not None
    assert (revised.reason, document(revised.data).cells[0].text) == ("", cell)


def test_a_cell_that_changed_under_its_report_is_left_alone() -> None:
    fix = placed(Span(1, 0, 1, 1))
    assert fix is not None
    gone = replace(fix, edits=(Replacement(Span(1, 0, 1, 1, 7), "x"),))

    lines = {"nb.ipynb:cell 1": ("a = 2", "b = 2"), "nb.ipynb:cell 7": ()}

    assert fixed_cells("nb.ipynb", NOTEBOOK, [fix], lines) is None
    assert fixed_cells("nb.ipynb", NOTEBOOK, [gone], lines) is None


def test_a_fix_that_breaks_a_cell_is_a_fault() -> None:
    fix = placed(Span(1, 0, 1, 1), text="(")
    assert fix is not None

    lines = {"nb.ipynb:cell 1": ("a = 1", "b = 2")}
    revised = fixed_cells("nb.ipynb", NOTEBOOK, [fix], lines)

    assert revised is not None
    assert revised.reason.startswith("cannot be read (cell 1, line 1: ")
