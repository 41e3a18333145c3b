"""What the code around a place says: the statements beside it, the names they read.

For rules whose fixes must know what else an edit would touch. What is not certain is
None, and there is then no fix.
"""

import re

from blocklint import cst
from blocklint.frozen import dataclass
from blocklint.source import Place
from blocklint.trees import children, nodes_of


@dataclass(frozen=True, eq=False)
class Body:
    """The statements of one indented block of code, in order."""

    statements: tuple[cst.BaseStatement, ...]

    def index(self, syntax: cst.CSTNode) -> int | None:
        """Which of the statements holds a node."""
        for number, statement in enumerate(self.statements):
            if any(node is syntax for node in nodes_of(statement)):
                return number
        return None


def body_around(place: Place) -> Body | None:
    """The innermost block of code that a place is in."""
    found: Body | None = None
    for node in nodes_of(place.chunk.tree):
        if isinstance(node, cst.IndentedBlock):
            body = Body(tuple(node.body))
            found = found if body.index(place.syntax) is None else body
    return found  # The last that holds it: outer blocks come before inner ones.


def reads(top: cst.CSTNode, name: str) -> list[cst.Name] | None:
    """Where code reads a variable; None if it may bind it, change it or hide it."""
    found: list[cst.Name] = []
    pending = [top]
    while pending:
        node = pending.pop()
        if _binds(node, name):
            return None
        match node:
            case cst.Name(value) if value == name:
                found.append(node)
            case cst.Attribute(value=owner):
                pending.append(owner)
            case cst.Arg(value=value):
                pending.append(value)
            case _:
                pending += reversed(children(node))
    return found


def free_name(place: Place, *wanted: str) -> str:
    """The first of some names, or a numbered one, that the code around does not use."""
    text = place.chunk.text
    numbered = (f"{wanted[0]}_{number}" for number in range(2, len(text) + 3))
    return next(
        name
        for name in (*wanted, *numbered)
        if not re.search(rf"\b{re.escape(name)}\b", text)
    )


def _binds(node: cst.CSTNode, name: str) -> bool:
    """Whether one node, seen alone, writes to a variable or to a part of it."""
    match node:
        case (
            cst.AssignTarget(target=bound)
            | cst.AnnAssign(target=bound)
            | cst.AugAssign(target=bound)
            | cst.NamedExpr(target=bound)
            | cst.For(target=bound)
            | cst.CompFor(target=bound)
            | cst.Del(target=bound)
            | cst.AsName(name=bound)
            | cst.Param(name=bound)
            | cst.FunctionDef(name=bound)
            | cst.ClassDef(name=bound)
            | cst.ImportAlias(name=bound)
            | cst.NameItem(name=bound)
        ):
            return _mentions(bound, name)
        case cst.MatchPattern() | cst.MatchCase():
            return _mentions(node, name)
        case cst.Call(func=cst.Attribute(value=owner, attr=cst.Name(method))):
            # torch names methods that change their tensor with an underscore.
            return method.endswith("_") and _mentions(owner, name)
    return False


def _mentions(top: cst.CSTNode, name: str) -> bool:
    return any(isinstance(n, cst.Name) and n.value == name for n in nodes_of(top))
