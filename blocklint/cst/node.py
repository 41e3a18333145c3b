"""What all nodes are."""

from typing import ClassVar


class CSTNode:
    """A part of some code. No two are equal: each stands in a place of its own."""

    __slots__ = ()

    __match_args__: ClassVar[tuple[str, ...]] = ()
