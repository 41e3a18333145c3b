"""Runs blocks: the interpreter is chosen, its worker asked, its answer made into Runs.

Everything that executes the user's code is behind this module.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from blocklint.analysis import Block
from blocklint.analysis.run import Run
from blocklint.engine.request import BadRequest
from blocklint.engine.trace_keys import Target, Tracing


class NoTorch(BadRequest):
    """The interpreter that was chosen cannot run a block; the message names it."""


@dataclass(frozen=True, eq=False)
class Asked:
    """A block to be run, and what the project says of it, if it says something."""

    block: Block
    target: Target | None = None


def runs_of(
    asked: Sequence[Asked], tracing: Tracing, probe: bool = False
) -> Iterator[Run]:
    """The runs of blocks that stand in one file, in the order that they are asked for.

    A block that does not run is a Run with a problem. `probe` asks for the probes too.
    Raises NoTorch before the first of them if the interpreter cannot run any.
    """
    raise NoTorch("blocks cannot be run yet")


def locate(module: str, tracing: Tracing) -> str | None:
    """The file of a module that the chosen interpreter knows by its name.

    Raises NoTorch as `runs_of` does.
    """
    return None
