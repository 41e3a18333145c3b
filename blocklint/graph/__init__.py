"""The one model that everything speaks: what flows through a module, in what order.

Imports nothing but the standard library and `blocklint.source`.
"""

from blocklint.graph.model import BlockGraph, Guard, Member, Node, Op, Scope, Sharing
from blocklint.graph.readers import Readers

__all__ = [
    "BlockGraph",
    "Guard",
    "Member",
    "Node",
    "Op",
    "Readers",
    "Scope",
    "Sharing",
]
