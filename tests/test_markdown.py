"""`inspect --format markdown`, which a hover in an editor shows."""

from blocklint.analysis import Placement
from blocklint.analysis.sublayers import Sublayer
from blocklint.report import BlockFacts, Overview, SiteFacts, VariantFacts
from blocklint.reporters.inspection import markdown

NORM = Sublayer("norm", "norm", ("B", "T", "dim"), ("B", "T", "dim"))
LINEAR = Sublayer("fc", "linear", ("...", "dim"), ("...", "4 * dim"))


def block(*variants: VariantFacts, naming: str = "field") -> Overview:
    facts = BlockFacts("a.py", "Block", 4, "output", True, variants, naming)
    return Overview((facts,), 1)


def variant(when: str | None, *sublayers: Sublayer) -> VariantFacts:
    site = SiteFacts(
        "ffn", Placement.OUTPUT, "b.py", 9, "Sub", ("norm",), True, ("qk-norm",)
    )
    return VariantFacts(when, when == "a | b", (site,), sublayers)


def test_a_block_is_a_heading_and_two_tables() -> None:
    text = markdown.render(block(variant(None, NORM)))

    assert text == (
        "**Block** (output: `x + N(F(x))`, parallel), a.py:4\n"
        "\n"
        "| line | site | placement | formula | norms |  |\n"
        "| --- | --- | --- | --- | --- | --- |\n"
        "| b.py:9 | ffn | output | `x + N(F(x))` | `norm` |"
        " in Sub, qk-norm, optional |\n"
        "\n"
        "| sub-layer | computes | input | output |\n"
        "| --- | --- | --- | --- |\n"
        "| `norm` | norm | `[B, T, dim]` | `[B, T, dim]` |\n"
    )


def test_the_name_is_the_one_that_the_project_chose() -> None:
    text = markdown.render(block(variant(None), naming="textbook"))

    assert "(pre (textbook): `x + N(F(x))`, parallel)" in text
    assert "| ffn | pre (textbook) |" in text


def test_variants_have_their_own_sub_layers_where_they_differ() -> None:
    text = markdown.render(block(variant("a | b", NORM), variant("not a", LINEAR)))

    parts = text.split("when ")
    assert [part.partition("\n")[0] for part in parts[1:]] == [
        "`a | b` (default)",
        "`not a`",
    ]
    assert ("`norm` | norm" in parts[1], "`fc` | linear" in parts[2]) == (True, True)


def test_a_bar_does_not_end_a_cell() -> None:
    odd = Sublayer("norm", "norm", ("a | b",), ("a",))

    text = markdown.render(block(variant(None, odd)))

    assert "| `norm` | norm | `[a \\| b]` | `[a]` |" in text
