"""Rules that look at a run, and verdicts on the findings of those that do not."""

from dataclasses import replace
from typing import Any

import pytest
from runs import block_of, place_at, run_of

from blocklint.analysis import Block
from blocklint.analysis.run import Problem, Resized, Run, Unmet
from blocklint.engine import load_rules
from blocklint.engine.confirm import verdict_of
from blocklint.engine.place import place
from blocklint.rule import Finding, Policy, Rule, Verdict

HEAD = """\
from torch import nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.attn = nn.MultiheadAttention(d, 4, batch_first=True)
        self.fc1, self.fc2 = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)
        self.norm1, self.norm2 = nn.LayerNorm(d), nn.LayerNorm(d)

    def forward(self, x):
"""
PRE = f"""\
{HEAD}\
        h = self.norm1(x)
        x = x + self.attn(h, h, h)[0]
        return x + self.fc2(F.gelu(self.fc1(self.norm2(x))))
"""
POST = f"""\
{HEAD}\
        x = x
        x = self.norm1(x + self.attn(x, x, x)[0])
        return self.norm2(x + self.fc2(F.gelu(self.fc1(x))))
"""
STALE = f"""\
{HEAD}\
        h = self.norm1(x)
        y = x + self.attn(h, h, h)[0]
        return x + self.fc2(F.gelu(self.fc1(self.norm2(y))))
"""
IDLE = f"""\
{HEAD}\
        x = x + self.attn(x, x, x)[0]
        return x + self.fc2(F.gelu(self.fc1(self.norm2(x))))
"""
RULES = {rule.name: rule for rule in load_rules().rules}
SHAPES = (("batch", "seq", "4*d_model"), ("d_model", "d_model"))
TOKENS = ("batch", "seq", "d_model")
TALL = ("batch", "h", "seq", "d_model/h")


def claimed(name: str, run: Run, code: str | Block = PRE) -> list[str]:
    """What a rule says of a run of some code."""
    block = code if isinstance(code, Block) else block_of(code)
    return [claim.message for claim in RULES[name].check(block, Policy(), run)]


def finding_of(rule: Rule, block: Block) -> Finding:
    """The one thing that a rule finds by reading."""
    (claim,) = rule.check(block, Policy(), None)
    return place(claim, rule, block)


def verdict(name: str, code: str, run: Run) -> Verdict:
    """What a run says of the one thing that a rule finds in some code."""
    block, rule = block_of(code), RULES[name]
    return verdict_of(finding_of(rule, block), rule, block, Policy(), [run])


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.name)
def test_rules_that_ask_for_a_run_are_silent_without_one(rule: Rule) -> None:
    block = block_of(PRE)

    claims = list(rule.check(block, Policy(), None))

    assert not rule.needs_run or claims == []


def test_the_rules_about_runs_need_one() -> None:
    needing = [rule.code for rule in RULES.values() if rule.needs_run]
    seeing = [rule.code for rule in RULES.values() if rule.sees_runs]

    assert seeing == ["BL408", *(f"BL50{n}" for n in range(8))]
    assert needing == [code for code in seeing if code != "BL506"]


@pytest.mark.parametrize(
    "name", [rule.name for rule in RULES.values() if rule.needs_run]
)
def test_a_run_without_fault_is_no_finding(name: str) -> None:
    probes = {"batch-leak": False, "sees-future": False, "norm-mixes-tokens": False}
    shape = ("batch", "seq", "d")
    second = Resized({"batch": 7, "seq": 17})
    run = run_of(PRE, taken=shape, returned=shape, probes=probes, agrees=True)

    assert (
        claimed(name, replace(run, resized=second, causal="Block is called causal"))
        == []
    )


def test_shapes_that_do_not_fit_are_named_at_their_line() -> None:
    block = block_of(PRE)
    at = place_at(block, 14)
    problem = Problem("run", "no", "RuntimeError", at, "linear", SHAPES)

    (claim,) = RULES["trace-shape-error"].check(
        block, Policy(), run_of(PRE, problem=problem)
    )

    assert claim.about is at
    assert claim.message == (
        "`linear` gets [batch, seq, 4*d_model] and a weight for d_model"
    )


