"""The worker makes an instance and inputs of a class that nobody configured."""

from __future__ import annotations

import copy
import importlib.util
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode

from blocklint.frontends.traced import worker

HEADER = """
import copy
from dataclasses import dataclass
from types import SimpleNamespace
import torch
from torch import nn
from torch.nn import functional as F
"""

ATTENTION = """
class Attention(nn.Module):
    def __init__(self, dim, heads=4):
        super().__init__()
        assert dim % heads == 0
        self.heads = heads
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x, context=None, mask=None):
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        return self.proj((q @ k.mT).softmax(-1).matmul(v).transpose(1, 2).flatten(2))
"""


@dataclass(frozen=True)
class Case:
    """A class in the source of a module, and how it must be found."""

    name: str
    source: str
    how: str
    shapes: tuple[object, ...]
    wanted: str = "Block"


CASES = (
    Case(
        "names alone",
        """
        class Block(nn.Module):
            def __init__(self, d_model, n_heads, d_ff, dropout, activation):
                super().__init__()
                self.attn = Attention(d_model, n_heads)
                self.norm = nn.LayerNorm(d_model)
                self.up, self.down = nn.Linear(d_model, d_ff), nn.Linear(d_ff, d_model)
                self.act = getattr(F, activation)

            def forward(self, x):
                x = x + self.attn(self.norm(x))
                return x + self.down(self.act(self.up(x)))
        """,
        "Block(96, 4, 160, 0.0, 'gelu')",
        ((5, 13, 96),),
    ),
    Case(
        "heads by default divide the width",
        """
        class Block(nn.Module):
            def __init__(self, dim, num_heads=10):
                super().__init__()
                self.attn = Attention(dim, num_heads)

            def forward(self, x):
                return x + self.attn(x)
        """,
        "Block(480)",
        ((5, 13, 480),),
    ),
    Case(
        "a config of the same file",
        """
        @dataclass
        class GPTConfig:
            n_embd: int = 48
            n_head: int = 6

        @dataclass
        class TrainConfig:
            lr: float = 1e-3

        class Block(nn.Module):
            def __init__(self, config):
                super().__init__()
                self.attn = Attention(config.n_embd, config.n_head)

            def forward(self, x):
                return x + self.attn(x)
        """,
        "Block(GPTConfig())",
        ((5, 13, 48),),
    ),
    Case(
        "a config inside of another",
        """
        class Config:
            def __init__(self):
                class TextConfig:
                    pass

                self.text_config = TextConfig()
                self.text_config.hidden_size = 72

        class Block(nn.Module):
            def __init__(self, config):
                super().__init__()
                self.attn = Attention(config.hidden_size, 4)

            def forward(self, x):
                return x + self.attn(x)
        """,
        "Block(Config().text_config)",
        ((5, 13, 72),),
    ),
    Case(
        "a config that is nowhere",
        """
        class Block(nn.Module):
            def __init__(self, cfg, layer_idx):
                super().__init__()
                self.attn = Attention(cfg.hidden_size, cfg.num_attention_heads)
                self.drop = nn.Dropout(getattr(cfg, "hidden_dropout", 0.5))
                self.first = layer_idx == 0

            def forward(self, hidden_states):
                return hidden_states + self.drop(self.attn(hidden_states))
        """,
        "Block(SimpleNamespace(hidden_size=96, num_attention_heads=4), 0)",
        ((5, 13, 96),),
    ),
    Case(
        "child modules of the same file",
        """
        class FeedForward(nn.Module):
            def __init__(self, dim, hidden_dim):
                super().__init__()
                self.up = nn.Linear(dim, hidden_dim)
                self.down = nn.Linear(hidden_dim, dim)

            def forward(self, x):
                return self.down(self.up(x))

        class Block(nn.Module):
            def __init__(self, size, self_attn, feed_forward):
                super().__init__()
                self.self_attn, self.feed_forward = self_attn, feed_forward
                norm = nn.LayerNorm(size)
                self.norms = nn.ModuleList([copy.deepcopy(norm) for _ in range(2)])

            def forward(self, x, mask):
                x = x + self.self_attn(self.norms[0](x), mask=mask)
                return x + self.feed_forward(self.norms[1](x))
        """,
        "Block(96, Attention(...), FeedForward(...))",
        ((5, 13, 96), None),
    ),
    Case(
        "a wrapper of anything",
        """
        class Block(nn.Module):
            def __init__(self, dim, fn):
                super().__init__()
                self.norm, self.fn = nn.LayerNorm(dim), fn

            def forward(self, x):
                return x + self.fn(self.norm(x))
        """,
        "Block(96, nn.Linear(96, 96))",
        ((5, 13, 96),),
    ),
    Case(
        "factories and drop path",
        """
        class Block(nn.Module):
            def __init__(self, dim, norm_layer, act_layer, drop_path, qkv_bias, eps):
                super().__init__()
                self.norm, self.act = norm_layer(dim, eps=eps), act_layer()
                self.fc = nn.Linear(dim, dim, bias=qkv_bias)
                self.drop = nn.Dropout(drop_path) if drop_path > 0.0 else nn.Identity()

            def forward(self, x):
                return x + self.drop(self.act(self.fc(self.norm(x))))
        """,
        "Block(96, nn.LayerNorm, nn.GELU, 0.0, True, 1e-05)",
        ((5, 13, 96),),
    ),
    Case(
        "groups of 32 on images",
        """
        class Block(nn.Module):
            def __init__(self, channels):
                super().__init__()
                self.norm = nn.GroupNorm(32, channels)
                self.conv = nn.Conv2d(channels, channels, 3, padding=1)

            def forward(self, x):
                return x + self.conv(self.norm(x))
        """,
        "Block(96)",
        ((5, 96, 16, 16),),
    ),
    Case(
        "windows of a grid that is flattened",
        """
        class Block(nn.Module):
            def __init__(self, dim, input_resolution, num_heads, window_size=7):
                super().__init__()
                self.input_resolution, self.window = input_resolution, window_size
                self.attn = Attention(dim, num_heads)

            def forward(self, x):
                H, W = self.input_resolution
                B, L, C = x.shape
                assert L == H * W, "input feature has wrong size"
                w = self.window
                y = x.view(B, H // w, w, W // w, w, C).transpose(2, 3)
                y = self.attn(y.reshape(-1, w * w, C)).view(B, H // w, W // w, w, w, C)
                return x + y.transpose(2, 3).reshape(B, L, C)
        """,
        "Block(96, (14, 14), 4)",
        ((5, 196, 96),),
    ),
    Case(
        "a condition and a context of other widths",
        """
        class Block(nn.Module):
            def __init__(self, dim, context_dim, cond_dim, num_heads):
                super().__init__()
                self.cross_attn = nn.MultiheadAttention(
                    dim, num_heads, kdim=context_dim, vdim=context_dim, batch_first=True
                )
                self.mod = nn.Linear(cond_dim, dim)

            def forward(self, x, context, temb):
                y = self.cross_attn(x, context, context)[0]
                return x + y * self.mod(temb).unsqueeze(1)
        """,
        "Block(96, 112, 80, 4)",
        ((5, 13, 96), (5, 11, 112), (5, 80)),
    ),
    Case(
        "encoder states that may be left out",
        """
        class Block(nn.Module):
            def __init__(self, d_model, nhead):
                super().__init__()
                self.self_attn = nn.MultiheadAttention(d_model, nhead)
                options = {"batch_first": True}
                self.cross_attn = nn.MultiheadAttention(d_model, nhead, **options)

            def forward(self, hidden_states, mask=None, encoder_hidden_states=None):
                x = hidden_states
                x = x + self.self_attn(x, x, x)[0]
                if encoder_hidden_states is not None:
                    e = encoder_hidden_states
                    x = x + self.cross_attn(x, e, e)[0]
                return x
        """,
        "Block(96, 4)",
        ((5, 13, 96), (5, 11, 96)),
    ),
    Case(
        "a rotary pair",
        """
        class Block(nn.Module):
            def __init__(self, hidden_size, num_heads):
                super().__init__()
                self.head_dim = hidden_size // num_heads
                self.fc = nn.Linear(hidden_size, hidden_size)

            def forward(self, hidden_states, position_embeddings=None, cache=None):
                cos, sin = (part.unsqueeze(2) for part in position_embeddings)
                x = self.fc(hidden_states).unflatten(-1, (-1, self.head_dim))
                return hidden_states + (x * cos + x * sin).flatten(2)
        """,
        "Block(96, 4)",
        ((5, 13, 96), ((5, 13, 24), (5, 13, 24))),
    ),
    Case(
        "complex frequencies",
        """
        class Block(nn.Module):
            def __init__(self, dim, n_heads):
                super().__init__()
                self.head_dim, self.fc = dim // n_heads, nn.Linear(dim, dim)

            def forward(self, x, freqs_cis):
                y = self.fc(x).unflatten(-1, (-1, self.head_dim // 2, 2)).float()
                y = torch.view_as_complex(y.contiguous())
                assert freqs_cis.shape == (x.shape[1], y.shape[-1])
                return x + torch.view_as_real(y * freqs_cis[None, :, None]).flatten(2)
        """,
        "Block(96, 4)",
        ((5, 13, 96), (13, 12)),
    ),
    Case(
        "height and width of the tokens",
        """
        class Block(nn.Module):
            def __init__(self, dim):
                super().__init__()
                self.conv = nn.Linear(dim, dim)

            def forward(self, x, H, W):
                B, N, C = x.shape
                y = x.transpose(1, 2).view(B, C, H, W).flatten(2).transpose(1, 2)
                return x + self.conv(y)
        """,
        "Block(96)",
        ((5, 256, 96), 16, 16),
    ),
    Case(
        "packed sequences",
        """
        class Block(nn.Module):
            def __init__(self, dim):
                super().__init__()
                self.fc = nn.Linear(dim, dim)

            def forward(self, hidden_states, cu_seqlens):
                seq, dim = hidden_states.shape
                return hidden_states + self.fc(hidden_states)
        """,
        "Block(96)",
        ((13, 96), (2,)),
    ),
    Case(
        "a sub-layer that the forward is handed",
        """
        class Block(nn.Module):
            def __init__(self, size, dropout):
                super().__init__()
                self.norm, self.dropout = nn.LayerNorm(size), nn.Dropout(dropout)

            def forward(self, x, sublayer):
                return x + self.dropout(sublayer(self.norm(x)))
        """,
        "Block(96, 0.0)",
        ((5, 13, 96), "Linear"),
    ),
    Case(
        "a whole model",
        """
        class Block(nn.Module):
            def __init__(self, vocab_size, d_model, max_len):
                super().__init__()
                self.wte = nn.Embedding(vocab_size, d_model)
                self.wpe = nn.Embedding(max_len, d_model)
                self.fc = nn.Linear(d_model, d_model)

            def forward(self, x):
                x = self.wte(x) + self.wpe(torch.arange(x.size(1)))
                return x + self.fc(x)
        """,
        "Block(99, 96, 64)",
        ((5, 13),),
    ),
    Case(
        "inside the model that feeds it",
        """
        class Geometry:
            def __init__(self, levels):
                self.levels = levels

        class Block(nn.Module):
            def __init__(self, dim):
                super().__init__()
                self.fc = nn.Linear(dim, dim)

            def forward(self, x, geometry):
                return x + self.fc(x) * geometry.levels

        class Stack(nn.Module):
            def __init__(self, dim, depth):
                super().__init__()
                self.blocks = nn.ModuleList([Block(dim) for _ in range(depth)])

            def forward(self, x):
                for block in self.blocks:
                    x = block(x, Geometry(3))
                return x
        """,
        "inside Stack(96, 2)",
        ((5, 13, 96), "Geometry"),
    ),
    Case(
        "inside a model that asks for values",
        """
        class Geometry:
            levels = 3

        class Block(nn.Module):
            def __init__(self, dim, rate):
                super().__init__()
                self.fc = nn.Linear(dim, dim)

            def forward(self, x, geometry):
                return x + self.fc(x) * geometry.levels

        class Stack(nn.Module):
            def __init__(self, dim, depth):
                super().__init__()
                rates = [r.item() for r in torch.linspace(0, 0.1, depth)]
                self.blocks = nn.ModuleList([Block(dim, r) for r in rates])

            def forward(self, x):
                for block in self.blocks:
                    x = block(x, Geometry())
                return x
        """,
        "inside Stack(96, 2)",
        ((5, 13, 96), "Geometry"),
    ),
)


