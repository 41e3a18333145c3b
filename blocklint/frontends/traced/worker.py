"""Runs a user's module and says, as one JSON document, what ran.

Started by its path with the user's interpreter, which needs torch and nothing else;
blocklint need not be there. Reads one job from the standard input:

    {"schema": "blocklint.job/1", "answer": "/tmp/x/answer.json",
     "module": {"path": "/abs/model.py"} or {"name": "pkg.mod"},
     "memory": 8589934592, "probe": false,
     "targets": [{"class": "Block", "init": null, "inputs": null,
                  "ranks": {"x": 3}, "bare": false}]}

and writes the answer that `document.py` describes, anew after each target, so that what
is known survives the target that hangs or crashes. Works with Python 3.9 and torch 2.6.
"""

from __future__ import annotations

import ast
import collections.abc
import contextlib
import copy
import difflib
import enum
import functools
import inspect
import json
import linecache
import logging
import math
import os
import re
import sys
import time
import types
import typing
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, is_dataclass, replace

# Started by its path, this file's folder is where imports are looked for first; the
# user's modules must not find our own there.
if sys.path and os.path.abspath(sys.path[0]) == os.path.dirname(os.path.abspath(__file__)):
    del sys.path[0]

import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode, unset_fake_temporarily

# --------------------------------------------------------------------------------------
# B. Finding an instance and inputs
# --------------------------------------------------------------------------------------

Sizes = dict[str, int]
Run = Callable[[nn.Module, tuple, dict], object]
Refeed = Callable[[int, int], "tuple[tuple, dict] | None"]

BATCH, SEQ, MEMORY, SIDE = 5, 13, 11, 16
HEADS, HEAD_DIM, WIDTH, FFN, LAYERS, PLACES, WORDS = 4, 24, 96, 160, 2, 64, 99
PATIENCE = 20.0  # seconds for one target
TRIES = 60  # forwards of the wanted class
BUILDS = 24  # constructor calls for one class
DEEPEST = 4  # constructors that ask for modules that ask for modules
CONTAINERS = 10  # models that may hold the wanted class
REAL_WEIGHTS = 20_000_000  # what a module on real tensors may hold at most
WIDEST = 4096  # no guessed width is larger
IMAGE_AXES, TOKEN_AXES = 4, 3


@dataclass(frozen=True)
class Found:
    """An instance of the wanted class, in eval mode, and what its forward takes.

    `how` is the code a user could type to get it. `sizes` names the sizes that went in:
    "batch", "seq", and the integers of the constructor and of the config. `refeed` makes
    the same inputs for another batch and length, or None where that cannot be done.
    """

    module: nn.Module
    args: tuple
    kwargs: dict
    how: str
    sizes: Sizes
    refeed: Refeed


