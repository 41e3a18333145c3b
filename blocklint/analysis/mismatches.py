"""Sizes that meet and cannot be equal: the widths of a module that do not fit."""

from collections.abc import Iterator
from dataclasses import replace

from blocklint.analysis.shapes import Meeting, Meets, Shapes, Side, outside
from blocklint.analysis.unmeant import are_unmeant
from blocklint.frozen import dataclass
from blocklint.graph import SIZES, UNKNOWN, Call, Dim, Facts, Guard, Node, Op, Size
from blocklint.graph.dims import Atom
from blocklint.graph.relations import (
    Comparison,
    Relation,
    compared,
    exceeded,
    has_one,
    is_setting,
)

_PASSES_ON = frozenset([Op.VIEW, Op.ADD, Op.JOIN, Op.LOOP, Op.EXIT])
_JOINS = frozenset(["cat", "concat", "concatenate", "stack", "repeat", "pad"])


@dataclass(frozen=True, eq=False)
class Half:
    """One of two sizes that meet, that of an axis of the value `of`.

    `by` is what it comes from, a layer, a parameter, an input; None for what is written
    where they meet. An input's width is learnt from the layer that it is `read_by`.
    """

    size: Dim
    of: Node | None
    axis: int | None
    by: Node | None
    read_by: Node | None = None


@dataclass(frozen=True, eq=False)
class Mismatch:
    """Two sizes that have to be equal and are not.

    It is `certain` where no settings make them equal; otherwise two settings would have
    to be chosen alike, and nothing in the code says so. `defaults` are then those that
    speak against it, and `once` is a setting that is None by default and has a value.
    """

    kind: Meets
    node: Node
    wanted: Half
    given: Half
    certain: bool
    divides: bool = False
    defaults: tuple[tuple[str, int | float], ...] = ()
    once: str = ""

    @property
    def is_told(self) -> bool:
        """Whether the class itself says so, whoever makes objects of it."""
        runs = any(isinstance(atom, Size) for atom in self.settings)
        return self.certain or bool(self.defaults) or runs

    @property
    def is_of_settings(self) -> bool:
        """Whether nothing but settings speaks against it, on the only way there is."""
        sizes = self.wanted.size, self.given.size
        joined = self.given.of is not None and self.given.of.op is Op.JOIN
        return all(size.is_fixed for size in sizes) and not joined

    @property
    def settings(self) -> frozenset[Atom]:
        """The settings that both sizes are made of."""
        return self.wanted.size.atoms | self.given.size.atoms


def mismatches_of(shapes: Shapes) -> tuple[Mismatch, ...]:
    """Every meeting of a graph whose sizes are not equal, each place once."""
    found: list[Mismatch] = []
    for meeting in sorted(shapes.sizes.meetings, key=lambda each: each.node.index):
        mismatch = _mismatch(shapes, meeting)
        if mismatch is not None and not _follows(shapes, mismatch, found):
            found.append(mismatch)
    return tuple(found)


def is_contradicted(found: Mismatch, shapes: Shapes, as_likely: bool) -> bool:
    """Whether another wiring of a class speaks against a mismatch.

    Sizes that fit there show how the module is meant to be made. Where two settings
    need only be chosen alike it is enough that the code is there and nothing is wrong,
    and where this wiring is no more likely than that one, that nothing is wrong.
    """
    wrong = any(
        stand_together(other.node, found.node) and other.kind is found.kind
        for other in mismatches_of(shapes)
    )
    if wrong or as_likely:
        return not wrong
    if found.certain:
        fits = (each for each in shapes.sizes.fitting if each.kind is found.kind)
        return any(_is_same(each, found) for each in fits)
    return any(stand_together(node, found.node) for node in shapes.graph.nodes)


def _is_same(meeting: Meeting, found: Mismatch) -> bool:
    """Whether the same values meet, at the same piece of code."""
    one, two = meeting.given.of, found.given.of
    named = one is None or two is None or one.name == two.name
    return named and stand_together(meeting.node, found.node)


def fits_in(found: Mismatch, shapes: Shapes) -> bool:
    """Whether the same sizes meet in a class that makes the module, and fit there.

    So they may where it is not known what a layer is made with, or what is reshaped.
    """
    if not is_contradicted(found, shapes, as_likely=True):
        return False
    met = (*shapes.sizes.fitting, *shapes.sizes.meetings)
    nodes = [each.node for each in met if each.kind is found.kind]
    nodes += [node for node in shapes.graph.nodes if not _is_made_of_known(node)]
    return any(stand_together(node, found.node) for node in nodes)