def run(module: nn.Module, args: worker.Args, kwargs: worker.Kwargs) -> object:
    return module(*args, **kwargs)


def seen(value: object) -> object:
    """What a test compares: shapes of tensors, plain values, names of classes."""
    if isinstance(value, torch.Tensor):
        return tuple(value.shape)
    if isinstance(value, tuple):
        return tuple(seen(part) for part in value)
    if value is None or isinstance(value, (int, str)):
        return value
    return type(value).__name__


def given(found: worker.Found) -> tuple[object, ...]:
    return tuple(seen(v) for v in [*found.args, *found.kwargs.values()])


Load = Callable[[str], ModuleType]


@pytest.fixture
def load(tmp_path: Path) -> Iterator[Load]:
    """Writes the source of a module and imports it, as the worker does by path."""
    loaded: list[str] = []

    def load_source(source: str) -> ModuleType:
        name = f"guessed_{len(loaded)}"
        path = tmp_path / f"{name}.py"
        path.write_text(HEADER + ATTENTION + textwrap.dedent(source))
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        loaded.append(name)
        spec.loader.exec_module(module)
        return module

    yield load_source
    for name in loaded:
        del sys.modules[name]


def find_fake(
    module: ModuleType, name: str = "Block", wanted: dict[str, object] | None = None
) -> worker.Found:
    with FakeTensorMode(allow_non_fake_inputs=True), torch.no_grad():
        return worker.find(getattr(module, name), vars(module), wanted or {}, run)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_class_is_found_without_configuration(case: Case, load: Load) -> None:
    module = load(case.source)

    found = find_fake(module, case.wanted)

    assert found.how == case.how
    assert given(found) == case.shapes
    assert not found.module.training
    assert all(isinstance(p, FakeTensor) for p in found.module.parameters())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_real_instance_is_small_and_in_float64(case: Case, load: Load) -> None:
    module = load(case.source)

    with torch.no_grad():
        found = worker.find(getattr(module, case.wanted), vars(module), {}, run, True)

    weights = list(found.module.parameters())
    assert all(w.dtype == torch.float64 for w in weights)
    assert not any(isinstance(w, FakeTensor) for w in weights)
    assert sum(w.numel() for w in weights) < 1_000_000


