"""Writing down what blocks are: round trips, drift, and what a file must not lose."""

import json
import shutil
from pathlib import Path

import pytest
from command import Outcome, run
from expectations import FIXTURES
from test_expectations import CHOSEN, FILE, FREEZE, HEAD, PRE, UNSEEN, check, write

HELPERS = '''\
class Pre(nn.Module):
    def __init__(self, d, fn):
        super().__init__()
        self.norm, self.fn = nn.LayerNorm(d), fn

    def forward(self, x):
        return self.fn(self.norm(x))


class Around(nn.Module):
    """Its branches normalise in another class."""

    def __init__(self, d):
        super().__init__()
        self.branch = Pre(d, nn.Sequential(nn.Linear(d, d), nn.GELU(), nn.Linear(d, d)))

    def forward(self, x):
        return self.branch(x) + x
'''
BARE = """\
class Bare(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.attn, self.norm = elsewhere.Attention(d), nn.LayerNorm(d)

    def forward(self, x):
        return x + self.attn(x)
"""
CODE = f"{PRE}\n\n{CHOSEN}\n\n{HELPERS}"


def freeze(folder: Path, *paths: str) -> Outcome:
    return run(*FREEZE, *paths, folder=folder)


def entries(folder: Path) -> list[dict[str, object]]:
    document = json.loads((folder / "known.json").read_text())
    found: list[dict[str, object]] = document["blocks"]
    return found


def drift(folder: Path) -> list[str]:
    """What a check finds that holds the code to the file: place and message."""
    outcome = check(folder, *FILE)
    assert outcome.exit_code == bool(outcome.stdout), outcome.stderr
    return [
        line.replace(" BL506 expectation-failed:", "")
        for line in outcome.stdout.splitlines()
    ]


def test_a_file_has_a_line_for_each_wiring(tmp_path: Path) -> None:
    write(tmp_path, f"{CODE}\n\n{UNSEEN}\n\n{BARE}")

    outcomes = [freeze(tmp_path), freeze(tmp_path)]

    assert [outcome.stdout for outcome in outcomes] == ["", ""]
    left_out = "1 wiring could not be followed and is left out.\n"
    assert outcomes[0].stderr == (
        f"{left_out}Wrote known.json: 4 wirings of 3 blocks.\n"
    )
    assert outcomes[1].stderr == (
        f"{left_out}known.json is up to date: 4 wirings of 3 blocks.\n"
    )
    assert (tmp_path / "known.json").read_text() == (
        '{\n  "schema": "blocklint.expectations/1",\n  "blocks": [\n'
        '    {"target": "model.py:Around", "sites": ["ffn: pre"], '
        '"shape": "(..., d) -> (..., d)"},\n'
        '    {"target": "model.py:Block", "sites": ["attention: pre", "ffn: pre"], '
        '"shape": "(B, T, d_model) -> (B, T, d_model)"},\n'
        '    {"target": "model.py:Chosen", "sites": ["ffn: post"], '
        '"shape": "(..., d_model) -> (..., d_model)"},\n'
        '    {"target": "model.py:Chosen", "when": "norm_first", '
        '"sites": ["ffn: pre"], "shape": "(..., d_model) -> (..., d_model)"}\n'
        "  ]\n}\n"
    )


# Configs, and a class whose comment asks for what it is not.
SKIPPED = shutil.ignore_patterns("*.toml", "expectation_failed")


@pytest.mark.parametrize("name", ["facts", "rules", "shapes", "notebooks", "zoo"])
def test_what_was_just_written_is_what_there_is(name: str, tmp_path: Path) -> None:
    source = FIXTURES / name
    shutil.copytree(source, tmp_path / name, ignore=SKIPPED)
    write(tmp_path, "")

    freeze(tmp_path)
    before = (tmp_path / "known.json").read_bytes()
    lines = drift(tmp_path)
    freeze(tmp_path)

    assert lines == []
    assert (tmp_path / "known.json").read_bytes() == before


