"""Shapes of matrix products, of einsum, and of einops patterns."""

import re

from blocklint.analysis.shapes.broadcast import merged
from blocklint.analysis.shapes.shape import (
    NOTHING,
    Known,
    Meeting,
    Meets,
    Shape,
    Side,
    called,
    operand,
    source,
)
from blocklint.graph import Argument, Dim, Node
from blocklint.graph.dims import product

_MATRIX = 2
MATRICES = frozenset(["matmul", "bmm", "mm"])
ADDED_TO = frozenset(["addmm", "addbmm", "baddbmm"])
MULTIPLY = MATRICES | ADDED_TO
ELLIPSIS = ("...",)
_REST = "(...)"  # within a group: one axis is made of the axes in front
_PATTERNS = frozenset(["rearrange", "repeat", "reduce"])


def matmul(known: Known, node: Node) -> Shape:
    """`a @ b`; with a parameter whose shape is unknown the last size is new."""
    return _multiplied(known, node, operand(node), operand(node, 1, "other"))


def added_to(known: Known, node: Node) -> Shape:
    """`torch.addmm(bias, a, b)`: the bias is as wide as `a @ b`, or stretched to it."""
    letter = "mat" if node.name == "addmm" else "batch"
    one, two = operand(node, 1, f"{letter}1"), operand(node, 2, f"{letter}2")
    found = _multiplied(known, node, one, two)
    bias = operand(node)
    added = known.of(bias).at(-1) if bias is not None else None
    if found.axes and added is not None and Dim.of(1) not in (added, found.axes[-1]):
        sides = Side(found.axes[-1], two, -1), Side(added, bias, -1)
        known.meet(Meeting(Meets.ADDED, node, *sides))
    return found


def _multiplied(known: Known, node: Node, one: Node | None, two: Node | None) -> Shape:
    if one is None:
        return NOTHING
    left = known.grown(one, _MATRIX)
    if two is None:
        return left.ending(known.own(node, -1)) if left.axes else NOTHING
    right = known.grown(two, _MATRIX)
    if len(left.axes) < _MATRIX or len(right.axes) < _MATRIX:
        return NOTHING
    wanted, given = Side(right.axes[-2], two, -2), Side(left.axes[-1], one, -1)
    known.meet(Meeting(Meets.PRODUCT, node, wanted, given))
    batch = _batch(known, node, (one, left), (two, right))
    return Shape((*batch.axes, left.axes[-2], right.axes[-1]), batch.open)


def _batch(
    known: Known, node: Node, one: tuple[Node, Shape], two: tuple[Node, Shape]
) -> Shape:
    """The axes in front of both matrices."""
    rests = [Shape(shape.axes[:-2], shape.open) for _, shape in (one, two)]
    for axis in range(-min(len(rest.axes) for rest in rests), 0):
        sizes = [rest.axes[axis] for rest in rests]
        if all(size.constant != 1 for size in sizes):
            sides = [
                Side(size, value, axis - _MATRIX)
                for size, (value, _) in zip(sizes, (one, two), strict=True)
            ]
            known.meet(Meeting(Meets.PRODUCT, node, sides[0], sides[1]))
    return merged(known, node, rests) if any(r.axes for r in rests) else _empty(rests)


def _empty(rests: list[Shape]) -> Shape:
    return Shape((), any(rest.open for rest in rests))


def weighted(known: Known, node: Node) -> Shape:
    """`F.linear(x, weight)`: the weight's axes are what comes out and what goes in."""
    value, weight = operand(node), operand(node, 1, "weight")
    shape = known.of(value) if value is not None else NOTHING
    made = known.of(weight) if weight is not None else NOTHING
    if weight is None or made.rank != _MATRIX or value is None:
        return shape.ending(known.own(node, -1)) if shape.axes else NOTHING
    if shape.axes:
        sides = Side(made.axes[1], weight, 1), Side(shape.axes[-1], value, -1)
        known.meet(Meeting(Meets.LINEAR, node, *sides))
    return known.of(value).ending(made.axes[0])


def attended(known: Known, node: Node) -> Shape:
    """`F.scaled_dot_product_attention(query, key, value)`."""
    operands = (("query", 0), ("key", 1), ("value", 2))
    values = [operand(node, position, name) for name, position in operands]
    query, key, value = values
    if query is None or key is None or value is None:
        return NOTHING
    shapes = [known.grown(each, _MATRIX) for each in (query, key, value)]
    if any(len(shape.axes) < _MATRIX for shape in shapes):
        return NOTHING
    q, k, v = shapes
    width = Side(q.axes[-1], query, -1), Side(k.axes[-1], key, -1)
    length = Side(k.axes[-2], key, -2), Side(v.axes[-2], value, -2)
    for sides in (width, length):
        known.meet(Meeting(Meets.PRODUCT, node, *sides))
    if node.call.get(None, "enable_gqa", False) is False:
        _batch(known, node, (query, q), (key, k))
        _batch(known, node, (key, k), (value, v))
    q, v = known.of(query), known.of(value)
    return q.ending(v.axes[-1]) if q.axes and v.axes else NOTHING


def einsum(known: Known, node: Node) -> Shape:
    """`einsum("bhid,bhjd->bhij", q, k)`."""
    parts = equation(node)
    if parts is None:
        return NOTHING
    sources, target = parts
    sizes: dict[str, Side] = {}
    for letters, value in zip(sources, einsum_operands(node), strict=False):
        if isinstance(value, Node):
            _named(known, node, value, letters, sizes)
    found = {letter: side.size for letter, side in sizes.items()}
    return Shape(
        tuple(found.get(a) or known.own(node, i) for i, a in enumerate(target))
    )


