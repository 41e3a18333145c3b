"""Traces the blocks of fixtures in this very process, rung by rung.

The product never does that: it has a worker. Here the code is our own, and starting a
process for each block would take minutes.
"""

import json
import warnings
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from blocklint.analysis import Block
from blocklint.analysis.block import Variant
from blocklint.engine.lowering import Places, wiring_of
from blocklint.frontends.traced import worker
from blocklint.frontends.traced.document import record_of
from blocklint.frontends.traced.lower import lower
from blocklint.frontends.traced.record import Record


@dataclass(frozen=True)
class Rung:
    """What one rung of the ladder made of a block."""

    name: str
    wiring: Variant
    unused: tuple[str, ...]
    sizes: Mapping[str, int]
    record: Record


def namespace_of(path: Path) -> dict[str, Any]:
    """The names of a fixture, imported as the worker does it."""
    return worker.load({"path": str(path)})


def rungs_of(block: Block, names: dict[str, Any]) -> Iterator[Rung]:
    """The block by every rung that holds, in the order of the ladder.

    Raises worker.NotFound where no instance, or no inputs, can be made.
    """
    cls = names[block.name]
    wanted: dict[str, object] = {"class": block.name}
    places = Places()
    places.add(block.source)
    worker.quieten()
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    fake: Any = FakeTensorMode(allow_non_fake_inputs=True)
    try:
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                with fake:
                    found = worker.find(cls, names, wanted, worker.call_once)
            except worker.NotFound as failure:
                if not worker.asks_for_values(failure):
                    raise
                found = worker.find(cls, names, wanted, worker.call_once, real=True)
                fake = nullcontext()
            for name, way in worker.LADDER:
                record = worker.held(name, way, found, fake)
                if isinstance(record, worker.Record):
                    text = json.dumps(record.document())
                    read = record_of(json.loads(text))
                    wiring = wiring_of(lower(read, places.find, block.name).graph)
                    unused = tuple(record.unused())
                    yield Rung(name, wiring, unused, found.sizes, read)
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