def test_the_same_inputs_are_made_for_another_batch_and_length(load: Load) -> None:
    module = load(CASES[0].source)

    found = find_fake(module)
    again = found.refeed(3, 17)

    assert again is not None
    assert seen(again[0]) == ((3, 17, 96),)
    assert (found.sizes["batch"], found.sizes["seq"]) == (5, 13)
    assert found.sizes["d_model"] == 96
    assert found.sizes["d_ff"] == 160


def test_a_length_that_a_constructor_was_given_stays(load: Load) -> None:
    module = load(
        """
        class Block(nn.Module):
            def __init__(self, dim, num_patches):
                super().__init__()
                self.norm = nn.LayerNorm(dim)
                self.mix = nn.Linear(num_patches, num_patches)

            def forward(self, x):
                return x + self.mix(self.norm(x).mT).mT
        """
    )

    found = find_fake(module)

    assert given(found) == ((5, 13, 96),)
    assert found.refeed(3, 17) is None
    assert found.refeed(3, 13) is not None


def test_the_users_own_mistake_comes_through(load: Load) -> None:
    module = load(
        """
        class Block(nn.Module):
            def __init__(self, d_model, d_ff):
                super().__init__()
                self.up = nn.Linear(d_model, d_ff)
                self.down = nn.Linear(d_model, d_model)

            def forward(self, x):
                return x + self.down(self.up(x))
        """
    )

    with pytest.raises(worker.NotFound) as raised:
        find_fake(module)

    assert raised.value.kind == "inputs"
    assert "[65, 160] X [96, 96]" in str(raised.value.error)
    assert raised.value.error is not None and raised.value.error.__traceback__
    assert raised.value.nearest is not None
    assert raised.value.nearest.how == "Block(96, 160)"
    assert given(raised.value.nearest) == ((5, 13, 96),)