def test_any_operation_can_get_shapes_that_do_not_fit() -> None:
    shapes = TOKENS, ("batch", "seq", "3*d_model")
    problem = Problem("run", "no way\nat all", operation="add", shapes=shapes)

    assert claimed("trace-shape-error", run_of(PRE, problem=problem)) == [
        "`add` gets [batch, seq, d_model] and [batch, seq, 3*d_model], which do not fit"
    ]


def test_a_reshape_says_what_was_wanted() -> None:
    message = "shape '[5, 13, 5, 6]' is invalid for input of size 2080"
    problem = Problem("run", message, operation="view", shapes=(TOKENS,))
    run = run_of(PRE, problem=problem, sizes={"batch": 5, "seq": 13})

    assert claimed("trace-shape-error", run) == [
        f"`view` gets [batch, seq, d_model]: {message}"
    ]


@pytest.mark.parametrize(
    ("operation", "one", "two", "fits_never"),
    [
        ("linear", ("batch", "seq", "4*d_model"), ("d_model", "d_model"), True),
        ("linear", ("batch", "seq", "d_ff"), ("d_model", "d_model"), False),
        ("linear", ("batch", "seq", "768"), ("d_model", "d_model"), False),
        ("linear", ("batch", "d_model", "seq"), ("64", "16"), False),
        ("linear", ("batch", "d_model", "seq"), ("d_model", "d_model"), True),
        ("add", TOKENS, ("batch", "seq", "3*d_model"), True),
        ("add", TOKENS, ("1", "16", "d_model"), False),
        ("add", TOKENS, ("1", "side", "d_model"), False),
        ("add", TOKENS, ("batch", "seq_len", "d_model"), False),
        ("matmul", TALL, TALL, True),
        ("matmul", TALL, ("batch", "h", "16", "d_model/h"), False),
        ("layer_norm", TOKENS, ("2*d_model",), True),
        ("conv1d", TOKENS, ("d_model", "d_model", "3"), False),
        ("cat", TOKENS, ("batch", "seq", "2*d_model"), False),
    ],
)
def test_what_a_guess_may_be_to_blame_for_is_no_error(
    operation: str, one: tuple[str, ...], two: tuple[str, ...], fits_never: bool
) -> None:
    problem = Problem("run", "no", operation=operation, shapes=(one, two))
    run = run_of(PRE, problem=problem, taken=TOKENS, how="Block(d_model=32)")

    assert bool(claimed("trace-shape-error", run)) is fits_never
    assert bool(claimed("trace-failed", run)) is not fits_never


@pytest.mark.parametrize(
    ("asked", "how", "fits_never"),
    [
        ("5, 13, 5, 6", "Block()", True),
        ("5, 13, 5, 6", "Block(d_model=32, heads=5)", False),
        ("65, 30", "Block()", True),
        ("8, 16, 4, 8", "Block()", False),
        ("5, 16, 4, 8", "Block()", False),
    ],
)
def test_a_reshape_is_wrong_if_batch_and_length_are_kept(
    asked: str, how: str, fits_never: bool
) -> None:
    message = f"shape '[{asked}]' is invalid for input of size 2080"
    problem = Problem("run", message, operation="view", shapes=(TOKENS,))
    run = run_of(PRE, problem=problem, how=how, sizes={"batch": 5, "seq": 13})

    assert bool(claimed("trace-shape-error", run)) is fits_never


@pytest.mark.parametrize("given", [{"how": "Block()"}, {"configured": True}])
def test_settings_of_the_project_are_no_guess(given: dict[str, Any]) -> None:
    shapes = ("batch", "seq", "d_ff"), ("d_model", "d_model")
    problem = Problem("run", "no", operation="linear", shapes=shapes)
    run = replace(run_of(PRE, problem=problem, how="Block(32)"), **given)

    assert len(claimed("trace-shape-error", run)) == 1


