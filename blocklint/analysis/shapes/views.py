"""Shapes after functions that move, split, join or drop axes.

Each takes the call, its operand in front, and the shape of that operand.
"""

from collections.abc import Callable

from blocklint.analysis.shapes.shape import (
    NOTHING,
    Known,
    Meeting,
    Meets,
    Shape,
    Side,
    source,
)
from blocklint.graph import UNKNOWN, Argument, Call, Dim, Node
from blocklint.graph.dims import product

View = Callable[[Known, Node, Call, Shape], Shape]
ONE = Dim.of(1)
_KEPT = 2  # axes of a picture that have no place in it


def words(text: str) -> frozenset[str]:
    """A set of names, written one after the other."""
    return frozenset(text.split())


def listed(call: Call, name: str = "") -> tuple[Argument, ...]:
    """The sizes or axes of a call: `f(x, 1, 2)`, `f(x, (1, 2))`, `f(x, name=...)`."""
    if call.partial:
        return (UNKNOWN,)
    rest = call.positional[1:]
    if not rest and name:
        rest = (call.named.get(name, UNKNOWN),)
    if len(rest) == 1 and isinstance(rest[0], tuple):
        return rest[0]
    return rest


def axis(known: Known, node: Node, shape: Shape, given: Argument) -> int | None:
    """The position of an axis that a call names; notes one that is not there."""
    if shape.lacks(given) and isinstance(given, int):
        needed = given + 1 if given >= 0 else -given
        sides = Side(Dim.of(needed)), Side(Dim.of(len(shape.axes)), source(node))
        known.meet(Meeting(Meets.AXES, node, *sides))
    return shape.index(given)


def view(known: Known, node: Node, call: Call, shape: Shape) -> Shape:
    """`x.view(...)`: one size may be -1, which is what is left over."""
    sizes = known.dims(listed(call, "shape"))
    if not sizes:
        return NOTHING
    left = [i for i, size in enumerate(sizes) if size.constant == -1]
    total = product(shape.axes) if not shape.open else None
    if len(left) > 1:
        return NOTHING
    for i in left:
        others = product([size for j, size in enumerate(sizes) if j != i])
        rest = total / others if total is not None else None
        sizes[i] = rest or known.own(node, i)
        if total is not None:
            _all_kept(known, node, others, total, divides=True)
    if not left and total is not None:
        _all_kept(known, node, product(sizes), total)
    return Shape(tuple(sizes))


def _all_kept(
    known: Known, node: Node, after: Dim, before: Dim, divides: bool = False
) -> None:
    """Note that a reshape keeps the number of elements, what both share left out.

    With a -1 it need only be a multiple of what the other sizes make up.
    """
    value = source(node)
    shared = _shared(before, after)
    one, two = before / shared, after / shared
    if one is not None and two is not None:
        sides = Side(two), Side(one, value)
        known.meet(Meeting(Meets.SPLIT, node, *sides, divides=divides))


def _shared(one: Dim, two: Dim) -> Dim:
    """The run-time sizes that two numbers have in common as factors."""
    found = ONE
    commons = [number.factored()[0] for number in (one, two)]
    for atom in one.atoms & two.atoms:
        if not isinstance(atom, str):
            powers = [common.power_of(atom) or 0 for common in commons]
            found = found * (Dim.of(atom) ** max(0, min(powers)) or ONE)
    return found


def transpose(known: Known, node: Node, call: Call, shape: Shape) -> Shape:
    """`x.transpose(a, b)`."""
    one = axis(known, node, shape, call.get(1, "dim0"))
    two = axis(known, node, shape, call.get(2, "dim1"))
    if one is None or two is None:
        return NOTHING
    axes = list(shape.axes)
    axes[one], axes[two] = axes[two], axes[one]
    return Shape(tuple(axes), shape.open)


def turned(known: Known, node: Node, call: Call, shape: Shape) -> Shape:
    """`x.T` and `x.mT`."""
    if len(shape.axes) < 2:  # noqa: PLR2004
        return NOTHING
    *rest, one, two = shape.axes
    return Shape((*rest, two, one), shape.open)


