"""`blocklint migrate` as a user meets it: files, options, exit codes, proof."""

import json
from pathlib import Path

import pytest
from command import run
from migrations import FOLDER

ENCODER = (FOLDER / "stacks" / "encoder.py").read_text()


def write(folder: Path, text: str = ENCODER, name: str = "model.py") -> Path:
    path = folder / name
    path.write_bytes(text.encode())
    return path


def migrate(folder: Path, *options: str, to: str = "pre") -> tuple[int, str, str]:
    command = ["migrate", "--isolated", "--to", to, *options]
    outcome = run(*command, folder=folder)
    return outcome.exit_code, outcome.stdout, outcome.stderr


def test_a_block_is_rewritten_and_proved(tmp_path: Path) -> None:
    path = write(tmp_path)

    code, report, summary = migrate(tmp_path, "model.py:Block")

    assert code == 0
    assert "x = x + self.mlp(self.norm2(x))\n" in path.read_text()
    assert report == (
        "Block  model.py:7\n"
        "  was post: N(x + F(x))\n"
        "    line 17  attention        post             N(x + F(x))         norm1\n"
        "    line 18  ffn              post             N(x + F(x))         norm2\n"
        "  is pre: x + F(N(x))\n"
        "    line 18  attention        pre              x + F(N(x))         norm1\n"
        "    line 19  ffn              pre              x + F(N(x))         norm2\n"
        "  norms added: Encoder.norm\n"
        "  proved by reading: without its norms, it computes what it did\n"
        "  proved by running: shapes as before, 12 parameters as they were, 0 new, "
        "0 gone\n"
    )
    assert summary == (
        "Rewrote Block in model.py as pre: x + F(N(x)).\n"
        "Weights that were trained before do not carry over: train anew.\n"
    )


def test_a_diff_writes_nothing(tmp_path: Path) -> None:
    path = write(tmp_path)

    code, shown, told = migrate(tmp_path, "model.py:Block", "--diff", "--no-trace")

    assert code == 1
    assert shown.startswith("--- model.py\n+++ model.py\n@@ ")
    assert "+        self.norm = nn.LayerNorm(width, eps=1e-6)\n" in shown
    assert "not proved by running: that was not asked for\n" in told
    assert "Would rewrite Block in model.py as pre: x + F(N(x)).\n" in told
    assert path.read_text() == ENCODER


def test_nothing_is_done_to_a_block_that_is_so_already(tmp_path: Path) -> None:
    path = write(tmp_path)

    code, report, summary = migrate(tmp_path, "model.py:Block", "--diff", to="post")

    assert (code, report) == (0, "")
    assert "  was post: N(x + F(x))\n" in summary
    assert summary.endswith("Block in model.py is post already; nothing to do.\n")
    assert path.read_text() == ENCODER


def test_what_is_refused_is_not_touched(tmp_path: Path) -> None:
    text = (FOLDER / "refused" / "listed_row.py").read_text()
    path = write(tmp_path, text)

    code, report, summary = migrate(tmp_path, "model.py:Block", to="post")

    assert (code, report) == (2, "")
    assert summary == (
        "Error: model.py:17: not migrated: the norm is item 0 of the nn.Sequential "
        "ffn: make it an attribute of its own first\n"
    )
    assert path.read_text() == text


def test_a_block_that_only_runs_before_is_refused(tmp_path: Path) -> None:
    check = "        if len(list(self.children())) == 4:\n            return x\n"
    text = ENCODER.replace(
        "        return x\n\n\nclass Encoder",
        f"{check}        raise ValueError('not like this')\n\n\nclass Encoder",
    )
    path = write(tmp_path, text)

    code, _, summary = migrate(tmp_path, "model.py:Block", to="peri")

    assert code == 2
    assert "model.py:7: not migrated: rewritten, the block does not run: " in summary
    assert path.read_text() == text


