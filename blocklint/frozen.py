"""Dataclasses that are frozen for the type checker, and cheap to make.

At run time the standard library's frozen dataclasses set each field by a call, which
takes three times as long as to make a plain object. That counts where a check makes a
million of them: values, nodes, numbers. mypy, which sees all code of this project,
finds any assignment to a field of these just as well.
"""

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(*, frozen: bool = False, eq: bool = True) -> object:
        """A dataclass; the objects of a frozen one have a hash, and can be changed."""
        return dataclasses.dataclass(eq=eq, unsafe_hash=frozen and eq)


__all__ = ["dataclass"]
