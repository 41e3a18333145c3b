"""What a step's layer is made with, and what an operation is called everywhere."""

import re
from collections.abc import Callable

from blocklint.graph import BlockGraph, Dim, Node, Op
from blocklint.graph.model import Argument, Call

FollowNorm = Callable[[Node], BlockGraph | None]

_RESHAPES = re.compile(
    r"flatten|rearrange|transpose|permute|reshape|^view$|squeeze|identity|quant|stub|"
    r"split_heads|merge_heads|contiguous"
)
_FAMILIES = (
    ("RMSNorm", re.compile(r"rms")),
    ("LayerNorm", re.compile(r"layer_?norm|^ln")),
    ("GroupNorm", re.compile(r"group")),
    ("BatchNorm", re.compile(r"batch_?norm|^bn")),
    ("InstanceNorm", re.compile(r"instance")),
)
_OFFSETS = ("embedding", "linear", "conv")
_BIAS_AT = {"linear": 2, "conv": 7}
_FIRST_SIZES = {
    "linear": ("in_features", "out_features"),
    "embedding": ("num_embeddings", "embedding_dim"),
    "conv": ("in_channels", "out_channels", "kernel_size"),
}

# Methods of a tensor that give it other numbers, whatever else they leave alone.
_COMPUTING = frozenset(["masked_fill", "relu", "sigmoid", "tanh", "selu"])


def reshapes(node: Node) -> bool:
    """Whether a value is only rearranged or cast: the same numbers come out."""
    if node.kind in ("identity", "reshape", "pieces", "element", "slice", "assign"):
        return node.name.rstrip("_") not in _COMPUTING
    return node.kind == "activation" and bool(_RESHAPES.search(operation(node)))


def operation(node: Node) -> str:
    """What an operation is called, as a function or as a module: `gelu`, `silu`."""
    made = node.call.made
    name = made.name if made is not None and made.of_torch else node.call.name
    if not name:
        passed = node.kind == "activation"
        name = "activation" if passed else node.name
    return name.rstrip("_").lower().replace("swish", "silu").replace("_", "")


def sizes_of(node: Node) -> tuple[Dim | None, ...]:
    """The sizes that a layer is made with; None for one that cannot be told."""
    made, names = node.call.made, _FIRST_SIZES.get(node.kind, ())
    if made is None:
        return tuple(None for _ in names)
    return tuple(size_in(made, at, name) for at, name in enumerate(names))


def size_in(made: Call, position: int | None, name: str) -> Dim | None:
    """An argument that is a number, as a Dim."""
    match made.get(position, name):
        case bool():
            return None
        case int() | float() as number:
            return Dim.of(number)
        case Dim() as dim:
            return dim
    return None


def bias_of(node: Node) -> bool | None:
    """Whether a layer adds a bias; None where that is a setting, or not known."""
    made = node.call.made
    if made is None or not made.of_torch or node.kind not in _BIAS_AT:
        return None
    given = made.get(_BIAS_AT[node.kind], "bias", True)
    return given if isinstance(given, bool) else None


def is_off(rate: Argument) -> bool:
    """Whether a dropout with this rate drops nothing."""
    return isinstance(rate, int | float) and rate == 0


def drops_nothing(node: Node) -> bool:
    """Whether a dropout is one of nothing, `nn.Dropout(0.0)`."""
    made = node.call.made
    if made is not None:
        return is_off(made.get(0, "p", None)) or is_off(made.get(0, "drop_prob", None))
    return is_off(node.call.get(1, "p", None))


def norm_family(node: Node, follow: FollowNorm) -> str:
    """`LayerNorm`, `RMSNorm` and so on: by what a class computes, not by its name.

    Of classes that cannot be looked into the name tells; it is empty if that does not.
    """
    made = node.call.made
    of_torch = made is not None and bool(made.of_torch)
    graph = None if of_torch else follow(node)
    if graph is not None and (found := _computed(graph)):
        return found
    name = made.name if of_torch and made else node.kind
    if name in ("", "functional"):
        name = node.call.name or node.name
    return _named(name)


def _named(name: str) -> str:
    lower = name.lower()
    return next((family for family, known in _FAMILIES if known.search(lower)), "")


def _computed(graph: BlockGraph) -> str:
    """What the class of a norm computes: whether it takes a mean away."""
    inner = [node for node in graph.of(Op.NORM) if node.kind not in ("formula", "unit")]
    if len(inner) == 1:
        return _named(inner[0].kind if inner[0].kind != "functional" else inner[0].name)
    stats = [node for node in graph.nodes if node.kind == "stat"]
    if not stats:
        return ""
    if any(node.name in ("var", "std") for node in stats):
        return "LayerNorm"
    centred = any(
        node.name == "-" and any(read in stats for read in node.reads)
        for node in graph.nodes
    )
    return "LayerNorm" if centred else "RMSNorm"
