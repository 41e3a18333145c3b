"""What the names of torch, and of layers outside the project, stand for: tables.

The last part of a dotted name decides; names are only used to tell what *kind* of
thing a layer is, never where it normalises.
"""

import re
from functools import lru_cache

from blocklint.graph import Op
from blocklint.regex import Regex

Meaning = tuple[Op, str]

_NORM = Regex(
    r"(?<!Pre)(?<!Post)(?<!And)(?<!Add)(?<!Conv)Norm(?!al|ed|Conv|Linear|Act)|^DyT$|DynamicTanh|^LN$|^ScaleNorm"
)
_NORM_HINT = Regex(r"(?<!pre)(?<!pre_)(?<!post)norm(?!al)|(^|_)ln(_|\d|$)|layernorm")

_LAYERS: tuple[tuple[Regex[str], Meaning], ...] = (
    (Regex(r"Drop(out|Path|Block)|StochasticDepth"), (Op.VIEW, "dropout")),
    (Regex(r"^(Identity|Lambda)$"), (Op.VIEW, "identity")),
    (Regex(r"LayerScale|^Scale$"), (Op.VIEW, "scale")),
    (Regex(r"^Softmax$"), (Op.VIEW, "softmax")),
    (Regex(r"Embed"), (Op.LAYER, "embedding")),
    (Regex(r"Attention|Attn|SDPA"), (Op.LAYER, "attention")),
    (Regex(r"Conv\d?|Conv\dd$|ConvTranspose"), (Op.LAYER, "conv")),
    (Regex(r"Linear|Dense$"), (Op.LAYER, "linear")),
    (Regex(r"Pool"), (Op.LAYER, "pool")),
    (Regex(r"LSTM|GRU|RNN|Mamba|SSM|S4|RetNet|RWKV"), (Op.LAYER, "mixer")),
    (Regex(r"MLP|Mlp|FeedForward|FFN|MoE|Moe|Expert"), (Op.LAYER, "ffn")),
    (
        Regex(
            r"LU$|Swish|Mish|Sigmoid|Tanh|Soft(max|plus|sign)|Act(ivation)?(?![a-z])|"
            r"Flatten|Unflatten|Transpose|Permute|Reshape|View$|Squeeze|Pad\dd$|PixelShuffle|Upsample|Rearrange|Reduce|"
            r"Quant|Stub|Fold$|Threshold|Shrink"
        ),
        (Op.VIEW, "activation"),
    ),
)


def words(text: str) -> frozenset[str]:
    """A set of names, written one after the other."""
    return frozenset(text.split())


FUNCTIONS: dict[str, Meaning] = {
    **dict.fromkeys(
        ["layer_norm", "rms_norm", "group_norm", "batch_norm", "instance_norm"],
        (Op.NORM, "functional"),
    ),
    **dict.fromkeys(["normalize"], (Op.NORM, "unit")),
    **dict.fromkeys(
        words("matmul bmm mm addbmm baddbmm einsum tensordot mv dot outer"),
        (Op.LAYER, "matmul"),
    ),
    **dict.fromkeys(["linear", "bilinear", "addmm"], (Op.LAYER, "linear")),
    **dict.fromkeys(["embedding", "embedding_bag"], (Op.LAYER, "embedding")),
    **dict.fromkeys(
        [
            "scaled_dot_product_attention",
            "multi_head_attention_forward",
            "flex_attention",
        ],
        (Op.LAYER, "attention"),
    ),
    **dict.fromkeys(["add"], (Op.ADD, "+")),
    **dict.fromkeys(
        ["dropout", "dropout1d", "dropout2d", "alpha_dropout", "drop_path"],
        (Op.VIEW, "dropout"),
    ),
    **dict.fromkeys(["softmax", "log_softmax", "softmin"], (Op.VIEW, "softmax")),
    **dict.fromkeys(["mean", "var", "std", "norm", "vector_norm"], (Op.VIEW, "stat")),
    **dict.fromkeys(
        ["sqrt", "rsqrt", "pow", "square", "clamp", "reciprocal", "clamp_min", "sum"],
        (Op.VIEW, "arithmetic"),
    ),
    **dict.fromkeys(words("fft fft2 fftn rfft rfft2 rfftn"), (Op.LAYER, "fft")),
}
_FUNCTION_PATTERNS: tuple[tuple[Regex[str], Meaning], ...] = (
    (Regex(r"^conv(_transpose)?\d?d?$"), (Op.LAYER, "conv")),
    (Regex(r"pool\dd$"), (Op.LAYER, "pool")),
)
_OTHER_FUNCTIONS: tuple[tuple[Regex[str], Meaning], ...] = (
    (Regex(r"attention|attn|sdpa"), (Op.LAYER, "attention")),
    (Regex(r"norm(?!al)"), (Op.NORM, "functional")),
    (
        Regex(r"rearrange|^(reduce|repeat|pack|unpack|einx?)$|rotary|rope"),
        (Op.VIEW, "reshape"),
    ),
    (Regex(r"drop|act|relu|gelu|silu|glu"), (Op.VIEW, "activation")),
    (Regex(r"matmul|einsum|linear|conv|scan"), (Op.LAYER, "matmul")),
)