class NotFound(Exception):
    """Nothing ran. `kind` is "init", "construction" or "inputs".

    `error` is the most telling thing that the user's code raised, with its traceback,
    and `nearest` the candidate that came furthest before it raised that.
    """

    def __init__(
        self,
        kind: str,
        message: str,
        error: BaseException | None = None,
        nearest: Found | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.error = error
        self.nearest = nearest


def find(
    cls: type[nn.Module],
    namespace: dict[str, object],
    wanted: dict[str, object],
    run: Run,
    real: bool = False,
) -> Found:
    """An instance of `cls` whose forward runs; raises NotFound when there is none.

    Under an active fake mode nothing is allocated; with `real` the instance is small
    and in float64. `run` is called with each candidate until it does not raise.
    """
    search = Search(cls, namespace, wanted, run, real)
    loud = logging.getLogger("torch._subclasses.fake_tensor")
    was_disabled, dtype = loud.disabled, torch.get_default_dtype()
    loud.disabled = True  # It prints a traceback for each guess that fails.
    torch.manual_seed(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if real:
                torch.set_default_dtype(torch.float64)
            return search.find()
    finally:
        loud.disabled = was_disabled
        torch.set_default_dtype(dtype)


# What a name says ----------------------------------------------------------------------

IS_CONFIG = r"(.*_)?(config|configuration|cfg|conf|hparams|hps|hyperparams)|args|params"
IS_INDEX = (
    r"(.*_)?(layer|block|stage)_?(idx|index|id|num|number|i)|i|idx|index|n_?th|layer_i"
)
IS_DEPTH = r"(n|num|nb|number_of|max)_(.*_)?(layers?|blocks|stages)|depth|depths|nlayers?"
IS_DEPTH += r"|(.*_)?layers|n_layer|.*(layers|depth|blocks)"
IS_KV_HEADS = r".*(kv|key_?value|key).*heads?.*|n_?kv|n_?query_groups|num_query_groups"
IS_HEADS = r"(.*_)?(n|num|nb|number_of)?_?heads?(_num|_count)?|n_?head|h|.*_heads?"
IS_HEAD_DIM = r".*(dim_?head|head_?(dim|size|width|channels)|d_head|kv_channels).*"
IS_HEAD_DIM += r"|d_[kvq]|d_kv|(key|value|query|qk|v)_dim|dim_(key|value|k|v)"
IS_FFN = r"d_?ff(n|w)?|dff|.*(ffn?|mlp|feed_?forward|intermediate)_?(\w+_)?"
IS_FFN += r"(dim|size|hidden|width|channels|features|units)(_dim|_size)?|.*intermediate_?\w*"
IS_FFN += r"|dim_?(ff|ffn|feed_?forward|mlp)|hidden_features|inner_dim|d_inner|n_inner"
IS_FFN += r"|filter_size|pf_dim|d_hid(den)?|inner_size|mlp_hidden|(.*_)?ffn_embed_dim"
IS_VOCAB = r".*vocab.*|.*num_embeddings|n_?tokens?_?types?|ntokens?"
IS_CLASSES = r".*(num|n)_(classes|labels)"
IS_PLACES = r"(.*_)?(block_size|max_(\w+_)?(len|length|positions?|size|tokens)|n_ctx)"
IS_PLACES += r"|.*(max_position|context_(len|length|size)|n_positions|max_seq).*|maxlen"
IS_LENGTH = r"(.*_)?(seq_?(len|length|size)|num_(patches|tokens|queries)|n_tokens|tokens"
IS_LENGTH += r"|sequence_length|length|n_patches|dim_seq|t_max|num_patch|token_num)"
IS_WIDTH = r"(.*_)?(d_?model|model_?(dim|size)|dims?|n_?embd?|embd|emb|hidden_?(size|dim)"
IS_WIDTH += r"|embed(ding)?_?(dims?|size)|d|size|features|channels|in_(dim|features)"
IS_WIDTH += r"|width|emb_?(dim|size)|d_embed|num_(hidden|features|channels)|c|ch|n_units"
IS_WIDTH += r"|d_(in|out)|planes|hidden|units|nhid|ninp|input_size)"
IS_EXPERTS = r".*(num|n)_(\w+_)?experts?|.*experts"
IS_TOP_K = r".*(top_?k|experts_per_tok\w*|active_experts)"
IS_DROP = r".*(drop|prob).*|p|.*_pdrop|\w+_p|.*survival.*"
IS_FACTOR = r".*(ratio|mult|multiplier|expansion|expand)(_factor)?|ff_mult|mult"
IS_SIDE = r".*(input_)?resolution|(img|image|input|feat|fmap|spatial)_?(size|shape)|hw"
IS_EPS = r".*eps(ilon)?"
IS_ACT = r".*(act|activation|nonlinearity|non_linearity)(_?(fn|func|function|layer|type"
IS_ACT += r"|name|cls|class))?|.*activation.*|hidden_act"
IS_NORM = r".*norm(_?(layer|fn|func|cls|class|module|type|constructor))?|.*ln(_\d)?"
IS_FLAG = r"(use|is|has|do|with|no|add|enable|apply|return|output|norm|pre|tie|flash"
IS_FLAG += r"|need|share|learn|scale|gated?|train)_.*|.*bias|causal|.*_first|flash|training"
IS_FLAG += r"|(qkv|pre_?norm|prenorm|normalize_before|gradient_checkpointing|debug|rotary)"
IS_TYPE = r".*_?(type|mode|implementation|impl|name|style|method|format|backend)"
IS_ATTENTION = r".*(attn|attention|mha|attend).*"
IS_FEED = r".*(ffn|feed_?forward|mlp|moe|expert).*|ff|pwff|.*_ff"
IS_PROJECTION = r".*(proj|linear|dense).*|to_\w+|w_?[qkvo]\d?"
IS_CHILD = r"(fn|func|function|module|layer|sub_?layer|block|net|body|inner|wrapped|mixer"
IS_CHILD += r"|branch|core|residual|submodule|op|operation|encoder_layer|decoder_layer"
IS_CHILD += r"|\w+_(layer|block|module|fn|net|mixer))"
IS_SCALE = r".*(scale|alpha|gamma|lambda|temperature|gain|multiplier|factor|decay|theta)"

NUMBERS: tuple[tuple[str, int | float], ...] = (
    (IS_INDEX, 0),
    (IS_EPS, 1e-5),
    (IS_DROP, 0.0),
    (IS_VOCAB, WORDS),
    (IS_CLASSES, 7),
    (IS_TOP_K, 2),
    (IS_EXPERTS, 4),
    (IS_KV_HEADS, HEADS),
    (IS_HEAD_DIM, HEAD_DIM),
    (IS_FFN, FFN),
    (IS_HEADS, HEADS),
    (IS_DEPTH, LAYERS),
    (IS_PLACES, PLACES),
    (IS_LENGTH, SEQ),
    (r".*patch_?(size)?", 4),
    (r".*window_?(size)?|ws", 4),
    (r".*shift_?(size)?", 0),
    (r".*kernel_?(size)?|ks|k|conv_k.*", 3),
    (r".*stride.*|.*dilation|groups?|step|.*reduction", 1),
    (r".*padding", 1),
    (r".*rank|.*bottleneck.*|r", 8),
    (r".*state_?(dim|size)?|d_state", 16),
    (r".*d_conv|conv_(dim|size|width)", 4),
    (r".*num_groups|n_?groups", 4),
    (IS_SIDE, SIDE),
    (r"rope_theta|.*rope.*base|theta|base", 10000.0),
    (IS_FACTOR, 4),
    (r".*init_?(values?|std|range|scale)|layer_scale.*|initializer_range", 0.02),
    (r".*cond\w*_?(dim|size|channels)|(time|temb|t)\w*_?(dim|channels)", 112),
    (r".*(context|cross|memory|encoder|kv|text|y)\w*_?(dim|size|channels)", 112),
    (IS_WIDTH, WIDTH),
    (IS_SCALE, 1.0),
    (r".*(token_id|_idx|_id)", 0),
    (r"(n|num|max)_.*", 4),
)


def says(pattern: str, name: str) -> bool:
    """Whether a whole name is of a kind; case and outer underscores do not count."""
    return re.fullmatch(pattern, name.strip("_").lower()) is not None


def number_by_name(name: str) -> int | float | None:
    for pattern, value in NUMBERS:
        if says(pattern, name):
            return value
    return None


def value_by_name(name: str) -> object:
    """What an attribute of an unseen config most likely holds."""
    if says(r".*(types?|pattern)s?_list|.*_types", name):
        return ()
    if says(IS_ACT, name):
        return "gelu"
    if says(IS_FLAG, name):
        return says(r".*bias|causal|is_causal", name)
    number = number_by_name(name)
    if number is not None:
        return number
    return "default" if says(IS_TYPE, name) else None


# What the code says: class trees and the attributes read of a config ---------------------


class Code:
    """The classes of one module's source, by name; parsed once."""

    known: dict[str, "Code"] = {}  # noqa: RUF012

    def __init__(self, text: str) -> None:
        self.classes: dict[str, ast.ClassDef] = {}
        self.calls: dict[str, set[str]] = {}
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError):
            return
        indirect = indirections(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                self.classes[node.name] = node
                self.calls[node.name] = named_in_functions(node, indirect)

    @classmethod
    def of(cls, subject: type, namespace: dict[str, object]) -> Code:
        module = sys.modules.get(subject.__module__)
        path = getattr(module, "__file__", None) or namespace.get("__file__")
        key = str(path)
        if key not in cls.known:
            try:
                with open(key, encoding="utf-8") as file:
                    text = file.read()
            except (OSError, ValueError):
                text = ""
            cls.known[key] = cls(text)
        return cls.known[key]


def indirections(tree: ast.Module) -> dict[str, set[str]]:
    """Names of the module that stand for others: `LAYERS = {"a": Layer}`."""
    found: dict[str, set[str]] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            names = {n.id for n in ast.walk(node.value) if isinstance(n, ast.Name)}
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found[target.id] = names
    return found


def named_in_functions(node: ast.ClassDef, indirect: dict[str, set[str]]) -> set[str]:
    named: set[str] = set()
    for part in node.body:
        if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for statement in part.body:
                for inner in ast.walk(statement):
                    if isinstance(inner, ast.Name):
                        named |= {inner.id} | indirect.get(inner.id, set())
    return named


@dataclass(frozen=True)
class Reads:
    """What classes read of an object: with certainty, and with a default at hand."""

    surely: frozenset[str]
    perhaps: frozenset[str]


def reads(cls: type, parameter: str, namespace: dict[str, object]) -> Reads:
    """The attributes that a class, and those it constructs, read of its config."""
    surely: set[str] = set()
    perhaps: set[str] = set()
    ahead, seen = [cls], {cls}
    while ahead and len(seen) < 40:  # noqa: PLR2004
        subject = ahead.pop(0)
        code = Code.of(subject, namespace)
        scope = scope_of(subject, namespace)
        names = set()
        for kind in subject.__mro__:
            node = Code.of(kind, namespace).classes.get(kind.__name__)
            if node is None or not is_users(kind):
                continue
            note_reads(node, parameter, surely, perhaps)
            names |= Code.of(kind, namespace).calls.get(kind.__name__, set())
        for name in sorted(names):
            other = scope.get(name)
            if is_module_class(other) and other not in seen and name in code.classes:
                seen.add(other)
                ahead.append(other)
    return Reads(frozenset(surely - perhaps), frozenset(perhaps))


def note_reads(
    node: ast.ClassDef, parameter: str, surely: set[str], perhaps: set[str]
) -> None:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Attribute) and is_config(inner.value, parameter):
            if not inner.attr.startswith("__") and isinstance(inner.ctx, ast.Load):
                surely.add(inner.attr)
        elif isinstance(inner, ast.Call) and len(inner.args) > 1:
            asked = inner.args[1]
            by = inner.func
            if isinstance(by, ast.Name) and by.id in ("getattr", "hasattr"):
                if is_config(inner.args[0], parameter) and isinstance(asked, ast.Constant):
                    perhaps.add(str(asked.value))


def is_config(node: ast.expr, parameter: str) -> bool:
    """Whether an expression is `config` or `self.config`."""
    name = node.id if isinstance(node, ast.Name) else ""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        name = node.attr
    return bool(name) and (name == parameter or says(IS_CONFIG, name))


def is_users(cls: type) -> bool:
    return cls is not object and not cls.__module__.startswith("torch.")


def is_module_class(value: object) -> TypeGuard[type[nn.Module]]:
    return isinstance(value, type) and issubclass(value, nn.Module)


def scope_of(cls: type, namespace: dict[str, object]) -> dict[str, object]:
    """The globals of the module that defines a class."""
    module = sys.modules.get(cls.__module__)
    own = vars(module) if module is not None else {}
    return own if cls.__name__ in own else namespace


# Constructor arguments -------------------------------------------------------------------


class Guessed(types.SimpleNamespace):
    """Stands for a config whose class is nowhere: attributes are guessed when read."""

    def __init__(self, optional: frozenset[str]) -> None:
        super().__init__()
        self.__dict__["_optional"] = optional

    def __getattr__(self, name: str) -> object:
        if name.startswith("_") or name in self.__dict__["_optional"]:
            raise AttributeError(name)
        if name in ("get", "items", "keys", "values", "copy", "to_dict"):
            raise AttributeError(name)
        value = value_by_name(name)
        self.__dict__[name] = value
        return value

    def __getitem__(self, name: str) -> object:
        return getattr(self, name)

    def __repr__(self) -> str:
        shown = {k: v for k, v in self.__dict__.items() if not k.startswith("_")}
        return "SimpleNamespace(" + ", ".join(f"{k}={v!r}" for k, v in shown.items()) + ")"


@dataclass(frozen=True)
class Choice:
    """One value that a parameter may be given: made anew each time."""

    make: Callable[[], object]
    text: str | None = None


def constant(value: object) -> Choice:
    return Choice(lambda: value)


@dataclass
class Built:
    """A module, the code that makes it, and what went in."""

    module: nn.Module
    text: str
    given: dict[str, object]


@dataclass
class Wish:
    """One parameter that a constructor asks for, and the choices for it."""

    name: str
    keyword: bool
    choices: list[Choice]
    default: bool  # The first choice is to leave it out.


def describe(value: object) -> str:
    """A value as code, as far as that can be said shortly."""
    if isinstance(value, (type, types.FunctionType, types.BuiltinFunctionType)):
        owner = "nn." if value.__module__.startswith("torch.nn.modules") else ""
        return owner + value.__name__
    if isinstance(value, nn.Module):
        return f"nn.{value!r}" if not list(value.children()) else type(value).__name__
    return repr(value)


def parameters_of(call: Callable[..., object], method: bool) -> list[inspect.Parameter]:
    try:
        found = list(inspect.signature(call).parameters.values())
    except (TypeError, ValueError):
        return []
    found = found[1:] if method else found
    skip = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [p for p in found if p.kind not in skip]


def annotation_of(
    parameter: inspect.Parameter, call: object, namespace: dict[str, object]
) -> list[object]:
    """The classes an annotation names, strings evaluated, unions taken apart."""
    annotation = parameter.annotation
    if annotation is inspect.Parameter.empty:
        return []
    if isinstance(annotation, str):
        inner = inspect.unwrap(call) if callable(call) else call
        scope = getattr(inner, "__globals__", namespace)
        try:
            annotation = eval(annotation, dict(scope))  # noqa: S307
        except Exception:  # Whatever the user's annotation does, it only was a hint.
            return [
                scope[word]
                for word in re.findall(r"\w+", str(parameter.annotation))
                if isinstance(scope.get(word), type)
            ]
    return flat(annotation)


def flat(annotation: object) -> list[object]:
    arguments = getattr(annotation, "__args__", None)
    origin = getattr(annotation, "__origin__", None)
    if not arguments or (isinstance(origin, type) and origin not in (typing.Union,)):
        return [origin if origin is not None else annotation]
    return [kind for part in arguments for kind in flat(part)]


def is_config_class(value: object) -> bool:
    """Whether a class holds settings: by its name, or a dataclass with numbers."""
    if not isinstance(value, type) or issubclass(value, (nn.Module, Exception, enum.Enum)):
        return False
    if value.__module__ in ("builtins", "typing", "argparse") or is_output(value):
        return False
    named = re.search(r"(config|args|cfg|params|options|settings)", value.__name__.lower())
    return bool(named) or is_dataclass(value)


def is_output(value: type) -> bool:
    return re.search(r"(output|kwargs|mixin|cache)", value.__name__.lower()) is not None


class Maker:
    """Makes instances of classes that nobody said how to make."""

    def __init__(self, namespace: dict[str, object], real: bool, deadline: float) -> None:
        self.namespace = namespace
        self.real = real
        self.deadline = deadline
        self.width = WIDTH
        self.error: BaseException | None = None
        self.configs: dict[tuple[type, str], list[Choice]] = {}

    # Calls ---------------------------------------------------------------------------

    def build(self, cls: type[nn.Module], depth: int = 0, few: bool = False) -> Iterator[Built]:
        """Instances of a class, the likeliest first; the caller takes what it needs."""
        wishes = self.wishes(cls, cls.__init__, True, depth, few)
        limit = BUILDS if depth == 0 else 8
        ahead: list[tuple[int, ...]] = [(0,) * len(wishes)]
        seen = set(ahead)
        while ahead and limit and time.monotonic() < self.deadline:
            limit -= 1
            state = ahead.pop(0)
            failed: BaseException | None = None
            try:
                built = self.call(cls, wishes, state)
                if isinstance(built.module, nn.Module):
                    built.module.eval()
                yield built
            except Exception as error:  # The user's constructor may raise anything.
                failed = error
                if self.error is None or depth == 0:
                    self.error = error if self.error is None else self.error
            for further in neighbours(wishes, state, failed):
                if further not in seen:
                    seen.add(further)
                    ahead.append(further)

    def call(self, cls: Callable[..., object], wishes: list[Wish], state: tuple[int, ...]) -> Built:
        args: list[object] = []
        kwargs: dict[str, object] = {}
        texts: list[str] = []
        given: dict[str, object] = {}
        left_out = False
        for index, wish in enumerate(wishes):
            if wish.default and state[index] == 0:
                left_out = True
                continue
            choice = wish.choices[state[index] - wish.default]
            value = choice.make()
            given[wish.name] = value
            if wish.keyword or left_out:
                kwargs[wish.name] = value
                texts.append(f"{wish.name}=" + (choice.text or describe(value)))
            else:
                args.append(value)
                texts.append(choice.text or describe(value))
        made = cls(*args, **kwargs)
        # A made-up config knows only now what was read of it.
        for index, text in enumerate(texts):
            if text.startswith("SimpleNamespace("):
                values = list(given.values())
                texts[index] = describe(values[index]) if index < len(values) else text
        name = getattr(cls, "__name__", "")
        return Built(made, f"{name}({', '.join(texts)})", given)  # type: ignore[arg-type]

    def wishes(
        self, cls: type, call: Callable[..., object], method: bool, depth: int, few: bool
    ) -> list[Wish]:
        found = parameters_of(call, method)
        self.settle_width(found)
        asked = []
        for parameter in found:
            has_default = parameter.default is not inspect.Parameter.empty
            kinds = annotation_of(parameter, call, self.namespace)
            choices = self.choices(cls, parameter, kinds, depth, few)
            if has_default and says(IS_INDEX, parameter.name) and parameter.default is None:
                has_default = False
            if has_default and parameter.default is not None and parameter.default != 0:
                choices = []  # A default that says something is the best guess there is.
            keyword = parameter.kind is inspect.Parameter.KEYWORD_ONLY
            asked.append(Wish(parameter.name, keyword, choices, has_default))
        return asked

    def settle_width(self, found: list[inspect.Parameter]) -> None:
        """Makes the width a multiple of what the defaults will divide it by."""
        heads = [
            p.default
            for p in found
            if isinstance(p.default, int)
            and not isinstance(p.default, bool)
            and p.default > 0
            and says(IS_HEADS + "|.*groups", p.name)
        ]
        width = WIDTH
        for count in heads:
            width = math.lcm(width, 2 * count)
        self.width = width if width <= WIDEST else WIDTH

    # Values --------------------------------------------------------------------------

    def choices(
        self,
        cls: type,
        parameter: inspect.Parameter,
        kinds: list[object],
        depth: int,
        few: bool,
    ) -> list[Choice]:
        """The values for one parameter, the likeliest first; never empty."""
        name = parameter.name
        configs = [k for k in kinds if is_config_class(k)]
        if configs or says(IS_CONFIG, name):
            found = self.config_choices(cls, name, configs, few)
            if configs or depth > 1 or not says(r"params", name):
                return found or [constant(None)]
        if bool in kinds or (not kinds and says(IS_FLAG, name)):
            first = says(r".*bias|causal|is_causal", name)
            return [constant(first), constant(not first)]
        modules = [k for k in kinds if is_module_class(k)]
        if modules or Callable in kinds or callable_kind(kinds):
            return self.callables(name, kinds, modules, depth)
        if str in kinds and not (int in kinds or float in kinds):
            return self.words(name)
        return self.by_name(name, kinds, depth)

    def by_name(self, name: str, kinds: list[object], depth: int) -> list[Choice]:
        if int not in kinds and float not in kinds:
            if says(IS_ACT, name):
                return self.activations(name)
            if says(IS_NORM, name) and not says(IS_EPS, name):
                return self.norms(name)
            if any(says(p, name) for p in (IS_ATTENTION, IS_FEED, IS_CHILD)):
                if number_by_name(name) is None or says(IS_CHILD, name):
                    return self.children(name, [], depth) + [constant(WIDTH)]
        return self.numbers(name, kinds, depth)

    def numbers(self, name: str, kinds: list[object], depth: int) -> list[Choice]:
        value = number_by_name(name)
        if value is None and says(IS_PROJECTION, name):
            return self.children(name, [], depth)
        if says(IS_SIDE, name) and int not in kinds:
            return [constant((SIDE, SIDE)), constant(SIDE)]
        if value == WIDTH:
            others = [self.width, 128, 256, 512, 768, 1024]
            return [constant(v) for v in dict.fromkeys(others)]
        if value is None:
            value = WIDTH if int in kinds or not kinds else None
            value = 0.5 if float in kinds and int not in kinds else value
        if value is None:
            return [constant(None), constant(WIDTH), constant(())]
        if sequence_kind(kinds):
            return [constant([value] * 2), constant((value, value))]
        more: list[object] = [2, 1, 8, None, (value, value)] if not kinds else [2, 1, 8]
        return [constant(v) for v in [value, *(m for m in more if m != value)]]

    def words(self, name: str) -> list[Choice]:
        if says(IS_ACT, name):
            options = ["gelu", "relu", "silu", "swish", "geglu", "swiglu"]
        elif says(IS_NORM, name):
            options = ["layernorm", "layer_norm", "LayerNorm", "rmsnorm", "rms_norm", "ln"]
        else:
            options = ["default", "", "none", "standard", "base", "causal", "full", "pre"]
        return [constant(o) for o in options]

    def activations(self, name: str) -> list[Choice]:
        word, cls, value = constant("gelu"), constant(nn.GELU), Choice(nn.GELU, "nn.GELU()")
        if says(r".*(layer|cls|class)", name):
            return [cls, word, value]
        first = [word, value] if says(r".*(name|type)|hidden_act|activation", name) else [value, word]
        return [*first, cls, constant(nn.functional.gelu), constant("relu")]

    def norms(self, name: str) -> list[Choice]:
        cls = constant(nn.LayerNorm)
        value = Choice(lambda: nn.LayerNorm(self.width), f"nn.LayerNorm({self.width})")
        if says(r".*(layer|cls|class|fn|func|constructor|module)", name):
            return [cls, value, *self.words("norm")]
        if says(r".*type", name):
            return [*self.words("norm"), cls]
        return [value, cls, *self.words("norm"), constant(True)]

    def callables(
        self, name: str, kinds: list[object], modules: list[type[nn.Module]], depth: int
    ) -> list[Choice]:
        if says(IS_ACT, name):
            value = Choice(nn.GELU, "nn.GELU()")
            if modules:
                return [value, constant(nn.GELU)]
            return [constant(nn.functional.gelu), constant(nn.GELU), value]
        if type in kinds:
            plain = nn.LayerNorm if says(IS_NORM, name) else nn.Linear
            fits = [c for c in self.fitting(name) if issubclass(c, tuple(modules or [nn.Module]))]
            return [constant(c) for c in [*fits[:2], plain, nn.GELU]]
        if says(IS_NORM, name):
            return self.norms(name if not modules else "norm")
        return self.children(name, modules, depth)

    def children(self, name: str, modules: list[type[nn.Module]], depth: int) -> list[Choice]:
        """Modules that may be handed to a wrapper under this name."""
        found: list[Choice] = []
        fits = [m for m in modules if m is not nn.Module and m.__module__ != "torch.nn.modules.module"]
        if depth < DEEPEST:
            for cls in [*fits, *self.fitting(name)][:3]:
                text = f"{cls.__name__}(...)"
                found.append(Choice(functools.partial(self.child, cls, depth + 1), text))
        return found + stand_ins(name, self.width)

    def child(self, cls: type[nn.Module], depth: int) -> nn.Module:
        width = self.width
        try:
            for built in self.build(cls, depth):
                return built.module
        finally:
            self.width = width
        raise TypeError(f"no way to make {cls.__name__}")

    def fitting(self, name: str) -> list[type[nn.Module]]:
        """Classes of the module whose names fit what a parameter asks for."""
        for pattern in (IS_ATTENTION, IS_FEED):
            if says(pattern, name):
                found = [
                    value
                    for value in self.namespace.values()
                    if is_module_class(value)
                    and is_users(value)
                    and says(pattern, re.sub(r"(?<=[a-z])(?=[A-Z])", "_", value.__name__))
                    and not says(r".*(layer|block|encoder|decoder|model|norm|residual).*", value.__name__)
                ]
                return sorted(found, key=lambda c: -similar(name, c.__name__))
        return []

    # Configs -------------------------------------------------------------------------

    def config_choices(
        self, cls: type, name: str, annotated: list[object], few: bool
    ) -> list[Choice]:
        """Config objects that have what the class reads, the best first."""
        asked = reads(cls, name, self.namespace)
        ranked: list[tuple[int, int, str, object]] = []
        for order, kind in enumerate(self.config_classes(cls, annotated)):
            for text, value in self.config_values(kind):
                missing = sum(not hasattr(value, a) for a in asked.surely)
                ranked.append((missing, order, text, value))
        ranked.sort(key=lambda r: (r[0], r[1], len(r[2])))
        good = [r for r in ranked if 2 * r[0] <= len(asked.surely)][:4]
        found: list[Choice] = []
        for missing, _, text, value in good:
            forms = self.forms(value, text, few)
            found += [patched(f, asked) for f in forms] if missing else forms
        found.append(Choice(lambda: Guessed(asked.perhaps), "SimpleNamespace()"))
        return found

    def forms(self, config: object, text: str, few: bool) -> list[Choice]:
        plain = Choice(lambda: copy.deepcopy(config), text)
        small = Choice(lambda: shrunk(copy.deepcopy(config), True), f"{text}, made small")
        flat = Choice(lambda: shrunk(copy.deepcopy(config), False), text)
        if self.real:
            return [small, flat, plain] if few else [small, plain]
        return [flat, plain, small] if few else [plain, small]

    def config_classes(self, cls: type, annotated: list[object]) -> list[type]:
        found: list[type] = [k for k in annotated if isinstance(k, type)]
        for kind in cls.__mro__:
            if is_users(kind):
                scope = scope_of(kind, self.namespace)
                found += [v for v in scope.values() if is_config_class(v)]  # type: ignore[misc]
        found += [v for v in self.namespace.values() if is_config_class(v)]  # type: ignore[misc]
        return list(dict.fromkeys(found))[:30]

    def config_values(self, kind: type) -> list[tuple[str, object]]:
        """Instances of a config class: itself by default, and the configs inside it."""
        try:
            value = self.config_value(kind)
        except Exception:  # A config that cannot be made is no candidate.
            return []
        found = [(value.text, value.module)]
        for name, inner in list(getattr(value.module, "__dict__", {}).items()):
            if is_config_class(type(inner)) and not name.startswith("_"):
                found.append((f"{value.text}.{name}", inner))  # type: ignore[arg-type]
        return found  # type: ignore[return-value]

    def config_value(self, kind: type) -> Built:
        wishes = []
        for parameter in parameters_of(kind, False):
            if parameter.default is inspect.Parameter.empty:
                kinds = annotation_of(parameter, kind, self.namespace)
                choices = self.choices(kind, parameter, kinds, DEEPEST, False)
                wishes.append(Wish(parameter.name, True, choices, False))
        return self.call(kind, wishes, (0,) * len(wishes))


def callable_kind(kinds: list[object]) -> bool:
    return any(k is type or k is collections.abc.Callable for k in kinds)


def sequence_kind(kinds: list[object]) -> bool:
    return bool(kinds) and any(k in (list, tuple, collections.abc.Sequence) for k in kinds)


def similar(name: str, other: str) -> float:
    return difflib.SequenceMatcher(None, name.lower(), other.lower()).ratio()


def stand_ins(name: str, width: int) -> list[Choice]:
    """Stock modules for a child that no class of the file fits."""
    linear = Choice(lambda: nn.Linear(width, width), f"nn.Linear({width}, {width})")
    if says(IS_ATTENTION, name):
        text = f"nn.MultiheadAttention({width}, {HEADS}, batch_first=True)"
        return [Choice(lambda: nn.MultiheadAttention(width, HEADS, batch_first=True), text), linear]
    if says(IS_FEED, name):
        text = f"nn.Sequential(nn.Linear({width}, {FFN}), nn.GELU(), nn.Linear({FFN}, {width}))"
        return [Choice(lambda: feed(width), text), linear]
    return [linear, Choice(nn.Identity, "nn.Identity()")]


def feed(width: int) -> nn.Module:
    return nn.Sequential(nn.Linear(width, FFN), nn.GELU(), nn.Linear(FFN, width))


def patched(form: Choice, asked: Reads) -> Choice:
    """A config with guesses for the attributes that it lacks."""

    def make() -> object:
        config = form.make()
        for name in sorted(asked.surely):
            if not hasattr(config, name):
                with contextlib.suppress(Exception):
                    object.__setattr__(config, name, value_by_name(name))
        return config

    return Choice(make, form.text)


def shrunk(config: object, all_of_it: bool, depth: int = 0) -> object:
    """The same config with few layers and, if all of it is meant, narrow ones."""
    held = getattr(config, "__dict__", {})
    heads = [v for k, v in held.items() if says(IS_HEADS, k) and type(v) is int]
    for name, value in list(held.items()):
        if is_config_class(type(value)) and depth < DEEPEST:
            shrunk(value, all_of_it, depth + 1)
            continue
        small = smaller(name, value, heads, all_of_it)
        if small != value:
            with contextlib.suppress(Exception):
                object.__setattr__(config, name, small)
    return config


SMALL = (
    (IS_DEPTH, LAYERS),
    (IS_VOCAB, WORDS),
    (r".*token_id|.*_idx", 1),
    (IS_EXPERTS, 4),
    (IS_TOP_K, 2),
    (IS_HEAD_DIM, HEAD_DIM),
    (IS_FFN, FFN),
    (IS_HEADS, HEADS),
    (IS_PLACES, PLACES),
    (IS_SIDE, 32),
    (IS_WIDTH, WIDTH),
)


def smaller(name: str, value: object, heads: list[int], all_of_it: bool) -> object:
    if isinstance(value, list) and value and says(r".*depths?|.*num_blocks|n_blocks", name):
        return [min(v, 2) if isinstance(v, int) else v for v in value]
    if type(value) is not int or value <= 0 or says(IS_INDEX, name):
        return value
    if says(IS_KV_HEADS, name):
        if not all_of_it:
            return value
        return HEADS if value >= max(heads, default=value) else HEADS // 2
    for pattern, small in SMALL if all_of_it else SMALL[:1]:
        if says(pattern, name):
            return min(value, small)
    return value


def neighbours(
    wishes: list[Wish], state: tuple[int, ...], error: BaseException | None
) -> list[tuple[int, ...]]:
    """The states one step from this; what the error speaks of is changed first."""
    message = str(error) if error is not None else ""
    spoken: list[tuple[int, int, tuple[int, ...]]] = []
    for index, wish in enumerate(wishes):
        if state[index] + 1 >= len(wish.choices) + wish.default:
            continue
        further = (*state[:index], state[index] + 1, *state[index + 1 :])
        config = says(IS_CONFIG, wish.name)
        first = 0 if config or (len(wish.name) > 1 and wish.name in message) else 1
        if wish.default and state[index] == 0:
            first += 1
        spoken.append((first, -len(wish.choices), further))
    return [further for _, _, further in sorted(spoken)]


# Inputs ----------------------------------------------------------------------------------

NAMED_IDS = r"(.*_)?(ids|idx|tokens_ids|token_ids|indices|input_seq)"
NAMED_PIXELS = r"(.*_)?(pixel_values(_videos)?|images?|imgs?|pixels|video|frames)"
NAMED_SOUND = r"input_(features|values)|audio_(features|values)|waveform|mel|spectrogram"
NAMED_SOUND += r"|input_spectrogram"
NAMED_MASK = r".*mask.*|.*attn_bias|.*attention_bias|bias|.*padding"
NAMED_ROTARY = r".*(position_emb(edding)?s?.*|rotary.*|rope.*|cos_sin|freqs.*|pos_embeds?"
NAMED_ROTARY += r"|rel_pos.*|position_bias|relative_position\w*)|cos|sin|pe|pos_emb"
NAMED_PLACES = r".*(position_?ids?|positions?|input_pos)|pos|start_pos|offset"
NAMED_CACHE = r".*(past|cache|incremental|layer_state).*|state"
NAMED_FLAG = r"(output|return|use|is|need|needs|with|do|deterministic|train)_.*|training"
NAMED_FLAG += r"|causal|deterministic"
NAMED_MEMORY = r".*(encoder|cross|memory|context|media|enc_out|enc_output|image_embeds).*"
NAMED_MEMORY += r"|enc|encoded|mem|ctx|key|value|k|v|kv|key_value\w*|src_out\w*|cond_tokens"
NAMED_VECTOR = r"t|c|temb|t_emb|time.*|timesteps?|emb|cond\w*|vec|y|adaln\w*|mod\w*|embed"
NAMED_HIDDEN = r"x|(.*_)?hidden_states?|inputs?|inp|src|tgt|query|queries|q|tokens|features|z"
NAMED_HIDDEN += r"|(inputs_)?embed(ding)?s|h|tensor|latents?|trg|target|source|hidden|xs?"
NAMED_CHILD = r"(sub_?layer|fn|func|module|layer|block|net|branch)"


@dataclass(frozen=True)
class Feed:
    """What one parameter of a forward is given; dims are numbers or names of sizes."""

    kind: str
    dims: tuple[int | str, ...] = ()
    value: object = None

    @property
    def key(self) -> str:
        return f"{self.kind}{self.dims}{self.value!r}"[:200]

    def shape(self, sizes: Sizes) -> tuple[int, ...]:
        return tuple(sizes[d] if isinstance(d, str) else d for d in self.dims)

    def make(self, sizes: Sizes) -> object:
        shape = self.shape(sizes)
        makers: dict[str, Callable[[], object]] = {
            "value": lambda: self.value,
            "float": lambda: torch.randn(shape),
            "zeros": lambda: torch.zeros(shape),
            "true": lambda: torch.ones(shape, dtype=torch.bool),
            "false": lambda: torch.zeros(shape, dtype=torch.bool),
            "causal": lambda: torch.ones(shape, dtype=torch.bool).tril(),
            "ids": lambda: torch.randint(0, 3, shape),
            "places": lambda: torch.arange(shape[-1]).expand(shape),
            "turns": lambda: torch.polar(torch.ones(shape), torch.randn(shape)),
            "pair": lambda: (torch.randn(shape), torch.randn(shape)),
            "list": lambda: [torch.randn(shape)],
            "child": lambda: nn.Linear(shape[-1], shape[-1]).eval(),
            "ends": lambda: torch.tensor([0, shape[0]], dtype=torch.int32),
        }
        return makers[self.kind]()


ABSENT = Feed("absent")
NOTHING = Feed("value", (), None)


def value_feed(value: object) -> Feed:
    return Feed("value", (), value)


def leaves(module: nn.Module) -> Iterator[nn.Module]:
    return (m for m in module.modules() if not list(m.children()))


def want_of(leaf: nn.Module) -> tuple[int, int] | None:
    """(axis, size) that a stock layer wants of its input."""
    if isinstance(leaf, nn.Linear):
        return -1, leaf.in_features
    if isinstance(leaf, (nn.LayerNorm, nn.RMSNorm)):
        return -1, int(leaf.normalized_shape[-1])
    if isinstance(leaf, (nn.Conv1d, nn.Conv2d, nn.Conv3d)):
        return 1, leaf.in_channels
    if isinstance(leaf, nn.GroupNorm):
        return 1, leaf.num_channels
    if isinstance(leaf, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)):
        return 1, leaf.num_features
    if isinstance(leaf, nn.MultiheadAttention):
        return -1, leaf.embed_dim
    return None


