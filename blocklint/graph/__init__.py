"""The one model that everything speaks: what flows through a module, in what order.

Imports nothing but the standard library and `blocklint.source`.
"""

from blocklint.graph.dims import Dim, Size
from blocklint.graph.facts import NO_FACTS, Facts, Tie
from blocklint.graph.model import (
    SIZES,
    UNKNOWN,
    Argument,
    AxisSizes,
    BlockGraph,
    Call,
    Guard,
    Member,
    Node,
    Op,
    Scope,
    Several,
    Sharing,
    Slice,
    Unknown,
)
from blocklint.graph.readers import Readers

__all__ = [
    "NO_FACTS",
    "SIZES",
    "UNKNOWN",
    "Argument",
    "AxisSizes",
    "BlockGraph",
    "Call",
    "Dim",
    "Facts",
    "Guard",
    "Member",
    "Node",
    "Op",
    "Readers",
    "Scope",
    "Several",
    "Sharing",
    "Size",
    "Slice",
    "Tie",
    "Unknown",
]
