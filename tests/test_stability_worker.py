"""One process that measures, with another text in the place of what a file holds."""

import sys
from pathlib import Path

import pytest
from answers import spoiled, true_answer

from blocklint.frontends.traced.client import Job, Limits, Measure, Wanted, run_worker
from blocklint.frontends.traced.document import Answer, Malformed, read_answer
from blocklint.frontends.traced.interpreter import Interpreter

HERE = Interpreter(Path(sys.executable), "running")
PARTS = """\
from torch import nn


def norm(width):
    return nn.LayerNorm(width)
"""
POST = """\
import inspect
import pickle

from torch import nn

from .parts import norm


class Block(nn.Module):
    def __init__(self, d_model=32):
        super().__init__()
        self.mlp = nn.Linear(d_model, d_model)
        self.norm = norm(d_model)
        pickle.dumps(type(self))
        assert "self.norm" in inspect.getsource(type(self).forward)

    def forward(self, x):
        return self.norm(x + self.mlp(x))
"""
PRE = POST.replace("self.norm(x + self.mlp(x))", "x + self.mlp(self.norm(x))")


@pytest.fixture
def module(tmp_path: Path) -> Path:
    """A module of a package, which imports from its neighbour."""
    package = tmp_path / "some_package"
    package.mkdir()
    (package / "__init__.py").write_text("from .model import Block\n")
    (package / "parts.py").write_text(PARTS)
    (package / "model.py").write_text(POST)
    return package / "model.py"


def test_a_text_is_run_in_the_place_of_what_the_file_holds(module: Path) -> None:
    job = Job(module, (Wanted("Block"),), text=PRE, measure=Measure((2, 4), 2, "own"))

    (outcome,) = run_worker(job, HERE, Limits(60))

    target = outcome.target
    assert outcome.problem is None
    assert target is not None
    assert target.record is not None
    assert target.stacks is not None
    assert target.stacks.depths == (2, 4)
    assert target.stacks.weight == "mlp.weight"
    assert all(run.stream[-1] > run.stream[0] > 0 for run in target.stacks.runs)  # type: ignore[operator]
    assert module.read_text() == POST
    assert not list(module.parent.rglob("*.pyc"))


def test_an_answer_with_stacks_is_read() -> None:
    answer = read_answer(spoiled(lambda answer: None))

    assert isinstance(answer, Answer)
    (target,) = answer.targets
    assert target.stacks is not None
    assert target.stacks.depths == (1, 2)
    assert target.stacks.runs[0].bare is None
    assert target.stacks.left_out[0].reason == "no time"
    assert true_answer("Block")["targets"][0]["unmeasured"] is None


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("runs", [], "are 0, not from 1 to"),
        ("runs", [{"depth": 0}], "stability.runs[0].depth is 0"),
        ("runs", 5, "stability.runs is a number, not a list"),
        ("sizes", None, "stability.sizes is null, not an object"),
        ("words", 1, "stability.words is 1"),
        ("weight", 3, "stability.weight is a number, not a string"),
    ],
)
def test_stacks_that_are_none_are_refused(
    key: str, value: object, message: str
) -> None:
    data = spoiled(
        lambda answer: answer["targets"][0]["stability"].update({key: value})
    )

    answer = read_answer(data)

    assert isinstance(answer, Malformed)
    assert message in answer.message


def test_a_run_has_as_many_numbers_as_layers() -> None:
    data = spoiled(
        lambda answer: answer["targets"][0]["stability"]["runs"][1]["stream"].pop()
    )

    answer = read_answer(data)

    assert isinstance(answer, Malformed)
    assert "stream does not have the 2 layers of its run" in answer.message
