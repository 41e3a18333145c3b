"""Shapes after functions that move, split, join or drop axes.

Each takes the shape of the first operand and gives the new one, or None.
"""

from collections.abc import Callable

from blocklint.analysis.shapes.shape import Known, Shape, axis_of, operand
from blocklint.graph import UNKNOWN, Argument, Dim, Node, Slice
from blocklint.graph.dims import product

View = Callable[[Known, Node, Shape], Shape | None]
ONE = Dim.of(1)


def words(text: str) -> frozenset[str]:
    """A set of names, written one after the other."""
    return frozenset(text.split())


def listed(node: Node, name: str = "") -> tuple[Argument, ...]:
    """The sizes or axes of a call: `f(x, 1, 2)`, `f(x, (1, 2))`, `f(x, name=...)`."""
    rest = node.call.positional[1:]
    if not rest and name:
        named = node.call.named.get(name, UNKNOWN)
        rest = (named,)
    if len(rest) == 1 and isinstance(rest[0], tuple):
        return rest[0]
    return rest


def view(known: Known, node: Node, shape: Shape | None) -> Shape | None:
    """`x.view(...)`: one size may be -1, which is what is left over."""
    sizes = known.dims(listed(node, "shape"))
    if sizes is None or not sizes:
        return None
    left = [i for i, size in enumerate(sizes) if size.constant == -1]
    if len(left) > 1:
        return None
    for i in left:
        others = product([size for j, size in enumerate(sizes) if j != i])
        total = product(shape) if shape is not None else None
        rest = total / others if total is not None and others.terms else None
        sizes[i] = rest or known.own(node, i)
    return tuple(sizes)


def transpose(known: Known, node: Node, shape: Shape) -> Shape | None:
    """`x.transpose(a, b)`."""
    one = axis_of(node.call.get(1, "dim0"), len(shape))
    two = axis_of(node.call.get(2, "dim1"), len(shape))
    if one is None or two is None:
        return None
    axes = list(shape)
    axes[one], axes[two] = axes[two], axes[one]
    return tuple(axes)


def turned(known: Known, node: Node, shape: Shape) -> Shape | None:
    """`x.T` and `x.mT`."""
    return (*shape[:-2], shape[-1], shape[-2]) if len(shape) > 1 else None


def permute(known: Known, node: Node, shape: Shape) -> Shape | None:
    """`x.permute(...)`."""
    order = [axis_of(each, len(shape)) for each in listed(node, "dims")]
    found = [axis for axis in order if axis is not None]
    if sorted(found) != list(range(len(shape))) or len(order) != len(found):
        return None
    return tuple(shape[axis] for axis in found)


def flatten(known: Known, node: Node, shape: Shape) -> Shape | None:
    """`x.flatten(start, end)`."""
    start = axis_of(node.call.get(1, "start_dim", 0), len(shape))
    end = axis_of(node.call.get(2, "end_dim", -1), len(shape))
    if start is None or end is None or start > end:
        return None
    return (*shape[:start], product(shape[start : end + 1]), *shape[end + 1 :])


def unflatten(known: Known, node: Node, shape: Shape) -> Shape | None:
    """`x.unflatten(dim, sizes)`."""
    axis = axis_of(node.call.get(1, "dim"), len(shape))
    given = node.call.get(2, "sizes")
    if axis is None or not isinstance(given, tuple):
        return None
    sizes = known.dims(given)
    if sizes is None:
        return None
    left = [i for i, size in enumerate(sizes) if size.constant == -1]
    for i in left:
        others = product([size for j, size in enumerate(sizes) if j != i])
        sizes[i] = shape[axis] / others or known.own(node, axis + i)
    return (*shape[:axis], *sizes, *shape[axis + 1 :])


def unsqueeze(known: Known, node: Node, shape: Shape) -> Shape | None:
    """`x.unsqueeze(dim)`."""
    axis = axis_of(node.call.get(1, "dim"), len(shape) + 1)
    return None if axis is None else (*shape[:axis], ONE, *shape[axis:])


def squeeze(known: Known, node: Node, shape: Shape) -> Shape | None:
    """`x.squeeze(dim)`."""
    axis = axis_of(node.call.get(1, "dim"), len(shape))
    return None if axis is None else (*shape[:axis], *shape[axis + 1 :])


