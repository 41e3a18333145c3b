"""The worker's answer, read as what it is: text from a process that ran foreign code.

The answer is one JSON document, `blocklint.worker/1`:

    {"schema": "blocklint.worker/1", "at": 1, "torch": null | "2.13.0",
     "targets": [TARGET, ...]}

`at` is the target that is being worked on, counted from 0; as many as there are targets
when all is said. It stands near the start, so that it can be read alone (`position`).

    TARGET = {"class": "Block", "done": true, "status": "traced" | "failed",
              "problem": null | PROBLEM,
              "rung": "symbolic" | "export" | "recorded" | null, "seconds": 0.4,
              "how": "Block(GPTConfig())", "record": null | RECORD,
              "sizes": {"batch": 5, "seq": 13, "n_embd": 768},
              "unused": ["norm2.weight"],          parameters and buffers never read
              "weights": {"norm2.weight": [768]},  all parameters, with their shapes
              "resized": null | RESIZED, "causal": null | "why it must be",
              "probes": {"batch-leak": true, ...}, "unprobed": null | PROBLEM,
              "refused": {"symbolic": "why a rung above did not hold"},
              "stability": null | STACKS, "unmeasured": null | PROBLEM}
           | {"class": "Block", "done": false, "started": false}
    PROBLEM = {"kind": "import" | "build" | "inputs" | "run" | "probe" | "measure" |
                       "limit" | "answer",
               "error": "ValueError", "message": "...",
               "path": null | "/abs/model.py", "line": null | 12,
               "operation": null | "linear", "shapes": [[5, 13, 64], [96, 32]]}
    RESIZED = {"sizes": {"batch": 7, "seq": 17}, "problem": null | PROBLEM}
    RECORD = {"modules": [MODULE, ...], "calls": [CALL, ...], "nodes": [NODE, ...]}
    MODULE = {"path": "attn.proj", "class": "Linear", "module": "torch.nn.modules.x",
              "file": null | "/abs/model.py", "bases": ["LayerNorm"], "list": false}
    CALL = {"module": 3, "parent": 0 | null,        calls[0] is the block's own
            "path": null | "/abs/model.py", "line": null | 40, "result": null | 12}
    NODE = {"op": "input" | "param" | "call" | "output", "name": "layer_norm",
            "reads": [0, 4], "call": 2,
            "path": null | "/abs/model.py", "line": null | 41,
            "shape": null | [5, 13, 768], "dtype": null | "float32", "numbers": [0.125]}

A target that is not done was not reached, or not answered where `started` is true.
The kind `limit` is a want of memory, `answer` a record that cannot be written down.
What STACKS are, `stacks.py` says.
A node reads earlier nodes only. `shape` is null for what is no tensor: several pieces.
Nothing in it is trusted: what does not fit makes a `Malformed`, never a crash. Other
keys are left alone.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Never

from blocklint.frontends.traced.fields import (
    Fields,
    Misfit,
    each,
    flag,
    number,
    text,
    whole,
)
from blocklint.frontends.traced.record import (
    CallRecord,
    ModuleRecord,
    NodeRecord,
    Record,
)
from blocklint.frontends.traced.stacks import Stacks, read_stacks
from blocklint.frozen import dataclass

SCHEMA = "blocklint.worker/1"
MOST_BYTES = 64 * 2**20
MOST_NODES = 200_000
KINDS = frozenset(
    {"import", "build", "inputs", "run", "probe", "measure", "limit", "answer"}
)
RUNGS = frozenset({"symbolic", "export", "recorded"})
OPS = frozenset({"input", "param", "call", "output"})

_NO_SIZES: Mapping[str, int] = MappingProxyType({})
_NO_PROBES: Mapping[str, bool] = MappingProxyType({})
_NO_WEIGHTS: Mapping[str, tuple[int, ...]] = MappingProxyType({})
_NO_REASONS: Mapping[str, str] = MappingProxyType({})
_HEAD = 200
_POSITION = re.compile(rb'"at": (\d{1,6})[,}]')


@dataclass(frozen=True)
class Malformed:
    """An answer that is not what the description says; `message` names the key."""

    message: str


@dataclass(frozen=True)
class ProblemRecord:
    """What stopped a target. `path` and `line` are the user's, where there are any.

    Besides the kinds of the document, the client gives `died`, and `limit` for time.
    """

    kind: str
    message: str
    error: str = ""
    path: str | None = None
    line: int | None = None
    operation: str | None = None
    shapes: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True)
class ResizedRecord:
    """The same block once more with another batch and another length."""

    sizes: Mapping[str, int]
    problem: ProblemRecord | None


@dataclass(frozen=True)
class Target:
    """What is known of one target. Only `done` ones have more than their names."""

    class_name: str
    done: bool
    started: bool = False
    status: str = "failed"
    problem: ProblemRecord | None = None
    rung: str | None = None
    seconds: float = 0.0
    how: str = ""
    record: Record | None = None
    sizes: Mapping[str, int] = field(default_factory=lambda: _NO_SIZES)
    unused: tuple[str, ...] = ()
    weights: Mapping[str, tuple[int, ...]] = field(default_factory=lambda: _NO_WEIGHTS)
    resized: ResizedRecord | None = None
    causal: str | None = None
    refused: Mapping[str, str] = field(default_factory=lambda: _NO_REASONS)
    unprobed: ProblemRecord | None = None
    probes: Mapping[str, bool] = field(default_factory=lambda: _NO_PROBES)
    stacks: Stacks | None = None
    unmeasured: ProblemRecord | None = None


@dataclass(frozen=True)
class Answer:
    """A whole answer: the torch that ran, and the targets in the order of the job."""

    torch: str | None
    targets: tuple[Target, ...]


def read_answer(data: bytes) -> Answer | Malformed:
    """The answer that a worker wrote, or what is wrong with it. Never raises."""
    if len(data) > MOST_BYTES:
        return Malformed(f"the answer is longer than {MOST_BYTES >> 20} MB")
    try:
        return _answer(json.loads(data, parse_constant=_refuse))
    except Misfit as misfit:
        return Malformed(str(misfit))
    except (ValueError, RecursionError) as error:
        return Malformed(f"the answer is no JSON document: {str(error)[:200]}")


def position(head: bytes) -> int | None:
    """The `at` of an answer whose first bytes these are; None if it is not there."""
    found = _POSITION.search(head[:_HEAD])
    return int(found[1]) if found else None


def _refuse(constant: str) -> Never:
    raise ValueError(f"{constant} is not a finite number")


def _answer(value: object) -> Answer:
    document = Fields(value)
    if document.get("schema") != SCHEMA:
        raise Misfit("schema", f"is not {SCHEMA}")
    version = document.text("torch") if document.has("torch") else None
    targets = document.each("targets", _target)
    nodes = sum(len(it.record.nodes) for it in targets if it.record)
    if nodes > MOST_NODES:
        raise Misfit("targets", f"have {nodes} nodes in all, more than {MOST_NODES}")
    return Answer(version, targets)


def _target(value: object) -> Target:
    target = Fields(value)
    name = target.text("class")
    if not target.flag("done"):
        return Target(name, False, target.has("started") and target.flag("started"))
    found = Target(
        name,
        done=True,
        started=True,
        status=target.one_of("status", frozenset({"traced", "failed"})),
        problem=target.inner("problem", _problem),
        rung=target.one_of("rung", RUNGS) if target.get("rung") is not None else None,
        seconds=target.number("seconds"),
        how=target.text("how"),
        record=target.inner("record", _record),
        sizes=target.table("sizes", whole),
        unused=target.each("unused", text),
        weights=target.table("weights", lambda it, _: _shape(it))
        if target.has("weights")
        else {},
        resized=target.inner("resized", _resized),
        causal=target.text_or_none("causal"),
        refused=target.table("refused", text),
        unprobed=target.inner("unprobed", _problem),
        probes=target.table("probes", flag),
        stacks=target.inner("stability", read_stacks),
        unmeasured=target.inner("unmeasured", _problem),
    )
    if found.status == "failed" and found.problem is None:
        raise Misfit("problem", "is null, though the status is failed")
    if found.status == "traced" and found.record is None:
        raise Misfit("record", "is null, though the status is traced")
    return found


def _problem(value: object) -> ProblemRecord:
    problem = Fields(value)
    return ProblemRecord(
        kind=problem.one_of("kind", KINDS),
        message=problem.text("message"),
        error=problem.text("error"),
        path=problem.text_or_none("path"),
        line=problem.whole_or_none("line"),
        operation=problem.text_or_none("operation"),
        shapes=problem.each("shapes", _shape),
    )


def _resized(value: object) -> ResizedRecord:
    resized = Fields(value)
    sizes = resized.table("sizes", whole)
    return ResizedRecord(sizes, resized.inner("problem", _problem))


def _record(value: object) -> Record:
    record = Fields(value)
    modules = record.each("modules", _module)
    calls = record.numbered("calls", lambda it, index: _call(it, index, len(modules)))
    if not calls:
        raise Misfit("calls", "are none: the first is the block's own")
    found = record.get("nodes")
    if isinstance(found, list) and len(found) > MOST_NODES:
        raise Misfit("nodes", f"are {len(found)}, more than {MOST_NODES}")
    nodes = record.numbered("nodes", lambda it, index: _node(it, index, len(calls)))
    for index, call in enumerate(calls):
        if call.result is not None and call.result >= len(nodes):
            raise Misfit(f"calls[{index}].result", "is not the number of a node")
    return Record(modules, calls, nodes)


def _module(value: object) -> ModuleRecord:
    module = Fields(value)
    return ModuleRecord(
        path=module.text("path"),
        name=module.text("class"),
        package=module.text("module"),
        file=module.text_or_none("file"),
        bases=module.each("bases", text),
        is_item=module.flag("list"),
    )


def _call(value: object, index: int, modules: int) -> CallRecord:
    call = Fields(value)
    parent = call.whole("parent", below=index) if index else None
    if not index and call.get("parent") is not None:
        raise Misfit("parent", "is not null, in the block's own call")
    return CallRecord(
        call.whole("module", below=modules),
        parent,
        call.text_or_none("path"),
        call.whole_or_none("line"),
        call.whole_or_none("result"),
    )


def _node(value: object, index: int, calls: int) -> NodeRecord:
    node = Fields(value)
    shape = node.get("shape")
    return NodeRecord(
        op=node.one_of("op", OPS),
        name=node.text("name"),
        reads=node.each("reads", lambda it: whole(it, below=index)),
        call=node.whole("call", below=calls),
        path=node.text_or_none("path"),
        line=node.whole_or_none("line"),
        shape=None if shape is None else each(shape, "shape", lambda it, _: whole(it)),
        dtype=node.text_or_none("dtype"),
        numbers=node.each("numbers", number),
    )


def _shape(value: object) -> tuple[int, ...]:
    return each(value, "", lambda it, _: whole(it))


def record_of(value: object) -> Record:
    """A record that is at hand as plain data. Raises Misfit for what is none."""
    return _record(value)
