"""Lowers what a worker recorded to the graph that reading the code gives too.

A layer of torch is one node, whatever it calls inside; so is a module that computes a
norm and nothing else, and a whole block taken from a list. All other modules are
looked into: each call of one is a scope.
"""

from collections.abc import Callable, Sequence
from dataclasses import field

from blocklint.frontends.torch_api import (
    Meaning,
    is_norm_name,
    layer_meaning,
    words,
)
from blocklint.frontends.traced.calls import Recorded
from blocklint.frontends.traced.record import (
    CallRecord,
    NodeRecord,
    Record,
)
from blocklint.frontends.traced.steps import is_constant, step_of
from blocklint.frozen import dataclass
from blocklint.graph import BlockGraph, Call, Node, Op, Scope
from blocklint.graph.normalisations import is_normalisation
from blocklint.graph.residuals import Residuals
from blocklint.source import Place

FindPlace = Callable[[str, int], Place | None]

_LAYERS_WITH_CODE = words(
    "TransformerEncoderLayer TransformerDecoderLayer TransformerEncoder "
    "TransformerDecoder Transformer"
)
_ROWS = words("Sequential ModuleList ModuleDict")
_SITES_OF_A_BLOCK = 2


@dataclass(frozen=True, eq=False)
class Lowered:
    """The graph of a record, and for each call of a module what it became.

    `results` maps a node of the record to the node of the graph that holds its value;
    `scopes` a call to the scope of its code, or to the one that it is a node of.
    """

    graph: BlockGraph
    results: dict[int, Node] = field(repr=False)
    scopes: dict[int, Scope] = field(repr=False)


def lower(record: Record, find: FindPlace, name: str) -> Lowered:
    """The graph of one recorded run of the class `name`."""
    return _Lowering(Recorded(record), find, name).whole()


