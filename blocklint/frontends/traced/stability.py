"""Stacks many fresh copies of one block, and measures them before any training.

Loaded by the worker from the folder that it stands in, so it needs torch and nothing of
ours, and works with Python 3.9. What is measured, for each depth and each seed:

    {"depth": 6, "seed": 0,
     "last": 0.18, "first": 0.61,       gradient norm of one weight, in the last layer
                                        and in the first
     "gradients": [...],                gradient norm of all weights, layer by layer
     "stream": [...],                   mean square of what each layer returns
     "loss": 7.1, "bare": 9.8}          cross entropy, with a final norm and without

A number that is not finite is null. Gradients are those of `loss`.
"""

from __future__ import annotations

import math
import random
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

WORDS = 1000
OWN, XAVIER, THEORY, NORMAL = "own", "xavier", "theory", "normal"
_AXES = 2  # what a weight has at least, as opposed to a gain or a bias

_clock = time.perf_counter


class Unmeasurable(Exception):
    """A block of which no stack can be made; the message says why."""


@dataclass(frozen=True)
class Subject:
    """What a stack is made of.

    `make` gives a fresh instance, `call` runs one on a stream of the `shape` [batch,
    seq, width] and gives the next stream, of the same shape.
    """

    make: Callable[[], nn.Module]
    call: Callable[[nn.Module, torch.Tensor], torch.Tensor]
    shape: tuple[int, int, int]


@dataclass(frozen=True)
class Plan:
    """What is asked for: depths, how many seeds, and how the weights begin."""

    depths: tuple[int, ...]
    seeds: int
    init: str = OWN
    std: float = 0.0


def plan_of(said: dict[str, Any]) -> Plan:
    """A plan, as the job has it; `init` is `own`, `xavier`, `theory` or `normal:S`."""
    name, _, std = said["init"].partition(":")
    depths = tuple(sorted(set(said["depths"])))
    return Plan(depths, said["seeds"], name, float(std or 0))


def measure(subject: Subject, plan: Plan, seconds: float) -> dict[str, Any]:
    """Everything that a plan asks for, as far as the seconds reach.

    Raises Unmeasurable where not even the lowest stack could be measured.
    """
    watch = _Watch(seconds)
    weight, zeroed = _looked_at(subject, plan)
    runs: list[dict[str, Any]] = []
    left_out: list[dict[str, Any]] = []
    for depth in plan.depths:
        found: list[dict[str, Any]] = []
        reason = None
        while reason is None and len(found) < plan.seeds:
            reason = watch.refusal(depth, plan.seeds - len(found))
            if reason is None:
                reason = _added(found, subject, plan, depth, weight, watch)
        if reason is None:
            runs += found
        else:
            left_out.append({"depth": depth, "reason": reason})
    if not runs:
        raise Unmeasurable(f"depth {plan.depths[0]}: {left_out[0]['reason']}")
    batch, seq, width = subject.shape
    return {
        "weight": weight,
        "zeroed": zeroed,
        "sizes": {"batch": batch, "seq": seq, "width": width},
        "weights": sum(p.numel() for p in _parameters(subject.make())),
        "words": WORDS,
        "runs": runs,
        "left_out": left_out,
    }


def _added(
    found: list[dict[str, Any]],
    subject: Subject,
    plan: Plan,
    depth: int,
    weight: str,
    watch: _Watch,
) -> str | None:
    """Measure a stack with the next seed, or say why that is not possible."""
    began = _clock()
    try:
        found.append(_run(subject, plan, depth, len(found), weight))
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, MemoryError) or "alloc" in str(error):
            return "it does not fit into the memory that is allowed"
        raise
    watch.note(depth, _clock() - began)
    return None


class _Watch:
    """How much time is left, and what a stack will take, by those before it."""

    def __init__(self, seconds: float) -> None:
        self.until = _clock() + seconds
        self.each = 0.0  # for one layer of one seed

    def note(self, depth: int, seconds: float) -> None:
        """That a stack took so long."""
        self.each = max(seconds / depth, self.each / 2)

    def refusal(self, depth: int, seeds: int) -> str | None:
        """Why stacks of a depth are not begun; None if there is time for them."""
        needed, left = self.each * depth * seeds, self.until - _clock()
        if needed <= left and left > 0:
            return None
        left = max(left, 0.0)
        return f"it needs about {needed:.0f} s, and {left:.0f} s are left (--timeout)"


# ---- One stack


def _run(
    subject: Subject, plan: Plan, depth: int, seed: int, weight: str
) -> dict[str, Any]:
    """One stack, once forward and once back.

    Tokens, embedding and head are drawn by themselves, so that stacks of any depth and
    of any wiring are given the same ones.
    """
    batch, seq, width = subject.shape
    generator = torch.Generator().manual_seed(seed)
    embedding = torch.randn(WORDS, width, generator=generator)
    head = torch.randn(WORDS, width, generator=generator)
    head *= math.sqrt(2 / (WORDS + width))
    tokens = torch.randint(WORDS, (batch, seq), generator=generator)
    targets = torch.randint(WORDS, (batch, seq), generator=generator)
    layers = _layers(subject, plan, depth, seed)

    stream: list[torch.Tensor] = []
    x = embedding[tokens]
    for layer in layers:
        x = subject.call(layer, x)
        stream.append(x.detach().square().mean())
    loss = _loss(functional.layer_norm(x, (width,)), head, targets)
    loss.backward()  # type: ignore[no-untyped-call]
    named = [dict(layers[at].named_parameters()) for at in (0, -1)]
    return {
        "depth": depth,
        "seed": seed,
        "last": _norm([named[-1][weight]]),
        "first": _norm([named[0][weight]]),
        "gradients": [_norm(list(layer.parameters())) for layer in layers],
        "stream": [_number(it) for it in stream],
        "loss": _number(loss.detach()),
        "bare": _number(_loss(x.detach(), head, targets)),
    }