def expand(known: Known, node: Node, shape: Shape) -> Shape | None:
    """`x.expand(...)`: -1 keeps a size."""
    sizes = known.dims(listed(node, "size"))
    if sizes is None or len(sizes) < len(shape):
        return None
    new = len(sizes) - len(shape)
    kept = (*sizes[:new], *shape)
    return tuple(
        kept[i] if size.constant == -1 else size for i, size in enumerate(sizes)
    )


def repeat_interleave(known: Known, node: Node, shape: Shape) -> Shape | None:
    """`x.repeat_interleave(n, dim)`."""
    times = known.dim(node.call.get(1, "repeats"))
    axis = axis_of(node.call.get(2, "dim"), len(shape))
    if times is None or axis is None:
        return None
    return (*shape[:axis], shape[axis] * times, *shape[axis + 1 :])


def reduced(known: Known, node: Node, shape: Shape) -> Shape | None:
    """`x.mean(dim, keepdim)` and its like."""
    given = node.call.get(1, "dim", None)
    axes = [axis_of(a, len(shape)) for a in given] if isinstance(given, tuple) else []
    axes = axes or [axis_of(given, len(shape))]
    kept = node.call.get(2, "keepdim", False)
    if None in axes or not isinstance(kept, bool):
        return None
    rest = [(i, size) for i, size in enumerate(shape) if i not in axes or kept]
    return tuple(ONE if i in axes else size for i, size in rest)


def subscripted(known: Known, node: Node, shape: Shape) -> Shape | None:
    """`x[:, 0, None, ...]`."""
    keys = list(node.call.positional[1:])
    if "..." in keys:
        at = keys.index("...")
        whole = len(shape) - sum(k is not None for k in keys) + 1
        keys[at : at + 1] = [Slice(None, None)] * whole
    axes: list[Dim] = []
    rest = list(shape)
    for key in keys:
        if key is None:
            axes.append(ONE)
        elif not rest:
            return None
        elif isinstance(key, Slice):
            size = rest.pop(0)
            axes.append(size if _is_whole(key) else known.own(node, len(axes)))
        elif known.dim(key) is not None:
            rest.pop(0)
        else:
            return None
    return (*axes, *rest)


def _is_whole(key: Slice) -> bool:
    return key.start in (None, 0) and key.stop is None


def element(known: Known, node: Node, shape: Shape) -> Shape | None:
    """`x[0]`, or one of the pieces of `x.chunk(3, dim=-1)`."""
    whole = operand(node)
    if whole is None or whole.kind != "pieces":
        return shape[1:] or None
    index = node.call.get(1, "index")
    axis = axis_of(
        whole.call.get(1 if whole.name == "unbind" else 2, "dim", 0), len(shape)
    )
    if axis is None or not isinstance(index, int):
        return None
    if whole.name == "unbind":
        return (*shape[:axis], *shape[axis + 1 :])
    size = _piece(known, whole, shape[axis], index) or known.own(node, axis)
    return (*shape[:axis], size, *shape[axis + 1 :])


def _piece(known: Known, whole: Node, size: Dim, index: int) -> Dim | None:
    """The size of one piece along the axis that is cut."""
    match whole.name, whole.call.get(1, "split_size_or_sections"):
        case "chunk", _:
            count = known.dim(whole.call.get(1, "chunks"))
            return size / count if count is not None and count.terms else None
        case "split", tuple() as sizes if index < len(sizes):
            return known.dim(sizes[index])
        case "split", tuple():
            return None
        case "split", each:
            return known.dim(each)
    return None


VIEWS: dict[str, View] = {
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
    "repeat_interleave": repeat_interleave,
    "mean": reduced,
    "sum": reduced,
    "amax": reduced,
    "std": reduced,
    "var": reduced,
    "slice": subscripted,
}
SAME = words(
    "contiguous clone detach float half bfloat16 to type type_as softmax log_softmax "
    "masked_fill relu gelu silu sigmoid tanh dropout exp clamp abs triu tril cumsum "
    "roll flip nan_to_num sqrt rsqrt neg square where drop_path sign"
)
