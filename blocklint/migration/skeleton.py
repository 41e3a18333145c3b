"""What a block computes when its movable norms are left out.

Two texts that differ only in where they norm have the same skeleton: each value gets
a number, equal values equal ones, across all graphs that one table has seen.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import field

from blocklint import cst
from blocklint.frozen import dataclass
from blocklint.graph import BlockGraph, Node, Op, Scope

# The modules that a norm is in, its name there, and the class whose code makes it.
NormKey = tuple[tuple[str, ...], str, str]
_ITEM = re.compile(r"(\.\d+)+$")


def path_of(scope: Scope) -> tuple[str, ...]:
    """The names of the modules that code runs in, outermost first.

    Those of a list, or in a row, have one name together.
    """
    return tuple(_ITEM.sub("", s.name) for s in scope.chain if not s.helper)


def key_of(norm: Node) -> NormKey:
    """Which norm of a block this is, whatever it is applied to and wherever called.

    `self.output.norm(x)` is the norm that the module `output` calls `self.norm`.
    """
    place = norm.place
    match place and place.syntax:
        case cst.Call(cst.Attribute(holder, cst.Name(norm.name))) if not norm.call.path:
            path = (*path_of(norm.scope), *_modules(holder))
            return path, norm.name, _maker(norm)
        case cst.Call(cst.Subscript(cst.Attribute(holder, cst.Name(norm.name)), [at])):
            path = (*path_of(norm.scope), *_modules(holder))
            item = place.chunk.code(at.slice) if place else ""
            return path, f"{norm.name}[{item}]", _maker(norm)
    return path_of(norm.scope), norm.name, _maker(norm)


def _is_identity(node: Node) -> bool:
    made = node.call.made
    return made is not None and made.name == "Identity"


def _maker(norm: Node) -> str:
    """The class whose code makes a norm; nothing where that cannot be told."""
    made = norm.call.made
    if made is None or made.place is None or made.place.chunk.header is None:
        return ""
    return next(iter(made.place.chunk.names), "")


def _modules(holder: cst.BaseExpression) -> tuple[str, ...]:
    """The modules that lead from code to an attribute: `output` in `self.output`."""
    match holder:
        case cst.Name("self"):
            return ()
        case cst.Name(name):
            return (name,)
        case cst.Attribute(value=inner, attr=cst.Name(name)):
            return (*_modules(inner), name)
        case cst.Subscript(value=inner):
            return _modules(inner)
    return ()


@dataclass(eq=False)
class Skeletons:
    """Numbers for values; `movable` are the norms that are left out."""

    movable: set[NormKey] = field(default_factory=set)
    _numbers: dict[object, int] = field(default_factory=dict)

    def numbers(self, graph: BlockGraph) -> Mapping[int, int]:
        """The number of each node's value, by the node's index."""
        found: dict[int, int] = {}
        for node in graph.nodes:
            found[node.index] = self._number(node, found)
        return found

    def results(self, graph: BlockGraph) -> tuple[int, ...]:
        """The numbers of what a graph returns, in order."""
        numbers = self.numbers(graph)
        return tuple(numbers[node.index] for node in graph.of(Op.OUTPUT))

    def applied(self, graph: BlockGraph) -> Counter[tuple[NormKey, int]]:
        """How often each movable norm is applied to each value."""
        numbers = self.numbers(graph)
        return Counter(
            (key_of(node), numbers[node.index])
            for node in graph.of(Op.NORM)
            if key_of(node) in self.movable
        )

    def _number(self, node: Node, found: Mapping[int, int]) -> int:
        reads = tuple(found[read.index] for read in node.reads)
        if node.op is Op.NORM and reads and key_of(node) in self.movable:
            return reads[0]
        if node.kind == "identity" and len(reads) == 1 and _is_identity(node):
            return reads[0]
        if node.op is Op.JOIN and len(set(reads)) == 1:
            return reads[0]
        key = (node.op, node.name, node.kind, node.callee, path_of(node.scope), reads)
        return self._numbers.setdefault(key, len(self._numbers))
