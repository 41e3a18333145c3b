"""What the branch of a site computes: attention, ffn, conv, mixer.

The attribute names of the sub-layers speak first, then the names of their classes,
then the operations themselves. Names never decide a placement.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from blocklint.analysis.role import Role
from blocklint.graph import BlockGraph, Node, Op
from blocklint.regex import Regex

_CROSS = Regex(
    r"cross(?!_cov)|enc(oder)?_?(dec_?)?att|src_att|inter_?att|enc_dec|encdec|context_att"
)
_RECURRENT = Regex(
    r"mamba|ssm|rwkv|time_?mix|linear_?att|delta_?net|delta_?att|retention|recurrent|"
    r"hyena|fourier|fnet|fast_?weight|rg_lru"
)
_WORDS: tuple[tuple[Role, Regex[str]], ...] = (
    (
        Role.MIXER,
        Regex(
            rf"{_RECURRENT.pattern}|(mlp|fc|linear)_?tokens?|tokens?_?(mlp|fc)|pool|"
            r"focal|modulation|s4d?(_|$)|spatial_?gat"
        ),
    ),
    (
        Role.ATTENTION,
        Regex(r"attn|attention|(^|[ _])(att|m?h?sa|mhs?a|ca)([ _\d]|$)|sdpa|mhca"),
    ),
    (
        Role.FFN,
        Regex(
            r"mlp|ffn|(^|[ _.])ff(n|w|_|\d|[ .]|$)|feed_?forward|moe|expert|transition|"
            r"intermediate|(channel|feature)_?mix|channel_?wise|glu(_|$)"
        ),
    ),
    (Role.CONV, Regex(r"conv|(^|[ _])peg([ _]|$)|d_?wise|depth_?wise|(^|[ _])dw")),
)
_LOSS = Regex(r"loss|criterion")
_GENERIC = Regex(r"mixer|mixing|token")  # names that attention goes by as well
_CHANNELS = Regex(r"channel|feed_?forward|ffn|mlp")


def role_of(graph: BlockGraph, sources: list[Node], branch: Node) -> Role:
    """The role of a branch that runs from these sources to this node."""
    inside = _inside(graph, sources, branch)
    layers = [node for node in inside if node.op in (Op.LAYER, Op.BLOCK, Op.OPAQUE)]
    role = next(_named(layers, branch), None) or _computed(layers, inside)
    if role is Role.CONV and _is_pointwise(layers):
        role = _computed(layers, inside)
    if role is Role.ATTENTION and _is_cross(graph, sources, branch, layers):
        return Role.CROSS_ATTENTION
    return role


def _is_pointwise(layers: list[Node]) -> bool:
    """Whether what is called a convolution has a kernel of one: a linear layer."""
    return not any(node.kind == "conv" for node in layers) and any(
        node.kind == "linear" and "conv" in node.name for node in layers
    )


def _named(layers: list[Node], branch: Node) -> Iterator[Role]:
    """What the names say, from the outermost sub-layer inwards."""
    root = _snake(branch.scope.chain[0].owner).split("_")
    for depth in range(1, 4):
        chains = [n.scope.chain for n in layers]
        scopes = list(dict.fromkeys(c[depth] for c in chains if len(c) > depth))
        if any(_LOSS.search(scope.name.lower()) for scope in scopes):
            yield Role.OTHER
        each = list(dict.fromkeys(_snake(scope.name) for scope in scopes))
        names = " ".join(each)
        owners = dict.fromkeys(_snake(s.owner) for s in scopes if not s.helper)
        whole = " ".join(owners)
        if _RECURRENT.search(whole) and not _CHANNELS.search(whole):
            yield Role.MIXER
        if sum("conv" in name for name in each) > 1 and (
            "conv" in each[0] or all(node.kind == "conv" for node in layers)
        ):
            yield Role.CONV  # an attention among convolutions is only a gate
        if found := _said(names):
            yield found
        classes = " ".join(_without(root, owner) for owner in owners)
        if found := _said(classes):
            yield found
        if _GENERIC.search(f"{names} {classes}"):
            yield Role.MIXER


def role_named(name: str) -> Role | None:
    """What the name of an attribute or a class says; None if it says nothing."""
    return _said(_snake(name))


def _said(words: str) -> Role | None:
    for role, pattern in _WORDS:
        if pattern.search(words):
            if role is Role.MIXER and _CHANNELS.search(words) and "token" not in words:
                return Role.FFN
            return role
    return None


def _without(root: list[str], name: str) -> str:
    """A class name without the model's own name in front: it says nothing here."""
    parts = name.split("_")
    while parts and root and parts[0] == root[0]:
        parts, root = parts[1:], root[1:]
    return "_".join(parts)


