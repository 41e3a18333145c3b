"""Spots where the data flow of a wiring could not be followed, and their code."""

import ast
import re
from collections.abc import Iterator

from blocklint.comparison.reading import plain
from blocklint.frozen import dataclass
from blocklint.graph import Node
from blocklint.lazy import cached_property
from blocklint.source import Chunk, Place

_ABSOLUTE = re.compile(r"^\s*(?:from|import)\s+(\w+)", re.MULTILINE)


@dataclass(frozen=True, eq=False)
class Spot:
    """One of them: a call that leads nowhere, a loop, or a site."""

    what: str
    node: Node

    @property
    def place(self) -> Place | None:
        """Where it stands."""
        return self.node.place

    @cached_property
    def code(self) -> tuple[str, ...]:
        """The function that it stands in, and the file's own functions of its name.

        Empty where that cannot be told: what it calls may come from another file.
        """
        if self.place is None:
            return ()
        scope, chunk = self.node.scope, self.place.chunk
        inside = scope.name if scope.helper else "forward"
        around = list(_functions(chunk, inside)) or [chunk.text]
        own: list[str] = []
        for each in chunk.source.outline:
            if self.node.name in each.names and each.header is None:
                if _is_imported_from_near(each):
                    return ()
                own.append(each.text)
            elif each.header is not None and self.node.name in each.header.members:
                own += _functions(each, self.node.name)
        return tuple(sorted({*map(plain, around), *map(plain, own)}))


def _is_imported_from_near(chunk: Chunk) -> bool:
    """Whether a statement imports from the project that its file is a part of."""
    if "import" not in chunk.text:
        return False
    found = _ABSOLUTE.search(chunk.text)
    return found is None or found[1] in chunk.source.path.split("/")


def _functions(chunk: Chunk, name: str) -> Iterator[str]:
    """The functions of a name in a statement, as they are written."""
    if name not in chunk.text:
        return
    for node in ast.walk(ast.parse(chunk.text)):
        named = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if named and node.name == name:  # type: ignore[attr-defined]
            yield ast.unparse(node)
