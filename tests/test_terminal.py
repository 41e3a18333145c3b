"""What a terminal is shown: colours, links, a bar; and what a pipe is not."""

import io
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import click
import pytest
from command import run
from reports import EVERYTHING

from blocklint.cli.progress import Bar, watch_of
from blocklint.engine.watch import unwatched
from blocklint.reporters import concise, full, grouped
from blocklint.terminal import Terminal, printable, shows_colours, terminal_of

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
COLOUR = re.compile(r"\x1b\[[\d;]*m")
LINK = re.compile(r"\x1b\]8;;(.*?)\x1b\\")
PAGE = "https://docs.example/rules/"
FOR_READERS = [full, concise, grouped]


@pytest.mark.parametrize(
    ("terminal", "environment", "expected"),
    [
        (True, {}, True),
        (True, {"NO_COLOR": ""}, True),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"TERM": "dumb"}, False),
        (True, {"CLICOLOR": "0"}, False),
        (True, {"CLICOLOR": "1"}, True),
        (False, {}, False),
        (False, {"CLICOLOR": "1"}, False),
        (False, {"FORCE_COLOR": "1"}, True),
        (False, {"FORCE_COLOR": ""}, False),
        (False, {"FORCE_COLOR": "0"}, False),
        (False, {"CLICOLOR_FORCE": "1"}, True),
        (False, {"CLICOLOR_FORCE": "0"}, False),
        (True, {"FORCE_COLOR": "1", "TERM": "dumb"}, True),
        (True, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colours_are_for_terminals(
    terminal: bool, environment: dict[str, str], expected: bool
) -> None:
    assert shows_colours(terminal, environment) is expected


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, False),
        ({"TERM": "xterm-256color"}, False),
        ({"TERM_PROGRAM": "Apple_Terminal"}, False),
        ({"TERM_PROGRAM": "iTerm.app"}, True),
        ({"TERM_PROGRAM": "vscode"}, True),
        ({"TERM": "xterm-kitty"}, True),
        ({"WT_SESSION": "1f"}, True),
        ({"VTE_VERSION": "7600"}, True),
        ({"VTE_VERSION": "5000"}, False),
        ({"VTE_VERSION": "odd"}, False),
        ({"KONSOLE_VERSION": "220401"}, True),
        ({"TERM_PROGRAM": "vscode", "NO_COLOR": "1"}, False),
        ({"TERM_PROGRAM": "vscode", "TERM": "dumb", "FORCE_COLOR": "1"}, False),
        ({"VTE_VERSION": "7600", "TMUX": "/tmp/tmux-0/default,1,0"}, False),
        ({"VTE_VERSION": "7600", "TERM": "screen-256color"}, False),
    ],
)
def test_links_are_for_terminals_that_are_known_to_make_them(
    environment: dict[str, str], expected: bool
) -> None:
    assert terminal_of(True, environment).links is expected


def test_links_are_never_for_a_pipe() -> None:
    environment = {"TERM_PROGRAM": "vscode", "FORCE_COLOR": "1"}

    assert terminal_of(False, environment) == Terminal(colours=True, links=False)


@pytest.mark.parametrize("module", FOR_READERS, ids=lambda module: module.__name__)
def test_a_terminal_gets_the_same_text(module: ModuleType) -> None:
    text = module.render(EVERYTHING, Terminal(colours=True, links=True))

    plain = module.render(EVERYTHING)
    assert LINK.sub("", COLOUR.sub("", text)) == plain
    assert len(COLOUR.findall(text)) % 2 == 0
    assert "\x1b[1;31m" in text


@pytest.mark.parametrize("module", FOR_READERS, ids=lambda module: module.__name__)
def test_the_code_of_a_rule_leads_to_its_page(module: ModuleType) -> None:
    text = module.render(EVERYTHING, Terminal(links=True))

    link = f"\x1b]8;;{PAGE}post-norm\x1b\\BL101\x1b]8;;\x1b\\"
    assert text.count(link) == 1


def test_no_page_is_no_link() -> None:
    terminal = Terminal(links=True)

    assert terminal.linked("BL101", None) == "BL101"


def test_a_text_is_printed_on_one_line() -> None:
    assert printable("a\nb\x1b[0m \u202e ä") == "a\\nb\\x1b[0m \\u202e ä"