MOVED = "            return x + self.fc2(self.act(self.fc1(self.norm(x))))\n"
SWAPPED = PRE.replace("        h = self.norm1(x)\n", "").replace(
    "        x = x + self.attn(h, h, h)[0]\n        return x + self.drop("
    "self.fc2(self.act(self.fc1(self.norm2(x)))))\n",
    "        x = x + self.drop(self.fc2(self.act(self.fc1(self.norm2(x)))))\n"
    "        h = self.norm1(x)\n        return x + self.attn(h, h, h)[0]\n",
)
CHANGES = {
    "a norm moves onto the stream": (
        ("x = x + self.attn(h, h, h)[0]", "x = self.norm1(x + self.attn(x, x, x)[0])"),
        [
            "post: N(x + F(x)) at attention, expected is pre: x + F(N(x)); "
            "the stream passes through norm1"
        ],
    ),
    "a norm goes": (
        ("self.fc1(self.norm2(x))", "self.fc1(x)"),
        ["none: x + F(x) at ffn, expected is pre: x + F(N(x))"],
    ),
    "a norm comes": (
        ("return x + self.drop(", "return x + self.norm1("),
        ["peri: x + N2(F(N1(x))) at ffn, expected is pre: x + F(N(x))"],
    ),
    "a residual goes": (
        ("x = x + self.attn(", "x = self.attn("),
        ["the sites are ffn: pre, expected are attention: pre, ffn: pre"],
    ),
    "all residuals go": (
        (PRE, PRE.replace("x = x + ", "x = ").replace("return x + ", "return ")),
        ["the sites are none, expected are attention: pre, ffn: pre"],
    ),
    "two sites change places": (
        (PRE, SWAPPED),
        [
            "the sites are ffn: pre, attention: pre, "
            "expected are attention: pre, ffn: pre"
        ],
    ),
    "two sites become parallel": (
        ("        x = x + self.attn(h, h, h)[0]\n        return x + ", (
            "        return x + self.attn(h, h, h)[0] + "
        )),
        [
            "the modifiers of attention are parallel, expected are none",
            "the modifiers of ffn are parallel, expected are none",
        ],
    ),
    "a branch is scaled": (
        ("return x + self.drop(", "return x + 0.5 * self.drop("),
        ["the modifiers of ffn are scaled, expected are none"],
    ),
    "the width changes": (
        ("        return x + self.drop(", "        return torch.cat([x, x], -1) + ("),
        [
            "the shape is (B, T, d_model) -> (B, T, 2 * d_model), "
            "expected is (B, T, d_model) -> (B, T, d_model)"
        ],
    ),
    "another class normalises": (
        ("return self.fn(self.norm(x))", "return self.norm(self.fn(x))"),
        ["output: x + N(F(x)) at ffn, expected is pre: x + F(N(x))"],
    ),
    "the default changes": (
        ("norm_first=False", "norm_first=True"),
        ["pre: x + F(N(x)) at ffn, expected is post: N(x + F(x))"],
    ),
    "a wiring changes that is not the default one": (
        (MOVED, MOVED.replace("self.norm(x)", "x")),
        ["none: x + F(x) at ffn, expected is pre: x + F(N(x)) when norm_first"],
    ),
    "a wiring goes": (
        (f"        if self.norm_first:\n{MOVED}", ""),
        ["there is no wiring any more with ffn: pre when norm_first"],
    ),
    "a wiring comes": (
        ("        return self.branch(x) + x", (
            "        if self.alone:\n            return x + self.branch.fn(x)\n"
            "        return self.branch(x) + x"
        )),
        ["there is a wiring more: ffn: none when alone"],
    ),
    "a class gets another name": (
        ("class Block(", "class Layer("),
        [
            "model.py has no module class `Block`; "
            "nothing is expected of `Layer` yet"
        ],
    ),
    "a class goes": ((PRE, ""), ["model.py has no module class `Block`"]),
}  # fmt: skip
ALONE = ("    def __init__(self, d):\n", "    def __init__(self, d, alone=False):\n")


def changed(old: str, new: str) -> str:
    """The code with a change; imports and settings that it needs are there anyway."""
    assert CODE.count(old) == 1
    before, _, after = CODE.replace(old, new).rpartition("self.branch = ")
    before = before.replace(*ALONE) + "self.alone = alone\n        "
    return f"import torch\n{before}self.branch = {after}"


def test_the_settings_that_a_change_needs_are_no_drift(tmp_path: Path) -> None:
    write(tmp_path, CODE)
    freeze(tmp_path)
    write(tmp_path, changed("nn.GELU(), nn.LayerNorm(d_model), norm_first", (
        "nn.GELU(), nn.LayerNorm(d_model), norm_first  # as ever"
    )))  # fmt: skip

    lines = drift(tmp_path)

    assert lines == []


@pytest.mark.parametrize(("change", "messages"), CHANGES.values(), ids=CHANGES)
def test_drift_is_found(
    tmp_path: Path, change: tuple[str, str], messages: list[str]
) -> None:
    write(tmp_path, CODE)
    freeze(tmp_path)
    write(tmp_path, changed(*change))

    lines = drift(tmp_path)

    assert [line.partition(": ")[2] for line in lines] == messages