def test_a_block_that_does_not_run_is_a_note_with_the_reason() -> None:
    problem = Problem("build", "needs a cat\nand a dog", "TypeError")
    run = run_of(PRE, problem=problem, wiring=None)

    assert claimed("trace-failed", run) == [
        "Block could not be run: no instance could be made: TypeError: needs a cat"
    ]
    assert claimed("trace-shape-error", run) == []
    assert claimed("expectation-failed", run) == []


def test_a_listed_block_that_does_not_run_is_an_error() -> None:
    run = run_of(PRE, problem=Problem("died", "signal 11"), configured=True)

    assert claimed("trace-failed", run) == []
    assert claimed("expectation-failed", run) == [
        "Block is listed to be run, and could not be: its process died: signal 11"
    ]


def test_what_was_expected_and_not_shown() -> None:
    unmet = Unmet("placement", "pre", "post"), Unmet("output", "[a]", "[b]")

    assert claimed("expectation-failed", run_of(POST, unmet=unmet)) == [
        "post: N(x + F(x)), expected is pre: x + F(N(x))",
        "the output is [b], expected is [a]",
    ]


@pytest.mark.parametrize(
    ("taken", "returned", "speaks"),
    [
        (("batch", "seq", "d"), ("batch", "seq", "4*d"), True),
        (("batch", "seq", "d"), ("batch", "seq", "d_ff"), True),
        (("batch", "seq", "d"), ("batch", "seq", "101"), False),
        (("batch", "seq", "d"), ("batch", "seq", "dim_out"), False),
        (("batch", "seq", "d"), ("batch", "seq", "num_classes"), False),
        (("batch", "seq", "d"), ("batch", "seq/2", "2*d"), False),
        (("batch", "d", "seq"), ("batch", "d", "12"), False),
        (("batch", "seq"), ("batch", "d"), False),
        (("batch", "seq"), ("batch", "seq", "d"), False),
        ((), ("batch", "seq", "d"), False),
    ],
)
def test_width_is_kept(
    taken: tuple[str, ...], returned: tuple[str, ...], speaks: bool
) -> None:
    run = run_of(PRE, taken=taken, returned=returned)

    assert bool(claimed("block-changes-width", run)) is speaks


def test_a_class_without_sites_may_change_the_width() -> None:
    code = f"{HEAD}        return self.fc1(x)\n"
    run = run_of(code, taken=("batch", "seq", "d"), returned=("batch", "seq", "4*d"))

    assert claimed("block-changes-width", run, code) == []


@pytest.mark.parametrize("name", ["batch-leak", "norm-mixes-tokens", "sees-future"])
def test_probes_speak(name: str) -> None:
    run = run_of(PRE, probes={name: True}, causal="Block is called causal")

    (message,) = claimed(name, run)

    assert message.startswith("Block")


def test_only_a_causal_block_must_not_see_the_future() -> None:
    assert claimed("sees-future", run_of(PRE, probes={"sees-future": True})) == []


def test_a_number_is_fixed() -> None:
    shapes = ("batch", "seq", "d"), ("1", "16", "d")
    problem = Problem("run", "must match", operation="add", shapes=shapes)
    second = Resized({"batch": 7, "seq": 17}, problem)

    assert claimed("hard-coded-size", run_of(PRE, resized=second)) == [
        "with batch 7 and seq 17, `add` gets [batch, seq, d] and [1, 16, d]: "
        "16 is fixed"
    ]


def test_a_reshape_names_what_it_was_asked_for() -> None:
    message = "shape '[8, -1, 64]' is invalid for input of size 7616"
    shapes = (("batch", "seq", "d"),)
    problem = Problem("run", message, operation="view", shapes=shapes)
    second = Resized({"batch": 7, "seq": 17}, problem)

    assert claimed("hard-coded-size", run_of(PRE, resized=second)) == [
        "with batch 7 and seq 17, `view` makes [8, -1, 64] of [batch, seq, d]"
    ]


@pytest.mark.parametrize(
    "problem",
    [
        Problem("run", "must match", shapes=(("batch", "seq"), ("1", "seq_len"))),
        Problem("run", "the length must be 16", "AssertionError"),
        Problem("inputs", "none"),
    ],
)
def test_a_size_that_is_a_setting_is_not_hard_coded(problem: Problem) -> None:
    run = run_of(PRE, resized=Resized({"seq": 17}, problem))

    assert claimed("hard-coded-size", run) == []


