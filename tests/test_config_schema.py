"""The JSON schema of `[tool.blocklint]` accepts what the code accepts, and no more."""

import json
from importlib import import_module
from typing import Any

import pytest
from expectations import ROOT
from hypothesis import given, strategies as st

from blocklint.engine import BadRequest
from blocklint.engine.expect_keys import RUN_KEYS, TARGET_KEYS as EXPECT_KEYS
from blocklint.engine.keys import KEYS, parse
from blocklint.engine.trace_keys import SETTINGS, TARGET_KEYS

SCHEMA: dict[str, Any] = json.loads((ROOT / "blocklint/config.schema.json").read_text())
VALIDATOR: Any = import_module("jsonschema").Draft7Validator(SCHEMA)  # it has no types
BLOCK = "model.py:Block"

GOOD: dict[str, list[Any]] = {
    "select": [[], ["ALL", "BL1", "post-norm"]],
    "extend-select": [["BL1"]],
    "ignore": [["BL1"]],
    "exclude": [["a/**"]],
    "extend-exclude": [["a"]],
    "force-exclude": [True, False],
    "respect-gitignore": [True, False],
    "per-file-ignores": [{}, {"tests/**": ["BL1"]}],
    "severity": [{}, {"BL1": "note", "post-norm": "error"}],
    "placement": ["pre", "normed-residual", "other"],
    "allow": [[], ["peri", "none"]],
    "naming": ["field", "textbook"],
    "baseline": ["ci/baseline.json"],
    "expect": [
        [],
        [{"target": BLOCK, "placement": "pre", "roles": ["ffn"]}],
        [{"target": BLOCK, "when": "norm_first", "sites": []}],
        [
            {
                "target": "a.b:C",
                "sites": ["attention: pre", "ffn:output scaled optional"],
            }
        ],
        [{"target": BLOCK, "shape": "(B, T, d) -> (B, T, 4 * d)"}],
        [{"target": BLOCK, "shape": "(..., config.d / 2) -> (?, n**2 - 1,)"}],
        [{"target": BLOCK, "output": "float32[b, 4*d]"}],
    ],
    "expectations": ["ci/expectations.json"],
    "trace": [
        [],
        [{"python": "python3", "timeout": 1.5, "memory": "8 GB"}],
        [{"memory": "0.5GiB"}, {"target": BLOCK}],
        [{"target": BLOCK, "init": "Block(1)", "inputs": {"x": "int64[]"}}],
        [{"target": BLOCK, "inputs": {"x": "float32[batch, 4 * d,7]"}}],
        {"timeout": 3, "targets": [{"target": "a.b:C"}]},
        [
            {
                "target": BLOCK,
                "expect": {"output": "bool[n]", "placement": "pre", "roles": ["ffn"]},
            }
        ],
    ],
}
BAD: dict[str, list[Any]] = {
    "select": ["ALL", [1], {}],
    "extend-select": [True],
    "ignore": ["post-norm"],
    "exclude": ["a"],
    "extend-exclude": [3],
    "force-exclude": ["true", 1],
    "respect-gitignore": [0, []],
    "per-file-ignores": [["a"], {"a": "BL1"}],
    "severity": ["note", {"BL1": "warn"}],
    "placement": ["prenorm", "unknown", ["pre"]],
    "allow": ["pre", ["prenorm"]],
    "naming": ["", True],
    "baseline": ["", "  ", True, ["a"]],
    "expect": [
        {},
        [3],
        [{}],
        [{"target": "model.py", "placement": "pre"}],
        [{"target": BLOCK}],
        [{"target": BLOCK, "when": "norm_first"}],
        [{"target": BLOCK, "when": " ", "placement": "pre"}],
        [{"target": BLOCK, "placement": "prenorm"}],
        [{"target": BLOCK, "placement": "pre", "sites": ["ffn: pre"]}],
        [{"target": BLOCK, "roles": ["ffn"], "sites": ["ffn: pre"]}],
        [{"target": BLOCK, "output": "float32[b]", "shape": "(b) -> (b)"}],
        [{"target": BLOCK, "sites": "ffn: pre"}],
        [{"target": BLOCK, "sites": ["ffn"]}],
        [{"target": BLOCK, "sites": ["ffn: "]}],
        [{"target": BLOCK, "sites": ["mlp: pre"]}],
        [{"target": BLOCK, "sites": ["ffn: pre big"]}],
        [{"target": BLOCK, "shape": "(B, T, d)"}],
        [{"target": BLOCK, "shape": "() -> (d)"}],
        [{"target": BLOCK, "shape": "(B, ..., d) -> (d)"}],
        [{"target": BLOCK, "shape": "(4d) -> (d)"}],
        [{"target": BLOCK, "shape": "(d + ?) -> (d)"}],
    ],
    "expectations": ["", " ", 3, ["a.json"]],
    "trace": [
        "model.py",
        [3],
        [{"target": "model.py"}],
        [{"target": BLOCK, "timeout": 3}],
        [{"timeout": 0}],
        [{"timeout": True}],
        [{"memory": "0 GB"}],
        [{"memory": "8"}],
        [{"python": " "}],
        [{"init": "Block()"}],
        [{"target": BLOCK, "inputs": {"x": "float32"}}],
        [{"target": BLOCK, "inputs": {"x": "float33[n]"}}],
        [{"target": BLOCK, "inputs": {"x": "float32[n,]"}}],
        [{"target": BLOCK, "inputs": {"x": "float32[0]"}}],
        [{"target": BLOCK, "expect": {"roles": "ffn"}}],
        [{"target": BLOCK, "expect": {"role": []}}],
        {"targets": [{}]},
        {"target": BLOCK},
    ],
}
WORDS = st.sampled_from(["", " ", "pre", "note", "field", "ALL", "timeout", "targets"])
VALUES = st.recursive(
    WORDS | st.text() | st.booleans() | st.integers() | st.floats(-9, 9),
    lambda inner: st.lists(inner) | st.dictionaries(WORDS | st.text(), inner),
    max_leaves=5,
)