def _is_made_of_known(node: Node) -> bool:
    """Whether a node is a layer all of whose settings are known."""
    made = node.call.made
    return made is not None and UNKNOWN not in (*made.positional, *made.named.values())


def are_equal_in(
    found: Mismatch, made: Call, shapes: Shapes, parameters: tuple[str, ...]
) -> bool:
    """Whether two sizes of a class are the same in an object that is made like this."""
    wanted, given = (
        outside(shapes, half.size, made, parameters)
        for half in (found.wanted, found.given)
    )
    return wanted is not None and wanted == given


def stand_together(one: Node, two: Node) -> bool:
    """Whether two nodes of two wirings are the same piece of code."""
    if one.place is None or two.place is None or one.op is not two.op:
        return False
    return one.place.syntax is two.place.syntax


def _follows(shapes: Shapes, late: Mismatch, found: list[Mismatch]) -> bool:
    """Whether a value is computed from one that is wrong already.

    What comes after a mistake has shapes that are nobody's wish. Settings that nothing
    makes equal are the same mistake wherever they meet.
    """
    return any(
        (
            (early.certain or not late.certain)
            and shapes.graph.reaches(early.node, late.node)
        )
        or (not (early.certain or late.certain) and early.settings == late.settings)
        for early in found
    )


def _mismatch(shapes: Shapes, meeting: Meeting) -> Mismatch | None:
    wanted = shapes.sizes.written(meeting.wanted.size)
    given = shapes.sizes.written(meeting.given.size)
    if meeting.kind is Meets.POSITIONS:
        return _beyond(shapes, meeting, wanted, given)
    compare = _divided if meeting.divides else compared
    comparison = compare(wanted, given, shapes.facts)
    certain = comparison.relation is Relation.NEVER or meeting.kind is Meets.LOST
    if meeting.kind is Meets.SHIFTED and _are_told(shapes, wanted, given):
        certain = comparison.relation is not Relation.EQUAL
    unsure = comparison.relation is Relation.UNKNOWN
    differs = comparison.relation is Relation.DIFFERENT
    unmeant = unsure and not meeting.divides and are_unmeant(shapes, meeting)
    if not (certain or differs or unmeant):
        return None
    if _excluded(shapes, meeting) or _is_assumed(shapes, meeting):
        return None
    if meeting.kind is Meets.ADDED and has_one(wanted, given, shapes.facts):
        return None
    return Mismatch(
        meeting.kind,
        meeting.node,
        _half(shapes, meeting, meeting.wanted),
        _half(shapes, meeting, meeting.given),
        certain,
        meeting.divides,
        comparison.defaults,
    )


def _beyond(
    shapes: Shapes, meeting: Meeting, table: Dim, count: Dim
) -> Mismatch | None:
    """A table that is too short for what is looked up, or for as much as may be."""
    limits = [most for number, most in shapes.facts.at_most if number == count]
    for most in (count, *limits):
        comparison = exceeded(table, most, shapes.facts)
        if comparison.relation is not Relation.UNKNOWN:
            return Mismatch(
                meeting.kind,
                meeting.node,
                _half(shapes, meeting, meeting.wanted),
                _half(shapes, meeting, replace(meeting.given, size=most)),
                comparison.relation is Relation.NEVER,
                defaults=comparison.defaults,
            )
    return None


def _are_told(shapes: Shapes, *sizes: Dim) -> bool:
    """Whether two sizes are settings, or those of inputs whose axes the code shows."""
    nodes = shapes.graph.nodes
    runs = [a for size in sizes for a in size.atoms if isinstance(a, Size)]
    bare = all(size.is_fixed or len(size.atoms) == 1 for size in sizes)
    return bare and all(nodes[a.node].op is Op.INPUT and a.axis >= 0 for a in runs)


def _divided(count: Dim, whole: Dim, facts: Facts) -> Comparison:
    """Whether a size is a multiple of a number, as far as numbers are known."""
    share = whole / count
    if share is None:
        return Comparison(Relation.UNKNOWN)
    if share.constant is not None:
        never = share.constant.denominator != 1
        return Comparison(Relation.NEVER if never else Relation.EQUAL)
    names = [a for a in share.atoms if isinstance(a, str) and a in facts.defaults]
    if any(facts.defaults[name] <= 0 for name in names):
        return Comparison(Relation.UNKNOWN)  # `dim=-1`: to be set
    values: dict[Atom, Dim] = {name: Dim.of(facts.defaults[name]) for name in names}
    at_defaults, filled = share.replaced(values), whole.replaced(values)
    size = filled.constant if filled is not None else None
    if size is not None and size.denominator != 1:
        return Comparison(Relation.UNKNOWN)  # `int(2.66 * dim)` is rounded
    constant = at_defaults.constant if at_defaults is not None else None
    if constant is None or constant.denominator == 1 or not all(map(is_setting, names)):
        return Comparison(Relation.UNKNOWN)
    given = tuple(sorted((name, facts.defaults[name]) for name in names))
    return Comparison(Relation.DIFFERENT, given)


