"""What code says, whatever it looks like: without docstrings and hints of tensors."""

import ast
from collections.abc import Iterator, Sequence

ENTRY = "__init__"  # where the hint of a parameter says which class is given
_FLAGS = frozenset(["bool", "int", "float", "str"])


def sense_of(statement: ast.AST) -> str:
    """What is left of a statement without docstrings and hints, as text."""
    for node in ast.walk(statement):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                _undocumented(node)
                node.returns = None
                for each in parameters(node):
                    if node.name != ENTRY and not _is_flag(each.annotation):
                        each.annotation = None
            case ast.ClassDef():
                _undocumented(node)
            case ast.AnnAssign() if "Tensor" in ast.dump(node.annotation):
                node.annotation = ast.Name("Tensor", ast.Load())
    return ast.dump(statement)


def agree(before: Sequence[ast.AST], after: Sequence[ast.AST]) -> bool:
    """Whether two pieces of code say the same; their hints are taken out of them.

    What a constructor's parameter is, is no news if only one of them says it.
    """
    ours, theirs = _constructors(before), _constructors(after)
    for one, two in zip(ours, theirs, strict=False):
        hints = {each.arg: each for each in parameters(two)}
        for each in parameters(one):
            other = hints.get(each.arg)
            if other is not None and None in (each.annotation, other.annotation):
                each.annotation = other.annotation = None
    return [*map(sense_of, before)] == [*map(sense_of, after)]


def _constructors(code: Sequence[ast.AST]) -> list[ast.FunctionDef]:
    return [
        node
        for each in code
        for node in ast.walk(each)
        if isinstance(node, ast.FunctionDef) and node.name == ENTRY
    ]


def parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.arg]:
    """All parameters of a function."""
    given = node.args
    yield from (*given.posonlyargs, *given.args, *given.kwonlyargs)
    yield from (each for each in (given.vararg, given.kwarg) if each is not None)


def _is_flag(annotation: ast.expr | None) -> bool:
    """Whether a hint says that a parameter is no tensor: that has a sense."""
    return isinstance(annotation, ast.Name) and annotation.id in _FLAGS


def _undocumented(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    match node.body:
        case [ast.Expr(ast.Constant(str())), *rest]:
            node.body = rest or [ast.Pass()]