def test_a_branch_that_would_change_the_stream_is_refused(tmp_path: Path) -> None:
    text = ENCODER.replace(
        "        x = self.norm1(x + self.attn(x, x, x)[0])\n",
        "        residual = x\n"
        "        x = self.norm1(x)\n"
        "        x += 1\n"
        "        x = residual + self.attn(x, x, x)[0]\n",
    ).replace("x = self.norm2(x + self.mlp(x))", "x = x + self.mlp(self.norm2(x))")
    path = write(tmp_path, text)

    code, _, summary = migrate(tmp_path, "--no-trace", "model.py:Block", to="output")

    assert code == 2
    assert "it would have aliased-inplace-residual: x is changed in place" in summary
    assert path.read_text() == text


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("model.py", "`model.py`: name the class to be migrated, model.py:CLASS"),
        ("model.py:Blok", "no module class `Blok`; did you mean `Block`?"),
        ("other.py:Block", "`other.py`: no such file or module"),
        ("model.py:Encoder", "model.py:22: not migrated: Encoder joins no sub-layer"),
        ("-", "a target is FILE:CLASS, not the standard input"),
    ],
)
def test_a_target_that_means_no_block(tmp_path: Path, target: str, said: str) -> None:
    path = write(tmp_path)

    code, _, summary = migrate(tmp_path, "--no-trace", target)

    assert code == 2
    assert said in summary
    assert path.read_text() == ENCODER


def test_a_placement_that_there_is_not(tmp_path: Path) -> None:
    write(tmp_path)

    code, _, summary = migrate(tmp_path, "model.py:Block", to="sandwich")

    assert code == 2
    assert "'sandwich' is not one of 'pre', 'post', 'output', 'peri'" in summary


def test_other_files_of_a_package_are_read_and_left_alone(tmp_path: Path) -> None:
    package = tmp_path / "models"
    package.mkdir()
    start, end = ENCODER.index("class Encoder"), ENCODER.index("def example")
    (package / "__init__.py").write_text("")
    parts = (
        "import torch\nfrom torch import nn\n\nclass Mlp(nn.Sequential):\n    pass\n"
    )
    (package / "parts.py").write_text(parts)
    block = ENCODER[:start].replace("nn.Sequential(", "Mlp(")
    block = block.replace(
        "from torch import nn\n", "from torch import nn\nfrom .parts import Mlp\n"
    )
    path = write(package, block, "block.py")
    (package / "stack.py").write_text(
        f"from torch import nn\nfrom .block import Block\n\n\n{ENCODER[start:end]}"
    )

    code, report, _ = migrate(tmp_path, "models/block.py:Block")

    assert code == 0
    assert "proved by running: shapes as before" in report
    assert "note: no stack of Block is in this file" in report
    assert "x = x + self.mlp(self.norm2(x))" in path.read_text()
    assert (package / "parts.py").read_text() == parts
    assert sorted(each.name for each in package.iterdir() if each.is_file()) == [
        "__init__.py",
        "block.py",
        "parts.py",
        "stack.py",
    ]


def test_bytes_beside_the_edits_stay(tmp_path: Path) -> None:
    text = ENCODER.replace('"""A post', '"""Für: a post').replace("\n", "\r\n")
    path = tmp_path / "model.py"
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())

    code, _, _ = migrate(tmp_path, "model.py:Block", "--no-trace")

    data = path.read_bytes()
    assert code == 0
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.count(b"\n") == data.count(b"\r\n")
    assert "Für".encode() in data


def test_the_report_for_programs(tmp_path: Path) -> None:
    write(tmp_path)

    code, report, _ = migrate(
        tmp_path, "model.py:Block", "--no-trace", "--format", "json", to="peri"
    )

    told = json.loads(report)
    assert code == 0
    assert told["schema"] == "blocklint.migrate/1"
    assert [site["placement"] for site in told["after"]] == ["peri", "peri"]
    assert told["norms_added"] == [
        "Block.norm1_out",
        "Block.norm2_out",
        "Encoder.norm",
    ]
    assert told["proved"]["running"] is False


def test_a_file_that_cannot_be_read_as_python(tmp_path: Path) -> None:
    write(tmp_path, "class Block(:\n")

    code, _, summary = migrate(tmp_path, "model.py:Block")

    assert code == 2
    assert "model.py:1: cannot be read: " in summary