RENAMED = {
    "modules": {
        "norm1": "ln_1",
        "attn": "self_attention",
        "fc1": "up",
        "branch": "inner",
    },
    "variables": {"h = ": "hidden = ", "(h, h, h)": "(hidden, hidden, hidden)"},
    "sizes": {"B, T, C": "batch, length, width"},
    "settings": {"d_model": "width", "norm_first": "pre_norm"},
    "a helper class": {"Pre(": "Normed("},
    "formatting": {
        "x = x + self.attn(h, h, h)[0]": "a = self.attn(h, h, h)\n        x = a[0] + x"
    },
    "an inner width": {"4 * d_model": "8 * d_model"},
}


@pytest.mark.parametrize("names", RENAMED.values(), ids=RENAMED)
def test_other_names_are_no_drift(tmp_path: Path, names: dict[str, str]) -> None:
    write(tmp_path, CODE)
    freeze(tmp_path)
    code = CODE
    for old, new in names.items():
        assert old in code
        code = code.replace(old, new)
    write(tmp_path, code)

    lines = drift(tmp_path)

    assert lines == []


def test_a_run_shows_what_was_written_down(tmp_path: Path) -> None:
    write(tmp_path, CODE)
    freeze(tmp_path)

    lines = [
        check(tmp_path, *FILE, "--trace").stdout,
        run("trace", *FILE, "model.py", folder=tmp_path).stdout,
    ]

    assert [line for line in lines if "expected" in line] == []


TUPLE = """\
class Pair(nn.Module):
    def __init__(self, d_model, inner_layer=None):
        super().__init__()
        self.inner, self.fc = inner_layer or nn.Identity(), nn.Linear(d_model, d_model)
        self.norm = nn.LayerNorm(d_model)

    def forward(self, x):
        x = x + self.fc(self.inner(self.norm(x)))
        return x, None
"""


def test_a_run_may_return_more_and_be_given_modules(tmp_path: Path) -> None:
    config = '[[tool.blocklint.trace]]\ntarget = "model.py:Pair"\n'
    init = 'init = "Pair(32, nn.Conv1d(8, 8, 1))"\n'
    inputs = 'inputs = { x = "float32[batch, 8, 32]" }\n'
    write(tmp_path, TUPLE, f"{config}{init}{inputs}")
    freeze(tmp_path)

    outcome = check(tmp_path, *FILE, "--trace")

    assert outcome.stderr == "All checks passed in 1 file.\n"


def test_what_was_not_inspected_stays(tmp_path: Path) -> None:
    write(tmp_path, PRE)
    write(tmp_path, CHOSEN, name="other.py")
    write(tmp_path, HELPERS, name="gone.py")
    freeze(tmp_path)
    (tmp_path / "gone.py").unlink()
    write(tmp_path, CHOSEN.replace("norm(x + self", "norm(self"), name="other.py")

    outcome = freeze(tmp_path, "model.py")

    assert outcome.stderr == "Wrote known.json: 3 wirings of 2 blocks.\n"
    assert {entry["target"] for entry in entries(tmp_path)} == {
        "model.py:Block",
        "other.py:Chosen",
    }


def test_what_cannot_be_followed_any_more_stays(tmp_path: Path) -> None:
    write(tmp_path, BARE.replace("self.attn(x)", "self.attn(self.norm(x))"))
    freeze(tmp_path)
    before = entries(tmp_path)

    outcomes = []
    for text in (HEAD + BARE, "class Bare("):
        (tmp_path / "model.py").write_text(text)
        outcomes.append(freeze(tmp_path).stderr.splitlines()[0])

    assert outcomes == [
        "1 wiring could not be followed; what was said of it stays.",
        "model.py:1:11: not inspected: '(' was never closed",
    ]
    assert len(before) == 1
    assert entries(tmp_path) == before