def _named(
    known: Known, node: Node, value: Node, letters: list[str], sizes: dict[str, Side]
) -> None:
    """The sizes of an operand by its letters; each letter has one size."""
    shape = known.of(value)
    if shape.rank is None:
        shape = known.grown(value, len(letters))
    if len(shape.axes) != len(letters):
        if shape.rank is not None:
            sides = Side(Dim.of(len(letters))), Side(Dim.of(shape.rank), value)
            known.meet(Meeting(Meets.AXES, node, *sides))
        return
    for axis, (letter, size) in enumerate(zip(letters, shape.axes, strict=True)):
        side = Side(size, value, axis)
        other = sizes.setdefault(letter, side)
        if Dim.of(1) not in (other.size, size):
            known.meet(Meeting(Meets.PRODUCT, node, other, side))


def equation(node: Node) -> tuple[list[list[str]], list[str]] | None:
    """The axes of an einsum's operands and of its result; None with an ellipsis.

    Letters as torch writes them, or words as einops does.
    """
    texts = [a for a in node.call.positional if isinstance(a, str) and "->" in a]
    if len(texts) != 1 or "." in texts[0]:
        return None
    before, _, after = texts[0].partition("->")
    words = bool(re.search(r"\w\w* +\w", texts[0].replace(", ", ",").strip()))
    split = str.split if words else _letters
    return [split(part) for part in before.split(",")], split(after)


def _letters(text: str) -> list[str]:
    return list(text.replace(" ", ""))


def einsum_operands(node: Node) -> list[Argument]:
    """The values that an einsum multiplies; einops takes the pattern last."""
    given: list[Argument] = [a for a in node.call.positional if not isinstance(a, str)]
    return list(given[0]) if len(given) == 1 and isinstance(given[0], tuple) else given


Axis = tuple[str, ...]  # one axis of a pattern: `(h d)` is two names


def pattern(node: Node) -> tuple[list[Axis], list[Axis]] | None:
    """The two sides of the pattern of `rearrange(x, "b n (h d) -> b h n d")`.

    `...` stands for axes that stay as they are, `(...)` for one axis made of them;
    None where they are not in front.
    """
    made = node.call.made
    if (made.name.lower() if made else node.name) not in _PATTERNS:
        return None
    texts = [a for a in called(node).positional if isinstance(a, str) and "->" in a]
    if len(texts) != 1:
        return None
    before, _, after = texts[0].partition("->")
    sides = _axes(before), _axes(after)
    for side in sides:
        if any(
            "..." in axis and (i or axis != ELLIPSIS) for i, axis in enumerate(side)
        ):
            return None
    kept = ELLIPSIS in sides[1] or any(_REST in axis for axis in sides[1])
    return sides if (ELLIPSIS in sides[0]) == kept else None


def _axes(side: str) -> list[Axis]:
    found = re.findall(r"\(([^)]*)\)|(\w+|\.\.\.)", side)
    return [_names(group) if not word else (word,) for group, word in found]


def _names(group: str) -> Axis:
    return tuple(group.replace("...", _REST).split())


def rearranged(known: Known, node: Node) -> Shape:
    """`rearrange(x, pattern, **sizes)`, as a function or as a module."""
    sides = pattern(node)
    value = source(node)
    if sides is None or value is None:
        return NOTHING
    before, after = ([a for a in side if a != ELLIPSIS] for side in sides)
    free = len(before) < len(sides[0])
    shape = _source_of(known, node, value, len(before), free)
    named = called(node).named
    sizes: dict[str, Dim] = {n: d for n, a in named.items() if (d := known.dim(a))}
    rest = shape.axes[: len(shape.axes) - len(before)] if free else ()
    read = shape.axes[len(rest) :]
    if len(read) == len(before):
        for axis, (names, size) in enumerate(zip(before, read, strict=True)):
            _fill(known, node, names, Side(size, value, axis - len(read)), sizes)
    axes = (_size(axis, sizes) or known.own(node, i) for i, axis in enumerate(after))
    if ELLIPSIS not in sides[1]:
        return Shape(tuple(axes))
    return Shape((*rest, *axes), free and shape.open)


def _source_of(known: Known, node: Node, value: Node, count: int, free: bool) -> Shape:
    """The shape of what a pattern is put to; notes a wrong number of axes."""
    shape = known.of(value)
    if shape.rank is None:
        return known.grown(value, count)
    if shape.rank < count or (shape.rank > count and not free):
        sides = Side(Dim.of(count)), Side(Dim.of(shape.rank), value)
        known.meet(Meeting(Meets.AXES, node, *sides))
        return NOTHING
    return shape


def _fill(
    known: Known, node: Node, axis: Axis, given: Side, sizes: dict[str, Dim]
) -> None:
    """Give the one name of an axis that has no size yet what is left of it.

    If all have one, their product is the size of the axis.
    """
    missing = [name for name in axis if name not in sizes and not name.isdigit()]
    named = [_one(name, sizes) for name in axis if name not in missing]
    others = product([size for size in named if size is not None])
    if len(missing) == 1:
        left = given.size / others
        if left is not None:
            sizes[missing[0]] = left
            known.meet(Meeting(Meets.SPLIT, node, Side(others), given, divides=True))
    elif not missing and axis:
        known.meet(Meeting(Meets.SPLIT, node, Side(others), given))


def _one(name: str, sizes: dict[str, Dim]) -> Dim | None:
    return Dim.of(int(name)) if name.isdigit() else sizes.get(name)


def _size(axis: Axis, sizes: dict[str, Dim]) -> Dim | None:
    known = [_one(name, sizes) for name in axis]
    found = [size for size in known if size is not None]
    return product(found) if len(found) == len(known) else None
