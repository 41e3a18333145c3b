"""What the branch of a site computes: attention, ffn, conv, mixer.

The data flow speaks first where it is plain (softmax over scores, two linears); the
names of sub-layers and their classes help. Names never decide a placement.
"""

import re

from blocklint.analysis.block import Role
from blocklint.graph import BlockGraph, Node, Op

_CROSS = re.compile(
    r"cross|enc(oder)?_?(dec_?)?att|src_att|inter_?att|enc_dec|encdec|context_att"
)
_ATTENTION = re.compile(r"attn|attention|att$|mha|msa|sdpa|(^|_)sa(_|$)")
_FFN = re.compile(
    r"mlp|ffn|(^|_|\.)ff(n|w|_|\d|$|\.)|feed_?forward|feedforward|moe|expert|"
    r"intermediate|channel_?mix|linear|(^|_|\.)fc(_|\d|$|\.)|dense|transition|glu"
)
_MIXER = re.compile(
    r"mamba|ssm|rwkv|time_?mix|token_?mix|tokens|pool|fourier|fnet|linear_att|"
    r"delta_?net|deltanet|deltaatt|retention|recurrent|hyena|focal|modulation|mixer|"
    r"lightconv_?att|s4|lru|rg_lru|spatial_?gat|short_?conv|fast_?weight"
)
_CONV = re.compile(r"conv|peg$|dwise|depthwise|(^|_)dw")


def role_of(graph: BlockGraph, sources: list[Node], branch: Node) -> Role:
    """The role of a branch that runs from these sources to this node."""
    inside = _inside(graph, sources, branch)
    layers = [node for node in inside if node.op in (Op.LAYER, Op.BLOCK, Op.OPAQUE)]
    base = len(_common(sources, branch))
    words = _words(layers, base)
    kinds = {node.kind for node in layers if node.op is Op.LAYER}
    if _MIXER.search(words) and not _plain_ffn(kinds, words):
        return Role.MIXER
    if _is_attention(inside, kinds, words):
        crossed = _CROSS.search(words) or _is_cross(graph, sources, branch, layers)
        return Role.CROSS_ATTENTION if crossed else Role.ATTENTION
    return _feed_forward(kinds, words, inside)


def _plain_ffn(kinds: set[str], words: str) -> bool:
    return bool(re.search(r"channel_?mix|channels", words))


def _feed_forward(kinds: set[str], words: str, inside: list[Node]) -> Role:
    if "pool" in kinds and not kinds & {"linear", "conv"}:
        return Role.MIXER
    if kinds & {"mixer", "fft"}:
        return Role.MIXER
    if "linear" in kinds or "ffn" in kinds or re.search(_FFN, words):
        by_name = _CONV.search(words) and not _FFN.search(words)
        return Role.CONV if by_name and "conv" in kinds else Role.FFN
    if "conv" in kinds or _CONV.search(words):
        return Role.CONV
    return Role.OTHER


def _is_attention(inside: list[Node], kinds: set[str], words: str) -> bool:
    if kinds & {"attention", "cross-attention"} or _ATTENTION.search(words):
        return True
    softmax = any(node.kind == "softmax" for node in inside)
    return softmax and "matmul" in kinds


def _is_cross(
    graph: BlockGraph, sources: list[Node], branch: Node, layers: list[Node]
) -> bool:
    """Keys and values are projected from something that is not the stream."""
    if any(node.kind == "cross-attention" for node in layers):
        return True
    scopes = {id(node.scope.parent) for node in layers if node.kind == "linear"}
    queries = others = 0
    for node in graph.of(Op.LAYER):
        if node.kind != "linear" or id(node.scope.parent) not in scopes:
            continue
        if not graph.reaches(node, branch):
            continue
        if any(graph.reaches(source, node) for source in sources):
            queries += _is_first(graph, sources, node)
        elif _has_input(graph, node):
            others += 1
    return others > 0 and queries == 1


def _is_first(graph: BlockGraph, sources: list[Node], node: Node) -> bool:
    """Whether no other layer stands between the stream and this one."""
    return not any(
        n.op is Op.LAYER for source in sources for n in graph.between(source, node)
    )


def _has_input(graph: BlockGraph, node: Node) -> bool:
    return any(graph.reaches(given, node) for given in graph.of(Op.INPUT))


def _inside(graph: BlockGraph, sources: list[Node], branch: Node) -> list[Node]:
    found = {n.index: n for s in sources for n in graph.between(s, branch)}
    found[branch.index] = branch
    return [found[index] for index in sorted(found)]


def _common(sources: list[Node], branch: Node) -> tuple[object, ...]:
    chains = [branch.scope.chain, *(source.scope.chain for source in sources)]
    shortest = min(chains, key=len)
    return shortest[:1]


def _words(layers: list[Node], base: int) -> str:
    """The outermost names of the sub-layers in a branch, and of their classes."""
    found: dict[str, None] = {}
    for node in layers:
        chain = node.scope.chain[base:]
        names = [scope.name for scope in chain[:2]] or [node.name]
        owners = [scope.owner for scope in chain[:1] if not scope.helper]
        for word in (*names, *owners):
            found[_snake(word)] = None
    return " ".join(found)


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
