"""The state of following one module's code: the graph so far, and where we are."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import field
from typing import TYPE_CHECKING

from blocklint import cst
from blocklint.frontends.static.arguments import Called, number, unsure
from blocklint.frontends.static.choices import Choices
from blocklint.frontends.static.flow import Evaluate, Invoke, Run
from blocklint.frontends.static.noted import Noted
from blocklint.frontends.static.tables import Tables
from blocklint.frontends.static.values import (
    NO_ARGUMENTS,
    Class,
    Known,
    RunTime,
    Sequence,
    Symbol,
    Tensor,
    Value,
    reads,
    tensors,
)
from blocklint.frozen import dataclass
from blocklint.graph import BlockGraph, Guard, Member, Node, Op, Scope, Sharing, Size
from blocklint.graph.model import NO_CALL
from blocklint.source import Chunk, Place

if TYPE_CHECKING:
    from blocklint.frontends.static.library import Library
    from blocklint.frontends.static.project import File

DEEPEST = 24  # calls inside calls; real blocks need about ten
ROUNDS = 2  # how often a function may be entered before it was left
LARGEST = 3000  # nodes in a graph; beyond it, calls are no longer followed
LONGEST = 60_000  # expressions worked out; beyond it, likewise
NOTHING = Called(NO_ARGUMENTS)
_ADD = Op.ADD  # asked of all nodes: it takes a while to find in its class


@dataclass(eq=False, slots=True)
class Frame:
    """One call of a function of the project."""

    file: "File"
    chunk: Chunk
    scope: Scope
    names: dict[str, Value]
    owner: Class | None = None
    outer: dict[str, Value] | None = None
    depth: int = 0
    building: bool = False  # inside a constructor: no tensor flows yet
    own: bool = True  # code of the class that is being read, or of its parents
    list_item: bool = False
    returned: list[Value] = field(default_factory=list)
    continued: list[dict[str, Value]] = field(default_factory=list)
    repeating: int = 0
    before: "tuple[dict[str, Value], tuple[Value, ...]] | None" = None  # of a loop
    called_at: Place | None = None  # of stock layers, whose code has no place

    def place(self, syntax: cst.CSTNode) -> Place:
        """Where a syntax node of this function stands."""
        return self.called_at or Place(self.chunk, syntax)

    def unknown(self, text: str) -> Value:
        """A value that we cannot tell: a setting in a constructor, else a number."""
        return Symbol(text) if self.building else RunTime(text)


@dataclass(eq=False)
class Machine:
    """Follows code under one assignment of its construction-time settings.

    `evaluate`, `call` and `run` are the language: expressions, calls, statements.
    The modules below them reach them through here, so that imports point one way.
    """

    library: "Library"
    choices: Choices
    evaluate: Evaluate
    call: Invoke
    run: Run
    nodes: list[Node] = field(default_factory=list)
    guards: tuple[Guard, ...] = ()
    raised: bool = False  # a constructor refused the settings
    steps: int = 0  # expressions worked out so far
    made: int = 0  # objects made so far
    copied: list[Value] = field(default_factory=list)  # what was copied deeply
    shared: dict[int, tuple[Value, Sharing, Value]] = field(default_factory=dict)
    _kept: set[int] = field(default_factory=set)
    _conditions: int = 0
    _numbers: dict[int, tuple[object, int]] = field(default_factory=dict)
    _active: list[cst.CSTNode] = field(default_factory=list)
    _inputs: dict[tuple[int, object], Node] = field(default_factory=dict)
    filled: dict[int, tuple[Value, Value]] = field(default_factory=dict)  # by whom
    ranks: dict[int, int] = field(default_factory=dict)  # as unpacked shapes show
    size_names: dict[Size, str] = field(default_factory=dict)  # as the code has them
    noted: Noted = field(default_factory=Noted)

    def __post_init__(self) -> None:
        # No cached property: it would make every other field slower to get at.
        self.tables = Tables(self.nodes)

    def emit(
        self,
        op: Op,
        name: str,
        reads: "tuple[Node, ...]",
        at: Place | None,
        scope: Scope,
        kind: str = "",
        called: Called = NOTHING,
    ) -> Tensor:
        """Add a node to the graph."""
        if op is _ADD and (same := self._sum_of(reads)):
            return Tensor(same)
        member, call = 0, NO_CALL
        if called is not NOTHING:
            called = self.tables.given(called, scope)
            call = called.call
            if called.member is not None:
                member = self._number(called.member)
        node = Node(
            len(self.nodes),
            op,
            name,
            reads,
            at,
            scope,
            kind,
            self.guards,
            member,
            called.key,
            call,
        )
        self.nodes.append(node)
        return Tensor(node)

    def _number(self, member: object) -> int:
        """A number for a module object; it is kept, so that its id stays its own."""
        kept, number = self._numbers.get(id(member), (member, len(self._numbers) + 1))
        self._numbers[id(member)] = kept, number
        return number

    def _sum_of(self, reads: "tuple[Node, ...]") -> Node | None:
        """The same sum, if it was already written once: `f(x + y) + (x + y)`."""
        for node in reversed(self.nodes[-200:]):
            if node.op is _ADD and node.reads == reads and len(reads) > 1:
                return node if node.guards == self.guards else None
        return None

    def op(
        self,
        op: Op,
        name: str,
        values: "tuple[Value, ...]",
        syntax: cst.CSTNode,
        frame: Frame,
        kind: str = "",
        called: Called = NOTHING,
    ) -> Tensor:
        """Add a node that reads whatever tensors these values hold."""
        place = frame.place(syntax)
        return self.emit(op, name, reads(*values), place, frame.scope, kind, called)

    def join(self, values: list[Value], frame: Frame) -> Value:
        """One value for what may be any of these, by a condition at run time."""
        first = values[0]
        if len(values) == 1 or all(_same(first, each) for each in values[1:]):
            return first
        lists = [v for v in values if isinstance(v, Sequence)]
        if any(map(_is_void, lists)) and any(isinstance(v, Tensor) for v in values):
            return self.join([v for v in values if not _is_void(v)], frame)
        if lists:
            return self._join_lists(values, lists, frame)
        nodes = reads(*values)
        if len(nodes) > 1:
            return self.emit(Op.JOIN, "either", nodes, None, frame.scope)
        if nodes:
            return Tensor(nodes[0])
        open_values = [v for v in values if not isinstance(v, Known)]
        if open_values:
            return unsure(open_values[0])
        told = all(map(number, values)) or all(map(_is_flag, values))
        return RunTime("either") if told or all(map(_is_text, values)) else first

    def _join_lists(
        self, values: list[Value], lists: list[Sequence], frame: Frame
    ) -> Value:
        longest = max(lists, key=lambda each: len(each.items))
        items = list(longest.items)
        for value in values:
            rows = self._rows(value, longest, frame)
            for i, row in enumerate(rows[: len(items)]):
                items[i] = self.join([row, items[i]], frame)
        alone = longest.kind == "tuple" and any(type(v) is Tensor for v in values)
        return Sequence(items, longest.repeated, longest.kind, may_be_first=alone)

    def _rows(self, value: Value, other: Sequence, frame: Frame) -> list[Value]:
        """The items of a value that may be a list just as the other one is."""
        match value:
            case Sequence(items):
                return items
            case Tensor(node) if other.repeated:
                return [
                    self.emit(Op.VIEW, "each", (node,), None, frame.scope, "element")
                ]
        return [value]

    def follows(self, condition: int, taken: bool, on: str = "") -> None:
        """The other arm left: what follows in this function is this arm's."""
        self.guards = (*self.guards, Guard(condition, taken, rest=True, on=on))

    def next(self) -> int:
        """A number for an object that is being made; later ones have higher numbers."""
        self.made += 1
        return self.made

    def share(self, value: Value, sharing: Sharing, item: Value) -> None:
        """Note that every item of a list, such as this one, is or holds one object."""
        self.shared.setdefault(id(value), (value, sharing, item))

    def condition(self) -> int:
        """A number for a condition that is known only at run time."""
        self._conditions += 1
        return self._conditions

    def enter(self, function: cst.CSTNode) -> bool:
        """Enter a function; says whether it may be followed (depth, recursion)."""
        self._active.append(function)
        rounds = self._active.count(function)
        allowed = rounds <= ROUNDS and len(self._active) <= DEEPEST
        return allowed and len(self.nodes) < LARGEST and self.steps < LONGEST

    def leave(self) -> None:
        """Leave the function that was entered last."""
        self._active.pop()

    def element(self, node: Node, key: object) -> Node:
        """One element of an input that is a tuple: an input of its own."""
        if (node.index, key) not in self._inputs:
            name = f"{node.name}[{key}]"
            made = self.emit(Op.INPUT, name, (), node.place, node.scope, "element")
            self._inputs[node.index, key] = made.node
        return self._inputs[node.index, key]

    @contextmanager
    def aside(self) -> Iterator[int]:
        """Work something out that adds no node and asks for no setting.

        Gives the number of nodes that stay.
        """
        choices, raised, kept = self.choices, self.raised, set(self._kept)
        inputs, filled, count = dict(self._inputs), dict(self.filled), len(self.nodes)
        self.choices = choices.copy()
        yield count
        self.choices, self.raised, self._kept = choices, raised, kept
        self._inputs, self.filled = inputs, filled
        del self.nodes[count:]
        self.tables.forget(count)

    def keep(self, value: Value) -> None:
        """Note that an object holds on to a value: it may be used in another pass."""
        self._kept |= {node.index for node in tensors(value)}

    def graph(self, name: str, members: tuple[Member, ...] = ()) -> BlockGraph:
        """The graph so far."""
        kept = frozenset(self._kept)
        facts, ties = self.noted.facts(self.choices.given), tuple(self.noted.ties)
        nodes, names = tuple(self.nodes), self.size_names
        return BlockGraph(name, nodes, members, kept, self.ranks, facts, ties, names)