@dataclass(eq=False)
class _Lowering:
    """One graph in the making: of the whole record, or of a single call in it."""

    recorded: Recorded
    find: FindPlace
    name: str
    top: int = 0  # the call whose graph it is
    nodes: list[Node] = field(default_factory=list)
    made: dict[int, Node] = field(default_factory=dict)
    scopes: dict[int, Scope] = field(default_factory=dict)
    done: set[int] = field(default_factory=set)  # calls that became a node
    meanings: dict[int, Meaning | None] = field(default_factory=dict)

    def whole(self) -> Lowered:
        """Lower every node of the record."""
        self.scopes[0] = Scope(None, self.name, self.name)
        for index, node in enumerate(self.recorded.record.nodes):
            self._lower(index, node)
        graph = BlockGraph(self.name, tuple(self.nodes))
        return Lowered(graph, self.made, self.scopes)

    def part(self) -> BlockGraph:
        """Lower one call alone: what it reads from outside are its inputs."""
        module = self.recorded.module(self.top)
        self.scopes[self.top] = Scope(None, module.name, module.name)
        for index in self.recorded.given(self.top):
            self._input(index, self.recorded.record.nodes[index])
        for index in self.recorded.inside[self.top]:
            self._lower(index, self.recorded.record.nodes[index])
        results = [
            self.made[i] for i in self.recorded.taken(self.top) if i in self.made
        ]
        self._emit(Op.OUTPUT, "return", results, None, self.scopes[self.top])
        return BlockGraph(module.name, tuple(self.nodes))

    def _lower(self, index: int, node: NodeRecord) -> None:
        match node.op:
            case "input":
                self._input(index, node)
            case "output":
                for value in self._values(node):
                    scope = self.scopes[self.top]
                    self._emit(Op.OUTPUT, "return", [value], None, scope)
            case "call":
                self._call(index, node)

    def _input(self, index: int, node: NodeRecord) -> None:
        scope = self.scopes[self.top]
        self.made[index] = self._emit(Op.INPUT, node.name, (), None, scope)

    def _values(self, node: NodeRecord) -> list[Node]:
        """What a node reads; a parameter becomes a node when code reads it itself."""
        found: list[Node] = []
        for read in node.reads:
            source = self.recorded.record.nodes[read]
            if source.op == "param":
                name = source.name.rpartition(".")[2]
                scope = self._scope(node.call)
                found.append(self._emit(Op.PARAM, name, (), None, scope))
            elif read in self.made:
                found.append(self.made[read])
        return list(dict.fromkeys(found))

    def _call(self, index: int, node: NodeRecord) -> None:
        whole = self._becoming(node.call)
        if whole is not None:
            if whole not in self.done:
                self.done.add(whole)
                self._module(whole)
            return
        reads = self._values(node)
        if is_constant(node.name) or not reads:
            return
        self.made[index] = self._function(node, reads)

    def _becoming(self, call: int) -> int | None:
        """The outermost call around (not the top) that is a node as a whole."""
        chain = self.recorded.chains[call]
        for each in chain[chain.index(self.top) + 1 :]:
            if self._meaning(each) is not None:
                return each
        return None

    def _meaning(self, call: int) -> Meaning | None:
        """What a call is as a node of its own; None for what is looked into."""
        if call not in self.meanings:
            self.meanings[call] = None
            self.meanings[call] = self._work_out(call)
        return self.meanings[call]

    def _work_out(self, call: int) -> Meaning | None:
        module = self.recorded.module(call)
        if module.of_torch:
            looked_into = module.name in _ROWS | _LAYERS_WITH_CODE
            return None if looked_into else layer_meaning(module.name)
        named = any(map(is_norm_name, (module.name, *module.bases)))
        part = _Lowering(
            self.recorded, self.find, module.name, call, meanings=self.meanings
        ).part()
        if is_normalisation(part, named):
            return Op.NORM, module.name
        listed = call in self.recorded.looped
        if listed and len(Residuals(part).outer) >= _SITES_OF_A_BLOCK:
            return Op.BLOCK, module.name
        return None

    def _module(self, call: int) -> None:
        """A call of a module that is one node."""
        op, kind = self._meaning(call) or (Op.LAYER, "")
        given = [self.made[i] for i in self.recorded.given(call) if i in self.made]
        taken = self.recorded.taken(call)
        if not given or not taken:
            return
        name = self._attribute(call)
        outer = self._scope(self._around(call))
        place = self._place(self.recorded.record.calls[call])
        listed = call in self.recorded.looped
        inner = outer if op in (Op.NORM, Op.BLOCK) else Scope(outer, name, "", listed)
        if kind == "attention" and self._is_crossed(call):
            kind = "cross-attention"
        elif kind == "conv" and self._is_pointwise(call):
            kind = "linear"
        weighs = self.recorded.weighs(call)
        member = self.recorded.record.calls[call].module + 1 if weighs else 0
        made = self._emit(op, name, given, place, inner, kind, member)
        for index in taken:
            self.made[index] = self._result(call, index, made)

    def _result(self, call: int, index: int, made: Node) -> Node:
        """One of the values of a module.

        An adaptive norm gives gates beside the normed value, an attention its weights.
        """
        scope, place = made.scope, made.place
        if made.op is Op.NORM and len(made.reads) > 1:
            if self._depends(index, self.recorded.given(call)[0], call):
                return made
            reads = made.reads[1:]
            return self._emit(Op.VIEW, "[1]", reads, place, scope, "element")
        if made.op is Op.LAYER and index != self.recorded.taken(call)[0]:
            return self._emit(Op.VIEW, "[1]", [made], place, scope, "second")
        return made

    def _depends(self, index: int, source: int, call: int) -> bool:
        own = set(self.recorded.inside[call])
        pending, seen = [index], set[int]()
        while pending:
            each = pending.pop()
            if each == source:
                return True
            if each not in seen and each in own:
                seen.add(each)
                pending.extend(self.recorded.record.nodes[each].reads)
        return False

    def _is_crossed(self, call: int) -> bool:
        """Whether query and key come from different inputs; masks do not count."""
        given = [i for i in self.recorded.given(call) if i in self.made]
        shapes = [self.recorded.record.nodes[i].shape or () for i in given]
        alike = [
            _inputs_of(self.made[index])
            for index, shape in zip(given, shapes, strict=True)
            if len(shape) == len(shapes[0]) and shape[-1:] == shapes[0][-1:]
        ]
        return len(alike) > 1 and not alike[0] & alike[1]

    def _is_pointwise(self, call: int) -> bool:
        """Whether a convolution has a kernel of one: a linear layer by another name."""
        weights = [
            self.recorded.record.nodes[read].shape or ()
            for index in self.recorded.inside[call]
            for read in self.recorded.record.nodes[index].reads
            if self.recorded.record.nodes[read].op == "param"
        ]
        kernels = [shape[2:] for shape in weights if len(shape) > 2]  # noqa: PLR2004
        return bool(kernels) and all(set(kernel) == {1} for kernel in kernels)

    def _function(self, node: NodeRecord, reads: list[Node]) -> Node:
        """A function of torch, by what its name stands for."""
        scope = self._scope(node.call)
        whole = self.recorded.record.nodes[node.reads[0]].shape is None
        home = scope.module.name if scope.parent else "formula"
        step = step_of(node, reads, whole, home)
        call = Call(path=f"torch.{node.name}", partial=True)
        place = self._line(node.path, node.line)
        return self._emit(
            step.op, step.name, step.reads, place, scope, step.kind, call=call
        )

    def _emit(
        self,
        op: Op,
        name: str,
        reads: Sequence[Node],
        place: Place | None,
        scope: Scope,
        kind: str = "",
        member: int = 0,
        call: Call | None = None,
    ) -> Node:
        node = Node(
            len(self.nodes),
            op,
            name,
            tuple(reads),
            place,
            scope,
            kind,
            member=member,
            call=call or Call(partial=True),
        )
        self.nodes.append(node)
        return node

    def _scope(self, call: int) -> Scope:
        """The scope of the code that a call runs; rows of modules have none."""
        if call not in self.scopes:
            record = self.recorded.record.calls[call]
            module = self.recorded.module(call)
            outer = self._scope(self._around(call))
            if module.name in _ROWS and module.of_torch:
                self.scopes[call] = outer
            else:
                self.scopes[call] = Scope(
                    outer,
                    self._attribute(call),
                    module.name,
                    call in self.recorded.looped,
                    helper=module.of_torch,
                    place=self._place(record),
                )
        return self.scopes[call]

    def _around(self, call: int) -> int:
        parent = self.recorded.record.calls[call].parent
        return self.top if parent is None else parent

    def _attribute(self, call: int) -> str:
        """What the code around a call names the module by: `attn`, or `mlp.0`."""
        parent = self._around(call)
        while parent != self.top and self._is_row(parent):
            parent = self._around(parent)
        path, outer = self.recorded.module(call).path, self.recorded.module(parent).path
        own = path.removeprefix(f"{outer}.") if outer else path
        if self.recorded.module(call).is_item:
            own = own.rpartition(".")[0] or own
        return own

    def _is_row(self, call: int) -> bool:
        module = self.recorded.module(call)
        return module.of_torch and module.name in _ROWS

    def _place(self, call: CallRecord) -> Place | None:
        return self._line(call.path, call.line)

    def _line(self, path: str | None, line: int | None) -> Place | None:
        return self.find(path, line) if path and line else None


def _inputs_of(node: Node) -> set[int]:
    found: set[int] = set()
    pending, seen = [node], set[int]()
    while pending:
        each = pending.pop()
        if each.index in seen:
            continue
        seen.add(each.index)
        if each.op is Op.INPUT:
            found.add(each.index)
        pending.extend(each.reads)
    return found
