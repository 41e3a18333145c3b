"""The same block with its norms in other places, for a comparison in memory alone."""

import os
from collections.abc import Callable

from blocklint.analysis import Block, Placement
from blocklint.engine.blocks import Blocks
from blocklint.engine.tracing import Asked
from blocklint.engine.work import modules_of
from blocklint.frontends.static.files import Disk
from blocklint.frontends.static.project import Project
from blocklint.frozen import dataclass
from blocklint.migration import Refusal, Rewritten, rewrite
from blocklint.source import Source

PLACEMENTS = (Placement.PRE, Placement.POST, Placement.OUTPUT, Placement.PERI)
Rewire = Callable[[Source, str, Placement], Rewritten | Refusal]


@dataclass(frozen=True, eq=False)
class Rewired:
    """A block in another wiring, and the text of its file that has it."""

    asked: Asked
    text: str


def rewired(
    asked: Asked, to: Placement, rewrite: Rewire = rewrite
) -> Rewired | Refusal:
    """A block as it would be in another wiring; a Refusal says why there is none."""
    source = asked.block.source
    match rewrite(source, asked.block.name, to):
        case Refusal() as refusal:
            return refusal
        case Rewritten() as found:
            block = _read(source.path, found.text, asked.block.name)
            if block is None:
                line = asked.block.place.span.line
                return Refusal("what was rewritten can no longer be followed", line)
            return Rewired(Asked(block, asked.target), found.text)


def _read(path: str, text: str, name: str) -> Block | None:
    """A class of a text that stands in the place of a file's."""
    draft = {os.path.realpath(path): text.encode(errors="surrogatepass")}
    blocks = Blocks(Project(files=Disk(draft)))
    found = [b for b in modules_of(Source(path, text), blocks) if b.name == name]
    return found[-1] if found else None