def test_code_that_asks_for_values_is_said_to(load: Load) -> None:
    module = load(
        """
        class Block(nn.Module):
            def __init__(self, dim):
                super().__init__()
                self.fc = nn.Linear(dim, dim)

            def forward(self, x):
                return x + self.fc(x) if x.sum() > 0 else x
        """
    )

    with pytest.raises(worker.NotFound) as raised:
        find_fake(module)

    assert raised.value.kind == "values"


def test_a_constructor_that_always_raises_is_told(load: Load) -> None:
    module = load(
        """
        class Block(nn.Module):
            def __init__(self, dim):
                raise RuntimeError("no such luck")
        """
    )

    with pytest.raises(worker.NotFound, match="no such luck") as raised:
        find_fake(module)

    assert raised.value.kind == "build"
    assert raised.value.nearest is None


CONFIGURED = """
@dataclass
class GPTConfig:
    n_layer: int = 3
    n_embd: int = 48

class Block(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.fc = nn.Linear(config.n_embd, config.n_embd)

    def forward(self, x):
        return x + self.fc(x)

class GPT(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.blocks = nn.ModuleList([Block(config) for _ in range(config.n_layer)])

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return x
"""


@pytest.mark.parametrize(
    ("init", "how"),
    [
        ("Block(GPTConfig(n_embd=24))", "Block(GPTConfig(n_embd=24))"),
        ("GPTConfig(n_embd=24)", "Block(GPTConfig(n_embd=24))"),
        ("GPT(GPTConfig(n_embd=24))", "inside GPT(GPTConfig(n_embd=24))"),
    ],
)
def test_what_is_configured_wins(init: str, how: str, load: Load) -> None:
    module = load(CONFIGURED)
    wanted: dict[str, object] = {"init": init}

    found = find_fake(module, wanted=wanted)

    assert found.how == how
    assert given(found) == ((5, 13, 24),)


