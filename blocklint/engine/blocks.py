"""The blocks of a source file: read by the static front-end, then classified."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace
from functools import cache, partial
from typing import TypeVar

from blocklint.analysis import Block
from blocklint.analysis.shapes import Shapes, Signature, signature_of
from blocklint.analysis.variants import remembered, rewired, variants_of, with_values
from blocklint.frontends.static.choices import describe
from blocklint.frontends.static.files import Disk
from blocklint.frontends.static.importers import Importers
from blocklint.frontends.static.project import Project
from blocklint.frontends.static.read import Reading, read_class, read_modules
from blocklint.frozen import dataclass
from blocklint.graph import Node
from blocklint.source import Source

BATCH = 80  # files that share what was parsed; then memory is given back
MOST_NODES = 10_000  # of all wirings of a class, to compare what they do to shapes

T = TypeVar("T")


@dataclass(eq=False)
class Blocks:
    """The blocks of one project, each classified once."""

    project: Project
    _known: dict[tuple[str, str], Block | None] = field(default_factory=dict)
    _signatures: dict[tuple[str, str], Signature | None] = field(default_factory=dict)

    def of(self, source: Source, lines: range | None = None) -> Iterator[Block]:
        """Each module class of a file, as rules see it; most have no site.

        `lines` are those that a class must begin in, if not all are wanted.
        """
        for reading in read_modules(source, self.project):
            if lines is not None and reading.place.chunk.first_line not in lines:
                continue
            key = (reading.source.path, reading.name)
            if key not in self._known:
                self._known[key] = self._classify(reading)
            block = self._known[key]
            assert block is not None
            yield block

    def callee(self, node: Node) -> Block | None:
        """The block whose class a BLOCK node calls."""
        if node.callee is None:
            return None
        if node.callee not in self._known:
            self._known[node.callee] = None  # A block that calls itself ends here.
            reading = read_class(node.callee, self.project)
            self._known[node.callee] = self._classify(reading) if reading else None
        return self._known[node.callee]

    def signature(self, node: Node) -> Signature | None:
        """What the class that a node calls as a whole does to shapes."""
        if node.callee is None:
            return None
        if node.callee not in self._signatures:
            self._signatures[node.callee] = None  # A class that calls itself ends here.
            block = self.callee(node)
            found = signature_of(block.default.shapes) if block is not None else None
            if found is not None and block is not None:
                found = replace(found, settled=cache(partial(_settled, found, block)))
            self._signatures[node.callee] = found
        return self._signatures[node.callee]

    def holder(self, node: Node) -> Block | None:
        """The class whose code makes a node, by itself."""
        if node.place is None:
            return None
        source, name = node.place.chunk.source, node.scope.module.owner
        if (source.path, name) not in self._known:
            self._known[source.path, name] = None
            for reading in read_modules(source, self.project):
                if reading.name == name:
                    self._known[source.path, name] = self._classify(reading)
        return self._known[source.path, name]

    def _classify(self, reading: Reading) -> Block:
        follow = remembered(reading.wiring)
        return Block(
            reading.name,
            reading.source,
            reading.place,
            reading.statement,
            variants_of(follow, describe, self.signature),
            self.callee,
            reading.readers,
            self.holder,
            lambda: rewired(follow),
            lambda: self._users(reading),
            lambda: with_values(follow, reading.statement.chunk.text),
        )

    def _users(self, reading: Reading) -> Iterator[Block]:
        """The classes of a file whose code, or a function that it calls, names one."""
        names, chunks = {reading.name}, list(reading.source.outline)
        while more := {
            name
            for chunk in chunks
            if chunk.uses.names & names
            for name in chunk.names - names
        }:
            names |= more
        return (b for b in self.of(reading.source) if b.name in names - {reading.name})


def _settled(found: Signature, block: Block) -> bool:
    """Whether every wiring of a class does the same to shapes.

    Of a class that is large and has many wirings nobody says so: it takes too long.
    """
    signature, nodes = block.default.signature, 0
    for other in block.rewired():
        nodes += len(other.graph.nodes)
        if nodes > MOST_NODES:
            return False
        if not found.is_like(signature_of(Shapes(other.graph, signature))):
            return False
    return True


def batches(
    files: Iterable[T], drafts: Mapping[str, bytes]
) -> Iterator[tuple[T, Blocks]]:
    """Each file with the blocks to look it up in; neighbours share theirs."""
    disk = Disk(drafts)
    importers = Importers(disk)
    blocks = Blocks(Project(importers=importers, files=disk))
    for number, file in enumerate(files):
        if number and number % BATCH == 0:
            blocks = Blocks(Project(importers=importers, files=disk))
        yield file, blocks