def _layers(subject: Subject, plan: Plan, depth: int, seed: int) -> list[nn.Module]:
    random.seed(seed)
    torch.manual_seed(seed)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(seed)
    layers = []
    for _ in range(depth):
        layer = subject.make()
        started(layer, plan.init, plan.std)
        layers.append(layer)
    if len(set(map(id, layers))) < depth:
        raise Unmeasurable(
            "it is the same instance each time: let `init` make a new one"
        )
    return layers


def _loss(x: torch.Tensor, head: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    scores = functional.linear(x, head)
    return functional.cross_entropy(scores.flatten(0, 1), targets.flatten())


def _norm(weights: Sequence[nn.Parameter]) -> float | None:
    """The norm of the gradients of some weights, which may have none."""
    squares = [w.grad.double().square().sum() for w in weights if w.grad is not None]
    return _number(torch.stack(squares).sum().sqrt()) if squares else 0.0


def _number(value: torch.Tensor) -> float | None:
    number = float(value)
    return number if math.isfinite(number) else None


def _parameters(module: nn.Module) -> list[nn.Parameter]:
    return [p for p in module.parameters() if p.is_floating_point()]


# ---- Which weight is looked at: the last that the stream meets in a layer


def _looked_at(subject: Subject, plan: Plan) -> tuple[str, list[str]]:
    """The name of the last matrix that a layer multiplies with, and what is zero."""
    (layer,) = _layers(subject, plan, 1, 0)
    zeroed = started(layer, plan.init, plan.std)
    noting = _Noting(layer, subject.shape[-1])
    with noting, torch.no_grad():
        subject.call(layer, torch.randn(subject.shape))
    if noting.last is not None:
        return noting.last, zeroed
    matrices = [n for n, p in layer.named_parameters() if p.dim() >= _AXES]
    if not matrices:
        raise Unmeasurable("it has no weights whose gradient could be looked at")
    return matrices[-1], zeroed


class _Noting(TorchFunctionMode):
    """Notes the last matrix, or a part of one, that makes something of a width."""

    def __init__(self, layer: nn.Module, width: int) -> None:
        super().__init__()
        self.width = width
        self.last: str | None = None
        self.names = {
            weight.untyped_storage().data_ptr(): name
            for name, weight in layer.named_parameters()
            if weight.dim() >= _AXES and width in weight.shape[-_AXES:]
        }

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        made = result[0] if isinstance(result, tuple) and result else result
        if isinstance(made, torch.Tensor) and made.shape[-1:] == (self.width,):
            home = made.untyped_storage().data_ptr()
            for value in (*args, *(kwargs or {}).values()):
                if isinstance(value, torch.Tensor) and value.dim() >= _AXES:
                    place = value.untyped_storage().data_ptr()
                    # What only shows another part of a matrix makes nothing of it.
                    if place != home:
                        self.last = self.names.get(place, self.last)
        return result


# ---- How weights begin

_LAYER = r"(_?(proj|projection|linear|lin|layer|net))?(_weight)?"
_QUERY_KEY = r"(.*_)?w?_?(q|k|query|key|queries|keys)" + _LAYER
_FUSED = r"(.*_)?w?_?(qkv|c_attn|in_proj|query_key_value|w_pack)" + _LAYER
_FUSED_PARTS = 3


def started(layer: nn.Module, init: str, std: float = 0.0) -> list[str]:
    """Give the weights of a layer another start; the names of those set to zero.

    Matrices are drawn anew and biases are zero. What is left as the block makes it has
    one axis and is no bias: the gains of norms, say. A matrix that holds queries, keys
    and values is three. `theory` is `xavier` with queries and keys of zero.
    """
    zeroed: list[str] = []
    if init == OWN:
        return zeroed
    filters = {
        id(part.weight)
        for part in layer.modules()
        if isinstance(part, nn.modules.conv._ConvNd)
    }
    with torch.no_grad():
        for path, weight in layer.named_parameters():
            if not weight.is_floating_point():
                continue
            if weight.dim() < _AXES:
                if "bias" in path.rpartition(".")[2]:
                    weight.zero_()
                continue
            for part, is_query_or_key in _parts(path, weight, id(weight) in filters):
                if init == THEORY and is_query_or_key:
                    part.zero_()
                    zeroed.append(path)
                elif init == NORMAL:
                    part.normal_(0.0, std)
                else:
                    nn.init.xavier_uniform_(part)
    return list(dict.fromkeys(zeroed))


def _parts(
    path: str, weight: torch.Tensor, is_filter: bool
) -> Iterator[tuple[torch.Tensor, bool]]:
    """A weight in its parts, each with whether it makes queries or keys.

    What has more axes than two and is no filter of a convolution is many matrices: one
    an expert, say.
    """
    if weight.dim() > _AXES and not is_filter:
        for each in weight:
            yield from _parts(path, each, is_filter)
        return
    names = path.lower().split(".")
    name = names[-2] if names[-1] == "weight" and len(names) > 1 else names[-1]
    rows, columns = weight.shape[:2]
    if re.fullmatch(_FUSED, name) and weight.dim() == _AXES:
        for axis, long, short in ((0, rows, columns), (1, columns, rows)):
            if long == _FUSED_PARTS * short:
                for number, part in enumerate(weight.chunk(_FUSED_PARTS, axis)):
                    yield part, number < _FUSED_PARTS - 1
                return
    yield weight, re.fullmatch(_QUERY_KEY, name) is not None
