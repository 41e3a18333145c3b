"""What a graph means: where its sites are, and where each normalises."""

from blocklint.analysis.block import Block, Role, Site, Variant
from blocklint.analysis.placement import Evidence, Placement

__all__ = ["Block", "Evidence", "Placement", "Role", "Site", "Variant"]