@dataclass
class Hints:
    """What an instance tells of its inputs."""

    width: int
    images: bool
    head_dim: int
    side: int
    lengths: list[int]
    crossed: bool


def hints_of(built: Built, sizes: Sizes) -> Hints:
    module = built.module
    wants: list[int] = []
    images: bool | None = None
    for leaf in module.modules():
        want = want_of(leaf)
        if want is None:
            continue
        if images is None:
            images = isinstance(leaf, (nn.Conv2d, nn.BatchNorm2d, nn.GroupNorm))
        wants.append(want[1])
    for name, weight in module.named_parameters():
        if weight.dim() == 1 and name.endswith("weight"):
            wants.append(weight.shape[0])
    named = [v for k, v in sizes.items() if says(IS_WIDTH, k) and v in wants]
    width = named[0] if named else (wants[0] if wants else sizes.get("width", WIDTH))
    inner = [getattr(m, a) for m in module.modules() for a in HEAD_ATTRIBUTES if type(getattr(m, a, None)) is int]
    head = inner[0] if inner else width // HEADS
    children = [n for n, _ in module.named_children()]
    crossed = sum(says(IS_ATTENTION, n) for n in children) > 1 or any(
        re.search("cross|encoder|enc_|src|context|memory|xattn", n.lower()) for n in children
    )
    return Hints(width, bool(images), head, side_of(module), lengths_of(module), crossed)


