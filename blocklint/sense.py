"""What code says, whatever it looks like: without docstrings and hints of tensors."""

import ast
from collections.abc import Iterator

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
