"""Which blocks are to be run: those of a file, or classes that are named."""

import os
from collections.abc import Iterator
from pathlib import Path

from blocklint.analysis import Block
from blocklint.engine import tracing as tracer
from blocklint.engine.trace_keys import Target, Tracing
from blocklint.engine.tracing import Asked


def find_module(name: str, folder: Path) -> Path | None:
    """The file of a module below a folder or its `src`; nothing is imported."""
    parts = name.split(".")
    if not all(part.isidentifier() for part in parts):
        return None
    for root in (folder, folder / "src"):
        path = root.joinpath(*parts)
        for found in (path.with_suffix(".py"), path / "__init__.py"):
            if found.is_file():
                return found
    return None


def file_of(target: Target, tracing: Tracing) -> Path | None:
    """The file that a target of the config stands in, as far as it can be found."""
    if target.is_file:
        return tracing.root / target.where
    return find_module(target.where, tracing.root)


def locate(target: Target, tracing: Tracing) -> Path | None:
    """As `file_of`, and if that fails, as the interpreter finds a module."""
    found = file_of(target, tracing)
    if found is None:
        known = tracer.locate(target.where, tracing)
        return Path(known) if known else None
    return found


def asked_of(block: Block, tracing: Tracing) -> Iterator[Asked]:
    """How a block is to be run: as each target of the config that means it says.

    A block that the config does not speak of is run once.
    """
    meant = [target for target in tracing.targets if target.name == block.name]
    here = os.path.realpath(block.source.path)
    found = [
        Asked(block, target)
        for target in meant
        if (path := file_of(target, tracing)) and os.path.realpath(path) == here
    ]
    yield from found or [Asked(block)]
