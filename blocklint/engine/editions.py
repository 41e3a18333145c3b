"""A notebook that defines a name once more: which definition each of its cells means.

A file has one class of a name. A notebook that is read from top to bottom often grows
its classes by writing them again, or gives a setting another number, and a cell means
the last definition above it. So
such a notebook is read in several editions: in each, a name has one definition, and
what an edition says of the cells that see these definitions is taken.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from blocklint.analysis import Block
from blocklint.engine.blocks import Blocks
from blocklint.frontends.static.project import Project
from blocklint.regex import Regex
from blocklint.source import Chunk, Source

_FUNCTION = Regex(r"(?:async\s+)?def\b|@")
_NUMBER = Regex(r"\w+[ \t]*=[ \t]*(?P<value>[-+(]*\d[-+*/ ().\de_]*)(?:#.*)?\n")


def of_cells(source: Source, blocks: Blocks) -> Iterator[Block]:
    """The module classes of a notebook, each of its definitions by itself."""
    defined = _definitions(source)
    starts = _starts(source, defined)
    if not starts:
        yield from blocks.of(source)
        return
    last = len(source.lines) + 1
    for first, end in pairwise((1, *starts, last)):
        here = range(first, end)
        if any(chunk.header and chunk.first_line in here for chunk in source.outline):
            shared = blocks.project
            project = Project(importers=shared.importers, files=shared.files)
            yield from Blocks(project).of(_edition(source, defined, end), here)


def _definitions(source: Source) -> dict[str, list[Chunk]]:
    """The classes, functions and numbers of a notebook by name, in order."""
    found: dict[str, list[Chunk]] = {}
    for chunk in source.outline:
        of_code = chunk.header or _FUNCTION.match(chunk.text)
        if of_code or _NUMBER.fullmatch(chunk.text):
            for name in chunk.names:
                found.setdefault(name, []).append(chunk)
    return found


def _grows(chunk: Chunk) -> bool:
    """Whether a class derives from its own name: it adds to the one before it."""
    return chunk.header is not None and bool(chunk.names & set(chunk.header.bases))


def _same_number(one: Chunk, two: Chunk) -> bool:
    numbers = _NUMBER.fullmatch(one.text), _NUMBER.fullmatch(two.text)
    texts = {number["value"].strip() for number in numbers if number}
    return None not in numbers and len(texts) == 1


def _starts(source: Source, defined: dict[str, list[Chunk]]) -> list[int]:
    """The first lines of the cells in which something is defined once more."""
    again = (
        chunk
        for chunks in defined.values()
        for before, chunk in pairwise(chunks)
        if not _grows(chunk) and not _same_number(before, chunk)
    )
    cells = source.cells
    found = {cell.first for c in again if cells and (cell := cells.at(c.first_line))}
    return sorted(found - {1})


def _edition(source: Source, defined: dict[str, list[Chunk]], end: int) -> Source:
    """A notebook as the cells above a line see it; other definitions are blank."""
    lines = list(source.lines)
    for chunks in defined.values():
        whole = [chunk for chunk in chunks if not _grows(chunk)] or chunks
        above = [chunk for chunk in whole if chunk.first_line < end]
        meant = above[-1] if above else whole[0]
        for chunk in chunks:
            stays = _grows(chunk) and chunk.first_line > meant.first_line
            if chunk is not meant and not stays:
                first, count = chunk.first_line - 1, chunk.text.count("\n")
                lines[first : first + count] = [""] * count
    return replace(source, text="\n".join(lines))
