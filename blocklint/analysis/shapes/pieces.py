"""Shapes of parts of a value: elements, slices, and the pieces of a split."""

from math import ceil

from blocklint.analysis.shapes.shape import (
    NOTHING,
    Known,
    Meeting,
    Meets,
    Shape,
    Side,
    source,
)
from blocklint.analysis.shapes.views import last_of, reduced
from blocklint.graph import Argument, Call, Dim, Node, Op, Slice
from blocklint.graph.relations import is_at_least

ZERO, ONE = Dim.of(0), Dim.of(1)
REDUCED = frozenset(["max", "min", "median", "mode"])
_WHOLE = Slice(None, None)
_FIRST_OF_SEVERAL = frozenset(["attention", "cross-attention", "mixer"])


def subscripted(known: Known, node: Node, call: Call, shape: Shape) -> Shape:
    """`x[:, 0, None, ...]`; some of the pieces of a split are no value."""
    value = source(node)
    if value is not None and value.kind == "pieces":
        return NOTHING
    keys = list(call.positional[1:])
    if "..." in keys:
        at = keys.index("...")
        ends = keys[at + 1 :]
        behind = sum(key is not None for key in ends)
        if len(shape.axes) < behind or (shape.open and at):
            return NOTHING
        cut = len(shape.axes) - behind
        front = _keyed(known, node, keys[:at], shape.axes[:cut], 0)
        back = _keyed(known, node, ends, shape.axes[cut:], -behind)
        if front is None or back is None:
            return NOTHING
        return Shape((*front, *back), shape.open)
    if shape.open:
        whole = all(key in (None, _WHOLE) for key in keys)
        ahead = keys.count(_WHOLE) <= 1 or keys[-1] is not None
        return last_of(shape) if whole and ahead else NOTHING
    axes = _keyed(known, node, keys, shape.axes, 0)
    return Shape(axes) if axes is not None else NOTHING


def _keyed(
    known: Known,
    node: Node,
    keys: list[Argument],
    sizes: tuple[Dim, ...],
    start: int,
) -> tuple[Dim, ...] | None:
    """The axes that are left of some, from the front, for these keys."""
    axes: list[Dim] = []
    rest = list(sizes)
    for key in keys:
        if key is None:
            axes.append(ONE)
        elif not rest:
            return None
        elif isinstance(key, Slice):
            size = _cut(known, key, rest.pop(0))
            axes.append(
                size if size is not None else known.own(node, start + len(axes))
            )
        elif known.dim(key) is not None:
            rest.pop(0)
        else:
            return None
    return (*axes, *rest)


def _cut(known: Known, key: Slice, size: Dim) -> Dim | None:
    """The size of `start:stop` of an axis; a length of the run is taken to fit."""
    start = ZERO if key.start is None else known.dim(key.start)
    stop = size if key.stop is None else known.dim(key.stop)
    if start is None or stop is None:
        return None
    if key.step not in (None, 1):
        return _stepped(known, key, start, size) if key.stop is None else None
    if stop == size and _is_from_end(start):
        last = start * Dim.of(-1)
        return last if not last.is_fixed or is_at_least(size, last) else None
    start, stop = _from_front(start, size), _from_front(stop, size)
    length = stop - start
    if not is_at_least(start, ZERO) or not is_at_least(stop, ZERO):
        return None
    if start == stop == size:
        return ZERO
    # Settings are chosen so that it fits.
    told = size.is_fixed and start.is_fixed and stop.is_fixed
    if stop == size:
        return length if told or length == size or _is_some(length) else None
    # One more than a length of the run may be more than there is, and is cut off.
    length_of_run = not stop.is_fixed and stop.bare is not None
    fits = told or length_of_run or is_at_least(size, stop)
    return length if fits and _is_some(length) else None


def _is_some(length: Dim) -> bool:
    """Whether a length is one or more; a share of sizes, as in `d // 2`, is exact."""
    share = len(length.terms) == 1 and is_at_least(length, ZERO)
    return share or is_at_least(length, ONE)


def _stepped(known: Known, key: Slice, start: Dim, size: Dim) -> Dim | None:
    """The size of `0::2` or `1::2`: a share of an axis, taken as exact."""
    step = known.dim(key.step)
    if step is None or start.constant is None or not is_at_least(step, ONE):
        return None
    return size / step if start.constant >= 0 and step != start else None


def _from_front(end: Dim, size: Dim) -> Dim:
    """An end of a slice, counted from the front."""
    return size + end if _is_from_end(end) else end


