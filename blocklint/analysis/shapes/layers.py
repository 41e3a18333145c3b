"""Shapes after layers of torch, and what they demand of what they read."""

from collections.abc import Callable
from fractions import Fraction

from blocklint.analysis.shapes.shape import (
    NOTHING,
    Known,
    Meeting,
    Meets,
    Shape,
    Side,
    operand,
    source,
)
from blocklint.graph import UNKNOWN, Argument, AxisSizes, Call, Dim, Node, Op

_SEEN = frozenset(["unsqueeze", "expand", "view", "reshape", "repeat", "to", "long"])
Layer = Callable[[Known, Node, Call, Shape], Shape]


def needs(
    known: Known,
    node: Node,
    kind: Meets,
    width: Dim | None,
    value: Node | None,
    axis: int = -1,
) -> None:
    """Note that a layer is made for a width, and reads a value."""
    if width is None or value is None:
        return
    shape = known.of(value) if axis == -1 else known.grown(value, -axis)
    size = shape.at(axis)
    if size is not None:
        known.meet(Meeting(kind, node, Side(width), Side(size, value, axis)))
    elif shape.rank is not None:
        _no_axis(known, node, value, shape, -axis)


def _no_axis(known: Known, node: Node, value: Node, shape: Shape, rank: int) -> None:
    sides = Side(Dim.of(rank)), Side(Dim.of(len(shape.axes)), value)
    known.meet(Meeting(Meets.AXES, node, *sides))


def linear(known: Known, node: Node, made: Call, shape: Shape) -> Shape:
    """`nn.Linear(in_features, out_features)`."""
    read = known.dim(made.get(0, "in_features"))
    needs(known, node, Meets.LINEAR, read, source(node))
    out = known.dim(made.get(1, "out_features"))
    return shape.ending(out or known.own(node, -1))


def lazy_linear(known: Known, node: Node, made: Call, shape: Shape) -> Shape:
    """`nn.LazyLinear(out_features)`."""
    return shape.ending(known.dim(made.get(0, "out_features")) or known.own(node, -1))


def embedding(known: Known, node: Node, made: Call, shape: Shape) -> Shape:
    """`nn.Embedding(n, width)`: one axis more; the positions 0 to m - 1 need n >= m."""
    count, value = known.dim(made.get(0, "num_embeddings")), source(node)
    if count is not None and value is not None and _counts(value):
        size = shape.at(-1)
        if size is not None:
            sides = Side(count), Side(size, value, -1)
            known.meet(Meeting(Meets.POSITIONS, node, *sides))
    width = known.dim(made.get(1, "embedding_dim")) or known.own(node, -1)
    return Shape((*shape.axes, width), shape.open)


def _counts(value: Node) -> bool:
    """Whether a value is `arange(n)`, seen in one way or another."""
    while value.op in (Op.VIEW, Op.PARAM):
        if value.name == "arange":
            return True
        match value.call.positional:
            case (AxisSizes(node=first), *_):  # a table that was made of another one
                value = first
            case (Node() as first, *_) if value.name in _SEEN:
                value = first
            case _:
                break
    return False


def conv(dims: int) -> Layer:
    """`nn.Conv1d(in_channels, out_channels, kernel_size, stride, padding)` etc."""

    def of(known: Known, node: Node, made: Call, shape: Shape) -> Shape:
        value = source(node)
        read = known.dim(made.get(0, "in_channels"))
        needs(known, node, Meets.LINEAR, read, value, -dims - 1)
        shape = known.grown(value, dims + 1) if value is not None else NOTHING
        out = known.dim(made.get(1, "out_channels")) or known.own(node, -dims - 1)
        if len(shape.axes) <= dims:
            return NOTHING
        ends = (
            _length(known, made, shape.axes[axis]) or known.own(node, axis)
            for axis in range(-dims, 0)
        )
        return Shape((*shape.axes[: -dims - 1], out, *ends), shape.open)

    return of


def _length(known: Known, made: Call, size: Dim) -> Dim | None:
    """How long the output of a convolution is, by what it reads.

    Patches that lie side by side make up the picture.
    """
    stride, dilation = made.get(3, "stride", 1), made.get(5, "dilation", 1)
    kernel = known.dim(made.get(2, "kernel_size"))
    match kernel.constant if kernel is not None else None, made.get(4, "padding", 0):
        case _, "same" if stride == 1:
            return size
        case int() | Fraction() as taps, int() as padding if (stride, dilation) == (
            1,
            1,
        ):
            return size + Dim.of(2 * padding + 1) - Dim.of(int(taps))
        case _, 0 if kernel is not None and known.dim(stride) == kernel:
            return size / kernel
    return None


def transposed(dims: int) -> Layer:
    """`nn.ConvTranspose2d(in_channels, out_channels, ...)` and its like."""
    plain = conv(dims)

    def of(known: Known, node: Node, made: Call, shape: Shape) -> Shape:
        named = {**made.named, "kernel_size": UNKNOWN, "stride": UNKNOWN}
        return plain(known, node, Call(made.positional[:2], named, made.partial), shape)

    return of


def pooled(dims: int) -> Layer:
    """`nn.AvgPool2d` and its like: the last axes get shorter."""

    def of(known: Known, node: Node, made: Call, shape: Shape) -> Shape:
        if len(shape.axes) <= dims:
            return NOTHING
        ends = (known.own(node, axis) for axis in range(-dims, 0))
        return Shape((*shape.axes[:-dims], *ends), shape.open)

    return of


