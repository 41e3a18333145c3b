"""Answers of a worker, as they should be and otherwise."""

import json
from collections.abc import Callable
from typing import Any

Json = dict[str, Any]


def true_answer(*classes: str) -> Json:
    """An answer with everything in it that there can be."""
    return {
        "schema": "blocklint.worker/1",
        "at": len(classes),
        "torch": "2.13.0",
        "targets": [target(name) for name in classes],
    }


def target(name: str) -> Json:
    """A target that was traced, but not with other sizes."""
    module: Json = {"path": "", "class": name, "module": "m", "file": None}
    module |= {"bases": [], "list": False}
    norm = {**module, "path": "norm", "file": "/model.py", "bases": ["LayerNorm"]}
    return {
        "class": name,
        "done": True,
        "status": "traced",
        "problem": None,
        "rung": "export",
        "seconds": 0.5,
        "how": f"{name}()",
        "record": {
            "modules": [module, norm],
            "calls": [call(module=0), call(module=1, parent=0, line=4, result=2)],
            "nodes": [
                node(op="input", name="x"),
                node(op="param", name="norm.weight", call=1, shape=[64]),
                node(name="layer_norm", reads=[0, 1], call=1, line=4, path="/model.py"),
                node(op="output", name="output", reads=[2], shape=None),
            ],
        },
        "sizes": {"batch": 5, "seq": 13},
        "unused": ["norm.bias"],
        "resized": {"sizes": {"batch": 7, "seq": 17}, "problem": problem()},
        "causal": "a mask",
        "probes": {"batch-leak": False},
        "unprobed": None,
        "refused": {"symbolic": "TraceError"},
        "stability": stacks(),
        "unmeasured": None,
    }


def stacks() -> Json:
    """Two stacks that were measured, and one for which there was no time."""
    return {
        "how": "Block()",
        "weight": "ffn.weight",
        "zeroed": ["query.weight"],
        "sizes": {"batch": 8, "seq": 32, "width": 64},
        "weights": 1000,
        "words": 1000,
        "runs": [
            {
                **{"depth": depth, "seed": 0, "last": 0.5, "first": 0.5},
                **{"gradients": [0.7] * depth, "stream": [1.0] * depth},
                **{"loss": 7.1, "bare": None},
            }
            for depth in (1, 2)
        ],
        "left_out": [{"depth": 4, "reason": "no time"}],
    }


def call(**values: object) -> Json:
    """A call, with what is usual where nothing else is said."""
    return {"parent": None, "path": None, "line": None, "result": None} | values


def node(**values: object) -> Json:
    """A node, with what is usual where nothing else is said."""
    usual = {"op": "call", "name": "add", "reads": [], "call": 0, "path": None}
    usual |= {"line": None, "shape": [5, 13, 64], "dtype": None, "numbers": [0.5, 2]}
    return usual | values


def problem() -> Json:
    """What an operation raised."""
    return {
        "kind": "run",
        "error": "RuntimeError",
        "message": "mat1 and mat2 do not fit",
        "path": "/model.py",
        "line": 12,
        "operation": "linear",
        "shapes": [[7, 17, 64], [96, 32]],
    }


def node_of(answer: Json) -> Json:
    """The first node of the first target."""
    nodes: list[Json] = answer["targets"][0]["record"]["nodes"]
    return nodes[0]


def spoiled(change: Callable[[Json], object]) -> bytes:
    """An answer for the one class Block, changed."""
    answer = true_answer("Block")
    change(answer)
    return json.dumps(answer).encode()
