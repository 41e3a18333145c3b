"""The modules that a block itself calls: what each computes, and the shapes around it.

What only passes a value on (dropout, an activation, a rearrangement) is none of them.
"""

from collections.abc import Iterator

from blocklint.analysis.block import Variant
from blocklint.analysis.naming import SizeTexts
from blocklint.analysis.role import Role
from blocklint.analysis.roles import role_named
from blocklint.frozen import dataclass
from blocklint.graph import BlockGraph, Node, Op, Scope
from blocklint.lazy import cached_property
from blocklint.source import Place

_COMPUTES = (Op.LAYER, Op.NORM, Op.BLOCK, Op.OPAQUE)
_NO_MODULE = frozenset(["functional", "unit", "formula"])  # norms that are no module


@dataclass(frozen=True)
class Sublayer:
    """A module that the block calls itself, with the shapes of what goes in and out.

    Of a run, sizes have their names where they are certain: `("batch", "seq", "dim")`.
    As read, a size is what the settings and the code call it, `?` where nothing is
    known, and `...` stands in front of axes whose number is not known.
    """

    name: str
    role: str
    input: tuple[str, ...]
    output: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class InnerCall:
    """A call of a module by the block's own code, and the nodes that it makes.

    `scopes` are empty for what is a node of its own: a norm, a block. There are several
    for the items of an `nn.Sequential`.
    """

    nodes: tuple[Node, ...]
    scopes: tuple[Scope, ...] = ()

    @property
    def path(self) -> str:
        """The name that is called, with its number in an `nn.Sequential`: `ff.0`."""
        return self.scopes[0].name if self.scopes else self.nodes[0].name

    @property
    def name(self) -> str:
        """The name that is called."""
        return self.path.partition(".")[0]

    @property
    def place(self) -> Place | None:
        """Where the block calls it."""
        of_code = [s for s in self.scopes if s.owner and not s.helper]
        return of_code[0].place if of_code else self.nodes[0].place

    @property
    def computes(self) -> bool:
        """Whether it does more than to pass a value on."""
        return any(node.op in _COMPUTES for node in self.nodes)

    @cached_property
    def _own(self) -> frozenset[int]:
        return frozenset(node.index for node in self.nodes)

    @cached_property
    def given(self) -> Node | None:
        """The value that it is called with first."""
        if self.scopes and self.scopes[0].given is not None:
            return self.scopes[0].given
        reads = (read for node in self.nodes for read in node.reads)
        outside = (read for read in reads if read.index not in self._own)
        return next((read for read in outside if read.op is not Op.PARAM), None)

    def taken(self, graph: BlockGraph) -> list[Node]:
        """Its values that are read outside of it, or kept."""
        return [
            node
            for node in self.nodes
            if node.op is not Op.PARAM
            and (
                node.index in graph.kept
                or any(r.index not in self._own for r in graph.readers(node))
            )
        ]

    @property
    def kind(self) -> str:
        """What a single layer of torch computes, or a norm or block; else nothing."""
        only = self.nodes[0]
        if len(self.nodes) > 1 or only.op not in _COMPUTES:
            return ""
        if only.op in (Op.NORM, Op.BLOCK):
            return "" if self.scopes else only.op.value
        known = not only.scope.passed and only.kind != "unknown"
        return only.kind if known and not only.scope.owner else ""


def sublayers_of(variant: Variant) -> tuple[Sublayer, ...]:
    """The sub-layers of a wiring, as read; each once for different shapes."""
    texts = SizeTexts(variant.graph, variant.shapes)
    found = [
        Sublayer(
            call.name, _role(variant, call), texts.shape(given), texts.shape(taken)
        )
        for call, given, taken in ends_of(variant)
    ]
    return tuple(dict.fromkeys(found))


def role_word(of_site: Role | None, name: str, *classes: str) -> str:
    """What a module computes, in the words of a report: by its site, or by names."""
    named = map(role_named, (name.rpartition(".")[2], *classes))
    role = of_site or next((role for role in named if role), None)
    return role.value if role else "other"


def _role(variant: Variant, call: InnerCall) -> str:
    """What a call computes; a block, if it holds sites that compute several things."""
    inside = {site.role for site in variant.sites if site.add in call.nodes}
    if call.kind or len(inside) > 1:
        return call.kind or "block"
    of_sites = (site.role for site in variant.sites if site.sublayer in call.nodes)
    owners = (scope.owner for scope in call.scopes)
    return role_word(next(of_sites, None), call.name, *owners)


def ends_of(variant: Variant) -> Iterator[tuple[InnerCall, Node, Node]]:
    """The calls of a block's sub-layers, with what goes in and what comes out."""
    for call in inner_calls(variant.graph):
        taken = call.taken(variant.graph)
        if call.computes and call.given is not None and taken:
            yield call, call.given, _going_on(variant, taken, call.given)


def _going_on(variant: Variant, values: list[Node], given: Node) -> Node:
    """Of what a module gives, the value that goes on: one like what it was given."""
    before = variant.shapes.of(given)
    for value in values:
        after = variant.shapes.of(value)
        alike = after.rank == before.rank and after.axes[:-1] == before.axes[:-1]
        if before.axes and alike:
            return value
    return values[0]


def inner_calls(graph: BlockGraph) -> list[InnerCall]:
    """The modules that a block's own code calls, in order; what they call left out.

    The items of an `nn.Sequential` are one call.
    """
    rows: dict[int, list[Node]] = {}
    scopes: dict[int, Scope] = {}
    for node in graph.nodes:
        scope = called_scope(node)
        if scope is not None:
            rows.setdefault(id(scope), []).append(node)
            scopes[id(scope)] = scope
        elif _is_called(node):
            rows[id(node)] = [node]
    found: list[InnerCall] = []
    for key, nodes in rows.items():
        call = InnerCall(tuple(nodes), (scopes[key],) if key in scopes else ())
        if found and _goes_on(found[-1], call):
            last = found.pop()
            call = InnerCall(last.nodes + call.nodes, last.scopes + call.scopes)
        found.append(call)
    return found


def called_scope(node: Node) -> Scope | None:
    """The module that the block's own code called, and that a node was made in.

    A stock layer has a place, as every module, and its code counts as the block's.
    """
    inner = node.scope.chain[1:]
    return next((s for s in inner if not s.helper or s.place is not None), None)


def _is_called(node: Node) -> bool:
    """Whether a node of the block's own code stands for a module."""
    is_norm = node.op is Op.NORM and node.kind not in _NO_MODULE
    return is_norm or node.op is Op.BLOCK


def _goes_on(last: InnerCall, call: InnerCall) -> bool:
    """Whether a call is that of the next item of an `nn.Sequential`."""
    name, _, number = _end(last).partition(".")
    other, _, next_number = call.path.partition(".")
    follows = call.nodes[0].index == last.nodes[-1].index + 1
    return (
        bool(number and next_number)
        and name == other
        and follows
        and _numbers(number) < _numbers(next_number)
    )


def _end(call: InnerCall) -> str:
    last = called_scope(call.nodes[-1])
    return last.name if last is not None else call.nodes[-1].name


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(".") if part.isdigit()]