def permute(known: Known, node: Node, call: Call, shape: Shape) -> Shape:
    """`x.permute(...)`."""
    given = listed(call, "dims")
    if shape.rank is not None and UNKNOWN not in given and shape.rank != len(given):
        sides = Side(Dim.of(len(given))), Side(Dim.of(shape.rank), source(node))
        known.meet(Meeting(Meets.AXES, node, *sides))
    order = [shape.index(each) for each in given]
    found = [each for each in order if each is not None]
    if sorted(found) != list(range(len(shape.axes))) or len(order) != len(found):
        return NOTHING
    return Shape(tuple(shape.axes[each] for each in found), shape.open)


def flatten(known: Known, node: Node, call: Call, shape: Shape) -> Shape:
    """`x.flatten(start, end)`; the module leaves the first axis alone."""
    first = 1 if node.call.made is not None else 0
    start = axis(known, node, shape, call.get(1, "start_dim", first))
    end = axis(known, node, shape, call.get(2, "end_dim", -1))
    if start is None or end is None or start > end:
        return NOTHING
    whole = product(shape.axes[start : end + 1])
    axes = (*shape.axes[:start], whole, *shape.axes[end + 1 :])
    return Shape(axes, shape.open)


def unflatten(known: Known, node: Node, call: Call, shape: Shape) -> Shape:
    """`x.unflatten(dim, sizes)`."""
    at = axis(known, node, shape, call.get(1, "dim"))
    given = call.get(2, "unflattened_size" if node.call.made else "sizes")
    sizes = known.dims(given) if isinstance(given, tuple) else None
    if at is None or sizes is None:
        return NOTHING
    left = [i for i, size in enumerate(sizes) if size.constant == -1]
    for i in left:
        others = product([size for j, size in enumerate(sizes) if j != i])
        sizes[i] = shape.axes[at] / others or known.own(node, at + i)
    if not left:
        sides = Side(product(sizes)), Side(shape.axes[at], source(node))
        known.meet(Meeting(Meets.SPLIT, node, *sides))
    return shape.but(at, *sizes)


def unsqueeze(known: Known, node: Node, call: Call, shape: Shape) -> Shape:
    """`x.unsqueeze(dim)`."""
    given = call.get(1, "dim")
    if not isinstance(given, int) or isinstance(given, bool):
        return NOTHING
    at = given + len(shape.axes) + 1 if given < 0 else given
    if shape.open and given in (0, 1):
        return last_of(shape)
    if not 0 <= at <= len(shape.axes) or (shape.open and given >= 0):
        return NOTHING
    return Shape((*shape.axes[:at], ONE, *shape.axes[at:]), shape.open)


def last_of(shape: Shape) -> Shape:
    """What is left to know where axes come in front of others, however many.

    A width that a layer made stays the last; there is a batch in front of it.
    """
    last = shape.axes[-1:]
    return Shape(last, True) if last and last[0].is_fixed else NOTHING


def squeeze(known: Known, node: Node, call: Call, shape: Shape) -> Shape:
    """`x.squeeze(dim)`: an axis that is not of size one stays."""
    at = shape.index(call.get(1, "dim", None))
    if at is None or shape.axes[at].constant is None:
        return NOTHING
    return shape.but(at) if shape.axes[at] == ONE else shape


def expand(known: Known, node: Node, call: Call, shape: Shape) -> Shape:
    """`x.expand(...)`: -1 keeps a size."""
    sizes = known.dims(listed(call, "size"))
    if sizes is None:
        return NOTHING
    offset = len(sizes) - len(shape.axes)
    for i, size in enumerate(sizes):
        if size.constant == -1:
            kept = i >= offset
            sizes[i] = shape.axes[i - offset] if kept else known.own(node, i)
    return Shape(tuple(sizes))