# Calls that make a tensor out of sizes alone: nothing flows from their arguments.
CREATION = words(
    "arange empty empty_like eye full full_like linspace ones ones_like rand rand_like "
    "randint randn randn_like tensor zeros zeros_like new_empty new_full new_ones "
    "new_tensor new_zeros new randperm tril_indices triu_indices bernoulli finfo iinfo "
    "one_hot argmax argmin argsort"
)

SIZED = words("zeros ones randn rand empty Tensor")  # made of nothing but sizes

# Functions and methods whose result is as large as their first argument; so it is after
# those in place, but for the ones that view.
KEEPS_SIZES = words(
    "abs acos asin atan bernoulli bfloat16 bool ceil clamp clone contiguous copy cos "
    "cpu cuda cumsum detach double empty_like erf exp fill flip float floor full_like "
    "half int log logical_not long masked_fill neg normal ones_like pow rand_like "
    "randn_like reciprocal relu requires_grad roll round rsqrt sigmoid sign sin "
    "softmax sqrt square tanh to tril triu trunc_normal type type_as uniform zero "
    "zeros_like"
)
VIEWING = words("squeeze unsqueeze transpose t swapaxes swapdims resize")

# Attributes and methods of a tensor that give no tensor.
METADATA = words(
    "shape size dim ndim ndimension device dtype numel is_cuda requires_grad nelement "
    "stride is_contiguous element_size type data_ptr get_device layout is_nested "
    "is_floating_point is_sparse item tolist all any isnan isinf"
)

# Functions that hand back the module (or function) they are given.
WRAPPERS = words(
    "weight_norm spectral_norm copy compile script checkpoint_wrapper wrap"
)

COPIERS = frozenset(["deepcopy"])

CHECKPOINTS = frozenset(["checkpoint", "checkpoint_sequential", "_checkpoint"])

# What torch's layers keep of what they were made with: its position, its default.
SETTINGS: dict[str, tuple[int, float | None]] = {
    "p": (0, 0.5),
    "in_features": (0, None),
    "out_features": (1, None),
    "num_embeddings": (0, None),
    "embedding_dim": (1, None),
    "embed_dim": (0, None),
    "num_heads": (1, None),
    "in_channels": (0, None),
    "out_channels": (1, None),
    "num_features": (0, None),
    "normalized_shape": (0, None),
    "norm_first": (7, False),
}

CONTAINERS = {
    "ModuleList": "modules",
    "ParameterList": "modules",
    "Sequential": "sequential",
}
MAPPINGS = frozenset(
    ["ModuleDict", "ParameterDict", "OrderedDict", "dict", "defaultdict"]
)
PARAMETERS = frozenset(["Parameter", "Buffer", "UninitializedParameter"])


@lru_cache(10_000)
def layer_meaning(name: str) -> Meaning:
    """What a module class outside the project does, by its own name."""
    if is_norm_name(name):
        return Op.NORM, name
    for pattern, meaning in _LAYERS:
        if pattern.search(name):
            return meaning
    return Op.LAYER, "unknown"


@lru_cache(10_000)
def is_norm_name(name: str) -> bool:
    """Whether a class is called a norm: `RMSNorm`, `LayerNorm`, not `PreNorm`."""
    return bool(_NORM.search(name))


@lru_cache(10_000)
def hint_meaning(name: str) -> Meaning:
    """What a module passed in from outside does, by the name it was given."""
    lower = name.lower()
    if "conv" in lower:
        return Op.LAYER, "conv"
    if _NORM_HINT.search(lower):
        return Op.NORM, name
    if re.search(r"drop|identity", lower):
        return Op.VIEW, "dropout"
    if re.search(r"(^|_)(act|activation|act_fn|nonlinearity|gelu|relu)", lower):
        return Op.VIEW, "activation"
    return Op.LAYER, _hinted_kind(lower)


def _hinted_kind(lower: str) -> str:
    for pattern, kind in (
        (r"attn|attention", "attention"),
        (r"conv", "conv"),
        (r"mlp|ffn|feed|(^|_)ff", "ffn"),
        (r"linear|proj|dense|fc", "linear"),
        (r"embed", "embedding"),
        (r"mixer|mamba|ssm", "mixer"),
    ):
        if re.search(pattern, lower):
            return kind
    return "unknown"


@lru_cache(10_000)
def function_meaning(path: str) -> Meaning | None:
    """What a function outside the project does; None if we cannot say."""
    name = path.rpartition(".")[2]
    bare = name.rstrip("_") or name
    if bare in FUNCTIONS:
        return FUNCTIONS[bare]
    for pattern, meaning in _FUNCTION_PATTERNS:
        if pattern.search(bare):
            return meaning
    if is_torch(path):
        return Op.VIEW, "elementwise"
    for pattern, meaning in _OTHER_FUNCTIONS:
        if pattern.search(name.lower()):
            return meaning
    return None


@lru_cache(10_000)
def is_torch(path: str) -> bool:
    """Whether a dotted name belongs to torch itself."""
    return path.partition(".")[0] in ("torch", "nn", "F")
