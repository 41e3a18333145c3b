"""Block: a module class with what can be known about its wiring."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import field, replace

from blocklint.analysis.attention import Attention, attentions_of
from blocklint.analysis.mismatches import (
    Mismatch,
    are_equal_in,
    fits_in,
    is_contradicted,
    mismatches_of,
    stand_together,
)
from blocklint.analysis.placement import Placement
from blocklint.analysis.replayed import Replayed
from blocklint.analysis.role import Role
from blocklint.analysis.shapes import Meets, Shapes, Signatures, no_signature, speaks_of
from blocklint.frozen import dataclass
from blocklint.graph import BlockGraph, Member, Node, Op, Readers
from blocklint.lazy import cached_property
from blocklint.regex import Regex
from blocklint.source import Place, Source

_NAME = Regex(r"[A-Za-z_][\w.]*")  # a setting in an expression: `config.n_embd`


@dataclass(frozen=True, eq=False)
class Site:
    """One residual addition `stream + branch`."""

    add: Node
    stream: Node
    branch: Node
    role: Role
    placement: Placement
    norms: tuple[Node, ...] = ()
    sublayer: Node | None = None
    optional: bool = False
    modifiers: frozenset[str] = frozenset()

    @property
    def sublayer_place(self) -> Place | None:
        """Where the block calls its sub-layer: `self.attn(x)`, not what is inside."""
        if self.sublayer is None:
            return None
        home = len(self.add.scope.module.chain)
        calls = [s.place for s in self.sublayer.scope.chain[home:] if not s.helper]
        return next((place for place in calls if place), self.sublayer.place)

    @property
    def owner(self) -> str:
        """The class whose code holds the addition."""
        return self.add.scope.owner


@dataclass(frozen=True, eq=False)
class Variant:
    """One wiring of a block: `when` names the condition, None if there is only one."""

    when: str | None
    graph: BlockGraph = field(repr=False)
    sites: tuple[Site, ...]
    signature: Signatures = field(default=no_signature, repr=False)

    @cached_property
    def shapes(self) -> Shapes:
        """The shapes of the values that flow through this wiring."""
        return Shapes(self.graph, self.signature)

    @cached_property
    def mismatches(self) -> tuple[Mismatch, ...]:
        """The sizes that have to be equal in this wiring and are not."""
        return mismatches_of(self.shapes)

    @cached_property
    def attentions(self) -> tuple[Attention, ...]:
        """The attentions that are written out in this wiring, or torch's own."""
        return attentions_of(self.graph, self.shapes)

    @property
    def placement(self) -> str:
        """The name of the placement that all sites share, or mixed, or unknown."""
        found = {site.placement.value for site in self.sites}
        if "unknown" in found or not found:
            return "unknown"
        return found.pop() if len(found) == 1 else "mixed"

    @property
    def parallel(self) -> bool:
        """Whether attention and ffn read the same stream value and join together."""
        return any("parallel" in site.modifiers for site in self.sites)


