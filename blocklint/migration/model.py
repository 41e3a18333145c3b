"""One text of a file as the rewriter sees it: its blocks, and what its code held."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from blocklint import cst
from blocklint.analysis import Block
from blocklint.analysis.block import Site
from blocklint.analysis.sites import sites_of
from blocklint.analysis.variants import remembered, variants_of
from blocklint.frontends.static.choices import Asked, describe
from blocklint.frontends.static.files import Disk, Files
from blocklint.frontends.static.observed import Notes, Seen
from blocklint.frontends.static.project import Project
from blocklint.frontends.static.read import Reading, read_class, read_modules
from blocklint.frozen import dataclass
from blocklint.graph import BlockGraph, Node, Scope
from blocklint.lazy import cached_property
from blocklint.migration.edits import Layout
from blocklint.source import Broken, Chunk, Place, Source, source_of

Answers = Mapping[str, Any]


@dataclass(eq=False)
class Kept:
    """The files of a project, each read once however often the text is tried anew."""

    files: Files = field(default_factory=Disk)
    _sources: dict[Path, Source | None] = field(default_factory=dict)

    def has(self, path: Path) -> bool:
        """Whether there is such a file."""
        return self.files.has(path)

    def open(self, path: Path, name: str) -> Source | None:
        """A file as Python source, the same object each time."""
        if path not in self._sources:
            self._sources[path] = self.files.open(path, name)
        return self._sources[path]

    def text(self, path: Path) -> str:
        """The text of a file."""
        return self.files.text(path)

    def below(self, folder: Path, deep: bool) -> Iterator[Path]:
        """The Python files of a folder."""
        return self.files.below(folder, deep)


@dataclass(frozen=True, eq=False)
class Wired:
    """A class followed under one set of answers, with what its code held.

    `asked` are the settings that its conditions asked for; `refused` says that its
    constructor raised.
    """

    graph: BlockGraph
    notes: Notes
    asked: Mapping[str, Asked] = field(default_factory=dict)
    refused: bool = False

    @cached_property
    def sites(self) -> tuple[Site, ...]:
        """The sites of this wiring, in execution order."""
        return sites_of(self.graph)

    @cached_property
    def _placed(self) -> dict[tuple[int, int], tuple[Node, ...]]:
        found: dict[tuple[int, int], tuple[Node, ...]] = {}
        for node in self.graph.nodes:
            for scope in (node.scope, node.scope.parent):
                if node.place is not None and scope is not None:
                    key = (id(node.place.syntax), id(scope))
                    found[key] = (*found.get(key, ()), node)
        return found

    @cached_property
    def seen(self) -> tuple[Seen, ...]:
        """What code held, as far as it is still part of the graph, in text order."""
        return tuple(each for each in self.notes if self._is_real(each))

    def _is_real(self, seen: Seen) -> bool:
        nodes = self.graph.nodes
        return bool(seen.nodes) and all(
            node.index < len(nodes) and nodes[node.index] is node for node in seen.nodes
        )

    def held(self, syntax: cst.CSTNode, scope: Scope) -> tuple[Node, ...] | None:
        """What an expression held in one call; None if nothing is known of it."""
        if seen := self.notes.of(syntax, scope):
            return seen.nodes
        return self._placed.get((id(syntax), id(scope)))

    def reader(self, seen: Seen) -> tuple[Node, ...] | None:
        """What the code directly around an expression makes of its value.

        None where that is only given another name, or handed back. Empty where it is
        no tensor, as with `x.shape`.
        """
        called: cst.CSTNode | None = None
        for node in seen.place.around():
            match node:
                case cst.Attribute() if called is None:
                    called = node  # a method of the value, or what it knows of itself
                    continue
                case cst.Lambda() | cst.BaseCompoundStatement():
                    return None
                case cst.AugAssign():
                    return self._placed.get((id(node), id(seen.scope)))
                case cst.BaseSmallStatement():
                    return None
            if called is not None:
                if not (isinstance(node, cst.Call) and node.func is called):
                    return ()
                called = None
            held = self.held(node, seen.scope)
            if held is not None and held != seen.nodes:
                return held
        return None


@dataclass(eq=False)
class Model:
    """A text of a file; what is asked for of it is worked out once."""

    source: Source
    files: Files
    original: str = ""  # the text before any rewriting
    layout: Layout = field(init=False)
    project: Project = field(init=False)
    _blocks: dict[tuple[str, str], Block | None] = field(default_factory=dict)
    _wired: dict[tuple[str, object], Wired] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.layout = Layout(self.source.text)
        self.original = self.original or self.source.text
        names = {Path(self.source.path).absolute(): self.source.path}
        self.project = Project(names, files=self.files)
        self.project.add(self.source)

    def changed(self, text: str) -> "Model | None":
        """The same file with another text; None if that cannot be parsed."""
        made = source_of(text, self.source.path)
        if isinstance(made, Broken):
            return None
        known = {chunk.text: chunk for chunk in self.source.outline}
        for chunk in made.outline:
            if chunk.text in known:
                chunk.take_over(known[chunk.text])
        return Model(made, self.files, self.original)

    def chunk_of(self, name: str) -> Chunk | None:
        """The statement of the file that defines a class."""
        for chunk in self.source.outline:
            if name in chunk.names and chunk.header is not None:
                return chunk
        return None

    def users(self, name: str) -> Iterator[str]:
        """The module classes whose code names a class, its own left out."""
        for other in self.readings:
            chunk = self.chunk_of(other)
            if other != name and chunk is not None and name in chunk.uses.names:
                yield other

    @cached_property
    def readings(self) -> Mapping[str, Reading]:
        """The module classes of the file."""
        found = read_modules(self.source, self.project)
        return {reading.name: reading for reading in found}

    def wired(self, name: str, given: Answers) -> Wired:
        """A class of the file, followed under some answers."""
        key = (name, frozenset((k, type(v), v) for k, v in given.items()))
        if key not in self._wired:
            notes = Notes()
            found = self.readings[name].wiring(given, notes.evaluate)
            self._wired[key] = Wired(found.graph, notes, found.asked, found.refused)
        return self._wired[key]

    def block(self, name: str) -> Block:
        """A module class of the file, with its variants."""
        return self._block((self.source.path, name), self.readings[name])

    @property
    def blocks(self) -> Iterable[Block]:
        """Every module class of the file."""
        return [self.block(name) for name in self.readings]

    def callee(self, node: Node) -> Block | None:
        """The block that a node calls as a whole."""
        if node.callee is None:
            return None
        if node.callee not in self._blocks:
            self._blocks[node.callee] = None  # A block that calls itself ends here.
            reading = read_class(node.callee, self.project)
            if reading is not None:
                del self._blocks[node.callee]
                self._block(node.callee, reading)
        return self._blocks[node.callee]

    def _block(self, key: tuple[str, str], reading: Reading) -> Block:
        found = self._blocks.get(key)
        if found is None:
            follow = remembered(reading.wiring)
            found = Block(
                reading.name,
                reading.source,
                reading.place,
                reading.statement,
                variants_of(follow, describe),
                self.callee,
            )
            self._blocks[key] = found
        return found

    def code(self, place: Place) -> str:
        """The text of a place."""
        start, end = self.layout.ends(place.span)
        return self.source.text[start:end]

    def is_here(self, place: Place) -> bool:
        """Whether a place is in this very file."""
        return place.chunk.source is self.source
