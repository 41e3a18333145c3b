"""Shapes of matrix products, of einsum, and of einops patterns."""

import re

from blocklint.analysis.shapes.shape import Known, Shape, operand
from blocklint.graph import Argument, Dim, Node
from blocklint.graph.dims import product


def matmul(known: Known, node: Node) -> Shape | None:
    """`a @ b`; with a parameter whose shape is unknown the last size is new."""
    one, two = operand(node), operand(node, 1)
    left = known.of(one) if one is not None else None
    right = known.of(two) if two is not None else None
    if left is None or len(left) < 2:  # noqa: PLR2004
        return None
    if two is None:
        return (*left[:-1], known.own(node, len(left) - 1))
    if right is None or len(right) < 2:  # noqa: PLR2004
        return None
    batch = left[:-2] if len(left) >= len(right) else right[:-2]
    return (*batch, left[-2], right[-1])


def einsum(known: Known, node: Node) -> Shape | None:
    """`einsum("bhid,bhjd->bhij", q, k)`."""
    parts = equation(node)
    if parts is None:
        return None
    sources, target = parts
    sizes: dict[str, Dim] = {}
    for letters, value in zip(sources, einsum_operands(node), strict=False):
        shape = known.of(value) if isinstance(value, Node) else None
        if shape is not None and len(shape) == len(letters):
            for letter, size in zip(letters, shape, strict=True):
                sizes.setdefault(letter, size)
    return tuple(
        sizes[letter] if letter in sizes else known.own(node, i)
        for i, letter in enumerate(target)
    )


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
    """The two sides of the pattern of `rearrange(x, "b n (h d) -> b h n d")`."""
    made = node.call.made
    given = made.positional if made is not None else node.call.positional
    texts = [a for a in given if isinstance(a, str) and "->" in a]
    if len(texts) != 1 or "." in texts[0]:
        return None
    before, _, after = texts[0].partition("->")
    return _axes(before), _axes(after)


def _axes(side: str) -> list[Axis]:
    found = re.findall(r"\(([^)]*)\)|(\w+)", side)
    return [tuple(group.split()) if not word else (word,) for group, word in found]


def rearrange(known: Known, node: Node) -> Shape | None:
    """`rearrange(x, pattern, **sizes)`, as a function or as a module."""
    sides = pattern(node)
    source = operand(node)
    if sides is None:
        return None
    before, after = sides
    shape = known.of(source) if source is not None else None
    made = node.call.made
    named = made.named if made is not None else node.call.named
    sizes: dict[str, Dim] = {n: d for n, a in named.items() if (d := known.dim(a))}
    if shape is not None and len(shape) == len(before):
        for axis, size in zip(before, shape, strict=True):
            _fill(axis, size, sizes)
    return tuple(
        _size(axis, sizes) or known.own(node, i) for i, axis in enumerate(after)
    )


def _fill(axis: Axis, size: Dim, sizes: dict[str, Dim]) -> None:
    """Give the one name of an axis that has no size yet what is left of it."""
    missing = [name for name in axis if name not in sizes and not name.isdigit()]
    if len(missing) == 1:
        others = product([sizes[n] for n in axis if n in sizes])
        if others.terms and (left := size / others) is not None:
            sizes[missing[0]] = left


def _size(axis: Axis, sizes: dict[str, Dim]) -> Dim | None:
    known = [Dim.of(int(n)) if n.isdigit() else sizes.get(n) for n in axis]
    found = [size for size in known if size is not None]
    return product(found) if len(found) == len(known) else None
