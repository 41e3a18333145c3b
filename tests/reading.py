"""Reads the blocks of a fixture, as the engine does."""

from pathlib import Path

from blocklint.analysis import Block
from blocklint.engine.blocks import Blocks
from blocklint.frontends.static.project import Project
from blocklint.source import Source, read


def blocks_of(path: Path) -> list[Block]:
    """Every module class of a file."""
    source = read(path)
    assert isinstance(source, Source)
    return list(Blocks(Project()).of(source))
