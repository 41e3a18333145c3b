"""What changed inside of a class: the methods that are not as they were.

A class that many others inherit from changes often, and mostly in a method that no
block calls. Who inherits from it is then reached by the change only if it names such a
method.
"""

import ast
from collections.abc import Iterator
from typing import TypeGuard

from blocklint.sense import sense_of


def edited_methods(before: ast.stmt, after: ast.stmt) -> frozenset[str] | None:
    """The methods of a class that changed, and those of its own that name one.

    None if anything else changed, or a method that is called without being named.
    """
    if not (isinstance(before, ast.ClassDef) and isinstance(after, ast.ClassDef)):
        return None
    if _header(before) != _header(after) or _rest(before) != _rest(after):
        return None
    old, new = _methods(before), _methods(after)
    changed = {
        name for name in old.keys() | new.keys() if old.get(name) != new.get(name)
    }
    methods = [each for each in after.body if _is_method(each)]
    while more := {
        method.name
        for method in methods
        if method.name not in changed and changed & set(attributes(method))
    }:
        changed |= more
    # Of a module, what is called is its `forward`, whatever `__call__` does about it.
    unseen = {"__call__"} if _is_module(after) else set[str]()
    if any(_is_called_unnamed(name) for name in changed - unseen):
        return None
    return frozenset(changed - unseen)


def attributes(statement: ast.AST) -> Iterator[str]:
    """The names of all attributes in a piece of code, and of what it defines."""
    for node in ast.walk(statement):
        match node:
            case ast.Attribute(attr=name):
                yield name
            case ast.Constant(str(name)) if name.isidentifier():
                yield name  # `getattr(self, "name")`


def _is_called_unnamed(name: str) -> bool:
    return name == "forward" or (name.startswith("__") and name.endswith("__"))


def _is_module(cls: ast.ClassDef) -> bool:
    return any(ast.unparse(base).rpartition(".")[2] == "Module" for base in cls.bases)


def _is_method(
    statement: ast.stmt,
) -> TypeGuard[ast.FunctionDef | ast.AsyncFunctionDef]:
    return isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef)


def _header(cls: ast.ClassDef) -> str:
    return ast.dump(
        ast.ClassDef(cls.name, cls.bases, cls.keywords, [], cls.decorator_list)
    )


def _rest(cls: ast.ClassDef) -> list[str]:
    return [sense_of(each) for each in cls.body if not _is_method(each)]


def _methods(cls: ast.ClassDef) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in cls.body:
        if _is_method(each):
            found.setdefault(each.name, []).append(sense_of(each))
    return found