def test_disagreement_names_both_wirings() -> None:
    run = run_of(POST, agrees=False, static=block_of(PRE).default)

    assert claimed("static-claim-refuted", run) == [
        "read as attention pre, ffn pre; ran as attention post, ffn post"
    ]


def test_a_placement_that_ran_is_confirmed() -> None:
    run = run_of(POST, agrees=True, static=block_of(POST).default)

    assert verdict("post-norm", POST, run) is Verdict.CONFIRMED


def test_a_placement_that_did_not_run_is_refuted() -> None:
    run = run_of(PRE, agrees=False, static=block_of(POST).default)

    assert verdict("post-norm", POST, run) is Verdict.REFUTED


def test_a_finding_at_a_line_is_confirmed_at_that_line() -> None:
    run = run_of(STALE, agrees=True, static=block_of(STALE).default)

    assert verdict("stale-residual", STALE, run) is Verdict.CONFIRMED


def test_a_finding_at_a_line_that_ran_otherwise_is_refuted() -> None:
    run = run_of(PRE, agrees=False, static=block_of(STALE).default)

    assert verdict("stale-residual", STALE, run) is Verdict.REFUTED


def test_a_line_that_did_not_run_is_untested() -> None:
    elsewhere = PRE.replace("        h = ", "\n" * 9 + "        h = ")
    run = run_of(elsewhere, agrees=False, static=block_of(STALE).default)

    assert verdict("stale-residual", STALE, run) is Verdict.UNTESTED


def test_a_finding_in_another_variant_is_untested() -> None:
    run = run_of(PRE, agrees=False, static=block_of(PRE).default)

    assert verdict("post-norm", POST, run) is Verdict.UNTESTED


def test_silence_of_what_ran_as_read_refutes_nothing() -> None:
    run = run_of(PRE, agrees=True, static=block_of(STALE).default)

    assert verdict("stale-residual", STALE, run) is Verdict.UNTESTED


def test_a_run_that_ended_early_tests_no_wiring() -> None:
    problem = Problem("run", "no")
    run = run_of(POST, problem=problem, agrees=True, static=block_of(POST).default)

    assert verdict("post-norm", POST, run) is Verdict.UNTESTED


@pytest.mark.parametrize(
    ("code", "unused", "expected"),
    [
        (IDLE, ("norm1.weight", "norm1.bias"), Verdict.CONFIRMED),
        (IDLE, (), Verdict.UNTESTED),
        (PRE, (), Verdict.REFUTED),
        (IDLE, ("norm12.weight",), Verdict.UNTESTED),
    ],
)
def test_weights_that_nothing_read(
    code: str, unused: tuple[str, ...], expected: Verdict
) -> None:
    run = run_of(code, unused=unused)

    assert verdict("unused-norm", IDLE, run) is expected


TUPLE = f"{HEAD}        h = self.norm1(x)\n        return x + self.attn(h, h, h)\n"


def test_a_statement_that_raises_is_confirmed() -> None:
    at = place_at(block_of(TUPLE), 14)
    run = run_of(TUPLE, problem=Problem("run", "no", "TypeError", at))

    assert verdict("tuple-used-as-tensor", TUPLE, run) is Verdict.CONFIRMED
    assert verdict("tuple-used-as-tensor", TUPLE, run_of(TUPLE)) is Verdict.REFUTED


def test_what_only_the_source_shows_is_untested() -> None:
    code = f"{HEAD}        return x + F.dropout(self.fc2(self.norm1(x)))\n"

    assert verdict("dropout-in-eval", code, run_of(code)) is Verdict.UNTESTED


def test_of_two_runs_the_one_that_shows_it_counts() -> None:
    block, rule = block_of(POST), RULES["post-norm"]
    refuting = run_of(PRE, agrees=False, static=block.default)
    confirming = run_of(POST, agrees=True, static=block.default)

    found = verdict_of(
        finding_of(rule, block), rule, block, Policy(), [confirming, refuting]
    )

    assert found is Verdict.CONFIRMED
