"""What a parent in another file does to weights and configs is no wiring."""

from pathlib import Path

import pytest
from reading import blocks_of

MACHINERY = """
from torch import nn

class Trained(nn.Module):
    def __init__(self, config):
        super().__init__()
        if config.kernels == "fused":
            self.norm_kernel = "fused"
        self.config = config
"""
MODEL = """
from machinery import Trained
from torch import nn

class Block(Trained):
    def __init__(self, config):
        CONSTRUCTED
        self.norm = nn.LayerNorm(config.width)
        self.mlp = nn.Linear(config.width, config.width)

    def forward(self, x):
        return x + self.mlp(self.norm(x))
"""


@pytest.mark.parametrize("call", ["super().__init__(", "Trained.__init__(self, "])
def test_the_constructor_of_machinery_asks_for_no_settings(
    call: str, tmp_path: Path
) -> None:
    (tmp_path / "machinery.py").write_text(MACHINERY)
    path = tmp_path / "model.py"
    path.write_text(MODEL.replace("CONSTRUCTED", f"{call}config)"))

    (block,) = blocks_of(path)

    assert block.placement == "pre"
    assert "config.kernels" not in block.default.graph.assumed


def test_a_parent_in_the_same_file_does(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    model = MODEL.replace("from machinery import Trained", "")
    model = model.replace("CONSTRUCTED", "Trained.__init__(self, config)")
    path.write_text(f"{MACHINERY}\n{model}")

    block = next(each for each in blocks_of(path) if each.name == "Block")

    assert "config.kernels" in block.default.graph.assumed