def on_terminal(folder: Path, *arguments: str, **environment: str) -> bytes:
    """What stands on a terminal that a check wrote to."""
    (folder / "model.py").write_text(POST)
    inherited = {k: v for k, v in os.environ.items() if "COLOR" not in k}
    terminal, end = os.openpty()
    subprocess.run(
        [sys.executable, "-m", "blocklint", "check", "--isolated", *arguments, "."],
        cwd=folder,
        env={**inherited, "TERM": "xterm", **environment},
        stdout=end,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    shown = os.read(terminal, 10_000)
    os.close(end)
    os.close(terminal)
    return shown


@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_a_terminal_gets_colours(tmp_path: Path, no_color: str, coloured: bool) -> None:
    shown = on_terminal(tmp_path, NO_COLOR=no_color)

    assert b"[BL101]" in shown
    assert (b"\x1b[1;33m" in shown) is coloured


@pytest.mark.parametrize("name", ["concise", "grouped"])
def test_the_short_forms_have_colours_too(tmp_path: Path, name: str) -> None:
    shown = on_terminal(tmp_path, "--output-format", name)

    assert b"\x1b[1mmodel.py\x1b[0m:" in shown
    assert b"\x1b[1;33mBL101\x1b[0m post-norm" in shown


@pytest.mark.parametrize("name", ["json", "github", "junit", "sarif", "gitlab"])
def test_programs_get_no_colours(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "model.py").write_text(POST)
    monkeypatch.setenv("FORCE_COLOR", "1")

    outcome = run("check", "--output-format", name, ".", folder=tmp_path)

    assert "post-norm" in outcome.stdout
    assert "\x1b" not in outcome.stdout


def test_colours_can_be_forced_through_a_pipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "model.py").write_text(POST)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)

    outcome = run("check", ".", folder=tmp_path)

    assert outcome.stdout.startswith("\x1b[1;33mwarning[BL101]\x1b[0m post-norm: ")


@pytest.mark.parametrize("name", ["full", "concise", "grouped", "github"])
def test_a_narrow_encoding_is_no_fault(tmp_path: Path, name: str) -> None:
    odd = os.fsdecode("größe ".encode() + b"\xff.py")
    (tmp_path / odd).write_text(POST.replace("class Block(", "class Größe("))

    ran = subprocess.run(
        [sys.executable, "-m", "blocklint", "check", "--output-format", name, "."],
        cwd=tmp_path, check=False, capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii:strict"},
    )  # fmt: skip

    assert ran.returncode == 1
    assert b"gr\\xf6\\xdfe \\udcff.py" in ran.stdout


class Screen(io.StringIO):
    """A standard error that is a terminal."""

    def isatty(self) -> bool:
        return True


def screen_of(monkeypatch: pytest.MonkeyPatch) -> Screen:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    return screen


def test_a_bar_is_for_who_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = screen_of(monkeypatch)
    times = iter([0.0, 0.4, 0.9, 1.3])
    bar = Bar(clock=lambda: next(times))

    seen = [(item, screen.getvalue()) for item in bar(iter("abcde"), 5)]

    assert "".join(item for item, _ in seen) == "abcde"
    assert [text for _, text in seen[:2]] == ["", ""]
    assert "40%" in click.unstyle(seen[2][1])
    assert "100%" in click.unstyle(screen.getvalue())


def test_no_bar_for_what_is_done_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = screen_of(monkeypatch)
    bar = Bar(clock=lambda: 7.0)

    assert list(bar(iter("ab"), 2)) == ["a", "b"]
    assert screen.getvalue() == ""


def test_a_bar_that_is_interrupted_ends_its_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    screen = screen_of(monkeypatch)
    bar = Bar(patience=0.0)
    items = iter(bar(iter("ab"), 2))
    next(items)

    with pytest.raises(KeyError):
        items.throw(KeyError("a fault"))  # type: ignore[attr-defined]

    assert screen.getvalue().endswith("\x1b[?25h\n")


def test_a_bar_is_wanted_and_has_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    screen_of(monkeypatch)

    assert isinstance(watch_of(True), Bar)
    assert watch_of(False) is unwatched

    monkeypatch.setattr(sys, "stderr", io.StringIO())

    assert watch_of(True) is unwatched
