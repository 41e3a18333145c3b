"""Puts a norm into the code of a site that has none: the texts that may be right.

Each is a proposal: whoever asks reads it again and takes the first that is wired as
wanted and computes the same otherwise.
"""

import re
from collections.abc import Iterator, Sequence

from blocklint import cst
from blocklint.analysis.evidence import Join, Wires
from blocklint.frontends.static.observed import Seen
from blocklint.frozen import dataclass
from blocklint.graph import Node, Op
from blocklint.graph.residuals import Residual, Residuals
from blocklint.migration.edits import Cut, applied, around, function_of
from blocklint.migration.model import Model, Wired
from blocklint.migration.norms import Template, reach
from blocklint.migration.skeleton import path_of
from blocklint.source import Place


@dataclass(frozen=True, eq=False)
class Spot:
    """One site in a text that is being rewritten: the sum and its two sides."""

    add: Node
    branch: Node
    residual: Residual
    sources: tuple[Node, ...]
    wired: Wired
    model: Model


def spot_of(
    add: int, branch: int, numbers: "dict[int, int]", wired: Wired, model: Model
) -> Spot | None:
    """The site whose sum and branch have these numbers."""
    residuals = Residuals(wired.graph)
    for residual in residuals.all:
        if numbers[residual.add.index] != add:
            continue
        for found in residual.branches:
            if numbers[found.index] == branch:
                wires = Wires(wired.graph, residuals, [])
                sources = tuple(wires.sources(Join(residual, found)))
                return Spot(residual.add, found, residual, sources, wired, model)
    return None


def entering(spot: Spot, norm: Template) -> Iterator[str]:
    """`x + F(N(x))`: what the branch reads of the stream is normed."""
    groups: dict[tuple[str, ...], list[Seen]] = {}
    for seen in spot.wired.seen:
        if _enters(seen, spot):
            groups.setdefault(path_of(seen.scope), []).append(seen)
    for path in sorted(groups, key=lambda path: (path != norm.key[0], len(path))):
        found = groups[path]
        own = reach(found[0].scope, norm.key, spot.wired, spot.model)
        if own is None:
            continue
        depth = min(len(each.scope.chain) for each in found)
        outer = [each for each in found if len(each.scope.chain) == depth]
        for some in (outer, found) if len(outer) < len(found) else (outer,):
            yield from _normed(_each_once(some), norm, own, spot)


def _enters(seen: Seen, spot: Spot) -> bool:
    """Whether a name holds the stream, and what reads it there is of the branch."""
    held = len(seen.nodes) == 1 and seen.nodes[0] in spot.sources
    if not held or not isinstance(seen.place.syntax, cst.Name):
        return False
    if not spot.model.is_here(seen.place):
        return False
    graph = spot.wired.graph
    readers = spot.wired.reader(seen) or ()
    passed_on = any(graph.reaches(spot.add, node) for node in readers)
    return not passed_on and any(graph.reaches(n, spot.branch) for n in readers)


def _each_once(found: Sequence[Seen]) -> list[Seen]:
    return list({id(each.place.syntax): each for each in found}.values())


def _normed(
    names: Sequence[Seen], norm: Template, own: str, spot: Spot
) -> Iterator[str]:
    layout, text = spot.model.layout, spot.model.source.text
    if len(names) == 1:
        start, end = layout.ends(names[0].place.span)
        yield applied(text, [Cut(start, end, norm.on(text[start:end], own))])
        return
    if len({id(function_of(each.place)) for each in names}) > 1:
        return
    above = _first_statement(names)
    if above is None:
        return
    span = names[0].place.chunk.span(above)
    margin, start = layout.margin(span.line), layout.offset(span.line, 0)
    first = min(names, key=lambda each: each.place.span)
    value = spot.model.code(first.place)
    fresh = _fresh(spot)
    line = f"{margin}{fresh} = {norm.on(value, own)}\n"
    cuts = [Cut(*layout.ends(each.place.span), fresh) for each in names]
    yield applied(text, [Cut(start, start, line), *cuts])


def _fresh(spot: Spot) -> str:
    """A name for a normed value that the file, as it was given, does not use."""
    names = ("normed", *(f"normed_{number}" for number in range(2, 99)))
    taken = spot.model.original
    return next(name for name in names if not re.search(rf"\b{name}\b", taken))


