"""Blocks that are rewritten in tests: their texts, and what runs of them."""

import sys
from collections.abc import Mapping
from difflib import unified_diff
from functools import cache
from types import ModuleType
from typing import Any

import torch
from expectations import FIXTURES
from torch.overrides import TorchFunctionMode

from blocklint.analysis import Block, Placement
from blocklint.analysis.block import Variant
from blocklint.engine.blocks import Blocks
from blocklint.engine.lowering import Places, wiring_of
from blocklint.frontends.static.project import Project
from blocklint.frontends.traced import worker
from blocklint.frontends.traced.document import record_of
from blocklint.frontends.traced.lower import lower
from blocklint.migration import Refusal, Rewritten, rewrite
from blocklint.source import Source

FOLDER = FIXTURES / "migrate"
GOALS = (Placement.PRE, Placement.POST, Placement.OUTPUT, Placement.PERI)
PATHS = sorted(FOLDER.glob("blocks/*.py"))
STACKS = sorted(FOLDER.glob("stacks/*.py"))


@cache
def rewritten(text: str, to: Placement, path: str = "model.py") -> Rewritten | Refusal:
    """What becomes of the class `Block` of a text."""
    return rewrite(Source(path, text), "Block", to)


def done(text: str, to: Placement, path: str = "model.py") -> Rewritten:
    """The same where it is not refused."""
    made = rewritten(text, to, path)
    assert isinstance(made, Rewritten), made
    return made


def block_in(text: str, path: str = "model.py") -> Block:
    """The class `Block` of a text, as the engine reads it."""
    blocks = Blocks(Project()).of(Source(path, text))
    return next(block for block in blocks if block.name == "Block")


def diff(old: str, new: str) -> str:
    """What changed, with a line around it."""
    lines = unified_diff(old.splitlines(True), new.splitlines(True), n=1)
    return "".join([*lines][2:])


def imported(text: str) -> ModuleType:
    """A text as a module, which runs it."""
    module = ModuleType("migrated")
    sys.modules["migrated"] = module  # dataclasses look themselves up
    exec(compile(text, "migrated.py", "exec"), vars(module))
    return module


def shape_of(text: str) -> tuple[int, ...]:
    """The shape of what the example of a text gives."""
    module, inputs = imported(text).example()
    with torch.no_grad():
        result = module.eval()(*inputs)
    return tuple((result[0] if isinstance(result, tuple) else result).shape)


def wiring_in_a_run(text: str) -> Variant:
    """How the example of a text is wired when it runs."""
    module, inputs = imported(text).example()
    record = record_of(worker.live(module, inputs, {}))
    return wiring_of(lower(record, Places().find, "Block").graph)


class NormFree(TorchFunctionMode):
    """Every norm gives what it is given: `x * rsqrt(...)` is one, too."""

    def __torch_function__(
        self,
        func: Any,  # noqa: ANN401 (torch's own)
        types: Any,  # noqa: ANN401
        args: Any = (),  # noqa: ANN401
        kwargs: Any = None,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        match getattr(func, "__name__", ""):
            case "layer_norm":
                return args[0]
            case "rsqrt":
                return torch.ones_like(args[0])
        return func(*args, **(kwargs or {}))


def result_without_norms(text: str) -> torch.Tensor:
    """What the example of a text gives if no norm does anything."""
    torch.manual_seed(0)  # norms are made without chance, so that weights are the same
    module, inputs = imported(text).example()
    with torch.no_grad(), NormFree():
        result = module.eval()(*inputs)
    found: torch.Tensor = result[0] if isinstance(result, tuple) else result
    return found


def parameters_of(text: str) -> Mapping[str, tuple[int, ...]]:
    """The parameters of the example of a text, with their shapes."""
    module: Any = imported(text).example()[0]
    return {name: tuple(p.shape) for name, p in module.named_parameters()}
