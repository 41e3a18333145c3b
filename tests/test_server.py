"""The language server, as an editor meets it on its standard streams."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from command import run
from editor import Editor, applied, editor_in
from expectations import FIXTURES

MODEL = (FIXTURES / "readme" / "model.py").read_text()
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
CLEAN = POST.replace("self.norm(x + self.mlp(x))", "x + self.mlp(self.norm(x))")
USER = POST.replace("nn.LayerNorm", "Scale").replace(
    "from torch import nn\n", "from torch import nn\n\nfrom .norms import Scale\n"
)
NORMS = "from torch import nn\n\n\nclass Scale(nn.LayerNorm):\n    pass\n"
FIXABLE = (FIXTURES / "rules" / "dropout_in_eval" / "flagged.py").read_text()


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    """One editor for all tests of a folder without a config."""
    with editor_in(tmp_path_factory.mktemp("workspace")) as editor:
        yield editor


def test_it_says_what_it_can_do(tmp_path: Path) -> None:
    editor = Editor(tmp_path)

    can = editor.start()
    code, errors = editor.end()

    assert can["positionEncoding"] == "utf-16"
    assert can["textDocumentSync"]["openClose"]
    assert can["hoverProvider"]
    assert can["codeActionProvider"]["codeActionKinds"] == [
        "quickfix",
        "source.fixAll.blocklint",
    ]
    assert (code, errors) == (0, "")


def test_it_ends_with_its_editor(tmp_path: Path) -> None:
    with editor_in(tmp_path) as editor:
        editor.open("model.py", POST)

        assert editor.leave() == 0


def test_findings_are_those_of_a_check(editor: Editor) -> None:
    (editor.folder / "same.py").write_text(MODEL)

    outcome = run("check", "--output-format", "json", "same.py", folder=editor.folder)
    editor.open("same.py", MODEL)
    shown = editor.diagnostics("same.py")

    found = json.loads(outcome.stdout)
    assert len(found) == 2
    for one, other in zip(found, shown, strict=True):
        assert place(one) == other["range"]
        assert (one["code"], "blocklint", 2) == (
            other["code"],
            other["source"],
            other["severity"],
        )
        assert f"{one['rule']}: {one['message']}" == other["message"]
        related = [each["location"]["range"] for each in other["relatedInformation"]]
        assert list(map(place, one["related"])) == related
        assert other["codeDescription"]["href"].endswith(
            f"/{one['rule'].replace('-', '_')}.py"
        )


def place(found: dict[str, Any]) -> dict[str, Any]:
    """A place of the JSON report as the protocol has it; of a text in ASCII."""
    return {
        "start": {"line": found["line"] - 1, "character": found["column"] - 1},
        "end": {"line": found["end_line"] - 1, "character": found["end_column"] - 1},
    }


def test_what_is_of_no_use_is_faded(editor: Editor) -> None:
    text = POST.replace("self.norm(x + self.mlp(x))", "x + self.mlp(x)")

    editor.open("faded.py", f"{text}# blocklint: ignore[self-addition]\n")

    tags = {each["code"]: each["tags"] for each in editor.diagnostics("faded.py")}
    assert tags == {"BL106": [1], "BL902": [1]}


def test_the_text_counts_that_is_not_saved(editor: Editor) -> None:
    (editor.folder / "draft.py").write_text(CLEAN)

    editor.open("draft.py", POST)

    assert [each["code"] for each in editor.diagnostics("draft.py")] == ["BL101"]


def test_a_document_is_checked_as_it_changes(editor: Editor) -> None:
    half = POST[: POST.rindex("self.mlp(x)")]

    editor.open("typed.py", CLEAN)
    found = [editor.diagnostics("typed.py")]
    for version, text in ((2, half), (3, POST), (4, CLEAN)):
        editor.change("typed.py", text, version)
        found.append(editor.diagnostics("typed.py", version))

    codes = [[each["code"] for each in diagnostics] for diagnostics in found]
    assert codes == [[], ["BL901"], ["BL101"], []]
    assert found[1][0]["severity"] == 1


def test_only_the_last_of_many_changes_matters(editor: Editor) -> None:
    editor.open("hasty.py", CLEAN)
    for version in range(2, 30):
        editor.change("hasty.py", f"{CLEAN}# {version}\n", version)
    editor.change("hasty.py", POST, 30)

    assert [each["code"] for each in editor.diagnostics("hasty.py", 30)] == ["BL101"]


def test_a_closed_document_has_no_findings(editor: Editor) -> None:
    editor.open("closed.py", POST)
    before = editor.diagnostics("closed.py")

    document = {"uri": editor.uri("closed.py")}
    editor.tell("textDocument/didClose", textDocument=document)

    assert before
    assert editor.diagnostics("closed.py", None) == []


def test_what_is_no_python_is_left_alone(editor: Editor) -> None:
    document = {"languageId": "markdown", "version": 1, "text": POST}
    uri = editor.uri("notes.md")

    editor.tell("textDocument/didOpen", textDocument={"uri": uri, **document})

    assert editor.hover("notes.md", 3, 8) is None
    assert editor.actions("notes.md", 3) == []


def test_a_document_may_never_have_been_saved(editor: Editor) -> None:
    document = {"languageId": "python", "version": 1, "text": POST}

    editor.tell(
        "textDocument/didOpen", textDocument={"uri": "untitled:Untitled-1", **document}
    )
    published = editor.wait(
        lambda got: (got.get("params") or {}).get("uri") == "untitled:Untitled-1"
    )

    assert [each["code"] for each in published["params"]["diagnostics"]] == ["BL101"]


def test_other_files_count_as_they_are_open_or_on_the_disk(editor: Editor) -> None:
    folder = editor.folder / "pkg"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "norms.py").write_text(NORMS)

    editor.open("pkg/model.py", USER)
    saved = editor.until("pkg/model.py", {"BL101"})
    editor.open("pkg/norms.py", "class Scale:\n    pass\n")
    edited = editor.until("pkg/model.py", set())
    document = {"uri": editor.uri("pkg/norms.py")}
    editor.tell("textDocument/didClose", textDocument=document)
    closed = editor.until("pkg/model.py", {"BL101"})

    assert (saved, edited) == (closed, [])


@pytest.mark.parametrize(
    ("line", "character", "word"),
    [
        (3, 8, "**Block** (post: `N(x + F(x))`), hover.py:4"),
        (3, 0, "**Block** (post: `N(x + F(x))`), hover.py:4"),
        (12, 8, "**Block** (post: `N(x + F(x))`), hover.py:4"),
        (13, 16, "**Block** (post: `N(x + F(x))`), hover.py:4"),
        (13, 10, "**Far** (post: `N(x + F(x))`), far/block.py:4"),
        (14, 15, "**Far** (post: `N(x + F(x))`), far/block.py:4"),
        (5, 10, None),
        (30, 0, None),
    ],
)
def test_a_block_is_described_where_it_is_named(
    editor: Editor, line: int, character: int, word: str | None
) -> None:
    folder = editor.folder / "far"
    folder.mkdir(exist_ok=True)
    (folder / "__init__.py").touch()
    (folder / "block.py").write_text(POST.replace("Block", "Far"))
    text = POST.replace(
        "\n\n\n", "\nfrom far import block\nfrom far.block import Far\n"
    )
    uses = "\nfirst = Block(3)\nsecond = Far(Block(3))\nthird = block.Far(4)\n"

    editor.open("hover.py", text + uses)
    shown = editor.hover("hover.py", line, character)

    assert (shown and shown.partition("\n")[0]) == word


def test_a_hover_shows_sites_variants_and_shapes(editor: Editor) -> None:
    editor.open("shown.py", MODEL)

    shown = editor.hover("shown.py", 32, 8) or ""

    assert "when `not norm_first` (default)\n" in shown
    assert "| 30 | attention | post | `N(x + F(x))` | `norm` | in Sublayer |" in shown
    assert "| `around_ffn` | ffn | `[..., d_model]` | `[..., d_model]` |" in shown


def test_a_broken_text_has_no_hover(editor: Editor) -> None:
    editor.open("broken.py", f"{POST}(")

    assert editor.hover("broken.py", 3, 8) is None


def test_fixing_all_does_what_fix_does(editor: Editor) -> None:
    path = editor.folder / "fixable.py"
    path.write_bytes(FIXABLE.encode())
    editor.open("fixable.py", FIXABLE)

    (action,) = editor.actions("fixable.py", 0, only=["source.fixAll"])
    run("check", "--fix", "fixable.py", folder=editor.folder)

    assert action["kind"] == "source.fixAll.blocklint"
    assert done(action, editor.uri("fixable.py"), FIXABLE) == path.read_text()
    assert path.read_text() != FIXABLE


def done(action: dict[str, Any], uri: str, text: str) -> str:
    """A text once an action was taken."""
    return applied(text, action["edit"]["changes"][uri])


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_one_fix_does_what_fix_does(editor: Editor, end: str) -> None:
    text = POST.replace("    def forward", "    # \U0001f600\n\n    def forward")
    text = text.replace("(x + self", "(F.dropout(x, 0.1) + self").replace(
        "from torch import nn\n",
        "import torch.nn.functional as F\nfrom torch import nn\n",
    )
    name = f"fix{len(end)}.py"
    text = text.replace("\n", end)
    path = editor.folder / name
    path.write_bytes(text.encode())
    editor.open(name, text)
    (line,) = {
        each["range"]["start"]["line"]
        for each in editor.diagnostics(name)
        if each["code"] == "BL307"
    }

    fixes = [
        action
        for action in editor.actions(name, line, only=["quickfix"])
        if not action["title"].startswith("Ignore")
    ]
    run("check", "--fix", "--select", "BL307", name, folder=editor.folder)

    (fix,) = fixes
    assert fix["isPreferred"]
    assert done(fix, editor.uri(name), text).encode() == path.read_bytes()
    assert path.read_bytes() != text.encode()


def test_unsafe_fixes_are_offered_if_asked_for(editor: Editor, tmp_path: Path) -> None:
    editor.open("unsafe.py", MODEL)

    plain = titles(editor.actions("unsafe.py", 15))
    with editor_in(tmp_path, "--unsafe-fixes") as bold:
        bold.open("unsafe.py", MODEL)
        both = titles(bold.actions("unsafe.py", 15))

    ignore = "Ignore this finding (residual-after-norm)"
    assert plain == [ignore]
    assert both == [
        "Call the result of the norm `normed`, and add to `x` itself (unsafe)",
        ignore,
    ]


def titles(actions: list[dict[str, Any]]) -> list[str]:
    return [action["title"] for action in actions]


def test_edits_name_the_version_if_the_editor_can_tell(tmp_path: Path) -> None:
    capable = {"workspaceEdit": {"documentChanges": True}}

    with editor_in(tmp_path, workspace=capable) as editor:
        editor.open("model.py", POST, version=7)
        (action,) = editor.actions("model.py", 3)

    (change,) = action["edit"]["documentChanges"]
    assert change["textDocument"] == {"uri": editor.uri("model.py"), "version": 7}


@pytest.mark.parametrize(
    ("header", "ignoring"),
    [
        ("(nn.Module):", "(nn.Module):  # blocklint: ignore[post-norm]"),
        ("(nn.Module):  # why", "(nn.Module):  # why  # blocklint: ignore[post-norm]"),
        (
            "(nn.Module):  # blocklint: ignore[stale-residual] as it is",
            "(nn.Module):  # blocklint: ignore[stale-residual, post-norm] as it is",
        ),
        (
            "(\n    nn.Module\n):",
            "(\n    nn.Module\n):  # blocklint: ignore[post-norm]",
        ),
    ],
)
def test_a_finding_can_be_ignored(editor: Editor, header: str, ignoring: str) -> None:
    text = POST.replace("(nn.Module):", header)
    name = f"ignored{len(header)}.py"
    editor.open(name, text)

    (action,) = [a for a in editor.actions(name, 3) if a["title"].startswith("Ignore")]
    quiet = done(action, editor.uri(name), text)
    editor.change(name, quiet, 2)

    assert action["title"] == "Ignore this finding (post-norm)"
    assert quiet == POST.replace("(nn.Module):", ignoring)
    assert "BL101" not in {each["code"] for each in editor.diagnostics(name, 2)}


def test_columns_are_counted_in_units_of_utf_16(editor: Editor) -> None:
    text = MODEL.replace(
        "x = x + self.attn", 's = "\U0001f600\u00e9"; x = x + self.attn'
    )
    (line,) = [line for line in text.splitlines() if "\U0001f600" in line]

    editor.open("emoji.py", text)
    found = editor.diagnostics("emoji.py")[0]

    start, end = found["range"]["start"], found["range"]["end"]
    # The emoji is one character for Python and takes two units.
    assert start["character"] == line.index("x + self") + 1
    assert end["character"] == len(line) + 1


def test_an_editor_may_count_in_other_units(tmp_path: Path) -> None:
    text = MODEL.replace(
        "x = x + self.attn", 's = "\U0001f600\u00e9"; x = x + self.attn'
    )
    (line,) = [line for line in text.splitlines() if "\U0001f600" in line]

    with editor_in(tmp_path, general={"positionEncodings": ["utf-8"]}) as editor:
        editor.open("model.py", text)
        start = editor.diagnostics("model.py")[0]["range"]["start"]

    assert start["character"] == len(line[: line.index("x + self")].encode())


def test_the_project_decides(tmp_path: Path) -> None:
    config = tmp_path / "pyproject.toml"
    config.write_text('[tool.blocklint]\nplacement = "pre"\nexclude = ["old"]\n')
    (tmp_path / "old").mkdir()

    with editor_in(tmp_path) as editor:
        editor.open("old/model.py", POST)
        editor.open("model.py", POST)
        wanted = editor.until("model.py", {"BL110"})
        excluded = editor.diagnostics("old/model.py")
        config.write_text('[tool.blocklint]\nplacement = "post"\n')
        editor.tell(
            "textDocument/didSave", textDocument={"uri": editor.uri("pyproject.toml")}
        )
        accepted = editor.until("model.py", set())

    assert len(wanted) == 1
    assert (excluded, accepted) == ([], [])


def test_a_config_that_is_wrong_is_a_message(tmp_path: Path) -> None:
    config = tmp_path / "pyproject.toml"
    config.write_text('[tool.blocklint]\nplacment = "pre"\n')

    with editor_in(tmp_path) as editor:
        editor.open("model.py", POST)
        told = editor.message()
        actions = editor.actions("model.py", 3)
        shown = editor.hover("model.py", 3, 8)
        config.write_text("")
        changes = [{"uri": editor.uri("pyproject.toml"), "type": 2}]
        editor.tell("workspace/didChangeWatchedFiles", changes=changes)
        found = editor.until("model.py", {"BL101"})

    assert (
        "unknown key `placment` in [tool.blocklint]; did you mean `placement`?" in told
    )
    assert (actions, shown) == ([], None)
    assert len(found) == 1


def test_an_editor_is_asked_to_watch_files(tmp_path: Path) -> None:
    capable = {"didChangeWatchedFiles": {"dynamicRegistration": True}}

    with editor_in(tmp_path, workspace=capable) as editor:
        asked = editor.wait(
            lambda got: got.get("method") == "client/registerCapability"
        )

    (registration,) = asked["params"]["registrations"]
    watched = registration["registerOptions"]["watchers"]
    assert [each["globPattern"] for each in watched] == ["**/*.py", "**/pyproject.toml"]


def test_nothing_of_the_code_is_run(tmp_path: Path) -> None:
    trap = f"open({str(tmp_path / 'trapped')!r}, 'w').close()\n"
    (tmp_path / "other.py").write_text(trap + POST.replace("Block", "Other"))
    text = f"from other import Other\n{trap}{POST}\nother = Other(3)\n"

    with editor_in(tmp_path) as editor:
        editor.open("model.py", text)
        found = editor.diagnostics("model.py")
        shown = editor.hover("model.py", text.count("\n") - 1, 10)
        editor.actions("model.py", 5)

    assert [each["code"] for each in found] == ["BL101"]
    assert shown is not None
    assert not (tmp_path / "trapped").exists()


def test_without_pygls_it_says_what_to_install(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "sys.modules['pygls'] = None\n"
        "from blocklint.cli import main\n"
        "main(['server'])\n"
    )

    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 2
    assert "the language server needs pygls" in ran.stderr
    assert f'run `{sys.executable} -m pip install "pygls>=2.1,<3"`' in ran.stderr
