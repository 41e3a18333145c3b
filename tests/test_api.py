"""What Python code gets: `blocklint.check`, `blocklint.trace`, `assert_placement`."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from expectations import FIXTURES
from torch import nn

import blocklint
from blocklint.testing import assert_placement


class Block(nn.Module):
    """Pre-norm attention, then an ffn that is normed where `after` says."""

    def __init__(self, dim: int = 16, after: bool = False) -> None:
        super().__init__()
        self.after = after
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, 4, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 32), nn.GELU(), nn.Linear(32, dim))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Take and give [batch, seq, dim]."""
        h = self.norm1(x)
        x = x + self.attn(h, h, h)[0]
        if self.after:
            return self.norm2(x + self.mlp(x))  # type: ignore[no-any-return]
        return x + self.mlp(self.norm2(x))  # type: ignore[no-any-return]


X = torch.zeros(2, 5, 16)


def test_a_live_module_is_traced() -> None:
    block = blocklint.trace(Block(), X)

    assert (block.name, block.placement) == ("Block", "pre")
    assert [site.role.value for site in block.sites] == ["attention", "ffn"]


def test_its_sites_have_their_lines() -> None:
    block = blocklint.trace(Block(), X)

    lines = Path(__file__).read_text().splitlines()
    places = [site.add.place for site in block.sites]
    shown = [lines[place.span.line - 1].strip() for place in places if place]
    assert shown[0] == "x = x + self.attn(h, h, h)[0]"
    assert shown[1].startswith("return x + self.mlp(self.norm2(x))")


def test_inputs_may_be_named() -> None:
    assert blocklint.trace(Block(after=True), x=X).placement == "mixed"


def test_the_mode_of_each_module_is_put_back() -> None:
    module = Block().train()
    module.norm1.eval()

    blocklint.trace(module, X)

    assert (module.training, module.norm1.training) == (True, False)


def test_what_forward_raises_comes_through() -> None:
    module = Block().train()

    with pytest.raises(RuntimeError, match="normalized_shape"):
        blocklint.trace(module, torch.zeros(2, 5, 15))

    assert module.training


def test_what_is_no_module_is_refused() -> None:
    with pytest.raises(TypeError, match=r"nn\.Module, not str"):
        blocklint.trace("Block")  # type: ignore[arg-type]


def test_a_class_without_a_file_is_traced() -> None:
    scope: dict[str, type[nn.Module]] = {"Block": Block}
    exec("class Typed(Block): pass", scope)

    assert blocklint.trace(scope["Typed"](), X).placement == "pre"


def test_a_placement_is_asserted() -> None:
    assert_placement(Block(), "pre", [X])
    assert_placement(Block(after=True), ["pre", "post"], {"x": X})


def test_another_placement_is_shown_with_its_formula() -> None:
    with pytest.raises(AssertionError) as raised:
        assert_placement(Block(after=True), "pre", [X])

    first, *sites = str(raised.value).splitlines()
    assert first == "Block should be pre, but the run shows"
    assert sites[0].startswith("  attention: pre, x + F(N(x)) (")
    assert sites[1].startswith("  ffn: post, N(x + F(x)) (")


def test_a_module_without_a_site_has_no_placement() -> None:
    with pytest.raises(AssertionError, match="no site at all"):
        assert_placement(nn.Linear(16, 16), "pre", [X])


def test_a_word_that_is_no_placement_is_refused() -> None:
    with pytest.raises(ValueError, match="`prenorm` is no placement; there are pre,"):
        assert_placement(Block(), "prenorm", [X])


def test_files_are_checked() -> None:
    found = blocklint.check(FIXTURES / "rules" / "self_addition" / "flagged.py")

    assert "self-addition" in {finding.rule for finding in found}


def test_a_path_that_is_not_there_is_refused() -> None:
    with pytest.raises(blocklint.BadRequest, match="no such file"):
        blocklint.check("not_there.py")


def test_importing_blocklint_imports_nothing_heavy() -> None:
    code = "import blocklint, sys; print({'torch', 'libcst'} & {*sys.modules})"

    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert ran.stdout.strip() == "set()"
