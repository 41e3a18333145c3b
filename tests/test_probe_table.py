"""What each mistake that no shape shows looks like to the probes, row by row.

Columns: does a nudge move other samples, earlier tokens, later tokens; are tokens alike
(reordering the input reorders the output); does any token see another; does a norm.
"""

import json

import pytest
from command import run
from expectations import FIXTURES

COLUMNS = (
    "batch-leak",
    "sees-future",
    "sees-past",
    "permutation-equivariant",
    "mixes-tokens",
    "norm-mixes-tokens",
)
TABLE = {
    "sees_future/clean.py": {
        "CausalBlock": "no no yes no yes no",
        "EncoderBlock": "no yes yes yes yes no",
    },
    "sees_future/flagged.py": {
        "CausalHeadsSplit": "no yes yes no yes no",
        "CausalHeadsMerged": "no yes yes no yes no",
        "CausalWithoutMask": "no yes yes yes yes no",
        "CausalMaskInverted": "no yes no no yes no",
    },
    "batch_leak/flagged.py": {
        "SoftmaxOverBatch": "yes yes yes yes yes no",
        "BatchFirstForgotten": "yes no no yes no no",
    },
    "batch_leak/clean.py": {
        "EncoderBlock": "no yes yes yes yes no",
        "BatchFirstGiven": "no yes yes yes yes no",
        "ConvolutionalBlock": "no no no yes no no",
    },
    "norm_mixes_tokens/flagged.py": {"NormOverTokens": "no yes yes yes yes yes"},
    "norm_mixes_tokens/clean.py": {
        "NormOverWidth": "no yes yes yes yes no",
        "CausalBlock": "no no yes no yes no",
    },
}


@pytest.mark.parametrize("name", TABLE)
def test_row(name: str) -> None:
    outcome = run(
        "trace", "--probe", "--format", "json", name, folder=FIXTURES / "rules"
    )

    found = {
        target["class"]: " ".join(
            "yes" if target["probes"][column] else "no" for column in COLUMNS
        )
        for target in json.loads(outcome.stdout)["targets"]
    }
    assert found == TABLE[name]
