"""Contracts of blocks: in comments, in pyproject.toml, and in a file of their own."""

import json
from pathlib import Path

import pytest
from command import Outcome, run
from hypothesis import given, strategies as st

import blocklint
from blocklint.analysis.expectation import Axes, Expectation
from blocklint.analysis.expected_shapes import dim_of
from blocklint.engine.expect_keys import of_comment
from blocklint.engine.values import Wrong

HEAD = """\
from torch import nn


"""
PRE = """\
class Block(nn.Module):
    def __init__(self, d_model, n_heads=4):
        super().__init__()
        self.attn = nn.MultiheadAttention(d_model, n_heads, batch_first=True)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.fc1, self.fc2 = nn.Linear(d_model, 4 * d_model), nn.Linear(4 * d_model, d_model)
        self.act, self.drop = nn.GELU(), nn.Dropout(0.1)

    def forward(self, x):
        B, T, C = x.shape
        h = self.norm1(x)
        x = x + self.attn(h, h, h)[0]
        return x + self.drop(self.fc2(self.act(self.fc1(self.norm2(x)))))
"""  # noqa: E501
CHOSEN = """\
class Chosen(nn.Module):
    def __init__(self, d_model, norm_first=False):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(d_model, d_model), nn.Linear(d_model, d_model)
        self.act, self.norm, self.norm_first = nn.GELU(), nn.LayerNorm(d_model), norm_first

    def forward(self, x):
        if self.norm_first:
            return x + self.fc2(self.act(self.fc1(self.norm(x))))
        return self.norm(x + self.fc2(self.act(self.fc1(x))))
"""  # noqa: E501
UNSEEN = """\
class Unseen(nn.Module):  # blocklint: expect placement=pre
    def __init__(self, d_model):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(d_model, d_model), nn.GELU())
        self.norm = nn.LayerNorm(d_model)

    def forward(self, x):
        return getattr(self, "".join(["_st", "ep"]))(x)

    def _step(self, x):
        return x + self.mlp(self.norm(x))
"""
CHECK = ["check", "--select", "expectation-failed", "--output-format", "concise"]
FILE = ["--expectations", "known.json"]
FREEZE = ["inspect", *FILE, "--write-expectations"]
EXPECT = '[[tool.blocklint.expect]]\ntarget = "model.py:Block"\n'


def check(folder: Path, *options: str) -> Outcome:
    return run(*CHECK, *options, folder=folder)


def found(folder: Path, *options: str) -> list[str]:
    """The findings of a check: `place: message`."""
    outcome = check(folder, *options)
    lines = outcome.stdout.splitlines()
    assert outcome.exit_code == bool(lines), outcome.stderr
    return [line.replace(" BL506 expectation-failed:", "") for line in lines]


def write(folder: Path, text: str, config: str = "", name: str = "model.py") -> None:
    (folder / name).write_text(HEAD + text)
    (folder / "pyproject.toml").write_text(f"[tool.blocklint]\n{config}")


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("placement=pre", None),
        ("sites=attention:pre|ffn:pre", None),
        (
            "sites = attention: pre | ffn: pre drop-path",
            "the modifiers of ffn are none",
        ),
        ("roles=attention|ffn", None),
        ("shape=(B, T, d_model) -> (B, T, d_model)", None),
        ("placement=pre, shape=(b, t, w) -> (b, t, w)", None),
        ("shape=(..., d) -> (?, ?, d)", None),
        ("shape=(B, T, 64) -> (B, T, 64)", None),
        (
            "placement=post",
            "pre: x + F(N(x)) at attention and ffn, expected is post: N(x + F(x))",
        ),
        (
            "sites=attention:pre|ffn:peri",
            "pre: x + F(N(x)) at ffn, expected is peri: x + N2(F(N1(x)))",
        ),
        (
            "sites=ffn:pre|attention:pre",
            "the sites are attention: pre, ffn: pre, "
            "expected are ffn: pre, attention: pre",
        ),
        ("roles=attention", "the roles are attention, ffn, expected are attention"),
        (
            "shape=(B, T, d) -> (B, T, 4 * d)",
            "the shape is (B, T, d_model) -> (B, T, d_model), "
            "expected is (B, T, d) -> (B, T, 4 * d)",
        ),
        ("shape=(B, d) -> (B, d)", "the shape is (B, T, d_model)"),
        ("when=norm_first, placement=pre", "no wiring is chosen by `norm_first`"),
    ],
)
def test_a_comment_says_what_a_class_is(
    tmp_path: Path, said: str, message: str | None
) -> None:
    write(tmp_path, f"# blocklint: expect {said}\n{PRE}")

    lines = found(tmp_path)

    assert len(lines) == (message is not None)
    assert all(line.startswith(f"model.py:5:7: {message}") for line in lines)


