"""Who reads what a class stores: its kin, its file, and the files that import it."""

import ast
from pathlib import Path

import pytest

from blocklint.engine import Options, Request, check
from blocklint.uses import uses_of

BLOCK = """
from torch import nn

class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, 4)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x):
        y = self.norm1(x)
        return x + self.attn(y, y, y)[0]
"""
CHILD = """
from {module} import Block

class Child(Block):
    def forward(self, x):
        return super().forward(x) + self.proj(self.norm2(x))
"""
MODEL = """
from {module} import Block as Layer

def read_out(layer: Layer, x):
    return layer.proj(layer.norm2(x))
"""
STRANGER = """
from torch import nn

class Other(nn.Module):
    def forward(self, x):
        return self.proj(self.norm2(x))
"""


def found_in(path: Path) -> list[str]:
    options = Options(select=("unused-norm", "unused-submodule"), isolated=True)
    return [finding.rule for finding in check(Request((str(path),), options)).findings]


def write(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)


@pytest.mark.parametrize("reader", [CHILD, MODEL], ids=["child", "model"])
def test_a_file_that_imports_a_class_reads_its_modules(
    tmp_path: Path, reader: str
) -> None:
    write(tmp_path / "pkg", __init__="", block=BLOCK)
    write(tmp_path / "pkg/sub", __init__="", reader=reader.format(module="pkg.block"))

    assert found_in(tmp_path / "pkg/block.py") == []


def test_a_script_above_the_folder_reads_too(tmp_path: Path) -> None:
    write(tmp_path / "models", block=BLOCK)
    write(tmp_path, train=CHILD.format(module="models.block"))

    assert found_in(tmp_path / "models/block.py") == []


def test_a_file_that_does_not_import_it_reads_nothing(tmp_path: Path) -> None:
    write(tmp_path / "pkg", __init__="", block=BLOCK, stranger=STRANGER)

    assert found_in(tmp_path / "pkg/block.py") == ["unused-norm", "unused-submodule"]


@pytest.mark.parametrize(
    ("code", "read"),
    [
        ("self.norm(x)", True),
        ("self.norm = None", False),
        ("self.norms.append(x)", False),
        ("del self.norm", True),
        ("other.norm", True),
        ("getattr(self, 'norm')", True),
        ("getattr(self, f'{kind}_norm')", False),
        ("getattr(self, f'no{kind}')", True),
        ("getattr(self, kind)", True),
        ("getattr(self, 'no' + kind)", True),
        ("getattr(self, '{}rm'.format(kind))", True),
        ("getattr(other, kind + '_norm')", False),
        ("list(self.children())", True),
        ("self.apply(init)", False),
        ("hasattr(self, 'norms')", False),
        ("compute(self, x)", True),
        ("x is self", False),
        ("'a norm of x'", False),
    ],
)
def test_reads(code: str, read: bool) -> None:
    method = f"class A:\n    def forward(self, x, kind):\n        {code}\n"

    uses = uses_of(ast.parse(method))

    found = uses.opaque or "norm" in uses.own or uses.may_name("norm")
    assert found is read
