"""Shapes that are expected, held against those that were read or that ran.

A name that the block does not know stands for any size, and for the same one wherever
it is written: `(B, T, d) -> (B, T, d)` is met by `(batch, seq, dim)` in and out.
"""

from collections.abc import Iterator, Mapping

from blocklint.analysis.block import Variant
from blocklint.analysis.expectation import Axes, Expectation
from blocklint.analysis.naming import SizeTexts
from blocklint.analysis.run import Run
from blocklint.analysis.shapes.shape import Shape
from blocklint.frozen import dataclass
from blocklint.graph import NO_FACTS, Dim, Facts, Node, Op
from blocklint.graph.relations import Relation, compared
from blocklint.regex import Regex

_TERM = Regex(r"([+-]?)([^+-]+)")
_FACTOR = Regex(r"([*/]?)\s*([A-Za-z_][\w.]*|\d+)(?:\s*\*\*\s*(\d+))?")


@dataclass(frozen=True)
class Ends:
    """The shapes of what goes in and what comes out, and what sizes are called."""

    taken: Shape | None
    returned: Shape | None
    names: Mapping[str, Dim]
    facts: Facts = NO_FACTS


@dataclass(frozen=True)
class Compared:
    """Whether a shape is for certain not what it should be, or cannot be told."""

    differs: bool
    unsure: bool


def ends_read(variant: Variant) -> Ends:
    """The ends of a wiring as read."""
    taken, returned = end_nodes(variant)
    shapes = variant.shapes
    texts = SizeTexts(variant.graph, shapes)
    settings = {a for n in variant.graph.nodes for a in shapes.of(n).atoms}
    names = {text: Dim.of(size) for size, text in texts.names.items()}
    names |= {atom: Dim.of(atom) for atom in settings if isinstance(atom, str)}
    return Ends(
        shapes.of(taken) if taken else None,
        shapes.of(returned) if returned else None,
        names,
        shapes.facts,
    )


def axes_of(variant: Variant) -> tuple[Axes, Axes] | None:
    """The ends of a wiring in the words of an expectation; None if none is known."""
    texts = SizeTexts(variant.graph, variant.shapes)
    ends = ends_read(variant)
    if ends.taken is None or ends.returned is None:
        return None
    taken, returned = (
        Axes(tuple(_text(size, texts, ends.names) for size in end.axes), end.open)
        for end in (ends.taken, ends.returned)
    )
    bare = any(not axes.sizes and axes.open for axes in (taken, returned))
    known = {*taken.sizes, *returned.sizes} - {"?"}
    return (taken, returned) if known and not bare else None


def _text(size: Dim, texts: SizeTexts, names: Mapping[str, Dim]) -> str:
    """A size as it is written, if it means the same where it is read again."""
    text = texts.size(size)
    return text if dim_of(text, names) == size else "?"


def ends_ran(run: Run, free: frozenset[str] = frozenset()) -> Ends:
    """The ends of a run, in numbers; names that are `free` stand for any size."""
    # What comes out and is no tensor has no shape of its own.
    taken = Shape(tuple(map(Dim.of, run.input))) if run.input else None
    returned = Shape(tuple(map(Dim.of, run.output))) if run.dtype else None
    known = {name: size for name, size in run.sizes.items() if name not in free}
    names = {name: Dim.of(size) for name, size in known.items()}
    return Ends(taken, returned, names)


def names_of_run(variant: Variant) -> frozenset[str]:
    """What the code calls sizes that only a run decides: `B`, `T`."""
    return frozenset(SizeTexts(variant.graph, variant.shapes).names.values())


def end_nodes(variant: Variant) -> tuple[Node | None, Node | None]:
    """The first input of a wiring, and what it returns."""
    graph = variant.graph
    outputs = (node for node in graph.of(Op.OUTPUT) if node.reads)
    return next(graph.of(Op.INPUT), None), next(outputs, None)


def compare(expected: Expectation, ends: Ends) -> Compared:
    """Hold expected shapes against the ends of a wiring, or of a run."""
    pairs = [
        (wanted, found)
        for wanted, found in (
            (expected.taken, ends.taken),
            (expected.returned, ends.returned),
        )
        if wanted is not None and found is not None
    ]
    if any(_ranks_differ(*pair) for pair in pairs):
        return Compared(differs=True, unsure=False)
    sizes = [each for pair in pairs for each in _side_by_side(*pair)]
    # The names of a tensor are those of a config, so that none of them is free.
    known = dict(ends.names)
    if expected.dtype is None:
        for text, size in sizes:
            if text.isidentifier():
                known.setdefault(text, size)
    relations = [
        _relation(dim_of(text, known), size, ends.facts)
        for text, size in sizes
        if text != "?"
    ]
    short = any(found.open and not wanted.open for wanted, found in pairs)
    return Compared(
        Relation.NEVER in relations,
        short or any(each is not Relation.EQUAL for each in relations),
    )


def dim_of(text: str, known: Mapping[str, Dim]) -> Dim | None:
    """A size that is written as a sum of products; None where it divides by zero.

    Names that are known stand for what they are.
    """
    total = Dim.of(0)
    for sign, term in _TERM.compiled.findall(text):
        value: Dim | None = Dim.of(1)
        for operator, atom, power in _FACTOR.compiled.findall(term):
            factor = Dim.of(int(atom)) if atom.isdecimal() else known.get(atom)
            raised = (factor or Dim.of(atom)) ** int(power or 1)
            if value is not None and raised is not None:
                value = value / raised if operator == "/" else value * raised
        if value is None:
            return None
        total = total - value if sign == "-" else total + value
    return total


def _relation(wanted: Dim | None, found: Dim, facts: Facts) -> Relation:
    if wanted is None:
        return Relation.UNKNOWN
    numbers = wanted.constant, found.constant
    if None not in numbers:
        return Relation.EQUAL if numbers[0] == numbers[1] else Relation.NEVER
    return compared(wanted, found, facts).relation


def _ranks_differ(wanted: Axes, found: Shape) -> bool:
    """Whether there is another number of axes than expected, for certain."""
    few, many = len(wanted.sizes), len(found.axes)
    if wanted.open:
        return not found.open and many < few
    return many > few if found.open else many != few


def _side_by_side(wanted: Axes, found: Shape) -> Iterator[tuple[str, Dim]]:
    """Sizes that stand at the same axis, the last ones if some are not known."""
    count = min(len(wanted.sizes), len(found.axes))
    if count:
        yield from zip(wanted.sizes[-count:], found.axes[-count:], strict=True)