def _first_statement(names: Sequence[Seen]) -> cst.CSTNode | None:
    """The statement that a normed value must be ready before, for all of its reads.

    None where it would have to stand in the middle of a line.
    """
    paths = [[each.place.syntax, *each.place.around()][::-1] for each in names]
    level = 0
    while all(len(path) > level for path in paths) and (
        len({id(path[level]) for path in paths}) == 1
    ):
        level += 1
    shared = paths[0][:level]
    blocks = [n for n in shared if isinstance(n, cst.IndentedBlock)]
    if not blocks:
        return None
    whole = blocks[-1]
    inside = [
        statement
        for statement in whole.body
        if any(statement in path for path in paths)
    ]
    return inside[0] if inside else None


def leaving(spot: Spot, norm: Template) -> Iterator[str]:
    """`x + N(F(x))`: what the branch computes is normed, before it is dropped."""
    values = _values(spot)
    nodes = spot.wired.graph.nodes
    sums = [spot.add, *(nodes[term] for term in spot.residual.terms)]
    for depth in range(len(values) - 1, -1, -1):
        readers = [values[depth - 1]] if depth else sums
        found = [
            seen
            for seen in spot.wired.seen
            if seen.nodes == (values[depth],)
            and any(node in readers for node in spot.wired.reader(seen) or ())
        ]
        yield from _wrapped(_widest(found), norm, spot)


def _values(spot: Spot) -> list[Node]:
    """What a branch gives, and what that was before dropout, gates and the like."""
    values = [spot.branch]
    while values[-1].op is Op.VIEW and values[-1].kind in ("dropout", "scale"):
        value = values[-1]
        fed = [
            read
            for read in value.reads
            if any(spot.wired.graph.reaches(s, read) for s in spot.sources)
        ]
        if len(fed) != 1:
            break
        values += fed
    return values


def after(spot: Spot, norm: Template) -> Iterator[str]:
    """`N(x + F(x))`: the sum itself is normed."""
    found = [
        seen
        for seen in spot.wired.seen
        if seen.nodes == (spot.add,) and not isinstance(seen.place.syntax, cst.Name)
    ]
    if isinstance(getattr(spot.add.place, "syntax", None), cst.AugAssign):
        yield from _augmented(spot, norm)
    yield from _wrapped(_widest(found), norm, spot)


def _widest(found: Sequence[Seen]) -> list[Seen]:
    """Those that stand in none of the others, the innermost calls first."""
    inner = [
        each
        for each in found
        if not any(
            other is not each
            and other.scope is each.scope
            and any(node is other.place.syntax for node in each.place.around())
            for other in found
        )
    ]
    return sorted(inner, key=lambda each: -len(each.scope.chain))


def _wrapped(found: Sequence[Seen], norm: Template, spot: Spot) -> Iterator[str]:
    """Each of some expressions as the argument of a norm; its own code comes first."""
    layout, text = spot.model.layout, spot.model.source.text
    ranked = sorted(found, key=lambda each: path_of(each.scope) != norm.key[0])
    for seen in _each_once(ranked):
        own = reach(seen.scope, norm.key, spot.wired, spot.model)
        if own is None or not spot.model.is_here(seen.place):
            continue
        start, end = layout.ends(seen.place.span)
        whole_start, whole_end = layout.ends(around(seen.place))
        value = norm.on(text[start:end], own)
        yield applied(text, [Cut(whole_start, whole_end, value)])


def _augmented(spot: Spot, norm: Template) -> Iterator[str]:
    """`x += f` as `x = N(x + f)`."""
    place = spot.add.place
    own = reach(spot.add.scope, norm.key, spot.wired, spot.model)
    match place and place.syntax:
        case cst.AugAssign(cst.Name(name), cst.AddAssign(), value) if own:
            assert place is not None
            start, end = spot.model.layout.ends(place.span)
            first, last = spot.model.layout.ends(around(Place(place.chunk, value)))
            code = spot.model.source.text[first:last]
            whole = f"{name} = {norm.on(f'{name} + {code}', own)}"
            yield applied(spot.model.source.text, [Cut(start, end, whole)])
