"""The worker's answer is read to the letter, and nothing in it is trusted."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from answers import Json, node_of, spoiled, true_answer
from hypothesis import given, settings, strategies as st

from blocklint.frontends.traced.document import (
    MOST_NODES,
    Answer,
    Malformed,
    Target,
    position,
    read_answer,
)
from blocklint.frontends.traced.record import CallRecord

TEXT = json.dumps(true_answer("Block")).encode()
ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**4000, -1, 2**63, float("inf"), float("nan")])
    | st.floats()
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


def test_a_true_answer_is_read_whole() -> None:
    answer = read_answer(TEXT)

    assert isinstance(answer, Answer)
    (target,) = answer.targets
    assert (target.status, target.rung, target.how) == ("traced", "export", "Block()")
    assert target.sizes == {"batch": 5, "seq": 13}
    assert target.probes == {"batch-leak": False}
    assert target.unused == ("norm.bias",)
    assert target.record
    assert target.record.calls == (
        CallRecord(0),
        CallRecord(1, 0, line=4, result=2),
    )
    assert target.record.nodes[2].reads == (0, 1)
    assert target.record.nodes[2].numbers == (0.5, 2.0)
    assert target.record.nodes[3].shape is None
    assert target.record.modules[1].bases == ("LayerNorm",)
    assert target.resized and target.resized.problem
    assert target.resized.problem.shapes == ((7, 17, 64), (96, 32))


def test_a_target_that_is_not_done_has_its_name_alone() -> None:
    pending = {"class": "Block", "done": False, "started": True}
    answer = read_answer(spoiled(lambda it: it.update(targets=[pending])))

    assert isinstance(answer, Answer)
    assert answer.targets == (Target("Block", done=False, started=True),)


def test_unknown_keys_are_left_alone() -> None:
    answer = read_answer(spoiled(lambda it: node_of(it).update(colour="red")))

    assert isinstance(answer, Answer)


def call_of(answer: Json, index: int) -> Json:
    call: Json = answer["targets"][0]["record"]["calls"][index]
    return call


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda it: it.update(schema="x"), "schema is not blocklint.worker/1"),
        (lambda it: it.pop("targets"), "targets is missing"),
        (lambda it: it.update(targets=[3]), "targets[0] is a number, not an object"),
        (
            lambda it: it["targets"][0].update(status="failed"),
            "targets[0].problem is null, though the status is failed",
        ),
        (
            lambda it: it["targets"][0].update(record=None),
            "targets[0].record is null, though the status is traced",
        ),
        (
            lambda it: it["targets"][0]["sizes"].update(batch=True),
            "targets[0].sizes.batch is true or false, not a whole number",
        ),
        (
            lambda it: it["targets"][0]["resized"]["problem"].update(shapes=[[-1]]),
            "targets[0].resized.problem.shapes[0][0] is -1, not from 0",
        ),
        (
            lambda it: call_of(it, 0).update(parent=0),
            "calls[0].parent is not null, in the block's own call",
        ),
        (
            lambda it: call_of(it, 1).update(parent=1),
            "calls[1].parent is 1, not from 0 to 0",
        ),
        (
            lambda it: call_of(it, 1).update(module=2),
            "calls[1].module is 2, not from 0 to 1",
        ),
        (lambda it: node_of(it).update(op="jump"), "nodes[0].op is none of call, "),
        (lambda it: node_of(it).update(call=2), "nodes[0].call is 2, not from 0 to 1"),
        (
            lambda it: node_of(it).update(shape=[2**80]),
            "nodes[0].shape[0] is a number out of all range",
        ),
    ],
)
def test_what_does_not_fit_is_named(
    change: Callable[[Json], object], message: str
) -> None:
    answer = read_answer(spoiled(change))

    assert isinstance(answer, Malformed)
    assert message in answer.message


def test_too_many_nodes_are_refused() -> None:
    def fill(answer: Json) -> None:
        nodes = [node_of(answer)] * (MOST_NODES + 1)
        answer["targets"][0]["record"]["nodes"] = nodes

    answer = read_answer(spoiled(fill))

    assert isinstance(answer, Malformed)
    assert "more than 200000" in answer.message


def test_texts_are_fit_for_a_terminal() -> None:
    answer = read_answer(
        spoiled(lambda it: it["targets"][0].update(how="\x1b]0;\ud800\n\u6ce8"))
    )

    assert isinstance(answer, Answer)
    assert answer.targets[0].how == "\ufffd]0;\ufffd\n\u6ce8"


def test_the_position_is_read_alone() -> None:
    assert position(TEXT[:100]) == 1
    assert position(b"{}") is None
    assert position(b" " * 1000 + TEXT) is None


def places(value: object) -> Iterator[tuple[Any, Any]]:
    """Every place in a document that holds a value."""
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from places(value[key])


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_value_makes_the_reader_raise(data: st.DataObject) -> None:
    answer = true_answer("Block", "Other")
    for _ in range(data.draw(st.integers(1, 3))):
        holder, key = data.draw(st.sampled_from(list(places(answer))))
        holder[key] = data.draw(ODD)

    text = json.dumps(answer).encode()

    assert isinstance(read_answer(text), Answer | Malformed)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(TEXT)), st.integers(0, 20), st.binary(max_size=10))
def test_no_text_makes_the_reader_raise(at: int, cut: int, put: bytes) -> None:
    text = TEXT[:at] + put + TEXT[at + cut :]

    assert isinstance(read_answer(text), Answer | Malformed)
