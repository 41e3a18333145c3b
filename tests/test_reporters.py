"""A report becomes the text that its format promises."""

import json
import re
from dataclasses import replace
from typing import Any

from blocklint.analysis import Placement
from blocklint.analysis.sublayers import Sublayer
from blocklint.report import BlockFacts, Overview, Report, SiteFacts, VariantFacts
from blocklint.reporters import concise, full, json as json_format, statistics
from blocklint.reporters.inspection import (
    json as inspection_json,
    text as inspection_text,
)
from blocklint.rule import Finding, RelatedSpan, Severity
from blocklint.source import Span
from blocklint.terminal import Terminal

LINES = (
    "class Block(nn.Module):",
    "    def forward(self, x):",
    "        h = self.attn(x)",
    "",
    "        x = self.norm1(x + h)",
    "        return x",
)
FINDING = Finding(
    path="model.py",
    span=Span(5, 23, 5, 28),
    rule="post-norm",
    code="BL101",
    severity=Severity.WARNING,
    message="post: N(x + F(x)) at attention",
    class_name="Block",
    related=(
        RelatedSpan("model.py", Span(3, 12, 3, 24), "the sub-layer"),
        RelatedSpan("model.py", Span(5, 12, 5, 29), "the norm"),
    ),
)
REPORT = Report((FINDING,), 1, {"model.py": LINES})


def test_full_marks_the_finding_and_what_it_is_related_to() -> None:
    report = REPORT

    text = full.render(report)

    assert text == (
        "warning[BL101] post-norm: post: N(x + F(x)) at attention\n"
        " --> model.py:5:24\n"
        "  |\n"
        "3 |         h = self.attn(x)\n"
        "  |             ------------ the sub-layer\n"
        "4 |\n"
        "5 |         x = self.norm1(x + h)\n"
        "  |             ----------------- the norm\n"
        "  |                        ^^^^^\n"
        "  |\n"
        "  = class: Block\n"
        "  = help: blocklint rule post-norm\n"
    )


def test_full_keeps_marks_in_place_under_tabs_and_wide_letters() -> None:
    lines = ("\tx = f('\u6f22') + h",)
    finding = replace(FINDING, span=Span(1, 5, 1, 15), related=())

    text = full.render(Report((finding,), 1, {"model.py": lines}))

    assert "1 |     x = f('\u6f22') + h\n" in text
    assert "  |         ^^^^^^^^^^^\n" in text


def test_full_shows_no_control_characters() -> None:
    lines = ("x = 1  # \x1b[31mred",)
    finding = replace(FINDING, span=Span(1, 0, 1, 1), related=())

    text = full.render(Report((finding,), 1, {"model.py": lines}))

    assert "\x1b" not in text


def test_full_in_colours_is_the_same_text() -> None:
    report = REPORT

    text = full.render(report, Terminal(colours=True))

    assert text.startswith("\x1b[1;33mwarning[BL101]\x1b[0m post-norm: ")
    assert "\x1b[1;33m^^^^^\x1b[0m\n" in text
    assert "\x1b[34m------------ the sub-layer\x1b[0m\n" in text
    assert re.sub(r"\x1b\[[\d;]*m", "", text) == full.render(report)


def test_full_names_a_related_place_in_a_file_whose_text_is_not_at_hand() -> None:
    other = RelatedSpan("other.py", Span(7, 0, 7, 4), "the norm")
    finding = replace(FINDING, related=(other,))

    text = full.render(Report((finding,), 1, {"model.py": LINES}))

    assert " ::: other.py:7:1\n" in text


def test_concise_is_one_line_a_finding() -> None:
    report = Report((FINDING, FINDING), 1)

    text = concise.render(report)

    line = "model.py:5:24: BL101 post-norm: post: N(x + F(x)) at attention\n"
    assert text == line * 2


def test_statistics_count_rules() -> None:
    other = replace(FINDING, rule="syntax-error", code="BL901")

    text = statistics.render(Report((other, FINDING, FINDING), 1))

    assert text == "     2  BL101  post-norm\n     1  BL901  syntax-error\n"


def test_json_has_the_promised_keys() -> None:
    report = REPORT

    (finding,) = json.loads(json_format.render(report))

    assert list(finding) == [
        "code", "rule", "severity", "message", "path", "cell", "line", "column",
        "end_line", "end_column", "class", "verdict", "related", "fix", "fingerprint",
        "url",
    ]  # fmt: skip
    assert (finding["line"], finding["column"], finding["end_column"]) == (5, 24, 29)
    assert (finding["severity"], finding["verdict"]) == ("warning", "untested")
    assert finding["related"][0] == {
        "path": "model.py",
        "cell": None,
        "line": 3,
        "column": 13,
        "end_line": 3,
        "end_column": 25,
        "message": "the sub-layer",
    }


