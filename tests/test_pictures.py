"""Blocks become pictures: what stands where on them, and that all of it can be read."""

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from command import run
from conftest import Golden
from drawing import faults
from expectations import FIXTURES, ROOT
from reading import blocks_of

from blocklint.engine.discover import Names
from blocklint.engine.facts import facts_of
from blocklint.report import BlockFacts, Overview, VariantFacts
from blocklint.reporters.inspection import svg
from blocklint.reporters.pictures import picture_of
from blocklint.reporters.pictures.paint import COLOURS, PAINTS
from blocklint.reporters.pictures.words import shorten, width, wrap

FACTS = FIXTURES / "facts"
SVG = "{http://www.w3.org/2000/svg}"
PLACED = sorted(FACTS.rglob("*.py"))


def drawn(path: Path) -> list[BlockFacts]:
    """The blocks of a file, with all that pictures show of them."""
    blocks = [block for block in blocks_of(path) if block.is_block]
    return [facts_of(block, "field", Names([]), pictured=True) for block in blocks]


def block_in(file: str, name: str) -> BlockFacts:
    (found,) = (block for block in drawn(FACTS / file) if block.name == name)
    return found


def only(block: BlockFacts, variant: int = 0) -> ElementTree.Element:
    """The picture of one wiring of a block, as XML."""
    (found,) = (v for n, v in enumerate(block.variants) if n == variant)
    one = BlockFacts(
        block.path, block.name, block.line, block.placement, block.parallel, (found,)
    )
    return ElementTree.fromstring(svg.render(Overview((one,), 1)))


def groups(root: ElementTree.Element, *kinds: str) -> Iterator[ElementTree.Element]:
    """The groups of a picture that have all these words."""
    for group in root.iter(f"{SVG}g"):
        if set(kinds) <= set(group.get("class", "").split()):
            yield group


def height_of(group: ElementTree.Element) -> float:
    """How far down a box or a circle stands."""
    for shape in group:
        if shape.tag in (f"{SVG}rect", f"{SVG}circle"):
            return float(shape.get("y", shape.get("cy", "")))
    raise AssertionError("nothing is drawn")


def from_below(root: ElementTree.Element) -> list[str]:
    """Norms, sub-layers and additions from bottom to top, and where they stand."""
    kinds = ("norm", "sub-layer", "addition", "scale", "sum", "unknown")
    found: list[tuple[float, str]] = []
    for group in root.iter(f"{SVG}g"):
        first, *_, last = [*group.get("class", "").split(), ""][:-1] * 2
        if first in kinds:
            text = f"{first} {last.removeprefix('on-')}"
            found.append((-height_of(group), text))
    return [text for _, text in sorted(found)]


PRE = ["norm branch", "sub-layer branch", "addition stream"]
POST = ["sub-layer branch", "addition stream", "norm stream"]
OUTPUT = ["sub-layer branch", "norm branch", "addition stream"]
PERI = ["norm branch", "sub-layer branch", "norm branch", "addition stream"]
PREPOST = [*PRE, "norm stream"]
NORMED = ["norm stream", "sub-layer branch", "addition stream"]


@pytest.mark.parametrize(
    ("file", "name", "site"),
    [
        ("nanogpt.py", "Block", PRE),
        ("bert_split.py", "BertAttention", ["sub-layer branch", *POST]),
        ("early_return.py", "MaskedReturn", POST),
        ("olmo2_output.py", "Olmo2DecoderLayer", OUTPUT),
        ("gemma_peri.py", "GemmaDecoderLayer", PERI),
        ("prepost.py", "DoubleNormLayer", PREPOST),
        ("adaln_dit.py", "DiTBlock", [*PRE[:2], "scale branch", PRE[2]]),
        ("conditional_expression.py", "ShortForm", PRE),
    ],
)
def test_a_norm_stands_where_the_placement_has_it(
    file: str, name: str, site: list[str]
) -> None:
    block = block_in(file, name)

    order = from_below(only(block))

    assert order == site * len(block.variants[0].sites)


def test_each_variant_has_a_picture_of_its_own() -> None:
    block = block_in("conditional_expression.py", "ResidualSource")

    orders = [from_below(only(block, number)) for number in (0, 1)]

    assert orders == [PRE * 2, NORMED * 2]


def test_parallel_branches_stand_side_by_side_on_one_norm() -> None:
    block = block_in("parallel_blocks.py", "GPTJBlock")

    root = only(block)

    boxes = [group.find(f"{SVG}rect") for group in groups(root, "sub-layer")]
    assert [box.get("y") for box in boxes if box is not None] == [
        boxes[0].get("y") if boxes[0] is not None else ""
    ] * 2
    assert len(list(groups(root, "norm"))) == 1
    assert len(list(groups(root, "addition"))) == 1
    assert [t.text for t in root.iter(f"{SVG}text")].count("parallel") == 2


def test_two_streams_share_the_box_of_their_joint_attention() -> None:
    block = block_in("mmdit_two_streams.py", "MMDiT")

    root = only(block)

    names = [text.text for g in groups(root, "stream-name") for text in g]
    assert names == ["hidden_states", "encoder_hidden_states"]
    assert len(list(groups(root, "attention", "on-both-branches"))) == 1
    assert len(list(groups(root, "ffn"))) == 2
    assert len(list(groups(root, "addition", "on-stream"))) == 4


