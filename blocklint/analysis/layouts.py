"""Whether the batch or the sequence is the first axis of a value, where code shows it.

Values are grouped by layout: what only norms, projects or adds keeps it, a transpose of
the first two axes turns it. What any one of a group shows then holds for all.
"""

import re
from collections.abc import Iterator
from dataclasses import field

from blocklint.analysis.shapes import sizes_of
from blocklint.frozen import dataclass
from blocklint.graph import UNKNOWN, Argument, BlockGraph, Node, Op, Slice
from blocklint.regex import Regex

_SAME_SHAPE = Regex(
    r"^(contiguous|to|float|half|type_as|clone|detach|masked_fill_?|relu|gelu|silu|"
    r"tanh|sigmoid|dropout|clamp)$"
)
_PATTERN = Regex(r"^\s*b\b[^>]*->\s*(?P<axes>.*)$")
_TURN = {("transpose", (0, 1)), ("swapaxes", (0, 1)), ("permute", (1, 0, 2))}
_ATTENTION = "MultiheadAttention"
_RECURRENT = ("LSTM", "GRU", "RNN")
_JOINS = ("cat", "concat", "concatenate", "stack")
_SPREADS = ("expand", "repeat", "expand_as", "tile")
_BATCH_FIRST = 8  # where nn.MultiheadAttention takes it by position


@dataclass(frozen=True)
class Sign:
    """Something that shows a layout: which node shows it, and in what words."""

    batch_first: bool
    node: Node
    text: str


@dataclass
class Layouts:
    """Values of one shape, up to turning the first two axes: a union with parity."""

    parents: dict[int, tuple[int, bool]] = field(default_factory=dict)
    signs: dict[int, list[tuple[bool, Sign]]] = field(default_factory=dict)
    torn: set[int] = field(default_factory=set)  # those that would have both

    def root(self, index: int) -> tuple[int, bool]:
        """What a value is compared by, and whether it is turned against that."""
        turned = False
        while index in self.parents:
            index, flip = self.parents[index]
            turned ^= flip
        return index, turned

    def join(self, one: Node, two: Node, turned: bool = False) -> None:
        """Two values have the same layout, or the turned one."""
        (a, flip_a), (b, flip_b) = self.root(one.index), self.root(two.index)
        if a != b:
            flip = flip_a ^ flip_b ^ turned
            self.parents[a] = b, flip
            moved = [(side ^ flip, sign) for side, sign in self.signs.pop(a, [])]
            self.signs.setdefault(b, []).extend(moved)
        if a in self.torn or (a == b and flip_a ^ flip_b != turned):
            self.torn.add(b)

    def add(self, node: Node, sign: Sign) -> None:
        """A value has the layout that a sign shows."""
        root, flip = self.root(node.index)
        self.signs.setdefault(root, []).append((sign.batch_first ^ flip, sign))

    def of(self, node: Node) -> tuple[bool, Sign] | None:
        """Whether a value is certainly batch first, with a sign of it.

        What one attention was told only counts where nothing else shows the layout.
        """
        root, flip = self.root(node.index)
        every = self.signs.get(root, [])
        found = [each for each in every if _class(each[1].node) != _ATTENTION] or every
        if len({side for side, _ in found}) != 1 or root in self.torn:
            return None
        side, sign = found[0]
        return side ^ flip, sign


def layouts_of(graph: BlockGraph, given: Sign | None = None) -> Layouts:
    """The layouts of a graph's values; `given` is what a caller shows of its input."""
    layouts = Layouts()
    for node in graph.nodes:
        for other, turned in _alike(node):
            layouts.join(node, other, turned)
    for node in graph.nodes:
        for shown, sign in _signs(node):
            layouts.add(shown, sign)
    source = next(graph.of(Op.INPUT), None)
    if given is not None and source is not None:
        layouts.add(source, given)
    return layouts


def told_batch_first(node: Node) -> bool | None:
    """What an attention of torch was told of its layout; None if that is not known."""
    if node.call.made is None or _class(node) != _ATTENTION:
        return None
    value = node.call.made.get(_BATCH_FIRST, "batch_first", False)
    return value if isinstance(value, bool) else None


def _alike(node: Node) -> Iterator[tuple[Node, bool]]:
    """What has the layout of a node, or the turned one."""
    match node.op:
        case Op.NORM | Op.LOOP | Op.EXIT | Op.BLOCK:
            yield from ((read, False) for read in node.reads[:1])
        case Op.JOIN:
            yield from ((read, False) for read in node.reads)
        case Op.ADD:
            yield from ((read, False) for read in node.reads if not _is_constant(read))
        case Op.LAYER if node.kind == "linear" or told_batch_first(node) is not None:
            query = node.call.get(0, "query")
            if isinstance(query, Node) and node.name != "matmul":
                yield query, False
        case Op.VIEW:
            yield from _viewed(node)


def _viewed(node: Node) -> Iterator[tuple[Node, bool]]:
    if len(node.reads) != 1:
        return
    (read,) = node.reads
    if (node.name, _axes(node)) in _TURN or (node.name, _axes(node)[::-1]) in _TURN:
        yield read, True
    elif _keeps_shape(node) or (node.name == "[0]" and _class(read) in _RECURRENT):
        yield read, False


