"""BlockGraph: a module's forward pass as nodes, each reading earlier ones."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from enum import Enum
from typing import Any, TypeAlias, TypeVar

from blocklint.frozen import dataclass
from blocklint.graph.dims import Dim, Size
from blocklint.graph.facts import NO_FACTS, Facts, Tie
from blocklint.kinds import Kinds
from blocklint.lazy import cached_property
from blocklint.source import Place

T = TypeVar("T")


class Op(Kinds):
    """What a node does to the values that it reads."""

    INPUT = "input"  # an argument of forward
    PARAM = "param"  # a parameter or buffer of a module
    NORM = "norm"  # a normalisation
    LAYER = "layer"  # learnable, or mixes tokens: a sub-layer or a part of one
    BLOCK = "block"  # a whole block, or a stack of them, called as a module
    ADD = "add"  # a sum of two or more values
    VIEW = "view"  # transparent: reshape, cast, dropout, slice, scale, activation
    JOIN = "join"  # one of several values, by a condition known only at run time
    LOOP = "loop"  # a value carried around a loop, at the loop's head
    EXIT = "exit"  # the same value once the loop is done
    OPAQUE = "opaque"  # something that could not be followed
    OUTPUT = "output"  # what forward returns


@dataclass(frozen=True, eq=False)
class Scope:
    """The call that a node was made in: which class, under which attribute.

    `name` is the attribute (or function) called, `owner` the class whose code ran,
    `of_list` says that the module was taken from a list while looping over it, and
    `passed` that the module (or the function) came in through the constructor.
    `given` is the first value that the call hands over, where that is known.
    """

    parent: "Scope | None"
    name: str
    owner: str
    of_list: bool = False
    passed: bool = False
    helper: bool = False  # a function or method of the parent's own, no submodule
    place: Place | None = None  # the call; for a stock layer, where it was made
    given: "Node | None" = field(default=None, repr=False)

    @cached_property
    def module(self) -> "Scope":
        """The scope of the module whose code this is, helpers left out."""
        return self.parent.module if self.helper and self.parent else self

    @cached_property
    def chain(self) -> tuple["Scope", ...]:
        """The scopes from the outermost to this one."""
        return (*self.parent.chain, self) if self.parent else (self,)


SIZES = "sizes"  # what a guard is on that compares sizes, or numbers of axes


@dataclass(frozen=True, slots=True)
class Guard:
    """One arm of a condition that is known only at run time."""

    condition: int
    arm: bool
    rest: bool = False  # what follows an arm that returned
    on: str = ""  # what is tested, by name: `training`, `not training`, `sizes`


@dataclass(frozen=True, slots=True)
class AxisSizes:
    """All sizes of a value from one axis to another, where a call lists sizes."""

    node: "Node"
    start: int
    stop: int | None


@dataclass(frozen=True, slots=True)
class Slice:
    """`start:stop:step` in a subscript; None is an open end, or each one."""

    start: "Argument"
    stop: "Argument"
    step: "Argument" = None


@dataclass(frozen=True, slots=True)
class Several:
    """A list of values like this one, `[head(x) for head in heads]`, maybe so many."""

    item: "Argument"
    count: Dim | None


class Unknown(Enum):
    """An argument that could not be worked out."""

    UNKNOWN = "?"


UNKNOWN = Unknown.UNKNOWN
Plain: TypeAlias = (
    "Node | Dim | AxisSizes | Slice | Several | Unknown | int | float | str"
)
Argument: TypeAlias = "Plain | tuple[Argument, ...] | None"


@dataclass(frozen=True, eq=False, slots=True)
class Call:
    """What a node was called with; `made` is how the module it calls was made.

    `path` is the dotted name of what is called, `torch.nn.functional.dropout`, where
    that is a function outside of the project, or the class of an object that is made.
    `partial` says that there may be arguments that are not listed here. A number that
    depends on settings or sizes is a Dim. `place` is where an object is made.
    """

    positional: tuple[Argument, ...] = ()
    named: Mapping[str, Argument] = field(default_factory=dict)
    partial: bool = False
    made: "Call | None" = None
    path: str = ""
    place: Place | None = None

    @property
    def name(self) -> str:
        """The last part of the dotted name."""
        return self.path.rpartition(".")[2]

    @property
    def of_torch(self) -> str:
        """The bare name of the function or class of torch that is called, else ""."""
        package, _, rest = self.path.partition(".")
        return rest.rpartition(".")[2] if package in ("torch", "nn", "F") else ""

    def get(
        self, position: int | None, name: str, default: Argument = UNKNOWN
    ) -> Argument:
        """An argument by position or name; `default` if it certainly is not given."""
        if position is not None and position < len(self.positional):
            return self.positional[position]
        return self.named.get(name, UNKNOWN if self.partial else default)


NO_CALL = Call()


@dataclass(frozen=True, eq=False, slots=True)
class Node:
    """One step of a forward pass."""

    index: int
    op: Op
    name: str
    reads: tuple["Node", ...]
    place: Place | None
    scope: Scope
    kind: str = ""
    guards: tuple[Guard, ...] = ()
    member: int = 0  # which module was called: the same number, the same weights
    callee: tuple[str, str] | None = None  # file and name of the class, for a BLOCK
    call: Call = NO_CALL

    @property
    def is_own(self) -> bool:
        """Whether the class's own code makes it, or a function that it calls."""
        caller = self.scope if self.scope.owner else self.scope.parent
        return caller is None or caller.module.parent is None

    def __repr__(self) -> str:
        reads = " ".join(f"%{read.index}" for read in self.reads)
        return f"%{self.index} = {self.op.value} {self.name} {reads}".rstrip()