def _is_from_end(end: Dim) -> bool:
    """Whether an end of a slice is counted from the other end: `-n`."""
    return is_at_least(Dim.of(-1), end)


def element(known: Known, node: Node, call: Call, shape: Shape) -> Shape:
    """`x[0]`, or one of the pieces of `x.chunk(3, dim=-1)`."""
    whole = source(node)
    if whole is None:
        return NOTHING
    several = whole.kind in _FIRST_OF_SEVERAL and whole.op is Op.LAYER
    if several or whole.op is Op.BLOCK:
        return shape if node.call.get(1, "index") == 0 else NOTHING
    if whole.kind != "pieces":
        if shape.rank and (whole.op is not Op.LAYER or whole.kind == "linear"):
            _are_all(known, node, shape.axes[0], ONE)
        return Shape(shape.axes[1:]) if shape.rank else NOTHING
    if whole.name in REDUCED:
        value = source(whole)
        return reduced(known, node, whole.call, known.of(value)) if value else NOTHING
    if whole.name in ("sort", "topk"):
        return _ranked(known, node, whole, shape)
    index = node.call.get(1, "index")
    unbound = whole.name == "unbind"
    along = whole.call.get(1 if unbound else 2, "dim", 0)
    at = shape.index(along)
    if at is None or not isinstance(index, int):
        return shape.but(at, known.own(node, at)) if at and not unbound else NOTHING
    if unbound:
        _exists(known, node, index, shape.axes[at], ONE)
        _are_all(known, node, shape.axes[at], ONE)
        return shape.but(at)
    size = _piece(known, node, whole, shape.axes[at], index)
    return shape.but(at, size if size is not None else known.own(node, at))


def _ranked(known: Known, node: Node, whole: Node, shape: Shape) -> Shape:
    """The values, or the places, of `x.sort(dim)` and `x.topk(k, dim)`."""
    if whole.name == "sort":
        return shape
    count = known.dim(whole.call.get(1, "k"))
    at = shape.index(whole.call.get(2, "dim", -1))
    if at is None:
        return NOTHING
    return shape.but(at, count if count is not None else known.own(node, at))


def _piece(known: Known, node: Node, whole: Node, size: Dim, index: int) -> Dim | None:
    """The size of one piece along the axis that is cut."""
    match whole.name, whole.call.get(1, "split_size_or_sections"):
        case (("chunk" | "tensor_split"), (int() | Dim()) as chunks):
            count = known.dim(chunks)
            share = size / count if count is not None and count.terms else None
            if share is not None:
                _exists(known, node, index, size, share)
                _are_all(known, node, size, share)
            return share
        case "split", tuple() as sizes if index < len(sizes):
            _sums_up(known, whole, sizes, size)
            return known.dim(sizes[index])
        case "split", tuple():
            return None
        case "split", each:
            found = known.dim(each)
            if found is not None:
                _exists(known, node, index, size, found)
                _are_all(known, node, size, found)
            return found
    return None


def _sums_up(known: Known, whole: Node, sizes: tuple[Argument, ...], size: Dim) -> None:
    """Note that the sections of a split make up the axis."""
    found = known.dims(sizes)
    if found is not None:
        total = Dim.of(0)
        for each in found:
            total = total + each
        known.meet(Meeting(Meets.SPLIT, whole, Side(total), Side(size, source(whole))))


def _exists(known: Known, node: Node, index: int, size: Dim, each: Dim) -> None:
    """Note that a piece is taken that a split into equal ones must have."""
    pieces = size / each
    constant = pieces.constant if pieces is not None else None
    if constant is not None and index >= constant:
        needed = each * Dim.of(index + 1)
        whole = source(node)
        given = Side(size, source(whole) if whole is not None else None)
        known.meet(Meeting(Meets.SPLIT, node, Side(needed), given))


def _are_all(known: Known, node: Node, size: Dim, each: Dim) -> None:
    """Note that as many names are unpacked as there are pieces; the last may be short.

    One piece too few is told where it is taken.
    """
    of = node.call.named.get("of")
    if not isinstance(of, int) or node.call.get(1, "index") != of - 1:
        return
    pieces = size / each
    constant = pieces.constant if pieces is not None else None
    if constant is not None and of >= ceil(constant):
        return
    whole = source(node)
    given = Side(size, whole, 0)
    known.meet(Meeting(Meets.SPLIT, node, Side(each * Dim.of(of)), given))