@pytest.mark.parametrize(
    "text",
    [
        f"# blocklint: expect placement=post\n{PRE}",
        f"# blocklint: expect placement=post\n@final\n{PRE}",
        f"@final\n# blocklint: expect placement=post\n{PRE}",
        PRE.replace(":\n", ":  # blocklint: expect placement=post  # as ever\n", 1),
        PRE.replace("(nn", "(  # blocklint:expect placement = post\n    nn", 1),
    ],
)
def test_a_comment_stands_at_its_class(tmp_path: Path, text: str) -> None:
    write(tmp_path, text)

    lines = found(tmp_path)

    assert [line.partition(": ")[2] for line in lines] == [
        "pre: x + F(N(x)) at attention and ffn, expected is post: N(x + F(x))"
    ]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("expect", "says nothing; there are placement, sites, roles, shape, when"),
        ("expect when=norm_first", "says nothing; there are placement,"),
        ("expect pre", "must be `key=value`, as in `placement=pre`; not `pre`"),
        ("expect placment=pre", "`placment` is not known; there are placement,"),
        ("expect placement=pre, placement=post", "`placement` is said twice"),
        ("expect placement=prenorm", "`placement` must be one of pre, post,"),
        (
            "expect placement=attention:pre",
            '`placement` must be one name for all sites, not "attention:pre"; '
            "see `sites`",
        ),
        ("expect sites=attention", "`sites` must be a role and a placement such as"),
        ("expect roles=ffn, sites=ffn:pre", "`roles` says what `sites` says;"),
        ("expect shape=(B, T)", '`shape` must be a shape such as "(B, T, d_model)'),
        ("expects placement=pre", "`expects` is not known; say `expect`"),
    ],
)
def test_a_comment_that_says_nothing_is_a_finding(
    tmp_path: Path, said: str, message: str
) -> None:
    write(tmp_path, f"# blocklint: {said}\n{PRE}")

    (line,) = found(tmp_path)

    assert line.startswith(f"model.py:4:1: {message}")


@given(st.text() | st.from_regex(r"(placement|sites|shape)=[(a-z|:0-9*/+?, ->)]*"))
def test_any_text_is_read_or_told_what_is_wrong(text: str) -> None:
    try:
        said = of_comment(text)
    except Wrong as error:
        assert str(error)
    else:
        assert said != Expectation(when=said.when)


@pytest.mark.parametrize(
    "text", ["d", "4 * d / h", "n + 1", "-1 + 2 * n", "a - b", "d**2 / 3", "c.d * 2"]
)
def test_a_size_is_read_as_it_is_shown(text: str) -> None:
    size = dim_of(text, {})

    assert size is not None
    assert dim_of(str(size), {}) == size
    assert of_comment(f"shape=({size}) -> (?)").taken == Axes((str(size),))


def test_a_comment_at_no_block_is_a_finding(tmp_path: Path) -> None:
    comment = "# blocklint: expect placement=pre\n"
    write(tmp_path, f"{comment}x = 1\nclass A: ...  {comment}y = '{comment[:-1]}'\n")

    lines = found(tmp_path)

    assert lines == [
        "model.py:4:1: it stands at no class: on its line, or alone above it",
        "model.py:6:15: `A` is no module class at the top of its file, so "
        "nothing can be expected of it",
    ]