def test_cross_attention_reads_a_stream_beside_its_own_and_optional_is_dashed() -> None:
    block = block_in("encoder_decoder.py", "Post")

    root = only(block)

    (reading,) = groups(root, "reading")
    title = reading.find(f"{SVG}title")
    assert title is not None
    assert title.text == "reads encoder_hidden_states"
    (optional,) = groups(root, "join", "optional")
    dashed = [e for e in optional.iter() if e.get("stroke-dasharray")]
    assert len(dashed) > 4
    (plain, *_) = groups(root, "join")
    assert not [e for e in plain.iter() if e.get("stroke-dasharray")]


def test_what_is_not_followed_is_a_box_that_says_so() -> None:
    block = block_in("residual_wrappers.py", "Residual")

    root = only(block)

    assert from_below(root) == ["unknown stream"]
    assert "unknown" in [text.text for text in root.iter(f"{SVG}text")]


def test_a_loop_is_framed_and_the_norm_after_it_stands_above() -> None:
    block = block_in("inline_stack.py", "Transformer")

    root = only(block)

    (frame,) = groups(root, "loop")
    (last,) = groups(root, "norm", "on-stream")
    assert height_of(last) < height_of(frame)


def test_shapes_stand_where_they_change() -> None:
    block = block_in("multihead_users.py", "ClipBlock")

    root = only(block)

    shapes = [t.text for g in groups(root, "shape") for t in g]
    assert sorted(shapes, key=str) == [
        "[..., 4 * d_model]",
        "[..., d_model]",
        "[..., d_model]",
    ]


@pytest.mark.parametrize("path", PLACED, ids=lambda path: path.stem)
def test_no_text_overlaps_or_leaves_its_box(path: Path) -> None:
    blocks = drawn(path)

    wrong = [
        (block.name, variant.when, fault)
        for block in blocks
        for variant in block.variants
        for fault in faults(picture_of(block, variant))
    ]

    assert wrong == []


def test_findings_are_marked_at_their_sites() -> None:
    outcome = run("inspect", "--format", "svg", "model.py", folder=FIXTURES / "readme")

    root = ElementTree.fromstring(outcome.stdout)

    told = [
        "".join(text.itertext())
        for join in groups(root, "is-normed-residual")
        for text in join.iter(f"{SVG}text")
    ]
    assert "BL103 residual-after-norm" in " ".join(told)
    marked = [j.get("class") for j in groups(root, "join") if list(groups(j, "mark"))]
    assert marked == ["join is-normed-residual", "join is-post", "join is-post"]


def hostile(name: str) -> BlockFacts:
    """A block of whose every text a page might think the worst."""
    block = block_in("encoder_decoder.py", "Post")
    (variant,) = block.variants
    evil = VariantFacts(f"x < 1 and {name}", True, variant.sites, (), variant.streams)
    plain = VariantFacts(None, False, variant.sites, variant.sublayers, variant.streams)
    return BlockFacts(f"{name}.py", name, 1, "pre", False, (evil, plain))


NAMES = [
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>&amp;",
    "]]>--><!--",
    "\u6f22\u5b57" * 40,
    "\u202eevil\u2066\x00\x0b\ud800\ufffe",
    "W" * 300,
    "Ma\u00f1ana\u0301\U0001f9e0",
]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_any_name_is_text_and_fits(name: str) -> None:
    block = hostile(name)

    text = svg.render(Overview((block,), 1))

    root = ElementTree.fromstring(text)
    assert {e.tag.removeprefix(SVG) for e in root.iter()} <= {
        *("svg", "title", "desc", "style", "rect", "g"),
        *("polyline", "polygon", "circle", "text", "path"),
    }
    wide = float(root.get("width", "0"))
    for line in root.iter(f"{SVG}text"):
        size, content = float(line.get("font-size", "0")), line.text or ""
        assert line.get("x") is not None
        assert float(line.get("x", "0")) + width(content, size) * 0.5 < wide


def test_names_of_steps_are_text_as_well() -> None:
    block = block_in("nanogpt.py", "Block")
    text = svg.render(Overview((block,), 1))

    again = ElementTree.fromstring(text)

    described = again.find(f"{SVG}desc")
    assert described is not None
    assert "LayerNorm ln_1, attention attn: added to the stream" in (
        described.text or ""
    )


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, two: str, dark: bool) -> float:
    low, high = sorted(luminance(COLOURS[name][dark]) for name in (one, two))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("dark", [False, True])
def test_contrast_is_enough_in_light_and_dark(dark: bool) -> None:
    texts = [(ink, "paper") for ink in ("ink", "muted", "error", "warning", "note")]
    texts += [(ink, "hover") for ink in ("ink", "muted", "error", "warning", "note")]
    fills = ("norm", "attention", "cross", "ffn", "plain")
    texts += [("ink", fill) for fill in fills]
    lines = [(paint.stroke, "paper") for paint in PAINTS.values()]
    lines = [pair for pair in lines if pair[0] != "none"]

    weak = [pair for pair in texts if contrast(*pair, dark) < 4.5]
    faint = [pair for pair in lines if contrast(*pair, dark) < 3]

    assert weak == []
    assert faint == []


def test_texts_are_shortened_in_their_middle_and_wrapped_at_spaces() -> None:
    room = 80.0

    short = shorten("encoder_attn_layer_norm", room, 11)
    lines = wrap("none of the named forms and more", room, 11)

    assert re.fullmatch(r"enc\w*…\w*norm", short)
    assert len(lines) == 2
    assert all(width(line, 11) <= room for line in (short, *lines))


def test_readme_shows_a_real_picture(golden: Golden) -> None:
    folder = FIXTURES / "readme"

    outcome = run("inspect", "--format", "svg", "gpt.py", folder=folder)

    golden(folder / "gpt.svg", outcome.stdout)
    assert "](fixtures/readme/gpt.svg)" in (ROOT / "README.md").read_text()