def _keeps_shape(node: Node) -> bool:
    if node.kind == "slice":
        return all(isinstance(key, Slice) for key in node.call.positional[1:])
    return bool(
        node.kind in ("dropout", "+", "scale")
        or _SAME_SHAPE.search(node.name)
        or re.search(r"LU$|Tanh|Sigmoid", _class(node))
    )


def _is_constant(node: Node) -> bool:
    """Whether an operand is a parameter or a table, which a sum may broadcast."""
    while node.op is Op.VIEW and len(node.reads) == 1:
        (node,) = node.reads
    return node.op is Op.PARAM or not node.reads


def _axes(node: Node) -> tuple[Argument, ...]:
    """The axes that a transpose or a permutation names."""
    match node.call.positional[1:]:
        case ((tuple() as axes),):
            return axes
        case axes:
            return axes


def _signs(node: Node) -> Iterator[tuple[Node, Sign]]:
    """What a node shows of its own layout, or of what it reads."""
    if found := _turned_map(node):
        yield node, Sign(found == "batch", node, "the map becomes a sequence here")
    if _pattern_is_batch_first(node):
        yield node, Sign(True, node, "the batch is the first axis here")
    if node.op is Op.ADD:
        for read in node.reads:
            side = _positions(read)
            if side is not None:
                yield node, Sign(side, node, "positions are added here")
    if node.name in _JOINS and (axis := _joined_axis(node)) in (0, 1):
        yield node, Sign(axis == 1, node, "tokens are put in a row here")
    for source in node.reads[:1]:
        yield from _pooled(node, source)
        yield from _told(node, source)


def _joined_axis(node: Node) -> Argument:
    """Along which axis tokens are put side by side, if it is tokens that are."""
    axis = node.call.get(1, "dim", 0)
    tokens = any(_is_token(read, axis) for read in node.reads)
    return axis if node.name == "stack" or tokens else UNKNOWN


def _is_token(value: Node, axis: Argument) -> bool:
    """One token of each sample: `x.unsqueeze(1)`, `self.cls.expand(b, -1, -1)`."""
    if value.name == "unsqueeze":
        return value.call.get(1, "dim") == axis
    while value.name in _SPREADS and len(value.reads) == 1:
        (value,) = value.reads
    return value.op is Op.PARAM


def _pooled(node: Node, source: Node) -> Iterator[tuple[Node, Sign]]:
    if _takes_a_token(node):
        yield source, Sign(True, node, "one token of each sample is taken here")
    if node.name == "mean" and node.kind == "stat":
        axis = node.call.get(1, "dim")
        if axis in (0, 1) and node.call.get(2, "keepdim", False) is False:
            yield source, Sign(axis == 1, node, "the mean over the tokens")


def _told(node: Node, source: Node) -> Iterator[tuple[Node, Sign]]:
    """What another layer that the value goes through was told, or must be given."""
    made = node.call.made if _class(node) in (*_RECURRENT, _ATTENTION) else None
    if made and made.get(None, "batch_first", False) is True:
        sign = Sign(True, node, "this one is batch first")
        yield from ((source, sign), (node, sign))
    if _class(node) == "Conv1d" and source.name in ("transpose", "permute"):
        side = {(1, 2): True, (0, 2, 1): True, (1, 2, 0): False}.get(_ints(source))
        if side is not None:
            turned = Sign(side, source, "turned for a convolution here")
            yield source.reads[0], turned


def _class(node: Node) -> str:
    return node.call.made.of_torch if node.call.made else ""


def _turned_map(node: Node) -> str:
    """`x.flatten(2).transpose(1, 2)`: pixels become tokens, behind the batch."""
    if node.name not in ("transpose", "permute", "swapaxes") or len(node.reads) != 1:
        return ""
    (flat,) = node.reads
    start = flat.call.get(1, "start_dim")
    if flat.name != "flatten" or start != 2 or len(flat.call.positional) > 2:  # noqa: PLR2004
        return ""
    if _ints(node) in ((1, 2), (2, 1), (0, 2, 1), (-1, -2), (-2, -1)):
        return "batch"
    return "sequence" if _ints(node) == (2, 0, 1) else ""


def _ints(node: Node) -> tuple[int, ...]:
    axes = _axes(node)
    return tuple(axis for axis in axes if isinstance(axis, int))


def _pattern_is_batch_first(node: Node) -> bool:
    """An einops pattern that ends in `b n d`, with the batch in front before too."""
    made = node.call.made
    texts = [*node.call.positional, *(made.positional if made else ())]
    for text in texts:
        if isinstance(text, str) and (found := _PATTERN.search(text)):
            axes = re.sub(r"\([^()]*\)", "x", found["axes"]).split()
            return len(axes) == 3 and axes[0] == "b"  # noqa: PLR2004
    return False


def _takes_a_token(node: Node) -> bool:
    """`x[:, 0]` or `x[:, -1]`."""
    match node.call.positional:
        case (Node(), Slice(None, None), (0 | -1), *rest) if node.kind == "slice":
            return all(key == Slice(None, None) for key in rest)
    return False


def _positions(node: Node) -> bool | None:
    """Whether a parameter's shape is (1, n, d), or (n, 1, d)."""
    while node.op is Op.VIEW and node.kind == "slice" and len(node.reads) == 1:
        if not all(isinstance(key, Slice) for key in node.call.positional[1:]):
            return None
        (node,) = node.reads
    match sizes_of(node) if node.op is Op.PARAM else ():
        case (1, other, _) if other != 1:
            return True
        case (other, 1, _) if other != 1:
            return False
    return None
