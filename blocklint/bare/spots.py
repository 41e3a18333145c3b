"""Where the nodes of a bare tree stand, as far as the standard parser tells.

LibCST knows the place of each node, but only of its own tree, and to find it out takes
thirty times as long as to make a bare one.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence

from blocklint import cst
from blocklint.bare.code import Code, Odd, Placed, end_of
from blocklint.bare.statements import lines
from blocklint.frozen import dataclass
from blocklint.regex import Regex
from blocklint.trees import Later, children

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


class Spots(Mapping[cst.CSTNode, Spot]):
    """Where the nodes of the bare tree of a text stand; not all of them are told.

    Few are asked for, so the body of a function is looked at when one in it is. None
    are told where the text is odd.
    """

    def __init__(self, text: str, parsed: ast.Module, tree: cst.Module) -> None:
        self._code = Code(text, noting=True)
        self._found: dict[cst.CSTNode, Spot] = {}
        self._bodies: list[tuple[cst.IndentedBlock, cst.IndentedBlock]] = []
        try:
            again = lines(parsed.body, self._code)
        except Odd:
            return
        self._look(tree.body, again)

    def __getitem__(self, node: cst.CSTNode) -> Spot:
        if node not in self._found:
            for each in self._bodies:
                if _holds(each[0], node):
                    self._open(each)
                    return self[node]
        return self._found[node]

    def __iter__(self) -> Iterator[cst.CSTNode]:
        while self._bodies:
            self._open(self._bodies[-1])
        return iter(self._found)

    def __len__(self) -> int:
        return len(list(self))

    def _open(self, body: tuple[cst.IndentedBlock, cst.IndentedBlock]) -> None:
        self._bodies.remove(body)
        self._look(*(each.body for each in body))

    def _look(self, mine: Sequence[cst.CSTNode], again: Sequence[cst.CSTNode]) -> None:
        """Take down the places of some nodes, by those that were made once more."""
        pending = list(zip(mine, again, strict=True))
        noted = self._code.noted or {}
        starts = {_start(node) for node in noted.values() if isinstance(node, ast.stmt)}
        while pending:
            one, other = pending.pop()
            node = noted.get(other)
            spot = _spot(node, self._code, starts) if node is not None else None
            if spot is not None:
                self._found[one] = spot
            if isinstance(one, cst.IndentedBlock) and isinstance(one.body, Later):
                assert isinstance(other, cst.IndentedBlock)
                self._bodies.append((one, other))
            elif not isinstance(one, cst.FormattedString):
                pending += zip(children(one), children(other), strict=True)
        noted.clear()


def _holds(block: cst.IndentedBlock, node: cst.CSTNode) -> bool:
    """Whether a body holds a node; if nobody read it, none that is known."""
    if isinstance(block.body, Later) and not block.body.is_made:
        return False
    pending: list[cst.CSTNode] = [*block.body]
    while pending:
        each = pending.pop()
        if each is node:
            return True
        if not isinstance(each, cst.FormattedString):
            pending += children(each)
    return False


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