@dataclass(frozen=True, eq=False)
class Rewired:
    """A class read under other answers to what its constructor asks.

    `as_likely` says that the code tells neither these answers nor the default ones.
    `special` are the expressions that are taken to be some number, as in `n_rep == 1`.
    `asked` are the questions that are answered otherwise, as the code writes them.
    """

    graph: BlockGraph
    as_likely: bool
    special: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Block:
    """A module class as rules see it; it is a block once it has a site.

    The first variant is the default one. `place` is that of the name, `statement`
    that of the whole class. `callee` looks up the block that a BLOCK node calls,
    `holder` the class whose code makes a node, and `find_readers` the code that may
    read what objects of the class store. `rewired` reads the class once more under
    every other answer to one of the questions that its constructor asks, `with_values`
    with a value for each setting that is None by default, by its name.
    """

    name: str
    source: Source
    place: Place
    statement: Place
    variants: tuple[Variant, ...]
    callee: "Callee" = field(repr=False)
    find_readers: Callable[[], Readers] = field(repr=False, default=Readers)
    holder: "Callee" = field(repr=False, default=lambda node: None)
    rewired: Callable[[], Iterable[Rewired]] = field(repr=False, default=tuple)
    users: Callable[[], "Iterable[Block]"] = field(repr=False, default=tuple)
    with_values: Callable[[], Iterable[tuple[str, BlockGraph]]] = field(
        repr=False, default=tuple
    )

    @property
    def default(self) -> Variant:
        """The wiring that the defaults of the constructor choose."""
        return self.variants[0]

    @property
    def sites(self) -> tuple[Site, ...]:
        """The sites of the default variant, in execution order."""
        return self.default.sites

    @property
    def is_block(self) -> bool:
        """Whether any variant joins a sub-layer to a stream."""
        return any(variant.sites for variant in self.variants)

    def own_nodes(self, graph: BlockGraph) -> tuple[Node, ...]:
        """The nodes that the code of this very class makes, in program order."""
        if graph not in self._own_nodes:
            own, places = self.statement.chunk, ((n, n.place) for n in graph.nodes)
            made = (node for node, place in places if place and place.chunk is own)
            self._own_nodes[graph] = tuple(made)
        return self._own_nodes[graph]

    @cached_property
    def _own_nodes(self) -> dict[BlockGraph, tuple[Node, ...]]:
        return {}

    @cached_property
    def members(self) -> tuple[Member, ...]:
        """The modules that any wiring's constructor stores, each once."""
        every = [m for variant in self.variants for m in variant.graph.members]
        return tuple({member.name: member for member in every}.values())

    @cached_property
    def readers(self) -> Readers:
        """The code that may read what objects of this class store."""
        return self.find_readers()

    def mismatches(self, *kinds: Meets) -> Iterator[Mismatch]:
        """The sizes of the default wiring that do not fit where they meet.

        What is wrong inside of a module by itself is that module's to tell. What is
        right in another wiring shows how the module is meant to be made, and so does
        the code that makes it, where settings have to be chosen alike.
        """
        for found in self.default.mismatches:
            if found.kind not in kinds or self._is_told_by_its_class(found):
                continue
            if not found.is_told and any(self._fits(found, s) for s in self._in_use):
                continue
            if not any(self._contradicts(*each, found) for each in self._otherwise):
                yield found
        yield from self._of_values(kinds)

    def _of_values(self, kinds: tuple[Meets, ...]) -> Iterator[Mismatch]:
        """What does not fit once a setting has a value, which is None by default.

        By default it is another one, so that nothing is wrong; given, it is treated as
        if it still was: `n_kv_heads` of keys that are projected for `n_heads`. That an
        output may be of another width than the stream it is added to, everyone knows.
        """
        if Meets.ADDED in kinds:
            return
        seen = [found.node for found in self.default.mismatches]
        for found in self._with_values:
            told = self._is_told_by_its_class(found) or any(
                stand_together(found.node, node) for node in seen
            )
            if found.kind in kinds and not told:
                seen.append(found.node)
                if not any(self._fits(found, shapes) for shapes in self._in_use):
                    yield found

    @cached_property
    def _with_values(self) -> list[Mismatch]:
        signature = self.default.signature
        return [
            replace(found, once=name)
            for name, graph in self.with_values()
            if speaks_of(graph, name, signature)
            for found in mismatches_of(Shapes(graph, signature))
            if found.is_of_settings and name in found.settings
        ]

    def _contradicts(self, other: Rewired, shapes: Shapes, found: Mismatch) -> bool:
        """Whether sizes fit in another wiring; if these are special there, they may."""
        named = {
            name for text in other.special for name in _NAME.compiled.findall(text)
        }
        if named & {str(atom) for atom in found.settings}:
            return False
        return is_contradicted(found, shapes, other.as_likely)

    def _fits(self, found: Mismatch, shapes: Shapes) -> bool:
        """Whether settings are chosen alike where an object of the class is made."""
        if fits_in(found, shapes):
            return True
        parameters = self.default.graph.parameters
        made = [node.call.made for node in shapes.graph.nodes if self._is_called(node)]
        return any(
            call and are_equal_in(found, call, shapes, parameters) for call in made
        )

    def _is_called(self, node: Node) -> bool:
        return node.callee == (self.source.path, self.name)

    @cached_property
    def _otherwise(self) -> Replayed[tuple[Rewired, Shapes]]:
        """Every wiring that is one answer away from the default, with its shapes."""
        signature = self.default.signature
        return Replayed(
            (each, Shapes(each.graph, signature)) for each in self.rewired()
        )

    @cached_property
    def _in_use(self) -> list[Shapes]:
        """The shapes in the classes of the file that make objects of this one."""
        return [block.default.shapes for block in self.users()]

    def _is_told_by_its_class(self, found: Mismatch) -> bool:
        inner = None if found.node.is_own else self.holder(found.node)
        if inner is None or inner is self or found.node.place is None:
            return False
        span = found.node.place.span
        return any(
            other.kind is found.kind
            and other.node.place is not None
            and other.node.place.span == span
            for other in inner.default.mismatches
        )

    @property
    def returns(self) -> bool:
        """Whether `forward` computes something; that of an abstract class does not."""
        return any(out.reads for v in self.variants for out in v.graph.of(Op.OUTPUT))

    def reads(self, name: str) -> bool:
        """Whether anything reads an attribute; the class itself is asked first."""
        own = self.statement.chunk.uses
        return name in own.own or name in own.building or self.readers.read(name)

    @cached_property
    def unused_members(self) -> tuple[Member, ...]:
        """The norms and modules with weights that nothing calls and no code reads."""
        learning = [m for m in self.members if m.is_norm or m.has_weights]
        idle = [m for m in learning if m.name not in self._called]
        idle = [m for m in idle if m.name not in self._called_by_name]
        return tuple(member for member in idle if not self.reads(member.name))

    @cached_property
    def _called(self) -> frozenset[str]:
        """The names of the modules that some wiring calls."""
        modules = (Op.NORM, Op.LAYER, Op.BLOCK)
        return frozenset(n.name for v in self.variants for n in v.graph.of(*modules))

    @cached_property
    def _called_by_name(self) -> frozenset[str]:
        """The attributes that the class itself calls, as a wiring shows: it reads them.

        Most that are stored are, and to look through the code takes longer.
        """
        made_in = {node.scope for v in self.variants for node in v.graph.nodes}
        scopes = {scope for inner in made_in for scope in inner.chain}
        called = (scope.place for scope in scopes if scope.place is not None)
        own = self.statement.chunk
        return frozenset(each.called for each in called if each.chunk is own)

    @property
    def is_part(self) -> bool:
        """A wrapper, or a sub-layer whose block is a finding's better place."""
        if len(self.sites) != 1:
            return False
        return self.sites[0].role is Role.OTHER or self.is_used_in_its_file

    @property
    def is_used_in_its_file(self) -> bool:
        """Whether other code of the file names this class, to make one for instance."""
        own = self.statement.chunk
        mention = (c for c in self.source.outline if c.says(self.name))
        return any(self.name in c.uses.names for c in mention if c is not own)

    @property
    def is_repeated(self) -> bool:
        """Whether the file makes a row of this class, all of them alike.

        Each may be told its own number, but no size that is worked out from it.
        """
        made = rf"\b{self.name}\((?P<args>(?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)"
        over = r"for\s+(?P<index>\w+)\s+in\s+range\("
        patterns = rf"{made}\s*{over}", rf"{over}[^\n]*:\s+[\w.]+\.append\(\s*{made}"
        for pattern in patterns:
            for found in re.finditer(pattern, self.source.text):
                index = found["index"]
                number = rf"(^|[,=])\s*{index}\s*(?=,|$)"
                rest = re.sub(number, "", found["args"])
                if not re.search(rf"\b{index}\b", rest):
                    return True
        return False

    @property
    def placement(self) -> str:
        """A placement's name, or mixed, configurable or unknown."""
        each = {variant.placement for variant in self.variants if variant.sites}
        if len(each) == 1:
            return each.pop()
        return "configurable" if each else "unknown"


Callee = Callable[[Node], Block | None]
