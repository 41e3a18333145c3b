"""Makes a Run of what a worker recorded: its graph classified, its sizes named."""

import os
import re
from collections.abc import Iterator
from dataclasses import field
from pathlib import Path

from blocklint.analysis import Block
from blocklint.analysis.agreement import agreement
from blocklint.analysis.block import Site, Variant
from blocklint.analysis.role import Role
from blocklint.analysis.run import Problem, Resized, Run
from blocklint.analysis.sites import sites_of
from blocklint.analysis.sublayers import Sublayer, role_word
from blocklint.frontends.torch_api import layer_meaning
from blocklint.frontends.traced.calls import inner_calls
from blocklint.frontends.traced.document import ProblemRecord, Target
from blocklint.frontends.traced.lower import Lowered, lower
from blocklint.frontends.traced.naming import SizeNames
from blocklint.frontends.traced.record import ModuleRecord, NodeRecord, Record
from blocklint.frozen import dataclass
from blocklint.graph import BlockGraph, Node, Op, Scope
from blocklint.source import Place, Source, Span, read


@dataclass(eq=False)
class Places:
    """Finds what stands on a line of a file that ran; files are read once."""

    _sources: dict[str, Source | None] = field(default_factory=dict)

    def add(self, source: Source) -> None:
        """A file that is at hand, so that places in it are those of its blocks."""
        self._sources[os.path.realpath(source.path)] = source

    def find(self, path: str, line: int) -> Place | None:
        """What stands on a line; None for a file that cannot be read."""
        real = os.path.realpath(path)
        if real not in self._sources:
            found = read(Path(real)) if os.path.isfile(real) else None
            self._sources[real] = found if isinstance(found, Source) else None
        source = self._sources[real]
        return source.at(line) if source else None


def run_of(target: Target, block: Block, places: Places) -> Run:
    """What one traced target shows of a block."""
    places.add(block.source)
    names = SizeNames(target.sizes)
    lowered = lower(target.record, places.find, block.name) if target.record else None
    wiring = wiring_of(lowered.graph) if lowered else None
    ended = target.status == "traced"
    agrees, static = agreement(block, wiring) if wiring and ended else (None, None)
    taken, returned = _ends(target.record, names) if target.record else ((), ())
    return Run(
        rung=target.rung,
        seconds=target.seconds,
        how=target.how,
        wiring=wiring,
        problem=problem_of(target.problem, names, places) if target.problem else None,
        agrees=agrees,
        static=static,
        sublayers=tuple(_sublayers(target.record, lowered, wiring, names))
        if target.record and lowered and wiring
        else (),
        taken=taken,
        returned=returned if ended else (),
        input=_input(target.record).shape or () if target.record else (),
        output=_output(target.record).shape or () if target.record and ended else (),
        dtype=_output(target.record).dtype or "" if target.record and ended else "",
        unused=target.unused,
        weights=target.weights,
        resized=_resized(target, names, places),
        causal=target.causal or "",
        sizes=target.sizes,
        probes=target.probes,
        unprobed=problem_of(target.unprobed, names, places)
        if target.unprobed
        else None,
    )


def problem_of(record: ProblemRecord, names: SizeNames, places: Places) -> Problem:
    """A problem with its place, and with its sizes named."""
    place = (
        places.find(record.path, record.line) if record.path and record.line else None
    )
    return Problem(
        kind=record.kind,
        message=record.message,
        error=record.error,
        place=place,
        operation=record.operation or "",
        shapes=tuple(names.shape(shape) for shape in record.shapes),
    )


def wiring_of(graph: BlockGraph) -> Variant:
    """What ran, as the wiring of a block; a loop over layers counts as one round."""
    rounds: dict[object, Node] = {}
    kept: list[Site] = []
    for site in sites_of(graph):
        calls = tuple((_spot(s.place), _row(s)) for s in site.add.scope.chain)
        key = _spot(site.add.place), calls, _spot(site.sublayer_place), site.role
        first = rounds.setdefault(key, site.add) if key[0] else site.add
        if first is site.add:
            kept.append(site)
    return Variant(None, graph, tuple(kept))


def _row(scope: Scope) -> str:
    """The name of a module; that of a list, for what a loop took from one."""
    return re.sub(r"\d+", "*", scope.name) if scope.of_list else scope.name


def _spot(place: Place | None) -> tuple[str, Span] | None:
    return (place.path, place.span) if place else None


def _resized(target: Target, names: SizeNames, places: Places) -> Resized | None:
    if target.resized is None:
        return None
    other = SizeNames({**target.sizes, **target.resized.sizes})
    problem = target.resized.problem
    found = problem_of(problem, other, places) if problem else None
    return Resized(target.resized.sizes, found)


def _ends(record: Record, names: SizeNames) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The shapes of the first tensor that goes in, and of the first that comes out."""
    first, last = _input(record).shape, _output(record).shape
    return (
        names.shape(first) if first is not None else (),
        names.shape(last) if last is not None else (),
    )


def _input(record: Record) -> NodeRecord:
    """The first thing that goes in; one without a shape stands in for none."""
    nothing = NodeRecord("input", "x", (), 0)
    return next((node for node in record.nodes if node.op == "input"), nothing)


def _output(record: Record) -> NodeRecord:
    """The step that returns; one that returns nothing stands in for none."""
    nothing = NodeRecord("output", "return", (), 0)
    return next((node for node in record.nodes if node.op == "output"), nothing)


def _sublayers(
    record: Record, lowered: Lowered, wiring: Variant, names: SizeNames
) -> Iterator[Sublayer]:
    roles = {_called(site.sublayer): site.role for site in wiring.sites}
    for call in inner_calls(record):
        module = record.modules[record.calls[call.index].module]
        whole = call.index not in lowered.scopes and call.taken is not None
        node = lowered.results.get(call.taken or 0) if whole else None
        given = record.nodes[call.given].shape
        taken = record.nodes[call.taken].shape if call.taken is not None else None
        yield Sublayer(
            module.path,
            _role(module, node, roles.get(module.path)),
            names.shape(given or ()),
            names.shape(taken or ()),
        )


def _called(sublayer: Node | None) -> str:
    """The attribute under which a block calls its sub-layer."""
    if sublayer is None:
        return ""
    chain = sublayer.scope.chain
    return chain[1].name if len(chain) > 1 else sublayer.name


def _role(module: ModuleRecord, node: Node | None, of_site: Role | None) -> str:
    """What a module computes, in the words of a report."""
    if node is not None and node.op in (Op.NORM, Op.BLOCK):
        return "norm" if node.op is Op.NORM else "block"
    kind = layer_meaning(module.name)[1]
    if module.of_torch and kind != "unknown":
        return kind
    return role_word(of_site, module.path, module.name)
