"""Runs as data: what a trace would have shown, read off code that is never run."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from blocklint.analysis import Block
from blocklint.analysis.run import Run
from blocklint.engine import BadRequest
from blocklint.engine.blocks import Blocks
from blocklint.engine.trace_settings import Tracing
from blocklint.engine.tracing import Asked
from blocklint.frontends.static.project import Project
from blocklint.source import Place, Source


def block_of(code: str, name: str = "Block", path: str = "model.py") -> Block:
    """A class of a file that exists only here."""
    blocks = list(Blocks(Project()).of(Source(path, code)))
    return next(block for block in blocks if block.name == name)


def run_of(code: str | Block, **given: Any) -> Run:  # noqa: ANN401 (fields of Run)
    """A run that wired things as this code does."""
    block = code if isinstance(code, Block) else block_of(code)
    run = Run("export", 0.25, f"{block.name}()", block.default)
    return replace(run, **given)


def place_at(block: Block, line: int) -> Place:
    """The first place that a node of a block has on a line."""
    every = (node.place for v in block.variants for node in v.graph.nodes)
    return next(place for place in every if place and place.span.line == line)


class Tracer:
    """Stands in for the tracer: answers with the runs that it was made with, by class.

    What it was asked is kept. A message in the place of runs says why there are none.
    """

    def __init__(self, runs: dict[str, Run] | BadRequest, **modules: str) -> None:
        self.runs, self.modules = runs, modules
        self.asked: list[tuple[Asked, Tracing, bool]] = []

    def runs_of(
        self, asked: Sequence[Asked], tracing: Tracing, probe: bool = False
    ) -> Iterator[Run]:
        """In the place of the function of this name."""
        self.asked += [(each, tracing, probe) for each in asked]
        if isinstance(self.runs, BadRequest):
            raise self.runs
        return iter([self.runs[each.block.name] for each in asked])

    def locate(self, module: str, tracing: Tracing) -> str | None:
        """In the place of the function of this name."""
        return self.modules.get(module)