def test_the_config_names_the_file_and_is_not_touched(tmp_path: Path) -> None:
    config = 'expectations = "ci/known.json"  # mine\n\n  placement="pre"\n'
    write(tmp_path, "", config)
    (tmp_path / "src").mkdir()
    write(tmp_path, PRE, config, name="src/model.py")
    (tmp_path / "ci").mkdir()
    before = (tmp_path / "pyproject.toml").read_text()

    outcome = run("inspect", "--write-expectations", folder=tmp_path)
    source = (tmp_path / "src" / "model.py").read_text()
    (tmp_path / "src" / "model.py").write_text(source.replace("x = x + ", "x = "))
    checked = check(tmp_path)

    assert outcome.exit_code == 0
    assert (
        '"target": "../src/model.py:Block"' in (tmp_path / "ci/known.json").read_text()
    )
    assert checked.stdout.startswith("src/model.py:4:7: BL506")
    assert (tmp_path / "pyproject.toml").read_text() == before


def test_a_file_must_be_named(tmp_path: Path) -> None:
    write(tmp_path, PRE)

    outcome = run("inspect", "--write-expectations", folder=tmp_path)

    assert outcome.exit_code == 2
    assert outcome.stderr == (
        "Error: `--write-expectations` needs `--expectations FILE`, or the key "
        "`expectations` in [tool.blocklint]\n"
    )


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    write(tmp_path, PRE)

    outcome = check(tmp_path, *FILE)

    assert outcome.exit_code == 2
    assert outcome.stderr == (
        "Error: known.json: there are no such expectations; "
        "`inspect --write-expectations` makes it\n"
    )


EMPTY = '{"schema": "blocklint.expectations/1", "blocks": []}'
BLOCK = {"target": "model.py:Block", "sites": ["ffn: pre"]}
DAMAGED = {
    "no text": ("", "is no valid JSON (line 1: Expecting value)"),
    "no table": ("[]", "`the file` must be a table, not []"),
    "another schema": (
        EMPTY.replace("/1", "/2"),
        '`schema` must be "blocklint.expectations/1", not "blocklint.expectations/2"',
    ),
    "no blocks": (
        EMPTY.replace("[]", "{}"),
        "`blocks` must be a list, not a table",
    ),
    "another key": (
        EMPTY.replace("[]", json.dumps([{**BLOCK, "site": []}])),
        "`blocks[1].site` is not known; there are target, when, output, placement, "
        "roles, sites, shape; did you mean `sites`?",
    ),
    "twice": (
        EMPTY.replace("[]", json.dumps([BLOCK, BLOCK])),
        "`blocks[2]` says what is said before",
    ),
}


@pytest.mark.parametrize(("text", "message"), DAMAGED.values(), ids=DAMAGED)
@pytest.mark.parametrize("command", [["check", *FILE], FREEZE])
def test_a_damaged_file_is_told_and_kept(
    tmp_path: Path, command: list[str], text: str, message: str
) -> None:
    write(tmp_path, PRE)
    (tmp_path / "known.json").write_text(text)

    outcome = run(*command, folder=tmp_path)

    assert outcome.exit_code == 2
    assert outcome.stderr.startswith(f"Error: known.json: {message}")
    assert (tmp_path / "known.json").read_text() == text


def test_an_entry_is_found_on_its_line_however_the_file_is_laid_out(
    tmp_path: Path,
) -> None:
    write(tmp_path, PRE)
    document = json.loads(EMPTY)
    document["blocks"] = [
        {"target": f"model.py:{name}", "sites": []} for name in ("One", "Two")
    ]
    (tmp_path / "known.json").write_text(json.dumps(document, indent=2))

    lines = drift(tmp_path)

    assert [line.partition(": ")[0] for line in lines] == [
        "known.json:4:5",
        "known.json:8:5",
    ]


def test_the_standard_input_cannot_be_written_down(tmp_path: Path) -> None:
    outcome = run(*FREEZE, "-", folder=tmp_path, stdin=HEAD.encode())

    assert outcome.exit_code == 2
    assert "needs files, not the standard input" in outcome.stderr


def test_what_a_person_wrote_into_the_file_stays_as_it_is(tmp_path: Path) -> None:
    write(tmp_path, PRE)
    write(tmp_path, CHOSEN, name="other.py")
    own = [
        {"target": "other.py:Chosen", "when": "norm_first", "placement": "pre"},
        {"target": "other.py:Kept", "roles": ["ffn"], "output": "float32[b, d]"},
    ]
    (tmp_path / "known.json").write_text(EMPTY.replace("[]", json.dumps(own)))

    freeze(tmp_path, "model.py")

    assert entries(tmp_path)[1:] == own


def test_a_file_that_is_to_be_skipped_lacks_nothing(tmp_path: Path) -> None:
    write(tmp_path, PRE)
    freeze(tmp_path)
    write(tmp_path, "# blocklint: skip-file\n")

    lines = drift(tmp_path)

    assert lines == []
