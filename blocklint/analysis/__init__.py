"""What a graph means: where its sites are, and where each normalises."""

from blocklint.analysis.attention import Attention
from blocklint.analysis.block import Block, Role, Site, Variant
from blocklint.analysis.placement import Evidence, Placement

__all__ = ["Attention", "Block", "Evidence", "Placement", "Role", "Site", "Variant"]