def repeated(known: Known, node: Node, call: Call, shape: Shape) -> Shape:
    """`x.repeat(a, b, ...)`: each axis so many times."""
    times = known.dims(listed(call, "repeats"))
    if times is None or shape.rank is None or len(times) < shape.rank:
        return NOTHING
    new = len(times) - shape.rank
    old = (*[ONE] * new, *shape.axes)
    return Shape(tuple(a * b for a, b in zip(times, old, strict=True)))


def repeat_interleave(known: Known, node: Node, call: Call, shape: Shape) -> Shape:
    """`x.repeat_interleave(n, dim)`."""
    times = known.dim(call.get(1, "repeats"))
    at = axis(known, node, shape, call.get(2, "dim"))
    if times is None or at is None:
        return NOTHING
    return shape.but(at, shape.axes[at] * times)


def reduced(known: Known, node: Node, call: Call, shape: Shape) -> Shape:
    """`x.mean(dim, keepdim)` and its like; `x.sum()` is a single number."""
    given = call.named.get("axis", call.get(1, "dim", None))
    axes = given if isinstance(given, tuple) else (given,)
    found = [shape.index(each) for each in axes]
    kept = call.named.get("keepdims", call.get(2, "keepdim", False))
    if given is None and kept is False and shape.axes:
        return Shape(())
    if None in found or not isinstance(kept, bool):
        return NOTHING
    rest = [(i, size) for i, size in enumerate(shape.axes) if i not in found or kept]
    if not rest and shape.open:
        return Shape((known.own(node, -1),), True)
    return Shape(tuple(ONE if i in found else size for i, size in rest), shape.open)


def resized(known: Known, node: Node, call: Call, shape: Shape) -> Shape:
    """`F.interpolate(x, ...)`: the batch and the channels stay."""
    if shape.rank is None:
        return NOTHING
    ends = (known.own(node, axis) for axis in range(_KEPT - shape.rank, 0))
    return Shape((*shape.axes[:_KEPT], *ends))


def gated(known: Known, node: Node, call: Call, shape: Shape) -> Shape:
    """`F.glu(x, dim)`: half as wide."""
    at = shape.index(call.get(1, "dim", -1))
    half = shape.axes[at] / Dim.of(2) if at is not None else None
    return shape.but(at, half) if at is not None and half is not None else NOTHING


def as_complex(known: Known, node: Node, call: Call, shape: Shape) -> Shape:
    """`torch.view_as_complex(x)`: the last axis held both parts of a number."""
    return Shape(shape.axes[:-1], shape.open) if shape.axes else NOTHING


def as_real(known: Known, node: Node, call: Call, shape: Shape) -> Shape:
    """`torch.view_as_real(x)`."""
    return Shape((*shape.axes, Dim.of(2)), shape.open)


VIEWS: dict[str, View] = {
    "view_as_complex": as_complex,
    "view_as_real": as_real,
    "view": view,
    "reshape": view,
    "transpose": transpose,
    "swapaxes": transpose,
    "swapdims": transpose,
    "T": turned,
    "mT": turned,
    "t": turned,
    "permute": permute,
    "flatten": flatten,
    "unflatten": unflatten,
    "unsqueeze": unsqueeze,
    "squeeze": squeeze,
    "expand": expand,
    "repeat": repeated,
    "repeat_interleave": repeat_interleave,
    "mean": reduced,
    "sum": reduced,
    "amax": reduced,
    "std": reduced,
    "var": reduced,
    "glu": gated,
    "interpolate": resized,
    "upsample": resized,
}
SAME = words(
    "contiguous clone detach float half bfloat16 to type type_as softmax log_softmax "
    "masked_fill relu gelu silu sigmoid tanh dropout exp clamp abs triu tril cumsum "
    "roll flip nan_to_num sqrt rsqrt neg square drop_path sign double fill "
    "masked_scatter zero normalize log sin cos relu6 leaky_relu leakyrelu elu selu "
    "mish hardswish hardsigmoid hardtanh softplus softsign prelu rrelu celu logsigmoid "
    "identity dropout1d dropout2d dropout3d alphadropout pow rsub floor round ceil "
    "requires_grad_ data checkpoint_name scatter"
)