def _excluded(shapes: Shapes, meeting: Meeting) -> bool:
    """Whether a size was learnt in another arm of a condition than it is used in.

    Where the code looks at sizes first, it knows which it can put together.
    """
    sides = [side.of for side in (meeting.wanted, meeting.given) if side.of is not None]
    guards = [g for n in (meeting.node, *_chosen(sides)) for g in n.guards]
    if any(SIZES in guard.on and not guard.rest for guard in guards):
        return True
    readers = (_told_by(shapes, side) for side in (meeting.wanted, meeting.given))
    if any(_exclusive(r.guards, meeting.node.guards) for r in readers if r is not None):
        return True
    pending = [*meeting.wanted.size.atoms, *meeting.given.size.atoms]
    seen: set[Atom] = set()
    while pending:
        atom = pending.pop()
        learnt = shapes.sizes.settled.get(atom)
        if atom in seen or learnt is None:
            continue
        seen.add(atom)
        if _exclusive(learnt.node.guards, meeting.node.guards):
            return True
        pending += [*learnt.wanted.size.atoms, *learnt.given.size.atoms]
    return False


def _told_by(shapes: Shapes, side: Side) -> Node | None:
    """The layer that told the width of an input, as it is used here."""
    size = shapes.sizes.written(side.size)
    by = _origin(shapes, side.of, size)
    return _reader(shapes, by, size) if by is not None else None


def _chosen(values: list[Node]) -> Iterator[Node]:
    """Values that are there only where a condition held."""
    return (node for node in values if node.op is Op.JOIN and len(node.reads) == 1)


def _is_assumed(shapes: Shapes, meeting: Meeting) -> bool:
    """Whether a number of axes hangs on an input that was taken to be a sequence.

    Or on one that shows its axes only where conditions hold that need not hold here.
    """
    if meeting.kind not in (Meets.AXES, Meets.SHIFTED):
        return False
    held = set(meeting.node.guards)
    elsewhere = [i for i, by in shapes.ranks.shown.items() if not held >= {*by.guards}]
    return any(
        shapes.graph.reaches(shapes.graph.nodes[index], meeting.node)
        for index in (*shapes.ranks.assumed, *elsewhere)
    )


def _exclusive(one: tuple[Guard, ...], two: tuple[Guard, ...]) -> bool:
    return any(a.condition == b.condition and a.arm != b.arm for a in one for b in two)


def _half(shapes: Shapes, meeting: Meeting, side: Side) -> Half:
    size = shapes.sizes.written(side.size)
    counts = meeting.kind is Meets.AXES
    by = _shaped_by(shapes, side.of) if counts else _origin(shapes, side.of, size)
    read_by = _reader(shapes, by, size) if by is not None else None
    return Half(size, side.of, side.axis, by, read_by)


def _origin(shapes: Shapes, node: Node | None, size: Dim) -> Node | None:
    """What gave a value the size of its axis: the last layer, norm or input before it.

    The way back follows what only moves values, and of a sum the side with that size.
    """
    while node is not None and node.op in _PASSES_ON and node.reads:
        found = next(_with(shapes, node, size), None)
        if found is None and node.name in _JOINS:
            break
        node = found or node.reads[0]
    return node


def _with(shapes: Shapes, node: Node, size: Dim) -> Iterator[Node]:
    for read in node.reads:
        if size in shapes.of(read).axes:
            yield read


def _shaped_by(shapes: Shapes, node: Node | None) -> Node | None:
    """What gave a value its number of axes."""
    while node is not None and node.op in _PASSES_ON and node.reads:
        if shapes.of(node.reads[0]).rank != shapes.of(node).rank:
            break
        node = node.reads[0]
    return node


def _reader(shapes: Shapes, node: Node, size: Dim) -> Node | None:
    """The layer that told the size of an axis of a value which nothing else tells."""
    for atom, learnt in shapes.sizes.settled.items():
        of_node = isinstance(atom, Size) and atom.node == node.index
        if of_node and shapes.sizes.written(Dim.of(atom)) == size:
            return learnt.node
    return None
