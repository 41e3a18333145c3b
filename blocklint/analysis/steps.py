"""What a value meets on its way: norms, sub-layers and factors, one step each."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise, takewhile

from blocklint.analysis.block import Site
from blocklint.analysis.naming import SizeTexts
from blocklint.analysis.role import Role
from blocklint.analysis.streams import Step, StepKind
from blocklint.analysis.sublayers import role_word
from blocklint.frozen import dataclass
from blocklint.graph import BlockGraph, Node, Op, Scope
from blocklint.graph.residuals import THROUGH, Residuals

_COMPUTES = frozenset([Op.LAYER, Op.BLOCK, Op.OPAQUE])
_NO_CLASS = frozenset(["", "functional", "unit", "formula", "unknown"])
_LONGEST_CHAIN = 4  # of sub-layers that are drawn as boxes of their own


@dataclass(frozen=True, eq=False)
class _Unit:
    """The nodes of a way that one call of a module makes."""

    nodes: tuple[Node, ...]
    scope: Scope | None

    @property
    def computing(self) -> list[Node]:
        return [node for node in self.nodes if node.op in _COMPUTES]


class Steps:
    """The steps on the ways through one graph.

    A module is named as the code calls it that holds the addition, which `home` is in.
    """

    def __init__(self, graph: BlockGraph, texts: SizeTexts) -> None:
        self.graph = graph
        self.texts = texts
        self._calls: dict[int, int] = {}
        self._sums = {r.add.index: r.stream for r in graph.once(Residuals).all}
        for node in graph.nodes:
            for scope in node.scope.chain:
                self._calls.setdefault(id(scope), node.index)

    def of_branch(self, site: Site, nodes: Iterable[Node]) -> tuple[Step, ...]:
        """The steps of a site's branch; a bundle of sub-layers is one of them."""
        path = sorted({*nodes, site.branch}, key=lambda node: node.index)
        units = self._units(path, site.add.scope)
        steps = self._steps(units, path, site)
        first, last = _ends([kind for kind, _, _ in steps])
        inside = steps[first : last + 1]
        called = [unit for kind, _, unit in inside if kind is StepKind.SUBLAYER]
        plain = [step for _, step, _ in steps]
        if len(called) == 1 or self._is_chain(called):
            whole = plain[first : last + 1]
        else:
            whole = [_bundle(site, [s for s in plain[first : last + 1]])]
        if len(called) == 1 and whole:
            whole = [
                replace(s, role=site.role.value) if s.kind is StepKind.SUBLAYER else s
                for s in whole
            ]
        return (*plain[:first], *whole, *plain[last + 1 :], *self._factors(site, path))

    def of_stream(self, path: Sequence[Node]) -> tuple[tuple[Node, Step], ...]:
        """The steps on the stream itself, each with its node."""
        if not path:
            return ()
        home = self.graph.nodes[0].scope.chain[0]
        units = self._units(path, home)
        found = [
            (unit.nodes[0] if kind is StepKind.SUBLAYER else node, step)
            for kind, step, unit, node in self._listed(units, path, None)
        ]
        for node in path:
            if node.kind == "scale" and not _of_norm(units.get(node.index)):
                found.append((node, self._factor(node, home)))
        return tuple(sorted(found, key=lambda each: each[0].index))

    def _steps(
        self, units: dict[int, _Unit], path: Sequence[Node], site: Site
    ) -> list[tuple[StepKind, Step, _Unit]]:
        return [each[:3] for each in self._listed(units, path, site)]

    def _listed(
        self, units: dict[int, _Unit], path: Sequence[Node], site: Site | None
    ) -> list[tuple[StepKind, Step, _Unit, Node]]:
        """Norms and sub-layers in order, each call once."""
        found: list[tuple[StepKind, Step, _Unit, Node]] = []
        seen = set[int]()
        for node in path:
            unit = units[node.index]
            if node.op is Op.NORM:
                if not unit.computing or (site is not None and node in site.norms):
                    found.append((StepKind.NORM, self._norm(node), unit, node))
            elif site is not None and self._is_inner_sum(node, unit, site):
                found.append((StepKind.SUM, self._sum(node), unit, node))
            elif node.op in _COMPUTES and id(unit) not in seen:
                seen.add(id(unit))
                step = self._sublayer(unit, site)
                found.append((StepKind.SUBLAYER, step, unit, node))
        return found

    def _is_inner_sum(self, node: Node, unit: _Unit, site: Site) -> bool:
        """Whether a branch itself joins the stream once more, before its end."""
        inside = node.index < site.branch.index and not unit.computing
        return inside and node.index in self._sums

    def _sum(self, node: Node) -> Step:
        value = self._sums[node.index]
        while value.op in (*THROUGH, Op.NORM, Op.ADD) and value.reads:
            value = self._sums.get(value.index, value.reads[0])
        shape = self.texts.shape(node)
        return Step(StepKind.SUM, "addition", value.name, shape, node.index)

    def readers(
        self, site: Site, nodes: Iterable[Node]
    ) -> list[tuple[int, list[Node]]]:
        """The sub-layers of a branch in order: their calls, and what computes there."""
        path = sorted({*nodes, site.branch}, key=lambda node: node.index)
        units = self._units(path, site.add.scope)
        found = self._listed(units, path, site)
        return [
            (step.call, unit.computing)
            for kind, step, unit, _ in found
            if kind is StepKind.SUBLAYER
        ]

    def call_of(self, node: Node, site: Site) -> int:
        """The number of the call that makes a node, as the site's code sees it."""
        scope = _called(node, site.add.scope)
        return self._calls[id(scope)] if scope is not None else node.index

    def _norm(self, node: Node) -> Step:
        kind = "norm" if node.kind in _NO_CLASS else node.kind
        return Step(
            StepKind.NORM, kind, _path(node), self.texts.shape(node), node.index
        )

    def _sublayer(self, unit: _Unit, site: Site | None) -> Step:
        first, *others = unit.computing
        name = _named(unit.scope) if unit.scope is not None else first.name
        owners = [s.owner for s in first.scope.chain[1:]] if unit.scope else []
        known = not others and first.op is Op.LAYER and first.kind not in _NO_CLASS
        role = first.kind if known else role_word(None, name, *owners)
        if role == Role.OTHER.value and site is not None:
            role = site.role.value
        call = self._calls[id(unit.scope)] if unit.scope is not None else first.index
        return Step(
            StepKind.SUBLAYER, role, name, self.texts.shape(self._result(unit)), call
        )

    def _result(self, unit: _Unit) -> Node:
        """The last value of a call that is read outside of it."""
        own = {node.index for node in unit.nodes}
        for node in reversed(unit.nodes):
            if any(reader.index not in own for reader in self.graph.readers(node)):
                return node
        return unit.nodes[-1]

    def _factors(self, site: Site, path: Sequence[Node]) -> list[Step]:
        """What the end of a branch is multiplied by."""
        units = self._units(path, site.add.scope)
        found: list[Step] = []
        end = site.branch
        while end.op in (Op.VIEW, Op.NORM) and end.reads and end in path:
            unit = units[end.index]
            if end.kind == "scale" and not unit.computing and not _of_norm(unit):
                found.append(self._factor(end, site.add.scope))
            inside = [read for read in end.reads if read in path]
            end = inside[0] if inside else end.reads[0]
        return found[::-1]

    def _factor(self, node: Node, home: Scope) -> Step:
        scope = _called(node, home)
        name = _named(scope) if scope is not None else ""
        return Step(StepKind.SCALE, "scale", name, call=node.index)

    def _units(self, path: Sequence[Node], home: Scope) -> dict[int, _Unit]:
        """For each node of a way the call that makes it; its own, if there is none."""
        scopes = {node.index: _called(node, home) for node in path}
        keys = {i: _key(scope) if scope else i for i, scope in scopes.items()}
        groups: dict[object, list[Node]] = {}
        for node in path:
            groups.setdefault(keys[node.index], []).append(node)
        made = {
            key: _Unit(tuple(nodes), scopes[nodes[0].index])
            for key, nodes in groups.items()
        }
        return {index: made[key] for index, key in keys.items()}

    def _is_chain(self, units: Sequence[_Unit]) -> bool:
        """Whether each sub-layer reads the one before it, and all of them are named."""
        if not 1 < len(units) <= _LONGEST_CHAIN or not all(u.scope for u in units):
            return False
        return all(
            all(self.graph.reaches(self._result(one), node) for node in two.computing)
            for one, two in pairwise(units)
        )


