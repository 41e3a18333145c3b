"""What stacks showed becomes tables, JSON and pictures; goldens can be looked at."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest
from conftest import Golden
from expectations import FIXTURES
from stacks import DEPTHS, stacks_of

from blocklint.frontends.traced.client import Measure
from blocklint.frontends.traced.stacks import Stacks
from blocklint.reporters.charts import scales
from blocklint.reporters.charts.words import number, spread_text, start_of, trend_text
from blocklint.reporters.stability import html, json as json_format, svg, text
from blocklint.stability import (
    Quantity,
    Spread,
    Stability,
    StabilityReport,
    Trend,
    Wiring,
    spread_of,
)

TARGET = Stability(
    target="model.py:Block",
    path="model.py",
    name="Block",
    line=4,
    plan=Measure(DEPTHS, 3, "own"),
    wirings=(
        Wiring("post", own=True, stacks=stacks_of("post")),
        Wiring("pre", stacks=stacks_of("pre", DEPTHS[:-1])),
        Wiring("output", stacks=stacks_of("output")),
        Wiring("peri", reason="there is no second norm (line 8)"),
    ),
    seconds=12.34,
    naming="textbook",
)
FAILED = replace(
    TARGET,
    target="pkg.model:<b>&Other\x1b[31m",
    wirings=(
        Wiring("unknown", own=True, reason="its forward raised: E: no", output="a\nb"),
    ),
)
REPORT = StabilityReport((TARGET, FAILED), 2)


@pytest.mark.parametrize(
    ("name", "render"),
    [
        ("report.txt", text.render),
        ("report.json", json_format.render),
        ("report.svg", svg.render),
        ("report.html", html.render),
    ],
)
def test_page(
    name: str, render: Callable[[StabilityReport], str], golden: Golden
) -> None:
    golden(FIXTURES / "stability" / "reports" / name, render(REPORT))


def test_nothing_to_report_is_a_page_as_well() -> None:
    nothing = StabilityReport((), 1)

    assert text.render(nothing) == ""
    assert json.loads(json_format.render(nothing))["targets"] == []
    assert "No blocks were measured." in html.render(nothing)
    ElementTree.fromstring(svg.render(nothing))


@pytest.mark.parametrize("depths", [(1,), (7,), (1, 2), (3, 1000), tuple(range(1, 51))])
def test_pictures_have_room_for_any_depths(depths: tuple[int, ...]) -> None:
    wirings = [Wiring(name, stacks=stacks_of(name, depths)) for name in ("post", "pre")]
    target = replace(TARGET, wirings=tuple(wirings))

    drawn = ElementTree.fromstring(svg.render(StabilityReport((target,), 1)))

    width, height = float(drawn.attrib["width"]), float(drawn.attrib["height"])
    for element in drawn.iter():
        for key, limit in (("x", width), ("cx", width), ("y", height), ("cy", height)):
            assert 0 <= float(element.attrib.get(key, "0")) <= limit


def test_pictures_tell_lines_apart_without_colours() -> None:
    drawn = svg.render(REPORT)

    assert 'stroke-dasharray="8 4"' in drawn
    assert 'stroke-dasharray="2 4"' in drawn
    assert ">post, as it is<" in drawn
    assert ">pre (textbook)<" in drawn


def test_the_page_loads_nothing_and_runs_nothing() -> None:
    page = html.render(REPORT)

    assert "<script" not in page
    assert "http://" not in page
    assert "&lt;b&gt;&amp;Other" in page


def test_json_has_what_the_tables_show() -> None:
    document: dict[str, Any] = json.loads(json_format.render(REPORT))

    first, failed = document["targets"]
    post, pre, output, peri = first["wirings"]
    assert (first["status"], first["placement"]) == ("measured", "post")
    assert (post["own"], pre["own"]) == (True, False)
    assert pre["left_out"] == [{"depth": 12, "reason": "no time"}]
    assert pre["trends"]["last"]["power"]["median"] == pytest.approx(-0.5)
    assert output["trends"]["first"] == {"power": None, "factor": 1024.0}
    assert output["stacks"][-1]["bare"] is None
    assert len(output["stacks"][-1]["runs"]) == 3
    assert peri["reason"] == "there is no second norm (line 8)"
    assert (failed["status"], failed["reason"]) == (
        "failed",
        failed["wirings"][0]["reason"],
    )


def test_the_text_shows_no_control_characters() -> None:
    shown = text.render(REPORT)

    assert all(char.isprintable() or char == "\n" for char in shown)


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ((1.0, 2.0, 3.0), "2.00 ±50%"),
        ((0.5,), "0.500 ±0%"),
        ((1234.5, 1234.5), "1,234 ±0%"),
        ((2e-7, 2e-7), "2.0e-07 ±0%"),
        ((0.0, 0.0), "0.00 ±0%"),
        ((1.0, None), "overflow"),
    ],
)
def test_a_spread_is_a_median_and_half_of_the_range(
    values: tuple[float | None, ...], shown: str
) -> None:
    assert spread_text(spread_of(values)) == shown


def test_a_trend_is_a_power_or_a_mere_factor() -> None:
    spread = Spread(-0.5, -0.53, -0.49)

    assert trend_text(Trend(spread, 0.3)) == "L^-0.50 ±0.02"
    assert trend_text(Trend(None, 36.2)) == "x 36.2"
    assert trend_text(None) == ""


def test_no_trend_without_two_depths_or_with_a_number_beyond_all() -> None:
    one = Wiring("post", stacks=stacks_of("post", (6,)))
    beyond = Wiring("output", stacks=_endless(stacks_of("output")))

    assert one.trend(Quantity.LAST) is None
    assert beyond.trend(Quantity.LAST) is None
    assert one.trend(Quantity.LOSS) is None


def _endless(stacks: Stacks) -> Stacks:
    first, *rest = stacks.runs
    return replace(stacks, runs=(replace(first, last=None), *rest))


@pytest.mark.parametrize(
    ("init", "zeroed", "shown"),
    [
        ("own", (), "weights as the block makes them"),
        ("xavier", (), "matrices as Xavier draws them, biases zero"),
        ("normal:0.02", (), "matrices of N(0, 0.02^2), biases zero"),
        ("theory", ("q.weight", "k.weight"), "q.weight, k.weight zero"),
        ("theory", (), "no queries and keys were found"),
    ],
)
def test_how_weights_begin_is_said(
    init: str, zeroed: tuple[str, ...], shown: str
) -> None:
    stacks = replace(stacks_of("post"), zeroed=zeroed)
    wirings = (Wiring("post", own=True, stacks=stacks),)
    target = replace(TARGET, plan=Measure(DEPTHS, 3, init), wirings=wirings)

    assert shown in start_of(target)


@pytest.mark.parametrize("values", [(0.5, 0.52), (1e-9, 1e9), (3.0,), (), (0.0, 2.0)])
def test_an_axis_of_powers_holds_its_numbers(values: tuple[float, ...]) -> None:
    scale = scales.of_powers(values)

    assert 1 <= len(scale.ticks) <= 7
    assert scale.high / scale.low >= 2
    for value in (*values, *scale.ticks):
        if value > 0:
            assert -1e-9 <= scale.share(value) <= 1 + 1e-9


@pytest.mark.parametrize("values", [(7.0, 7.1), (7.0, 1e6), (-3.0,), ()])
def test_an_axis_of_losses_holds_its_numbers(values: tuple[float, ...]) -> None:
    scale = scales.of_losses(values)

    assert 2 <= len(scale.ticks) <= 7
    assert all(0 <= scale.share(value) <= 1 for value in values)
    assert all(math.isfinite(tick) and number(tick) for tick in scale.ticks)