@dataclass(frozen=True, slots=True)
class Sharing:
    """One module with weights that every item of a list holds, or is.

    `place` is the list, or what is added to it in a loop. `part` names the module where
    the items are made anew, and it is a part of each of them; `role` is what it
    computes: `attention`, `ffn`, or nothing that has a name. `of_blocks` says that the
    items are blocks.
    """

    place: Place
    part: str = ""
    role: str = ""
    of_blocks: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """A module, or a collection of them, that a class stores on itself.

    `made` says that the class made it, and was not given it. `has_weights` is said only
    where it is certain. `container` names what holds the modules: `list`, `dict`,
    `list of tuples` and the like of Python, `modules` and `sequential` of torch; it is
    empty for a single one. `registered` says that torch knows of all of them, by
    this attribute or by another one. `copied_in` is the attribute that holds deep
    copies of this one, if none holds the module itself.
    """

    name: str
    place: Place
    is_norm: bool
    made: bool = True
    has_weights: bool = False
    container: str = ""
    registered: bool = True
    copied_in: str = ""
    sharings: tuple[Sharing, ...] = ()


@dataclass(frozen=True, eq=False)
class BlockGraph:
    """The forward pass of one `nn.Module`, in program order.

    `members` are the modules that its own constructor stores, in order. `kept` are
    the nodes whose value an object holds on to, or that are yielded: they are used
    beyond this pass, although no node reads them. `ranks` are the numbers of axes that
    the code shows by unpacking a shape, by the node's index. `facts` are what the code
    says of its settings, `ties` the weights that its constructor makes modules share.
    `size_names` are the names that the code gives to sizes of axes, `B` of
    `B, T, C = x.shape`, in order. `parameters` are those of the constructor, `assumed`
    the answers to its conditions that the graph was read under, by setting: a constant,
    or for a value that is only known to be one, an object of its own.
    """

    name: str
    nodes: tuple[Node, ...] = field(repr=False)
    members: tuple[Member, ...] = ()
    kept: frozenset[int] = frozenset()
    ranks: Mapping[int, int] = field(default_factory=dict, repr=False)
    facts: Facts = field(default=NO_FACTS, repr=False)
    ties: tuple[Tie, ...] = ()
    size_names: Mapping[Size, str] = field(default_factory=dict, repr=False)
    parameters: tuple[str, ...] = ()
    assumed: Mapping[str, object] = field(default_factory=dict, repr=False)

    def of(self, *ops: Op) -> Iterator[Node]:
        """The nodes with one of these ops, in program order."""
        if len(ops) == 1:
            return iter(self._by_op.get(ops[0], ()))
        return (node for node in self.nodes if node.op in ops)

    @cached_property
    def _by_op(self) -> dict[Op, list[Node]]:
        found: dict[Op, list[Node]] = {}
        for node in self.nodes:
            found.setdefault(node.op, []).append(node)
        return found

    @cached_property
    def _bits(self) -> dict[Op, int]:
        """The nodes with each op, as bits."""
        each = self._by_op.items()
        return {op: sum(1 << node.index for node in nodes) for op, nodes in each}

    def once(self, find: Callable[["BlockGraph"], T]) -> T:
        """What can be found in this graph, looked for only once."""
        found = self._found
        if find not in found:
            found[find] = find(self)
        known: T = found[find]
        return known

    @cached_property
    def _found(self) -> dict[Callable[["BlockGraph"], Any], Any]:
        return {}

    @cached_property
    def _readers(self) -> dict[int, list[Node]]:
        found: dict[int, list[Node]] = {node.index: [] for node in self.nodes}
        for node in self.nodes:
            for read in dict.fromkeys(node.reads):
                found[read.index].append(node)
        return found

    def readers(self, node: Node) -> list[Node]:
        """The nodes that use this node's result."""
        return self._readers[node.index]

    @cached_property
    def _ancestors(self) -> list[int]:
        """For each node, the set of nodes it is computed from, itself included."""
        sets: list[int] = []
        for node in self.nodes:
            bits = 1 << node.index
            for read in node.reads:
                bits |= sets[read.index]
            sets.append(bits)
        return sets

    def ancestors(self, node: Node) -> int:
        """The indices of what a node is computed from, itself included, as bits."""
        return self._ancestors[node.index]

    def reaches(self, early: Node, late: Node) -> bool:
        """Whether `late` is `early` or is computed from it."""
        return bool(self._ancestors[late.index] >> early.index & 1)

    def is_made_of(self, op: Op, node: Node) -> bool:
        """Whether a node has an op, or is computed from one that has."""
        return bool(self._ancestors[node.index] & self._bits.get(op, 0))

    def between(self, early: Node, late: Node) -> list[Node]:
        """The nodes on the paths from `early` to `late`, both ends left out."""
        sets, first = self._ancestors, early.index
        inside = sets[late.index]
        if not inside >> first & 1:
            return []
        return [
            node
            for node in self.nodes[first + 1 : late.index]
            if inside >> node.index & 1 and sets[node.index] >> first & 1
        ]