class Arm:
    """One arm of a condition at run time: what is followed in it is guarded."""

    def __init__(self, m: Machine, condition: int, taken: bool, on: str = "") -> None:
        self._machine = m
        self._guard = Guard(condition, taken, on=on)

    def __enter__(self) -> None:
        self._outer = self._machine.guards
        self._machine.guards = (*self._outer, self._guard)

    def __exit__(self, *raised: object) -> None:
        self._machine.guards = self._outer


def _is_void(value: Value) -> bool:
    """Whether a value stands for results that are not there: `(None, None)`."""
    items = value.items if isinstance(value, Sequence) else []
    return bool(items) and all(each == Known(None) for each in items)


def _is_flag(value: Value) -> bool:
    return isinstance(value, Known) and isinstance(value.value, bool)


def _is_text(value: Value) -> bool:
    return isinstance(value, Known) and isinstance(value.value, str)


def _same(one: Value, two: Value) -> bool:
    if one is two:
        return True
    if type(one) is Tensor and type(two) is Tensor:
        return one.node is two.node
    if type(one) is Known and type(two) is Known:
        return type(one.value) is type(two.value) and one.value == two.value
    if isinstance(one, (Symbol, RunTime)) and isinstance(two, (Symbol, RunTime)):
        return number(one) is not None and number(one) == number(two)
    return False