def test_the_default_wiring_is_meant_unless_a_condition_is_named(
    tmp_path: Path,
) -> None:
    said = [
        "# blocklint: expect placement=post",
        "# blocklint: expect when=norm_first, placement=pre",
        "# blocklint: expect when = norm_first, placement = peri",
        "# blocklint: expect when=pre_norm, placement=pre",
    ]
    write(tmp_path, "\n".join([*said, CHOSEN]))

    lines = found(tmp_path)

    assert [line.partition(": ")[2] for line in lines] == [
        "no wiring is chosen by `pre_norm`: there is `not norm_first` and `norm_first`",
        "pre: x + F(N(x)) at ffn, expected is peri: x + N2(F(N1(x))) when norm_first",
    ]


def test_a_finding_names_the_place_of_what_is_expected(tmp_path: Path) -> None:
    write(tmp_path, PRE, f'\n{EXPECT}placement = "post"\n')

    outcome = run("check", "--select", "BL506", "--format", "json", folder=tmp_path)

    (data,) = json.loads(outcome.stdout)
    places = [(r["path"], r["line"], r["message"]) for r in data["related"]]
    assert data["severity"] == "error"
    assert (data["path"], data["line"], data["class"]) == ("model.py", 4, "Block")
    assert places[-1] == ("pyproject.toml", 4, "expected here")
    assert {p[2] for p in places} >= {"the sub-layer", "the addition", "the norm"}


def test_each_entry_knows_its_line(tmp_path: Path) -> None:
    config = (
        f'\n{EXPECT}placement = "pre"\n\n[[tool.blocklint.trace]]\n'
        'target = "model.py:Block"\nexpect = { placement = "peri" }\n\n'
        f'{EXPECT}sites = ["ffn: pre"]\n'
    )
    write(tmp_path, PRE, config)

    outcome = run("check", "--select", "BL506", "--format", "json", folder=tmp_path)

    lines = {e["related"][-1]["line"] for e in json.loads(outcome.stdout)}
    assert lines == {8, 12}


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            PRE.replace("class Block", "class Blocks"),
            "model.py has no module class `Block`; did you mean `Blocks`?",
        ),
        (
            PRE.replace("class Block", "class Encoder"),
            "model.py has no module class `Block`; nothing is expected of "
            "`Encoder` yet",
        ),
        ("x = 1\n", "model.py has no module class `Block`"),
        ("class Block: ...\n", "model.py has no module class `Block`"),
    ],
)
def test_a_class_that_is_gone_is_missed_where_it_is_named(
    tmp_path: Path, code: str, message: str
) -> None:
    write(tmp_path, code, f'\n{EXPECT}placement = "pre"\n')

    lines = found(tmp_path)

    assert lines == [f"pyproject.toml:4:10: {message}"]


def test_a_module_that_joins_nothing_is_no_block_any_more(tmp_path: Path) -> None:
    code = PRE.replace("x = x + ", "x = ").replace("return x + ", "return ")
    write(tmp_path, code, f'\n{EXPECT}placement = "pre"\n')

    lines = found(tmp_path)

    assert lines == ["model.py:4:7: no site, expected is pre: x + F(N(x))"]


def test_a_file_that_is_gone_is_missed_below_the_folder_that_is_checked(
    tmp_path: Path,
) -> None:
    config = "".join(
        f'[[tool.blocklint.expect]]\ntarget = "{where}:Block"\nplacement = "pre"\n'
        for where in ("src/gone.py", "pkg.gone", "other/gone.py")
    )
    write(tmp_path, "x = 1\n", f'exclude = ["other"]\n{config}')
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "here.py").write_text("x = 1\n")

    lines = [found(tmp_path, *paths) for paths in ([], ["src"], ["model.py"])]

    gone = "and there is no such file"
    assert lines == [
        [
            f"pyproject.toml:4:10: `Block` is expected in src/gone.py, {gone}",
            f"pyproject.toml:7:10: `Block` is expected in pkg/gone.py, {gone}",
            f"pyproject.toml:10:10: `Block` is expected in other/gone.py, {gone}",
        ],
        [f"pyproject.toml:4:10: `Block` is expected in src/gone.py, {gone}"],
        [],
    ]


