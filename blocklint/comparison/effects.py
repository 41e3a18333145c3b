"""What a change can do to training, with the evidence that there is for it.

Figures are those of the papers named, or of the measurements behind the rules: a width
of 256, 4 heads, 8 sequences of 32 tokens, 6, 12 and 24 layers.
"""

from blocklint.analysis.placement import Placement
from blocklint.comparison.change import Change
from blocklint.frozen import dataclass


@dataclass(frozen=True)
class Effect:
    """How grave a change is, the lower the graver; why; the rule that tells more."""

    rank: int
    reason: str
    rule: str = ""


_BY_KIND = {
    "residual-source": Effect(
        0,
        "what an earlier sub-layer joined may never reach the stream, and its weights"
        " then learn from the branch alone",
        "stale-residual",
    ),
    "attention-mask": Effect(
        1,
        "a lost or a new mask changes which tokens see which: a causal model that sees"
        " the future trains to a low loss and cannot generate",
        "sees-future",
    ),
    "softmax-axis": Effect(
        1,
        "weights that do not sum to one over the keys mix heads, queries or samples",
        "softmax-over-wrong-axis",
    ),
    "attention-source": Effect(
        1,
        "attention compares and mixes other values than before",
        "wrong-stream-query",
    ),
    "branch-source": Effect(
        2,
        "the sub-layer does not see what the one before it joined",
        "wrong-stream-query",
    ),
    "attention-scale": Effect(
        3,
        "scores grow with the root of the width of a head: too large a factor saturates"
        " the softmax, too small a one makes it flat",
        "scaled-by-model-width",
    ),
    "final-norm": Effect(
        4,
        "without a final norm the initial loss of a pre-norm stack was 7.8, 9.0 and"
        " 11.3 at 6, 12 and 24 layers, against 7.1 with it (ln V = 6.9)",
        "missing-final-norm",
    ),
    "sharing": Effect(
        4,
        "layers that share weights learn as one, with the sum of their gradients",
        "shared-block-instance",
    ),
    "norm-shared": Effect(
        5,
        "one scale and shift has to serve two sub-layers",
        "shared-norm",
    ),
    "site-removed": Effect(5, "the block computes less than it did"),
    "site-added": Effect(6, "the block computes more, with weights to be trained"),
    "site-order": Effect(
        6, "weights trained for one order of sub-layers do not fit the other"
    ),
    "parallel": Effect(
        6,
        "in parallel a sub-layer does not see what the other one joins; trained weights"
        " do not carry over",
    ),
    "optional": Effect(6, "whether the site runs depends on what is given"),
    "block": Effect(6, "another block is stacked"),
    "sublayer": Effect(7, "the sub-layer computes another function of its weights"),
    "output": Effect(7, "what leaves the block is not the stream as it was"),
    "scaling": Effect(
        7,
        "factors set how much a branch weighs beside the stream (DeepNet reaches 1000"
        " layers by them), and a gate that starts at zero keeps a branch out at first",
        "scaled-wrong-path",
    ),
    "norm-dropped": Effect(
        8,
        "a branch without a norm takes the stream as large as it has grown: its mean"
        " square was 4.8, 10.7 and 24.5 after 6, 12 and 24 pre-norm layers",
        "unnormalised-branch",
    ),
    "norm-added": Effect(8, "trained weights expect values that are not normed there"),
    "norm-kind": Effect(
        9, "another norm keeps another part of a value: RMSNorm leaves the mean in"
    ),
    "dropout": Effect(
        9,
        "dropout on the stream drops what all later layers read; on a branch, only what"
        " that branch adds",
        "dropout-on-stream",
    ),
    "variant": Effect(9, "a setting chooses between other wirings than before"),
    "width": Effect(10, "checkpoints of the other version do not load"),
    "parameters": Effect(10, "checkpoints of the other version lack or hold a bias"),
}
_TO_NORMED = Effect(
    0,
    "it reads like pre-norm and behaves like post-norm: the gradient of the last ffn"
    " was 0.49, 0.51 and 0.52 at 6, 12 and 24 layers, against 0.26, 0.18 and 0.12 for"
    " pre-norm",
    "residual-after-norm",
)
_TO_POST = Effect(
    2,
    "the stream itself passes through a norm now: the gradient of the last ffn no"
    " longer falls with depth (0.49, 0.52, 0.51 at 6, 12, 24 layers), and training"
    " needs warm-up (Xiong et al. 2020: 8.45 BLEU without, about 34 with)",
    "post-norm",
)
_TO_OUTPUT = Effect(
    3,
    "norms at the end of branches held only together with QK-norm (OLMo 2): the"
    " gradient of the first layer was 53.7 at 24 layers without it, 0.6 with it",
    "unwanted-placement",
)
_TO_CLEAN = Effect(
    4,
    "the stream passes through no norm any more, so it grows with depth (mean square"
    " 4.8, 10.7, 24.5 after 6, 12, 24 layers) and the stack needs a final norm",
    "missing-final-norm",
)
_TO_NONE = Effect(
    3,
    "nothing norms this site any more: what the branch takes grows with the stream",
    "unnormalised-branch",
)
_WITHIN = Effect(
    5, "norms stand elsewhere; trained weights do not carry over", "unwanted-placement"
)


def effect_of(change: Change) -> Effect:
    """What a change can do to training."""
    if change.kind == "placement":
        return _of_placement(change)
    return _BY_KIND.get(change.kind, Effect(11, "it computes something else"))


def _of_placement(change: Change) -> Effect:
    known = {placement.formula: placement for placement in Placement}
    old, new = known.get(change.before), known.get(change.after)
    match new:
        case Placement.NORMED_RESIDUAL:
            return _TO_NORMED
        case Placement.NONE:
            return _TO_NONE
        case Placement.POST | Placement.PREPOST:
            was_clean = old is not None and old.leaves_stream_clean is True
            return _TO_POST if was_clean else _WITHIN
        case Placement.OUTPUT:
            return _TO_OUTPUT
    if new is None or old is None:
        return _WITHIN
    became_clean = new.leaves_stream_clean and old.leaves_stream_clean is False
    return _TO_CLEAN if became_clean else _WITHIN
