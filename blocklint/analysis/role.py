"""What a branch computes, in one word."""

from enum import Enum


class Role(Enum):
    """What the branch of a site computes."""

    ATTENTION = "attention"
    CROSS_ATTENTION = "cross-attention"
    FFN = "ffn"
    CONV = "conv"
    MIXER = "mixer"
    OTHER = "other"