def test_one_shard_of_several_misses_a_file_that_is_gone(tmp_path: Path) -> None:
    write(tmp_path, "x = 1\n", f"{EXPECT.replace('model', 'gone')}placement = 'pre'\n")

    lines = [found(tmp_path, "--shard", f"{part}/3") for part in (1, 2, 3)]

    assert sorted(map(len, lines)) == [0, 0, 1]


def test_what_cannot_be_followed_is_counted_and_left_to_a_run(tmp_path: Path) -> None:
    write(tmp_path, UNSEEN)

    read, ran = check(tmp_path), check(tmp_path, "--trace")

    assert (read.exit_code, ran.exit_code) == (0, 0)
    assert read.stderr == (
        "1 expectation could not be checked by reading; `--trace` runs the blocks.\n"
        "All checks passed in 1 file.\n"
    )
    assert ran.stderr == "All checks passed in 1 file.\n"


def test_unseen_code_may_hold_the_sites_that_are_missing(tmp_path: Path) -> None:
    code = PRE.replace("self.attn(h, h, h)[0]", "0").replace("x + 0", "fused(x, h)")
    write(tmp_path, f"# blocklint: expect sites=attention:pre|ffn:pre\n{code}")

    outcome = check(tmp_path)

    assert outcome.stdout == ""
    assert outcome.stderr.startswith("1 expectation could not be checked")


@pytest.mark.parametrize(
    ("module", "outcome"),
    [
        ("model", ["heir.py:4:7: pre: x + F(N(x)) at attention and ffn, expected is"]),
        ("elsewhere", []),
    ],
)
def test_a_class_may_have_its_forward_from_elsewhere(
    tmp_path: Path, module: str, outcome: list[str]
) -> None:
    write(tmp_path, PRE)
    heir = f"from {module} import Block\n\n# blocklint: expect placement=post\n"
    (tmp_path / "heir.py").write_text(f"{heir}class Heir(Block): ...\n")

    read = check(tmp_path)

    lines = read.stdout.replace(" BL506 expectation-failed:", "").splitlines()
    assert [line.partition(" post:")[0] for line in lines] == outcome
    assert read.stderr.startswith("1 expectation could not") is not bool(outcome)


def test_a_run_shows_what_reading_does_not(tmp_path: Path) -> None:
    shape = "shape=(B, T, d) -> (B, T, 2 * d)"
    write(tmp_path, UNSEEN.replace("placement=pre", f"placement=post, {shape}"))

    lines = found(tmp_path, "--trace")

    assert [line.partition(": ")[2] for line in lines] == [
        "pre: x + F(N(x)) at ffn, expected is post: N(x + F(x)) [confirmed]",
        "the shape is (batch, seq, d_model) -> (batch, seq, d_model), "
        "expected is (B, T, d) -> (B, T, 2 * d) [confirmed]",
    ]


def test_a_run_confirms_what_was_read(tmp_path: Path) -> None:
    write(tmp_path, f"# blocklint: expect placement=post\n{PRE}")

    outcome = run(
        "check", "--select", "BL506", "--format", "json", "--trace", folder=tmp_path
    )

    assert [(e["message"], e["verdict"]) for e in json.loads(outcome.stdout)] == [
        (
            "pre: x + F(N(x)) at attention and ffn, expected is post: N(x + F(x))",
            "confirmed",
        )
    ]