def _computed(layers: list[Node], inside: list[Node]) -> Role:
    """What the operations say, where no name does."""
    kinds = {node.kind for node in layers if node.op is Op.LAYER}
    softmax = any(node.kind == "softmax" for node in inside)
    if kinds & {"attention", "cross-attention"} or (softmax and "matmul" in kinds):
        return Role.ATTENTION
    if kinds & {"mixer", "fft", "pool"}:
        return Role.MIXER
    if "conv" in kinds:
        return Role.CONV
    return Role.FFN if kinds & {"linear", "ffn"} else Role.OTHER


def _is_cross(
    graph: BlockGraph, sources: list[Node], branch: Node, layers: list[Node]
) -> bool:
    """Whether keys and values are projected from something that is not the stream."""
    scopes = [scope for node in layers for scope in node.scope.chain[1:4]]
    words = " ".join(scope.name.lower() for scope in scopes)
    if any("cross" in scope.owner.lower() for scope in scopes):
        return True
    if _CROSS.search(words) or any(node.kind == "cross-attention" for node in layers):
        return True
    homes = {
        id(n.scope.parent) for n in layers if n.kind == "linear" and n.scope.parent
    }
    queries = others = 0
    for node in graph.of(Op.LAYER):
        if node.kind != "linear" or id(node.scope.parent) not in homes:
            continue
        if not graph.reaches(node, branch):
            continue
        if any(graph.reaches(source, node) for source in sources):
            queries += _is_first(graph, sources, node)
        else:
            others += graph.is_made_of(Op.INPUT, node)
    return others > 0 and queries == 1 and not _is_joint(graph, sources, branch)


def _is_joint(graph: BlockGraph, sources: list[Node], branch: Node) -> bool:
    """Whether the stream and something else are put side by side and attend jointly."""
    for node in graph.of(Op.VIEW):
        if node.name in ("cat", "concat", "concatenate") and graph.reaches(
            node, branch
        ):
            from_stream = [
                any(graph.reaches(s, r) for s in sources) for r in node.reads
            ]
            if any(from_stream) and not all(from_stream):
                return True
    return False


def _is_first(graph: BlockGraph, sources: list[Node], node: Node) -> bool:
    """Whether no other layer stands between the stream and this one."""
    return not any(
        n.op is Op.LAYER for source in sources for n in graph.between(source, node)
    )


def _inside(graph: BlockGraph, sources: list[Node], branch: Node) -> list[Node]:
    """The nodes of a branch, without what only computes a gate from its own value."""
    found: dict[int, Node] = {}
    pending = [branch]
    while pending:
        node = pending.pop()
        if node.index in found or not any(graph.reaches(s, node) for s in sources):
            continue
        if node in sources:
            continue
        found[node.index] = node
        pending.extend(_gated(graph, sources, node) or node.reads)
    return [found[index] for index in sorted(found)]


def _gated(graph: BlockGraph, sources: list[Node], node: Node) -> tuple[Node, ...]:
    """In `y * gate(y)`, as in squeeze-and-excitation: only `y`.

    A mask that comes with the inputs, by which `y` was multiplied before, is no `y`.
    """
    if node.kind == "scale" and len(node.reads) > 1:
        one, two = node.reads[:2]
        for value, gate in ((one, two), (two, one)):
            inside = any(graph.reaches(source, value) for source in sources)
            computed = inside or graph.is_made_of(Op.LAYER, value)
            if computed and graph.reaches(value, gate):
                return (value,)
    return ()


@lru_cache(maxsize=2048)
def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