def test_fingerprints_survive_moved_lines_and_tell_twins_apart() -> None:
    moved = replace(FINDING, span=Span(50, 23, 50, 28))
    elsewhere = replace(FINDING, path="other.py")

    before = list(Report((FINDING, elsewhere), 1).fingerprints())
    after = list(Report((moved, moved, elsewhere), 1).fingerprints())

    assert [after[0], after[2]] == before
    assert len(set(after)) == 3


def test_no_findings_are_no_text_and_an_empty_list() -> None:
    report = Report((), 1)

    rendered = (full.render(report), concise.render(report), json_format.render(report))

    assert rendered == ("", "", "[]\n")


SITE = SiteFacts("attention", Placement.OUTPUT, "model.py", 9, "Block", ("norm1",))
HELPED = SiteFacts(
    "ffn", Placement.PRE, "parts.py", 3, "FFN", (), True, ("drop-path", "scaled")
)
BLOCK = BlockFacts(
    path="model.py",
    name="Block",
    line=4,
    placement="configurable",
    parallel=False,
    variants=(
        VariantFacts("norm_first", True, (SITE,)),
        VariantFacts("not norm_first", False, (HELPED,)),
    ),
)


def test_inspection_as_json_follows_the_schema() -> None:
    overview = Overview((BLOCK,), 1)

    document: dict[str, Any] = json.loads(inspection_json.render(overview))

    (block,) = document["blocks"]
    assert document["schema"] == "blocklint.inspect/1"
    assert (block["path"], block["class"], block["line"]) == ("model.py", "Block", 4)
    assert (block["placement"], block["parallel"]) == ("configurable", False)
    assert [v["when"] for v in block["variants"]] == ["norm_first", "not norm_first"]
    assert [v["default"] for v in block["variants"]] == [True, False]
    assert block["variants"][1]["sites"] == [
        {
            "role": "ffn",
            "placement": "pre",
            "path": "parts.py",
            "cell": None,
            "line": 3,
            "in": "FFN",
            "norms": [],
            "optional": True,
            "modifiers": ["drop-path", "scaled"],
        }
    ]


def test_inspection_as_text_prints_the_formula_beside_the_name() -> None:
    overview = Overview((BLOCK,), 1)

    text = inspection_text.render(overview)

    assert text.startswith("Block  model.py:4\n  configurable\n")
    assert "    when norm_first  (default)\n" in text
    assert (
        "line 9  attention        output           x + N(F(x))         norm1\n" in text
    )
    assert "parts.py:3  ffn " in text
    assert "no norm  in FFN  drop-path  scaled  optional\n" in text


def test_textbook_naming_changes_the_printed_name_only() -> None:
    variant = VariantFacts(None, True, (SITE,))
    block = replace(BLOCK, naming="textbook", placement="output", variants=(variant,))

    text = inspection_text.render(Overview((block,), 1))
    data = inspection_json.render(Overview((block,), 1))

    assert "  pre (textbook): x + N(F(x))\n" in text
    assert '"placement": "output"' in data


NORM = Sublayer("norm", "norm", ("...", "d_model"), ("...", "d_model"))
MLP = Sublayer("mlp", "ffn", ("B", "?", "d_model"), ("B", "?", "4 * d_model"))


def test_sublayers_stand_below_the_sites_with_their_shapes() -> None:
    variants = (
        VariantFacts("norm_first", True, (SITE,), (NORM, MLP)),
        VariantFacts("not norm_first", False, (HELPED,), (MLP, NORM)),
    )
    block = replace(BLOCK, variants=variants)

    text = inspection_text.render(Overview((block,), 1))
    data = json.loads(inspection_json.render(Overview((block,), 1)))

    assert text.endswith(
        "  sub-layers\n"
        "    norm  norm             [..., d_model] -> [..., d_model]\n"
        "    mlp   ffn              [B, ?, d_model] -> [B, ?, 4 * d_model]\n"
    )
    assert text.count("sub-layers") == 1
    assert data["blocks"][0]["variants"][1]["sublayers"][0] == {
        "name": "mlp",
        "role": "ffn",
        "input": ["B", "?", "d_model"],
        "output": ["B", "?", "4 * d_model"],
    }


def test_variants_with_other_sublayers_have_a_list_each() -> None:
    variants = (
        VariantFacts("norm_first", True, (SITE,), (NORM, MLP)),
        VariantFacts("not norm_first", False, (HELPED,), (MLP,)),
    )

    text = inspection_text.render(Overview((replace(BLOCK, variants=variants),), 1))

    assert text.count("      sub-layers\n") == 2