def accepts(table: object) -> bool:
    try:
        parse(table, "pyproject.toml")
    except BadRequest:
        return False
    return True


def both(table: object) -> tuple[bool, bool]:
    """Whether the code and the schema accept a table."""
    return accepts(table), VALIDATOR.is_valid(table)


def test_the_schema_is_one() -> None:
    VALIDATOR.check_schema(SCHEMA)


def test_the_schema_has_the_keys_of_the_code() -> None:
    parts = SCHEMA["definitions"]

    assert set(SCHEMA["properties"]) == set(KEYS) == set(GOOD) == set(BAD)
    assert set(parts["settings"]["properties"]) == set(SETTINGS)
    assert set(parts["table"]["properties"]) == {*SETTINGS, "targets"}
    assert set(parts["target"]["properties"]) == set(TARGET_KEYS)
    assert set(parts["expect"]["properties"]) == set(RUN_KEYS)
    assert set(parts["expectation"]["properties"]) == set(EXPECT_KEYS)


@pytest.mark.parametrize("key", KEYS)
def test_what_a_key_may_hold(key: str) -> None:
    for value in GOOD[key]:
        assert both({key: value}) == (True, True), value


@pytest.mark.parametrize("key", KEYS)
def test_what_a_key_may_not_hold(key: str) -> None:
    for value in BAD[key]:
        assert both({key: value}) == (False, False), value


@pytest.mark.parametrize("key", KEYS)
def test_what_is_wrong_is_said_of_its_file_and_key(key: str) -> None:
    for value in BAD[key]:
        with pytest.raises(BadRequest) as caught:
            parse({key: value}, "pyproject.toml")

        assert str(caught.value).startswith(f"pyproject.toml: `{key}")


@pytest.mark.parametrize("key", KEYS)
def test_a_key_that_is_misspelt_is_told_from_the_nearest(key: str) -> None:
    with pytest.raises(BadRequest) as caught:
        parse({f"{key}s": 1}, "pyproject.toml")

    assert str(caught.value).endswith(f"; did you mean `{key}`?")


def test_a_key_that_there_is_not() -> None:
    assert both({"selekt": []}) == (False, False)
    assert both(3) == (False, False)


@given(st.sampled_from(sorted(KEYS)), VALUES)
def test_any_value_is_accepted_by_both_or_by_none(key: str, value: object) -> None:
    code, schema = both({key: value})

    assert code is schema
