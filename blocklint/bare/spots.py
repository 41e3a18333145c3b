"""Where the nodes of a bare tree stand, as far as the standard parser tells.

LibCST knows the place of each node, but only of its own tree, and to find it out takes
thirty times as long as to make a bare one.
"""

import ast

from blocklint import cst
from blocklint.bare.code import Code, Odd, Placed, end_of
from blocklint.bare.statements import lines
from blocklint.frozen import dataclass
from blocklint.regex import Regex
from blocklint.trees import nodes_of

# Of these, and of no others, both parsers say that they stand in the same place. To a
# tuple, the parentheses around it belong for one of the two; so do those of a call to
# the generator in them; and what is in an f-string has a place of its own.
_SAME = (
    ast.Attribute
    | ast.AugAssign
    | ast.Assign
    | ast.BinOp
    | ast.BoolOp
    | ast.Call
    | ast.Compare
    | ast.Name
    | ast.Return
    | ast.Subscript
    | ast.UnaryOp
)
_CLASS = Regex(rb"class[ \t]+(?=\w|[^\x00-\x7f])")


@dataclass(frozen=True)
class Spot:
    """Where a node stands in a text: lines from 1, columns from 0, end exclusive.

    If it is `alone`, no parentheses can be around it, and it is on one line.
    """

    line: int
    column: int
    end_line: int
    end_column: int
    alone: bool


def spots_in(
    text: str, parsed: ast.Module, tree: cst.Module
) -> dict[cst.CSTNode, Spot]:
    """Where the nodes of the bare tree of a text stand; not all of them are told."""
    code = Code(text, noting=True)
    try:
        again = cst.Module(lines(parsed.body, code))
    except Odd:
        return {}
    noted = code.noted or {}
    starts = {_start(node) for node in noted.values() if isinstance(node, ast.stmt)}
    found: dict[cst.CSTNode, Spot] = {}
    for mine, other in zip(nodes_of(tree), nodes_of(again), strict=True):
        node = noted.get(other)
        spot = _spot(node, code, starts) if node is not None else None
        if spot is not None:
            found[mine] = spot
    return found


def _spot(node: Placed, code: Code, starts: set[tuple[int, int]]) -> Spot | None:
    if isinstance(node, ast.ClassDef):
        return _of_name(node, code)
    if not isinstance(node, _SAME):
        return None
    line, column = _start(node)
    end, end_column = end_of(node)
    return Spot(
        line,
        _letters(code, line, column),
        end,
        _letters(code, end, end_column),
        line == end and isinstance(node, ast.expr) and _is_alone(node, code, starts),
    )


def _is_alone(node: Placed, code: Code, starts: set[tuple[int, int]]) -> bool:
    before = code.lines[node.lineno - 1][: node.col_offset].strip()
    return not before.endswith(b"(") if before else _start(node) in starts


def _of_name(node: ast.ClassDef, code: Code) -> Spot | None:
    """Where the name of a class stands, if it is on the line of the word `class`."""
    line, column = _start(node)
    word = _CLASS.match(code.lines[line - 1], column)
    if word is None:
        return None
    start = _letters(code, line, word.end())
    return Spot(line, start, line, start + len(node.name), alone=True)


def _start(node: Placed) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _letters(code: Code, line: int, column: int) -> int:
    """The column in letters for one in bytes."""
    return len(code.lines[line - 1][:column].decode())