def test_a_run_of_another_wiring_says_nothing_of_the_default_one(
    tmp_path: Path,
) -> None:
    said = "# blocklint: expect placement=post\n"
    target = 'target = "model.py:Chosen"\ninit = "Chosen(32, norm_first=True)"\n'
    config = f"\n[[tool.blocklint.trace]]\n{target}expect = {{ placement = 'pre' }}\n"
    write(tmp_path, f"{said}{CHOSEN}", config)

    lines = found(tmp_path, "--trace")

    assert lines == []


@pytest.mark.parametrize(
    "comment",
    ["# blocklint: ignore[expectation-failed] for now", "# noqa: BL506", "# noqa"],
)
def test_a_finding_can_be_suppressed(tmp_path: Path, comment: str) -> None:
    code = PRE.replace(":\n", f":  {comment}\n", 1)
    write(tmp_path, f"# blocklint: expect placement=post\n{code}")

    outcome = run("check", "--select", "BL506,BL902", folder=tmp_path)

    assert outcome.stderr == "All checks passed in 1 file.\n"


def test_a_baseline_knows_of_findings_wherever_they_stand(tmp_path: Path) -> None:
    config = f'{EXPECT}placement = "post"\n{EXPECT.replace(":Block", ":Gone")}'
    write(tmp_path, PRE, f'{config}placement = "pre"\n')
    known = ["--baseline", "base.json"]

    before = found(tmp_path)
    made = check(tmp_path, *known, "--update-baseline")

    assert len(before) == 2
    assert made.exit_code == 0
    assert found(tmp_path, *known) == []


def test_add_ignore_writes_no_comment_into_a_config(tmp_path: Path) -> None:
    write(tmp_path, PRE, f"\n{EXPECT.replace(':Block', ':Gone')}placement = 'pre'\n")
    before = (tmp_path / "pyproject.toml").read_text()

    outcome = run("check", "--select", "BL506", "--add-ignore", folder=tmp_path)

    assert outcome.exit_code == 1
    assert (tmp_path / "pyproject.toml").read_text() == before


def test_a_cache_knows_what_was_expected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BLOCKLINT_NO_CACHE")
    write(tmp_path, f"{UNSEEN}\n\n{PRE}", f'{EXPECT}placement = "pre"\n')

    outcomes = [check(tmp_path), check(tmp_path)]
    config = (tmp_path / "pyproject.toml").read_text()
    (tmp_path / "pyproject.toml").write_text(config.replace('"pre"', '"post"'))
    changed = check(tmp_path)
    (tmp_path / "pyproject.toml").write_text(config.replace(":Block", ":Gone"))
    gone = [check(tmp_path), check(tmp_path)]

    assert outcomes[0] == outcomes[1]
    assert outcomes[0].stderr.startswith("1 expectation could not be checked")
    assert changed.stdout.startswith("model.py:17:7: BL506")
    assert gone[0] == gone[1]
    assert gone[0].stdout.startswith("pyproject.toml:3:10: BL506")


def test_a_text_is_held_to_its_comments() -> None:
    text = f"{HEAD}# blocklint: expect placement=post\n{PRE}"

    (finding,) = blocklint.check_source(text, select=["BL506"])

    assert finding.message.startswith("pre: x + F(N(x)) at attention and ffn, expected")
    assert [each.label for each in finding.related][-1] == "expected here"


def test_a_comment_in_a_notebook_is_placed_by_its_cell(tmp_path: Path) -> None:
    cells = [HEAD.strip(), f"# blocklint: expect placement=post\n{PRE}".rstrip()]
    parts = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "source": text}
        for text in cells
    ]
    document = {"cells": parts, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "model.ipynb").write_text(json.dumps(document))

    outcome = run("check", "--select", "BL506", "--format", "json", folder=tmp_path)

    (data,) = json.loads(outcome.stdout)
    assert (data["cell"], data["line"]) == (2, 2)
    assert (data["related"][-1]["cell"], data["related"][-1]["line"]) == (2, 1)