HEAD_ATTRIBUTES = ("head_dim", "attention_head_size", "head_size", "dim_head", "d_k")


def lengths_of(module: nn.Module) -> list[int]:
    """Lengths that a module may insist on, by its attributes."""
    found = []
    for part in module.modules():
        for name, value in vars(part).items():
            if isinstance(value, (tuple, list)) and len(value) == 2:  # noqa: PLR2004
                if all(type(v) is int and v > 1 for v in value):
                    found.append(value[0] * value[1])
            elif type(value) is int and value > 1 and says(IS_LENGTH, name):
                found.append(value)
    return list(dict.fromkeys(found))[:4]


def side_of(module: nn.Module) -> int:
    for part in module.modules():
        for name, value in vars(part).items():
            if says(r".*(image_size|img_size|resolution)", name):
                side = value[0] if isinstance(value, (tuple, list)) and value else value
                if type(side) is int:
                    return side
            if says(r".*window_?(size)?", name) and name != "window":
                side = value[0] if isinstance(value, (tuple, list)) and value else value
                if type(side) is int and side > 0:
                    return 2 * side
    return SIDE


class Inputs:
    """Guesses what a forward wants, and reads its errors to guess better."""

    def __init__(self, built: Built, sizes: Sizes, ranks: dict[str, int], call: Callable[..., object]) -> None:
        self.built = built
        self.sizes = dict(sizes)
        self.ranks = ranks
        self.hints = hints_of(built, sizes)
        self.sizes.update(batch=BATCH, seq=SEQ, memory=MEMORY, side=self.hints.side)
        self.parameters = parameters_of(call, False)
        self.call = call
        self.options = {p.name: self.options_of(p, i) for i, p in enumerate(self.parameters)}

    # First guesses -------------------------------------------------------------------

    def options_of(self, parameter: inspect.Parameter, place: int) -> list[Feed]:
        name, default = parameter.name, parameter.default
        required = default is inspect.Parameter.empty
        found = self.by_name(name, place, required)
        if required:
            return found or [self.hidden(), NOTHING]
        if self.is_primary(name, place) or (self.hints.crossed and says(NAMED_MEMORY, name) and default is None and not says(NAMED_MASK, name)):
            return [*found, ABSENT]
        if default is None and says(NAMED_ROTARY, name) and not says(NAMED_MASK, name):
            return [*found[:1], ABSENT, *found[1:]]
        return [ABSENT, *(found if default is None else [])]

    def is_primary(self, name: str, place: int) -> bool:
        """Whether a parameter that may be left out is what the forward is about."""
        names = [p.name for p in self.parameters]
        if says("input_ids|decoder_input_ids|idx", name) or says(NAMED_HIDDEN, name) and place == 0:
            return True
        ids = any(says("input_ids|idx", n) for n in names)
        return not ids and (says(NAMED_PIXELS, name) or says(NAMED_SOUND, name) or says("inputs_embeds", name))

    def by_name(self, name: str, place: int, required: bool) -> list[Feed]:
        if name in self.ranks and not says(NAMED_ROTARY + "|" + NAMED_MASK, name):
            return self.ranked(self.ranks[name], name)
        for pattern, make in self.kinds():
            if says(pattern, name):
                found = make()
                return [NOTHING, *found] if required and pattern in (NAMED_CACHE,) else found
        if place == 0:
            return self.hiddens()
        return [self.hidden(), Feed("float", ("batch", self.hints.width)), NOTHING, value_feed(1), Feed("ids", ("batch", "seq"))]

    def kinds(self) -> list[tuple[str, Callable[[], list[Feed]]]]:
        width = self.hints.width
        return [
            (NAMED_FLAG, lambda: [value_feed(False)]),
            (NAMED_CACHE, lambda: [NOTHING]),
            (NAMED_CHILD, lambda: [Feed("child", (width,)), value_feed(None)]),
            (NAMED_PIXELS, lambda: self.pixels()),
            (NAMED_SOUND, lambda: self.sounds()),
            (NAMED_IDS, lambda: [Feed("ids", ("batch", "seq"))]),
            (NAMED_PLACES, lambda: [Feed("places", d) for d in (("batch", "seq"), ("seq",), (1, "seq"))] + [value_feed(0)]),
            (r".*cu_seqlens.*", lambda: [Feed("ends", ("seq",))]),
            (r".*max_?seq_?len.*", lambda: [value_feed(SEQ)]),
            (NAMED_MASK, lambda: self.masks()),
            (NAMED_ROTARY, lambda: self.rotaries()),
            (r"h|w|height|width|grid_h|grid_w", lambda: [value_feed(SIDE), value_feed(1)] if width and self.parameters[0].name.lower() not in ("h", "w") else self.hiddens()),
            (r"(input_)?(dimensions|resolution|shape|size|hw|spatial_shape|x_size)", lambda: [value_feed((SIDE, SIDE)), NOTHING]),
            (r".*spatial_shapes.*", lambda: [Feed("ids", (1, 2))]),
            (r".*lens|.*lengths?", lambda: [Feed("ids", ("batch",)), NOTHING]),
            (NAMED_HIDDEN, lambda: self.hiddens()),
            (NAMED_MEMORY, lambda: [Feed("float", ("batch", "memory", width)), self.hidden(), Feed("float", ("batch", width))]),
            (NAMED_VECTOR, lambda: [Feed("float", ("batch", width)), self.hidden(), Feed("float", ("batch", 1, width)), Feed("ids", ("batch",))]),
        ]

    def hidden(self) -> Feed:
        return Feed("float", ("batch", "seq", self.hints.width))

    def hiddens(self) -> list[Feed]:
        order = (4, 3, 2) if self.hints.images else (3, 4, 2, 5)
        return [f for rank in order for f in self.ranked(rank, "")]

    def ranked(self, rank: int, name: str) -> list[Feed]:
        width = self.hints.width
        middle = "memory" if says(NAMED_MEMORY, name) else "seq"
        forms: dict[int, list[tuple[int | str, ...]]] = {
            0: [()],
            1: [("batch",), (width,)],
            2: [("batch", width), ("seq", width), ("batch", "seq")],
            3: [("batch", middle, width), ("batch", width, middle)],
            4: [("batch", width, "side", "side"), ("batch", "side", "side", width), ("batch", 2, "seq", width)],
            5: [("batch", width, 2, "side", "side"), ("batch", 2, "side", "side", width)],
        }
        found = [Feed("float", d) for d in forms.get(rank, [])]
        if rank == 2 and says(NAMED_IDS, name):  # noqa: PLR2004
            found.insert(0, Feed("ids", ("batch", "seq")))
        if rank == IMAGE_AXES and self.hints.images is False:
            found[0], found[1] = found[1], found[0]
        return found or self.hiddens()

    def pixels(self) -> list[Feed]:
        channels = next((v for k, v in self.sizes.items() if says(r".*num_channels|.*in_chans?|.*in_channels|channels", k)), 3)
        channels = channels if channels <= 16 else 3  # noqa: PLR2004
        forms: list[tuple[int | str, ...]] = [("batch", channels, "side", "side"), ("batch", 2, channels, "side", "side"), ("batch", 1, 1, channels, "side", "side")]
        return [Feed("float", d) for d in forms]

    def sounds(self) -> list[Feed]:
        bins = next((v for k, v in self.sizes.items() if says(r".*(mel_bins|feat_per_channel|input_dim|feature_size|num_mel\w*|n_mels)", k)), 80)
        forms: list[tuple[int | str, ...]] = [("batch", 400, bins), ("batch", bins, 3000), ("batch", 6400), ("batch", bins, 400)]
        return [Feed("float", d) for d in forms]

    def masks(self) -> list[Feed]:
        square: list[tuple[int | str, ...]] = [("batch", 1, "seq", "seq"), ("seq", "seq"), ("batch", "seq", "seq"), ("batch", "seq")]
        ones = [Feed("true", d) for d in square] + [Feed("true", ("batch", 1, 1, "memory"))]
        return [NOTHING, *ones, *(Feed("zeros", d) for d in square), Feed("false", ("batch", "seq"))]

    def rotaries(self) -> list[Feed]:
        head = self.hints.head_dim
        half = max(head // 2, 1)
        return [
            Feed("pair", ("batch", "seq", head)),
            Feed("pair", ("seq", head)),
            Feed("turns", ("seq", half)),
            self.hidden(),
            Feed("float", ("seq", half)),
            Feed("pair", ("seq", half)),
            Feed("pair", ("batch", "seq", half)),
            Feed("float", ("seq", head)),
            Feed("float", ("seq", half, 2)),
            NOTHING,
        ]

    # Attempts ------------------------------------------------------------------------

    def start(self) -> dict[str, Feed]:
        return {name: options[0] for name, options in self.options.items()}

    def values(self, feeds: dict[str, Feed], sizes: Sizes) -> tuple[tuple, dict]:
        """The arguments, by position as long as none before is left out."""
        args: list[object] = []
        kwargs: dict[str, object] = {}
        gap = False
        for parameter in self.parameters:
            feed = feeds[parameter.name]
            if feed is ABSENT:
                gap = True
                continue
            value = feed.make(sizes)
            if gap or parameter.kind is inspect.Parameter.KEYWORD_ONLY:
                kwargs[parameter.name] = value
            else:
                args.append(value)
        return tuple(args), kwargs

    def further(self, feeds: dict[str, Feed], error: BaseException) -> list[dict[str, Feed]]:
        """Other inputs to try after an error: first what it speaks of, then the rest."""
        found = [{**feeds, **change} for change in Remedies(self, feeds, error).changes()]
        spoken = []
        for name, options in self.options.items():
            keys = [o.key for o in options]
            at = keys.index(feeds[name].key) if feeds[name].key in keys else -1
            for ahead in options[at + 1 : at + 3]:
                spoken.append((name not in str(error), {**feeds, name: ahead}))
        spoken.sort(key=lambda s: s[0])
        return found + [s for _, s in spoken]


WRONG_PRODUCT = r"got \[(\d+), (\d+)\] X \[(\d+), (\d+)\]|\((\d+)x(\d+) and (\d+)x(\d+)\)"
WRONG_SIZES = r"size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\)"
WRONG_RANK = r"not enough values to unpack \(expected (\d+), got (\d+)\)"
WRONG_EINOPS = r"expected (\d+) dims\. Received (\d+)-dim"
TOO_MANY = r"too many values to unpack \(expected (\d+)"


class Remedies:
    """What an error says should be given instead."""

    def __init__(self, inputs: Inputs, feeds: dict[str, Feed], error: BaseException) -> None:
        self.inputs = inputs
        self.feeds = feeds
        self.error = error
        self.sizes = inputs.sizes
        self.frames = frames_of(error)
        self.message = str(error)

    def changes(self) -> list[dict[str, Feed]]:
        found = [
            *self.by_layer(),
            *self.by_product(),
            *self.by_broadcast(),
            *self.by_rank(),
            *self.by_dtype(),
            *self.by_none(),
            *self.by_length(),
        ]
        return [c for c in found if c]

    def widened(self, old: int, new: int, rows: int | None = None) -> Iterator[dict[str, Feed]]:
        """The feeds whose width is `old`, with `new` instead; likeliest first."""
        exact, loose = {}, {}
        for name, feed in self.feeds.items():
            shape = feed.shape(self.sizes)
            if shape and shape[-1] == old and not isinstance(feed.dims[-1], str):
                changed = Feed(feed.kind, (*feed.dims[:-1], new), feed.value)
                same = rows is None or math.prod(shape[:-1]) == rows
                (exact if same else loose)[name] = changed
        if exact:
            for name, feed in exact.items():
                yield {name: feed}
            if len(exact) > 1:
                yield exact

    def by_layer(self) -> Iterator[dict[str, Feed]]:
        for frame in self.frames:
            layer, given = frame.f_locals.get("self"), frame.f_locals.get("input")
            if given is None:
                given = frame.f_locals.get("query")
            if not isinstance(layer, nn.Module) or not isinstance(given, torch.Tensor):
                continue
            if isinstance(layer, nn.Embedding):
                for name in self.those_like(given):
                    yield {name: Feed("ids", ("batch", "seq"))}
            want = want_of(layer)
            if want is None:
                continue
            axis, size = want
            if axis == -1 and given.dim() and given.shape[-1] != size:
                rows = math.prod(given.shape[:-1])
                yield from self.widened(given.shape[-1], size, rows)
            elif axis == 1:
                for name in self.those_like(given):
                    yield from self.channels(name, layer, size)
            return

    def channels(self, name: str, layer: nn.Module, size: int) -> Iterator[dict[str, Feed]]:
        two: tuple[int | str, ...] = ("batch", size, "side", "side")
        one: tuple[int | str, ...] = ("batch", size, "seq")
        flat = isinstance(layer, (nn.Conv1d, nn.BatchNorm1d))
        yield {name: Feed("float", one if flat else two)}

    def those_like(self, tensor: torch.Tensor) -> list[str]:
        shape = tuple(tensor.shape)
        return [n for n, f in self.feeds.items() if f.dims and f.shape(self.sizes) == shape]

    def by_product(self) -> Iterator[dict[str, Feed]]:
        hit = re.search(WRONG_PRODUCT, self.message)
        if hit:
            rows, old, new = [int(g) for g in hit.groups() if g][:3]
            yield from self.widened(old, new, rows)
            yield from self.widened(old, new)

    def by_broadcast(self) -> Iterator[dict[str, Feed]]:
        hit = re.search(WRONG_SIZES, self.message)
        pairs = [(int(hit[1]), int(hit[2])), (int(hit[2]), int(hit[1]))] if hit else []
        for old, new in pairs:
            yield from self.widened(old, new)
            for name, feed in self.feeds.items():
                if old in feed.shape(self.sizes)[:-1] and feed.kind != "value":
                    shape = feed.shape(self.sizes)
                    dims = [new if s == old else d for s, d in zip(shape, feed.dims)]  # noqa: B905
                    yield {name: Feed(feed.kind, tuple(dims), feed.value)}

    def by_rank(self) -> Iterator[dict[str, Feed]]:
        hit = re.search(WRONG_RANK, self.message) or re.search(WRONG_EINOPS, self.message)
        expected = int(hit[1]) if hit else 0
        given = int(hit[2]) if hit else 0
        if not hit:
            many = re.search(TOO_MANY, self.message)
            expected = int(many[1]) if many else 0
        hit = re.search(r"[Ee]xpected (\d)D|(\d)D input|expects? .*?(\d)D", self.message)
        if not expected and hit:
            expected = int(next(g for g in hit.groups() if g))
        if not expected:
            return
        for name, feed in self.feeds.items():
            if feed.kind != "float" or (given and len(feed.dims) != given):
                continue
            for other in self.inputs.ranked(expected, name):
                yield {name: other}

    def by_dtype(self) -> Iterator[dict[str, Feed]]:
        if re.search(r"Long|Int\b|indices|integer|index tensors", self.message):
            for name, feed in self.feeds.items():
                if feed.kind == "float":
                    yield {name: Feed("ids", feed.dims[:2])}
        if "bool" in self.message.lower() or "NaN" in self.message:
            for name, feed in self.feeds.items():
                other = {"true": "zeros", "zeros": "true", "causal": "zeros"}.get(feed.kind)
                if other:
                    yield {name: Feed(other, feed.dims)}

    def by_none(self) -> Iterator[dict[str, Feed]]:
        if "None" not in self.message:
            return
        named = names_on_line(self.frames)
        empty = [n for n, f in self.feeds.items() if f is ABSENT or f.key == NOTHING.key]
        for name in sorted(empty, key=lambda n: n not in named):
            place = [p.name for p in self.inputs.parameters].index(name)
            for feed in self.inputs.by_name(name, place, True)[:6]:
                if feed.key != NOTHING.key:
                    yield {name: feed}

    def by_length(self) -> Iterator[dict[str, Feed]]:
        """Other lengths, where a module seems to insist on one."""
        if not re.search(r"size|shape|wrong|must|assert|divis|dim|length|^$", self.message):
            return
        for length in self.inputs.hints.lengths:
            yield {
                n: Feed(f.kind, tuple(length if d == "seq" else d for d in f.dims), f.value)
                for n, f in self.feeds.items()
                if "seq" in f.dims
            }
        for side in (14, 32, 64, 224):
            yield {
                n: Feed(f.kind, tuple(side if d == "side" else d for d in f.dims), f.value)
                for n, f in self.feeds.items()
                if "side" in f.dims
            }


def frames_of(error: BaseException) -> list[types.FrameType]:
    """The frames an error went through, the innermost first."""
    found = []
    trace = error.__traceback__
    while trace is not None:
        found.append(trace.tb_frame)
        trace = trace.tb_next
    return found[::-1]


def names_on_line(frames: list[types.FrameType]) -> set[str]:
    found: set[str] = set()
    for frame in frames[:6]:
        line = linecache.getline(frame.f_code.co_filename, frame.f_lineno)
        found |= set(re.findall(r"\w+", line))
    return found


# The search ------------------------------------------------------------------------------


class Search:
    """Looks for one wanted class: direct guesses first, then the models that hold it."""

    def __init__(
        self,
        cls: type[nn.Module],
        namespace: dict[str, object],
        wanted: dict[str, object],
        run: Run,
        real: bool,
    ) -> None:
        self.cls = cls
        self.namespace = namespace
        self.wanted = wanted
        self.run = run
        self.real = real
        self.deadline = time.monotonic() + PATIENCE
        self.tries = TRIES
        self.error: BaseException | None = None
        self.nearest: Found | None = None
        self.progress = -1

    def find(self) -> Found:
        init = self.wanted.get("init")
        found = self.from_init(str(init)) if init else self.direct()
        if found is None and not init:
            found = self.inside()
        if found is not None:
            return found
        maker_error = getattr(self, "maker_error", None)
        error = self.error or maker_error
        kind = "inputs" if self.nearest is not None else "construction"
        said = f"{type(error).__name__}: {error}" if error else "nothing could be tried"
        raise NotFound(kind, said, error, self.nearest)

    # Direct guesses ------------------------------------------------------------------

    def maker(self) -> Maker:
        scope = scope_of(self.cls, self.namespace)
        return Maker({**scope, **self.namespace}, self.real, self.deadline)

    def direct(self) -> Found | None:
        maker = self.maker()
        builds = 0
        for built in maker.build(self.cls):
            builds += 1
            if self.real and weights_of(built.module) > REAL_WEIGHTS:
                continue
            found = self.fed(built)
            if found is not None or builds >= 6 or self.spent():  # noqa: PLR2004
                return found
        self.maker_error = maker.error
        return None

    def spent(self) -> bool:
        return self.tries <= 0 or time.monotonic() > self.deadline

    def fed(self, built: Built) -> Found | None:
        """Inputs for an instance, by guessing; None when none of them ran."""
        ready(built.module, self.real)
        inputs = Inputs(built, sizes_of(built), self.ranks(), type_forward(built.module))
        inputs.options.update(self.said_inputs(inputs))
        ahead = [inputs.start()]
        seen: set[str] = set()
        share = max(self.tries - (TRIES // 3), 8)
        while ahead and share and not self.spent():
            feeds = ahead.pop(0)
            key = repr(sorted((n, f.key) for n, f in feeds.items()))
            if key in seen:
                continue
            seen.add(key)
            share -= 1
            candidate, error = self.attempt(built, inputs, feeds)
            if error is None:
                return candidate
            fixes = inputs.further(feeds, error)
            ahead = fixes[:4] + ahead + fixes[4:]
        return None

    def attempt(
        self, built: Built, inputs: Inputs, feeds: dict[str, Feed]
    ) -> tuple[Found | None, BaseException | None]:
        self.tries -= 1
        count = Count()
        try:
            args, kwargs = inputs.values(feeds, inputs.sizes)
        except Exception as error:  # A child or tensor of odd size may not be possible.
            return None, error
        candidate = Found(
            built.module, args, kwargs, built.text, inputs.sizes, refeeder(inputs, feeds)
        )
        try:
            with count:
                result = self.run(built.module, args, kwargs)
            if self.real and has_nan(result):
                raise ValueError("the output is NaN")
        except Exception as error:  # The user's forward may raise anything.
            if count.calls > self.progress:
                self.progress, self.error, self.nearest = count.calls, error, candidate
            return None, error
        return candidate, None

    def ranks(self) -> dict[str, int]:
        ranks = self.wanted.get("ranks")
        return dict(ranks) if isinstance(ranks, dict) else {}

    def said_inputs(self, inputs: Inputs) -> dict[str, list[Feed]]:
        """Feeds for what the configuration states: `x = "float32[batch, seq, n_embd]"`."""
        said = self.wanted.get("inputs")
        found: dict[str, list[Feed]] = {}
        for name, text in (said.items() if isinstance(said, dict) else ()):
            hit = re.fullmatch(r"\s*(\w+)\s*\[(.*)\]\s*", str(text))
            if hit is None:
                continue
            dims = [d.strip() for d in hit[2].split(",") if d.strip()]
            shape = tuple(int(d) if d.isdigit() else self.known(d, inputs) for d in dims)
            kind = "ids" if "int" in hit[1] else "true" if hit[1] == "bool" else "float"
            found[name] = [Feed(kind, shape)]
        return found

    def known(self, dim: str, inputs: Inputs) -> int | str:
        return dim if dim in inputs.sizes else inputs.hints.width

    # Stated constructions ------------------------------------------------------------

    def from_init(self, text: str) -> Found | None:
        scope = {**scope_of(self.cls, self.namespace), **self.namespace}
        try:
            value = eval(text, scope)  # noqa: S307
        except Exception as error:  # What the user wrote may raise anything.
            said = f"init raised {type(error).__name__}: {error}"
            raise NotFound("init", said, error) from error
        if isinstance(value, self.cls):
            return self.fed(Built(value.eval(), text, given_of(value)))
        if isinstance(value, nn.Module):
            return self.captured(Built(value.eval(), text, given_of(value)))
        return self.with_value(value, text)

    def with_value(self, value: object, text: str) -> Found | None:
        """The class made of a config that was stated, the rest guessed."""
        maker = self.maker()
        wishes = maker.wishes(self.cls, self.cls.__init__, True, 0, False)
        for wish in wishes[:1]:
            wish.choices, wish.default = [Choice(lambda: value, text)], False
        try:
            built = maker.call(self.cls, wishes, (0,) * len(wishes))
        except Exception as error:  # The user's constructor may raise anything.
            said = f"{type(error).__name__}: {error}"
            raise NotFound("construction", said, error) from error
        built.module.eval()
        return self.fed(built)

    # The models that hold it ---------------------------------------------------------

    def inside(self) -> Found | None:
        """The wanted class as a model of the same file feeds it."""
        self.deadline = max(self.deadline, time.monotonic() + PATIENCE / 2)
        for on_real in (False,) if self.real or fake_mode() is None else (False, True):
            for container in self.containers():
                if time.monotonic() > self.deadline:
                    return None
                found = self.in_container(container, on_real)
                if found is not None:
                    return found
        return None

    def in_container(self, container: type[nn.Module], on_real: bool) -> Found | None:
        mode = fake_mode()
        scope = unset_fake_temporarily() if on_real else contextlib.nullcontext()
        with scope:
            found = None
            maker = self.maker()
            maker.real = self.real or on_real
            tries = 0
            for built in maker.build(container, few=True):
                tries += 1
                if not any(isinstance(m, self.cls) for m in built.module.modules()):
                    if tries > 2:  # noqa: PLR2004
                        break
                    continue
                found = self.captured(built)
                if found is not None or tries > 3 or time.monotonic() > self.deadline:  # noqa: PLR2004
                    break
        if found is None or not on_real or mode is None:
            return found
        return faked(found, mode)

    def containers(self) -> list[type[nn.Module]]:
        """Classes of the file that construct the wanted one, the nearest first."""
        code = Code.of(self.cls, self.namespace)
        scope = {**self.namespace, **scope_of(self.cls, self.namespace)}
        found: list[type[nn.Module]] = []
        level = {self.cls.__name__}
        seen = set(level)
        while level and len(found) < CONTAINERS:
            above = {n for n, names in code.calls.items() if names & level} - seen
            seen |= above
            for name in code.classes:
                value = scope.get(name)
                if name in above and is_module_class(value):
                    found.append(value)
            level = above
        return found[:CONTAINERS]

    def captured(self, built: Built) -> Found | None:
        """What a model feeds the first instance of the wanted class that it holds."""
        inside = [m for m in built.module.modules() if isinstance(m, self.cls)]
        ready(built.module, self.real)
        inputs = Inputs(built, sizes_of(built), {}, type_forward(built.module))
        ahead = [inputs.start()]
        seen: set[str] = set()
        for _ in range(TRIES // 2):
            if not ahead or time.monotonic() > self.deadline:
                return None
            feeds = ahead.pop(0)
            key = repr(sorted((n, f.key) for n, f in feeds.items()))
            if key in seen:
                continue
            seen.add(key)
            caught, error = self.capture(built.module, inputs, feeds, inputs.sizes, inside)
            if caught is not None:
                found = self.confirmed(built, inputs, feeds, caught)
                if found is not None:
                    return found
            if error is None:
                return None
            fixes = inputs.further(feeds, error)
            ahead = fixes[:4] + ahead + fixes[4:]
        return None

    def capture(
        self,
        model: nn.Module,
        inputs: Inputs,
        feeds: dict[str, Feed],
        sizes: Sizes,
        inside: list[nn.Module],
    ) -> tuple[tuple[nn.Module, tuple, dict] | None, BaseException | None]:
        caught: list[tuple[nn.Module, tuple, dict]] = []

        def note(module: nn.Module, args: tuple, kwargs: dict) -> None:
            if not caught:
                caught.append((module, args, kwargs))

        hooks = [m.register_forward_pre_hook(note, with_kwargs=True) for m in inside]
        error: BaseException | None = None
        try:
            args, kwargs = inputs.values(feeds, sizes)
            model(*args, **kwargs)
        except Exception as failed:  # The user's model may raise anything.
            error = failed
        finally:
            for hook in hooks:
                hook.remove()
        return (caught[0] if caught else None), error

    def confirmed(
        self,
        built: Built,
        inputs: Inputs,
        feeds: dict[str, Feed],
        caught: tuple[nn.Module, tuple, dict],
    ) -> Found | None:
        module, args, kwargs = caught

        def refeed(batch: int, seq: int) -> tuple[tuple, dict] | None:
            sizes = {**inputs.sizes, "batch": batch, "seq": seq}
            again, _ = self.capture(built.module, inputs, feeds, sizes, [module])
            return None if again is None else plain(module, again[1], again[2])

        text = f"inside {built.text}"
        whole = Found(module, args, kwargs, text, inputs.sizes, refeed)
        args, kwargs = plain(module, args, kwargs)
        for candidate in (Found(module, args, kwargs, text, inputs.sizes, refeed), whole):
            count = Count()
            try:
                with count:
                    self.run(module, candidate.args, candidate.kwargs)
            except Exception as error:  # The user's forward may raise anything.
                if count.calls >= self.progress:
                    self.progress, self.error, self.nearest = count.calls, error, candidate
                continue
            return candidate
        return None


class Count:
    """Counts the modules that ran to their end while it is entered."""

    def __init__(self) -> None:
        self.calls = 0

    def __enter__(self) -> Count:
        self.hook = nn.modules.module.register_module_forward_hook(self.note)
        return self

    def note(self, module: nn.Module, args: object, result: object) -> None:
        self.calls += 1

    def __exit__(self, *exception: object) -> None:
        self.hook.remove()


def ready(module: nn.Module, real: bool) -> None:
    module.eval()
    if real:
        module.double()


def weights_of(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def has_nan(result: object) -> bool:
    if isinstance(result, torch.Tensor):
        return result.is_floating_point() and bool(result.isnan().any())
    if isinstance(result, (tuple, list)):
        return any(has_nan(part) for part in result)
    return False


def type_forward(module: nn.Module) -> Callable[..., object]:
    return module.forward


def refeeder(inputs: Inputs, feeds: dict[str, Feed]) -> Refeed:
    def refeed(batch: int, seq: int) -> tuple[tuple, dict] | None:
        if seq != inputs.sizes["seq"] and not any("seq" in f.dims for f in feeds.values()):
            return None
        return inputs.values(feeds, {**inputs.sizes, "batch": batch, "seq": seq})

    return refeed


def given_of(module: nn.Module) -> dict[str, object]:
    """What an instance that was stated seems to have been made with."""
    held = {k: v for k, v in vars(module).items() if not k.startswith("_")}
    configs = [v for m in module.modules() for v in vars(m).values() if is_config_class(type(v))]
    return {**held, **({"config": configs[0]} if configs else {})}


def sizes_of(built: Built) -> Sizes:
    """The integers that went into a constructor, by name; configs opened."""
    found: Sizes = {}
    defaults = {
        p.name: p.default for p in parameters_of(type(built.module).__init__, True)
    }
    for name, value in {**defaults, **built.given}.items():
        if type(value) is int and value > 1:
            found[name] = value
        elif is_config_class(type(value)) or isinstance(value, Guessed):
            for inner, held in getattr(value, "__dict__", {}).items():
                if type(held) is int and held > 1 and not inner.startswith("_"):
                    found.setdefault(inner, held)
    return found


def plain(module: nn.Module, args: tuple, kwargs: dict) -> tuple[tuple, dict]:
    """Captured arguments without the objects that a forward can do without."""
    optional = {
        p.name for p in parameters_of(module.forward, False) if p.default is None
    }
    kept = {
        k: v for k, v in kwargs.items() if k not in optional or is_plain(v)
    }
    return args, kept


def is_plain(value: object) -> bool:
    if isinstance(value, (tuple, list)):
        return all(is_plain(v) for v in value)
    return value is None or isinstance(value, (torch.Tensor, int, float, bool, str))


def fake_mode() -> FakeTensorMode | None:
    return torch._C._get_dispatch_mode(torch._C._TorchDispatchModeKey.FAKE)


def faked(found: Found, mode: FakeTensorMode) -> Found:
    """What was found on real tensors, with fake ones in their place."""
    for part in found.module.modules():
        for table in (part._parameters, part._buffers):
            for name, value in table.items():
                if value is not None:
                    table[name] = mode.from_tensor(value)  # type: ignore[index]

    def swap(value: object) -> object:
        if isinstance(value, torch.Tensor):
            return mode.from_tensor(value)
        if isinstance(value, (tuple, list)):
            return type(value)(swap(v) for v in value)
        if isinstance(value, dict):
            return {k: swap(v) for k, v in value.items()}
        return value

    args, kwargs = swap(found.args), swap(found.kwargs)
    return replace(found, args=args, kwargs=kwargs, refeed=lambda batch, seq: None)
