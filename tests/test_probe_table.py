"""What each mistake that no shape shows looks like to the probes, row by row.

Columns: does a nudge move other samples, earlier tokens, later tokens; are tokens alike
(reordering the input reorders the output); does any token see another; does a norm.
"""

import pytest
import torch
from expectations import FIXTURES
from tracing import namespace_of

from blocklint.frontends.traced import worker

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
        # Its positions, by which the rule knows it, break the equivariance.
        "BatchFirstForgotten": "yes no no no no no",
        "UnpackedByName": "yes no no yes no no",
    },
    "batch_leak/clean.py": {
        "EncoderBlock": "no yes yes yes yes no",
        "BatchFirstGiven": "no yes yes yes yes no",
        "BatchFirstUnknown": "yes no no yes no no",
        "ConvolutionalBlock": "no no no yes no no",
    },
    # A scale that is missing is not visible: its rule finds it in the graph.
    "unscaled_attention/flagged.py": {"SelfAttention": "no yes yes yes yes no"},
    "norm_mixes_tokens/flagged.py": {"NormOverTokens": "no yes yes yes yes yes"},
    "norm_mixes_tokens/clean.py": {
        "NormOverWidth": "no yes yes yes yes no",
        "CausalBlock": "no no yes no yes no",
    },
}


@pytest.mark.parametrize("path", TABLE)
def test_row(path: str) -> None:
    names = namespace_of(FIXTURES / "rules" / path)

    found = {name: probed(name, names) for name in TABLE[path]}

    assert found == TABLE[path]


def probed(name: str, names: dict[str, object]) -> str:
    """The answers of the probes to one class, in the order of the columns."""
    cls = names[name]
    assert isinstance(cls, type)
    with torch.no_grad():
        found, problem = worker.probed(cls, names, {"class": name})
    assert problem is None
    return " ".join("yes" if found[column] else "no" for column in COLUMNS)