def test_inputs_configured_in_numbers_are_not_mended(load: Load) -> None:
    module = load(
        """
        class Block(nn.Module):
            def __init__(self, width=32):
                super().__init__()
                self.fc = nn.Linear(width + 1, width)

            def forward(self, x):
                return self.fc(x)
        """
    )
    wanted: dict[str, object] = {"inputs": {"x": "float32[2, 7, 32]"}}

    with pytest.raises(worker.NotFound) as raised:
        find_fake(module, wanted=wanted)

    assert raised.value.kind == "inputs"
    assert "[14, 32] X [33, 32]" in str(raised.value.error)


def test_configured_inputs_are_given(load: Load) -> None:
    module = load(CONFIGURED)
    wanted: dict[str, object] = {"inputs": {"x": "float32[batch, 7, n_embd]"}}

    found = find_fake(module, wanted=wanted)

    assert given(found) == ((5, 7, 48),)


def test_a_wrong_init_is_the_users_to_mend(load: Load) -> None:
    module = load(CONFIGURED)

    with pytest.raises(worker.NotFound, match="NameError") as raised:
        find_fake(module, wanted={"init": "Nothing(1)"})

    assert raised.value.kind == "build"


def test_the_default_config_is_shrunk_on_real_tensors_alone(load: Load) -> None:
    source = CONFIGURED.replace("48", "16384")
    module = load(source)

    fake = find_fake(module)
    with torch.no_grad():
        real = worker.find(module.Block, vars(module), {}, run, True)

    assert given(fake) == ((5, 13, 16384),)
    assert given(real) == ((5, 13, 96),)
    assert real.how == "Block(GPTConfig(n_layer=2, n_embd=96))"


def test_copies_of_a_fake_layer_stay_in_their_mode() -> None:
    with FakeTensorMode() as mode:
        layer = nn.BatchNorm1d(4)
        with worker.own_copies():
            copied = copy.deepcopy(layer)

    assert getattr(copied.weight, "fake_mode", None) is mode
    assert isinstance(copied.weight, nn.Parameter)
    assert copied.weight is not layer.weight


def test_a_setting_of_the_module_is_taken_for_a_parameter_of_its_name(
    load: Load,
) -> None:
    module = load(
        """
        n_embd = 48

        class Head(nn.Module):
            def __init__(self):
                super().__init__()
                self.key = nn.Linear(n_embd, n_embd)

            def forward(self, x):
                return self.key(x)

        class Block(nn.Module):
            def __init__(self, n_embd, n_head):
                super().__init__()
                self.head, self.norm = Head(), nn.LayerNorm(n_embd)

            def forward(self, x):
                return x + self.head(self.norm(x))
        """
    )

    found = find_fake(module)

    assert found.sizes["n_embd"] == 48


def test_an_input_that_forward_does_not_take_is_told(load: Load) -> None:
    module = load(
        """
        class Block(nn.Module):
            def forward(self, x):
                return x
        """
    )

    with pytest.raises(worker.NotFound, match="forward takes x, and no `y`"):
        find_fake(module, wanted={"inputs": {"y": "float32[batch, seq, 32]"}})


def test_weights_that_nobody_wrote_are_written() -> None:
    weight = nn.Parameter(torch.tensor([float("nan"), 1e300], dtype=torch.float64))
    kept = nn.Parameter(torch.tensor([0.5, -2.0], dtype=torch.float64))

    worker.written(weight)
    worker.written(kept)

    assert weight.isfinite().all() and weight.abs().max() < 1
    assert kept.tolist() == [0.5, -2.0]
