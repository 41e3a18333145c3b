"""Blocks in many styles, rewritten to each placement and back; what is refused."""

import re
from itertools import product
from pathlib import Path

import pytest
import torch
from conftest import Golden
from hypothesis import example, given, settings, strategies as st
from migrations import (
    FOLDER,
    GOALS,
    PATHS,
    STACKS,
    block_in,
    diff,
    done,
    parameters_of,
    result_without_norms,
    rewritten,
    shape_of,
    wiring_in_a_run,
)

from blocklint.analysis import Block, Placement
from blocklint.migration import Flip, Refusal, Rewritten

REFUSED = sorted(FOLDER.glob("refused/*.py"))
ALIKE = {path.stem for path in PATHS} - {"functional_norm"}  # has no norm to repeat


def named(path: Path) -> str:
    return path.stem


def placements(block: Block) -> list[list[str]]:
    return [[site.placement.value for site in v.sites] for v in block.variants]


def told(made: Rewritten | Refusal) -> str:
    """What is said of a rewriting, for a golden file."""
    if isinstance(made, Refusal):
        return f"refused at line {made.line}: {made.reason}\n"
    said = [
        *(f"added {name}" for name in made.added),
        *(f"removed {name}" for name in made.removed),
        *(f"changed {name}" for name in made.changed),
        *([f"flag {made.flip.flag} is {made.flip.default}"] if made.flip else []),
        *(f"note: {note}" for note in made.notes),
    ]
    return "".join(f"{line}\n" for line in said)


@pytest.mark.parametrize("path", [*PATHS, *STACKS], ids=named)
def test_a_block_is_rewritten(path: Path, golden: Golden) -> None:
    text = path.read_text()

    made = {to: rewritten(text, to) for to in GOALS}

    parts = [
        f"# {to.value}\n{told(each)}"
        + (diff(text, each.text) if isinstance(each, Rewritten) else "")
        for to, each in made.items()
    ]
    golden(path.with_suffix(".txt"), "\n".join(parts))


@pytest.mark.parametrize("to", GOALS, ids=lambda to: to.value)
@pytest.mark.parametrize("path", PATHS, ids=named)
def test_a_rewritten_block_runs_as_wanted(path: Path, to: Placement) -> None:
    if path.stem not in ALIKE and to is Placement.PERI:
        return
    text = path.read_text()

    made = done(text, to)

    block = block_in(made.text)
    assert {site.placement for site in block.sites} == {to}
    assert shape_of(made.text) == shape_of(text)
    assert {site.placement for site in wiring_in_a_run(made.text).sites} == {to}


@pytest.mark.parametrize("to", GOALS, ids=lambda to: to.value)
@pytest.mark.parametrize("path", [*PATHS, *STACKS], ids=named)
def test_parameters_stay_but_for_norms_that_are_named(
    path: Path, to: Placement
) -> None:
    text = path.read_text()
    made = rewritten(text, to)

    before, after = (
        parameters_of(each.text if isinstance(each, Rewritten) else text)
        for each in (Rewritten(text), made)
    )

    differ = {n for n in {*before, *after} if before.get(n) != after.get(n)}
    said = (*made.added, *made.removed) if isinstance(made, Rewritten) else ()
    norms = [f".{name.partition('.')[2]}." for name in said]
    assert all(any(norm in f".{name}." for norm in norms) for name in differ)
    assert bool(differ) is bool(said)


@pytest.mark.parametrize("path", [*PATHS, *STACKS], ids=named)
def test_without_its_norms_a_block_gives_what_it_did(path: Path) -> None:
    text = path.read_text()
    expected = result_without_norms(text)

    for to in GOALS:
        made = rewritten(text, to)

        found = result_without_norms(made.text if isinstance(made, Rewritten) else text)
        assert torch.allclose(found, expected, atol=1e-6)


