"""Stacks of small blocks, measured in this very process: which way the numbers go.

What is asserted is the direction that the literature gives, at sizes that take moments;
`trace --stability` measures the same of the textbook's block.
"""

import math
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import torch
from expectations import FIXTURES
from torch import nn
from tracing import namespace_of

from blocklint.frontends.traced import stability, worker
from blocklint.frontends.traced.stacks import Stacks, read_stacks
from blocklint.stability import Quantity, Trend, Wiring

DEPTHS = (4, 8, 16)
SMALL = FIXTURES / "stability" / "small.py"


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """As in a worker: several would only wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def said_of(
    name: str, init: str = "theory", depths: tuple[int, ...] = DEPTHS, seeds: int = 3
) -> tuple[Any, Any]:
    """What the worker answers of a class: stacks, or a problem."""
    names = namespace_of(SMALL)
    job = {"stability": {"depths": list(depths), "seeds": seeds, "init": init}}
    with torch.no_grad():
        return worker.stack_measured(names[name], names, {"class": name}, job, 60.0)


@cache
def stacks_of(name: str, init: str = "theory") -> Stacks:
    said, problem = said_of(name, init)
    assert problem is None
    return read_stacks(said)


def middles(name: str, quantity: Quantity, init: str = "theory") -> list[float]:
    wiring = Wiring(name, stacks=stacks_of(name, init))
    spreads = [wiring.spread(quantity, depth) for depth in DEPTHS]
    return [spread.middle for spread in spreads if spread is not None]


def power(name: str, quantity: Quantity) -> float:
    trend = Wiring(name, stacks=stacks_of(name)).trend(quantity)
    assert isinstance(trend, Trend)
    assert trend.power is not None
    return trend.power.middle


def test_the_last_gradient_of_post_is_the_same_at_every_depth() -> None:
    assert abs(power("Post", Quantity.LAST)) < 0.1


@pytest.mark.parametrize("name", ["Pre", "Output", "Peri"])
def test_the_last_gradient_falls_as_the_root_where_the_stream_is_clean(
    name: str,
) -> None:
    assert power(name, Quantity.LAST) == pytest.approx(-0.5, abs=0.12)


def test_the_stream_grows_unless_it_passes_through_a_norm() -> None:
    assert middles("Post", Quantity.STREAM) == pytest.approx([1, 1, 1], abs=1e-3)
    for name in "Pre", "Output", "Peri":
        assert power(name, Quantity.STREAM) == pytest.approx(1, abs=0.2)


def test_each_norm_at_the_end_of_a_branch_adds_one() -> None:
    for name in "Output", "Peri":
        wanted = [1 + 2 * depth for depth in DEPTHS]

        assert middles(name, Quantity.STREAM) == pytest.approx(wanted, rel=0.25)


def test_a_clean_stream_without_a_final_norm_starts_with_a_larger_loss() -> None:
    with_norm = middles("Pre", Quantity.LOSS)
    without = middles("Pre", Quantity.BARE)

    assert all(abs(loss - math.log(1000)) < 0.3 for loss in with_norm)
    assert sorted(without) == without
    assert without[-1] > with_norm[-1] + 0.3
    assert middles("Post", Quantity.BARE) == pytest.approx(
        middles("Post", Quantity.LOSS), abs=1e-3
    )


def test_the_early_layers_of_output_norm_explode_under_xavier() -> None:
    output = middles("Output", Quantity.FIRST, "xavier")
    peri = middles("Peri", Quantity.FIRST, "xavier")

    assert output[-1] > 4 * output[0]
    assert peri[-1] < 1.5 * peri[0]


def test_stacks_say_what_they_are() -> None:
    found = stacks_of("Post")

    assert found.how == "Post()"
    assert found.weight == "ffn.2.weight"
    assert found.zeroed == ("attn.in_proj_weight",)
    assert found.sizes == {"batch": 8, "seq": 32, "width": 48}
    assert found.depths == DEPTHS
    assert [run.seed for run in found.at(8)] == [0, 1, 2]


def test_the_same_is_measured_each_time() -> None:
    again, _ = said_of("Post")

    assert read_stacks(again) == stacks_of("Post")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Weightless", "it has no weights whose gradient could be looked at"),
        ("Narrowing", "it returns no stream of the shape that it takes"),
    ],
)
def test_what_cannot_be_stacked_says_why(name: str, message: str) -> None:
    said, problem = said_of(name, depths=(2,), seeds=1)

    assert said is None
    assert (problem["kind"], problem["error"]) == ("measure", "")
    assert problem["message"] == message


def test_numbers_beyond_all_are_none() -> None:
    said, _ = said_of("Exploding", "own", depths=(1, 6), seeds=1)

    one, six = read_stacks(said).runs
    assert one.loss is not None
    assert six.stream[0] is not None
    assert six.stream[-1] is None
    assert six.bare is None


class Projections(nn.Module):
    """Queries and keys under the names that people give them."""

    def __init__(self, names: tuple[str, ...], fused: str) -> None:
        super().__init__()
        for name in names:
            setattr(self, name, nn.Linear(8, 8))
        setattr(self, fused, nn.Linear(8, 24))
        self.norm = nn.LayerNorm(8)


@pytest.mark.parametrize("name", ["q", "w_q", "to_k", "k_proj", "query", "linear_q"])
@pytest.mark.parametrize("fused", ["qkv", "to_qkv", "c_attn", "Wqkv", "in_proj"])
def test_theory_takes_queries_and_keys_for_zero(name: str, fused: str) -> None:
    layer = Projections((name, "value", "kept"), fused)

    zeroed = stability.started(layer, "theory")

    assert zeroed == [f"{name}.weight", f"{fused}.weight"]
    queries, keys, values = getattr(layer, fused).weight.chunk(3)
    assert not queries.any()
    assert not keys.any()
    assert values.all()
    assert layer.get_parameter("kept.weight").all()
    assert not layer.get_parameter("kept.bias").any()
    assert layer.norm.weight.eq(1).all()


def test_experts_are_a_matrix_each() -> None:
    layer = nn.Module()
    layer.experts = nn.Parameter(torch.empty(3, 40, 60))
    layer.conv = nn.Conv1d(40, 60, 3)

    stability.started(layer, "xavier")

    for expert in layer.experts:
        assert float(expert.detach().std()) == pytest.approx(0.02**0.5, rel=0.1)
    wanted = (2 / (3 * 100)) ** 0.5
    assert float(layer.conv.weight.detach().std()) == pytest.approx(wanted, rel=0.1)


def test_normal_draws_with_its_deviation() -> None:
    layer = nn.Linear(200, 200)

    stability.started(layer, "normal", 0.02)

    assert float(layer.weight.detach().std()) == pytest.approx(0.02, rel=0.05)
    assert not layer.bias.any()


def test_a_depth_that_does_not_fit_into_the_time_is_left_out() -> None:
    shape = (2, 3, 8)
    subject = stability.Subject(
        lambda: nn.Linear(8, 8), lambda layer, x: layer(x), shape
    )
    plan = stability.Plan((2, 10**9), 2)

    found = stability.measure(subject, plan, 20.0)

    assert {run["depth"] for run in found["runs"]} == {2}
    ((left_out),) = found["left_out"]
    assert left_out["depth"] == 10**9
    assert left_out["reason"].startswith("it needs about ")


def test_a_stack_is_of_several_instances() -> None:
    one = nn.Linear(8, 8)
    subject = stability.Subject(lambda: one, lambda layer, x: layer(x), (2, 3, 8))

    with pytest.raises(stability.Unmeasurable, match="the same instance each time"):
        stability.measure(subject, stability.Plan((2,), 1), 20.0)


def test_without_any_time_nothing_is_measured() -> None:
    subject = stability.Subject(
        lambda: nn.Linear(8, 8), lambda layer, x: layer(x), (2, 3, 8)
    )

    with pytest.raises(stability.Unmeasurable, match="depth 2: it needs about"):
        stability.measure(subject, stability.Plan((2, 4), 2), 0.0)