def multihead(known: Known, node: Node, made: Call, shape: Shape) -> Shape:
    """`nn.MultiheadAttention(embed_dim, num_heads, ...)(query, key, value)`."""
    width = known.dim(made.get(0, "embed_dim"))
    for position, name, own in (
        (0, "query", ""),
        (1, "key", "kdim"),
        (2, "value", "vdim"),
    ):
        other = made.get(None, own, None) if own else None
        needed = width if other is None else known.dim(other)
        needs(known, node, Meets.LINEAR, needed, operand(node, position, name))
    _heads(known, node, width, made.get(1, "num_heads"))
    query = operand(node, 0, "query")
    shape = known.of(query) if query is not None else NOTHING
    return shape.ending(width or known.own(node, -1))


def _heads(known: Known, node: Node, width: Dim | None, heads: Argument) -> None:
    """Note that a width is split into a number of heads."""
    count = known.dim(heads)
    if width is not None and count is not None:
        sides = Side(count), Side(width)
        known.meet(Meeting(Meets.SPLIT, node, *sides, divides=True))


def stock_block(known: Known, node: Node, made: Call, shape: Shape) -> Shape:
    """`nn.TransformerEncoderLayer(d_model, nhead)`: it keeps the shape."""
    width = known.dim(made.get(0, "d_model"))
    needs(known, node, Meets.LINEAR, width, source(node))
    _heads(known, node, width, made.get(1, "nhead"))
    return shape.ending(width) if width is not None else shape


def recurrent(known: Known, node: Node, made: Call, shape: Shape) -> Shape:
    """`nn.LSTM(input_size, hidden_size, ...)`: the first of what it returns."""
    needs(known, node, Meets.LINEAR, known.dim(made.get(0, "input_size")), source(node))
    width = known.dim(made.get(1, "hidden_size"))
    both = made.get(None, "bidirectional", False)
    plain = both is False and made.get(None, "proj_size", 0) == 0
    return shape.ending(width if width and plain else known.own(node, -1))


LAYERS: dict[str, Layer] = {
    "Linear": linear,
    "NonDynamicallyQuantizableLinear": linear,
    "LazyLinear": lazy_linear,
    "Embedding": embedding,
    "MultiheadAttention": multihead,
    "TransformerEncoderLayer": stock_block,
    "TransformerDecoderLayer": stock_block,
    "LSTM": recurrent,
    "GRU": recurrent,
    "RNN": recurrent,
    **{f"Conv{n}d": conv(n) for n in (1, 2, 3)},
    **{f"ConvTranspose{n}d": transposed(n) for n in (1, 2, 3)},
    **{f"{kind}Pool{n}d": pooled(n) for n in (1, 2, 3) for kind in ("Max", "Avg")},
    **{
        f"Adaptive{kind}Pool{n}d": pooled(n)
        for n in (1, 2, 3)
        for kind in ("Max", "Avg")
    },
}

_CHANNELS = {
    "GroupNorm": (1, "num_channels"),
    "BatchNorm1d": (0, "num_features"),
    "BatchNorm2d": (0, "num_features"),
    "BatchNorm3d": (0, "num_features"),
}
_IMAGE = {"BatchNorm2d": 4, "BatchNorm3d": 5}


def norm(known: Known, node: Node) -> Shape:
    """A norm keeps the shape; it is made for certain last axes, or for channels."""
    value = source(node)
    shape = known.of(value) if value is not None else NOTHING
    made = node.call.made
    name = made.of_torch if made is not None else ""
    if made is not None and name in ("LayerNorm", "RMSNorm"):
        _last_axes(known, node, made.get(0, "normalized_shape"))
    elif node.call.of_torch in ("layer_norm", "rms_norm"):
        given = node.call.get(1, "normalized_shape")
        _last_axes(known, node, given)
        for position, name in ((2, "weight"), (3, "bias")):
            _of_weight(known, node, given, operand(node, position, name))
    elif made is not None and name in _CHANNELS:
        _channels(known, node, made, shape)
    return known.of(value) if value is not None else NOTHING


def _last_axes(known: Known, node: Node, given: Argument) -> None:
    sizes = given if isinstance(given, tuple) else (given,)
    found = known.dims(sizes) or []
    for axis, size in zip(range(-len(found), 0), found, strict=True):
        needs(known, node, Meets.NORM, size, source(node), axis)


def _of_weight(known: Known, node: Node, given: Argument, weight: Node | None) -> None:
    """The scale and the shift of a norm are as long as what is normed."""
    sizes = known.dims(given if isinstance(given, tuple) else (given,)) or []
    if sizes and weight is not None:
        needs(known, node, Meets.NORM, sizes[-1], weight)


def _channels(known: Known, node: Node, made: Call, shape: Shape) -> None:
    """Channels are the second axis."""
    position, name = _CHANNELS[made.of_torch]
    channels, value = known.dim(made.get(position, name)), source(node)
    rank = shape.rank or _IMAGE.get(made.of_torch)
    if rank is not None and rank > 1 and channels is not None and value is not None:
        needs(known, node, Meets.NORM, channels, value, 1 - rank)
    groups = known.dim(made.get(0, "num_groups")) if position else None
    if groups is not None and channels is not None:
        sides = Side(groups), Side(channels)
        known.meet(Meeting(Meets.SPLIT, node, *sides, divides=True))