@given(
    st.sampled_from(sorted(ALIKE - {"norm_first", "normed_residual"})),
    st.sampled_from(GOALS),
    st.sampled_from(GOALS),
)
@example("output_classes", Placement.PRE, Placement.PRE)  # called from outside
@example("wrappers", Placement.PRE, Placement.PERI)  # gained, then dropped again
@settings(max_examples=15, deadline=None)
def test_there_and_back_is_the_same_block(
    name: str, first: Placement, second: Placement
) -> None:
    text = (FOLDER / "blocks" / f"{name}.py").read_text()
    home = block_in(text)
    start = home.sites[0].placement

    there = done(done(text, first).text, second)
    back = done(there.text, start).text

    assert placements(block_in(back)) == placements(home)
    assert kinds(block_in(back)) == kinds(home)
    # Of the two norms of one, one goes; those of the other get new names.
    if name not in ("sandwich", "in_a_row"):
        assert parameters_of(back) == parameters_of(text)


def kinds(block: Block) -> list[tuple[str, bool]]:
    return [(site.role.value, site.optional) for site in block.sites]


def test_a_second_time_there_is_nothing_to_do() -> None:
    for path, to in product(PATHS[:3], GOALS):
        once = done(path.read_text(), to).text

        assert done(once, to) == Rewritten(once)


@pytest.mark.parametrize("path", REFUSED, ids=named)
def test_what_is_not_understood_is_refused(path: Path) -> None:
    text = path.read_text()
    lines = text.split("\n")
    pattern = re.compile(r"# refused: (?P<to>[a-z ]+): (?P<why>.+)")
    number = next(n for n, line in enumerate(lines, 1) if pattern.search(line))
    expected = pattern.search(lines[number - 1])
    assert expected is not None

    for to in map(Placement, expected["to"].split()):
        made = rewritten(text, to)

        assert isinstance(made, Refusal)
        assert (expected["why"] in made.reason, made.line) == (True, number)


def test_every_refusal_has_its_own_reason() -> None:
    texts = [path.read_text() for path in REFUSED]

    reasons = {re.sub(r".*# refused: [a-z ]+: ", "", t, flags=re.S) for t in texts}

    assert len(reasons) == len(REFUSED) >= 8


@pytest.mark.parametrize("end", ["\r\n", "\r"], ids=["CRLF", "CR"])
def test_line_ends_stay(end: str) -> None:
    text = (FOLDER / "blocks" / "torch_post.py").read_text()

    made = done(text.replace("\n", end), Placement.PRE)

    assert made.text == done(text, Placement.PRE).text.replace("\n", end)


def test_a_placement_that_is_no_goal_is_an_error() -> None:
    with pytest.raises(ValueError, match="other is no placement"):
        rewritten(PATHS[0].read_text(), Placement.OTHER)


def test_a_class_that_is_no_block_is_refused() -> None:
    text = PATHS[0].read_text().replace("class Block", "class Layer")

    made = rewritten(text, Placement.PRE)

    assert made == Refusal("there is no module class Block in this file", 1)


CHOSEN = """\
from torch import nn


class Block(nn.Module):
    def __init__(self, dim, where="pre", gated=False):
        super().__init__()
        self.where, self.gated = where, gated
        self.norm = nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, 4)
        self.gate = nn.Linear(dim, dim)

    def forward(self, x):
        if self.gated:
            return self.norm(x + self.gate(x))
        if self.where == "post":
            return self.norm(x + self.attn(x, x, x)[0])
        y = self.norm(x)
        return x + self.attn(y, y, y)[0]
"""


def test_a_choice_by_name_is_turned() -> None:
    made = done(CHOSEN, Placement.POST)

    assert made.text == CHOSEN.replace('where="pre"', "where='post'")
    assert made.flip == Flip("where", "'post'", 5)


def test_a_flag_that_does_more_than_move_a_norm_is_not_turned() -> None:
    only_gated = CHOSEN.replace('self.where == "post"', "False")

    made = done(only_gated, Placement.POST)

    assert made.flip is None
    assert "return self.norm(x + self.attn(x, x, x)[0])" in made.text
