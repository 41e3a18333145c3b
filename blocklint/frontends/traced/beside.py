"""Runs one version of a class, and compares it with what another version did.

Started by its path with the user's interpreter, once for each version: two versions of
one package have no room in one process. Reads one job from the standard input:

    {"worker": "/abs/worker.py", "answer": "/tmp/x/new.json",
     "other": "/tmp/x/old.json", "module": {"path": "/abs/model.py"},
     "class": "Block", "memory": 8589934592}

and writes what the class was given and gave as JSON, numbers in base 64. With `other`,
the answer of the first version, the same weights and inputs are used, and what differs
is worked out. Like the worker, it has nothing of blocklint at hand but that file.
"""

from __future__ import annotations

import base64
import importlib.util
import json
import sys
from contextlib import suppress
from typing import Any

Document = dict[str, Any]

_TINY = 1e-9  # what sums in another order differ by in float64, beside the largest


def main() -> None:
    """Do the job on the standard input."""
    job = json.loads(sys.stdin.buffer.read())
    _limit(job["memory"])
    worker = _loaded(job["worker"])
    answer: Document = {}
    try:
        answer = _done(worker, job)
    except Exception as error:  # noqa: BLE001 (whatever the user's code raises)
        answer = {"reason": f"{type(error).__name__}: {error}".partition("\n")[0]}
    with open(job["answer"], "w", encoding="utf-8") as file:
        json.dump(answer, file)


def _limit(memory: int) -> None:
    with suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415 (not everywhere)

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def _loaded(path: str) -> Any:  # noqa: ANN401 (a module that is known by its path)
    """The program that makes instances and inputs, as a module."""
    spec = importlib.util.spec_from_file_location("blocklint_worker", path)
    assert spec is not None and spec.loader is not None, "it is a file of ours"
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _done(worker: Any, job: Document) -> Document:  # noqa: ANN401
    wanted = {"class": job["class"], "init": None, "inputs": None, "ranks": {}}
    namespace = worker.load(job["module"], job.get("folders") or ())
    cls = namespace.get(job["class"])
    if not isinstance(cls, type):
        return {"reason": f"there is no class {job['class']}"}
    with worker.in_double():
        found = worker.find(
            cls, namespace, {**wanted, "bare": False}, worker.call_once, real=True
        )
        worker.awaken(found.module)
        if job.get("other") is None:
            return _told(worker, found)
        with open(job["other"], encoding="utf-8") as file:
            other = json.load(file)
        return _compared(worker, found, other)


def _told(worker: Any, found: Any) -> Document:  # noqa: ANN401
    """What one version was given, and gave."""
    given = list(worker.tensors_in((found.args, found.kwargs)))
    calls, result = _called(worker, found)
    return {
        "weights": [[n, _packed(v)] for n, v in _weights(found.module)],
        "given": [_packed(each) for each in given],
        "calls": [[name, _packed(value)] for name, value in calls],
        "result": _packed(result),
    }


def _compared(worker: Any, found: Any, other: Document) -> Document:  # noqa: ANN401
    """What the other version did with the same weights and inputs, beside this one."""
    torch = worker.torch
    if "reason" in other:
        return {"reason": f"the old version: {other['reason']}"}
    said = _filled(torch, found.module, other["weights"])
    given = list(worker.tensors_in((found.args, found.kwargs)))
    before = [_unpacked(torch, each) for each in other["given"]]
    if [g.shape for g in given] != [b.shape for b in before]:
        return {"reason": "the versions take inputs of different shapes"}
    for own, old in zip(given, before):  # noqa: B905 (Python 3.9)
        own.data.copy_(old)
    calls, result = _called(worker, found)
    was = _unpacked(torch, other["result"])
    if was.shape != result.shape:
        return {"reason": "the versions return results of different shapes"}
    apart = (result - was).abs().max().item() if result.numel() else 0.0
    scale = was.abs().max().item() if was.numel() else 0.0
    same = apart <= _TINY * max(scale, 1.0)
    return {
        "largest": 0.0 if same else apart,
        "scale": scale,
        "weights": said,
        "parts_at": None if same else _first(torch, calls, other["calls"]),
    }


def _weights(module: Any) -> list[tuple[str, Any]]:  # noqa: ANN401
    every = (*module.named_parameters(), *module.named_buffers())
    return [(n, v.detach()) for n, v in every if v.is_floating_point()]


def _filled(torch: Any, module: Any, weights: list[Any]) -> str:  # noqa: ANN401
    """Give a module the weights of another: by name, else by shape and order."""
    left = {name: _unpacked(torch, packed) for name, packed in weights}
    waiting = []
    named = ordered = 0
    for name, own in _weights(module):
        if name in left and left[name].shape == own.shape:
            own.copy_(left.pop(name))
            named += 1
        else:
            waiting.append(own)
    for own in waiting:
        alike = [n for n, weight in left.items() if weight.shape == own.shape]
        if alike:
            own.copy_(left.pop(alike[0]))
            ordered += 1
    fresh = len(waiting) - ordered
    parts = [f"{named} by name"] + [f"{ordered} by shape and order"] * bool(ordered)
    parts += [f"{fresh} new"] * bool(fresh) + [f"{len(left)} unused"] * bool(left)
    return ", ".join(parts)


def _called(worker: Any, found: Any) -> tuple[list[tuple[str, Any]], Any]:  # noqa: ANN401
    """Run a module, and note what each module that it calls itself gives."""
    calls: list[tuple[str, Any]] = []

    def noting(name: str) -> Any:  # noqa: ANN401
        def note(module: Any, given: Any, result: Any) -> None:  # noqa: ANN401
            first = next(iter(worker.tensors_in(result)), None)
            if first is not None and first.is_floating_point():
                calls.append((name, first.detach().clone()))

        return note

    hooks = [
        child.register_forward_hook(noting(name))
        for name, child in found.module.named_children()
    ]
    with worker.torch.no_grad():
        result = worker.call_once(found.module, found.args, found.kwargs)
    for hook in hooks:
        hook.remove()
    return calls, next(iter(worker.tensors_in(result))).detach()


def _first(torch: Any, calls: list[Any], others: list[Any]) -> str | None:  # noqa: ANN401
    """The first module whose result is another, in the order of the calls."""
    for (name, own), (_, packed) in zip(calls, others):  # noqa: B905 (Python 3.9)
        old = _unpacked(torch, packed)
        if old.shape != own.shape:
            return str(name)
        scale = max(old.abs().max().item(), 1.0) if old.numel() else 1.0
        if old.numel() and (own - old).abs().max().item() > _TINY * scale:
            return str(name)
    return "the sums after " + str(calls[-1][0]) if calls else None


def _packed(value: Any) -> Document:  # noqa: ANN401
    """A tensor as JSON: its shape, its type, and its numbers."""
    plain = value.detach().cpu()
    whole = not plain.is_floating_point()
    numbers = plain.long() if whole else plain.double()
    byte = sys.modules["torch"].uint8
    data = bytes(numbers.contiguous().flatten().view(byte).tolist())
    return {
        "shape": list(plain.shape),
        "whole": whole,
        "data": base64.b64encode(data).decode(),
    }


def _unpacked(torch: Any, packed: Document) -> Any:  # noqa: ANN401
    data = bytearray(base64.b64decode(packed["data"]))
    kind = torch.int64 if packed["whole"] else torch.float64
    if not data:
        return torch.zeros(packed["shape"], dtype=kind)
    return torch.frombuffer(data, dtype=kind).reshape(packed["shape"]).clone()


if __name__ == "__main__":
    main()
