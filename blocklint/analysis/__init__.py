"""What a graph means: where its sites are, and where each normalises."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from blocklint.analysis.attention import Attention
    from blocklint.analysis.block import Block, Site, Variant
    from blocklint.analysis.placement import Evidence, Placement
    from blocklint.analysis.role import Role

__all__ = ["Attention", "Block", "Evidence", "Placement", "Role", "Site", "Variant"]

_HOMES = {"Site": "block", "Variant": "block", "Evidence": "placement"}


def __getattr__(name: str) -> Any:  # noqa: ANN401 (of several kinds)
    """Import what is asked for only then: a name of a placement needs no classifier."""
    if name in __all__:
        home = _HOMES.get(name, name.lower())
        return getattr(import_module(f"{__name__}.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