def _ends(kinds: Sequence[StepKind]) -> tuple[int, int]:
    """The places of the first and the last sub-layer; an empty stretch if none is."""
    at = [i for i, kind in enumerate(kinds) if kind is StepKind.SUBLAYER]
    return (at[0], at[-1]) if at else (len(kinds), len(kinds) - 1)


def _bundle(site: Site, steps: Sequence[Step]) -> Step:
    """Several sub-layers that are not one after the other, as one."""
    layers = [step for step in steps if step.kind is StepKind.SUBLAYER]
    if not layers:
        return Step(StepKind.SUBLAYER, site.role.value, "")
    named = [s.name for s in layers if s.role != "matmul"] or [s.name for s in layers]
    name = ", ".join(dict.fromkeys(named))
    return Step(
        StepKind.SUBLAYER, site.role.value, name, layers[-1].shape, layers[0].call
    )


def _of_norm(unit: _Unit | None) -> bool:
    """Whether a call computes a norm and nothing else."""
    return (
        unit is not None
        and not unit.computing
        and any(node.op is Op.NORM for node in unit.nodes)
    )


def _called(node: Node, home: Scope) -> Scope | None:
    """The module that the code of `home` called, and that a node was made in."""
    pairs = zip(node.scope.chain, home.chain, strict=False)
    shared = len(list(takewhile(lambda pair: pair[0] is pair[1], pairs)))
    inner = node.scope.chain[shared:]
    return next((s for s in inner if not s.helper or s.place is not None), None)


def _key(scope: Scope) -> object:
    """One for each call; the items of an `nn.Sequential` are one call."""
    name, _, number = scope.name.partition(".")
    return (id(scope.parent), name) if number else id(scope)


def _named(scope: Scope) -> str:
    """The name that a module is called by, from the block on."""
    names = [s.name for s in scope.chain[1:] if not s.helper or s.place is not None]
    return ".".join([*names[:-1], names[-1].partition(".")[0]])


def _path(node: Node) -> str:
    """The name of a norm, from the block on."""
    names = [s.name for s in node.scope.chain[1:] if not s.helper]
    if names and names[-1] == node.name:
        names.pop()
    return ".".join([*names, node.name])
