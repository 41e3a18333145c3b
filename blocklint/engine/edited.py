"""What changed inside of a class: the members that are not as they were.

A class that many others inherit from changes often, and mostly in a method that no
block calls. Who inherits from it is then reached by the change only if it names such a
method.
"""

import ast
from collections.abc import Iterator
from typing import TypeGuard

from blocklint.sense import sense_of

INIT = "__init__"
FORWARD = "def forward"  # stands among the attributes of what defines one


def edited_members(before: ast.stmt, after: ast.stmt) -> frozenset[str] | None:
    """The members of a class that changed, and the methods of its own that name one.

    None if anything else changed, or a method that is called without being named. Only
    the constructor may be among the members: of a class without a `forward`, those of
    other files do not follow it.
    """
    if not (isinstance(before, ast.ClassDef) and isinstance(after, ast.ClassDef)):
        return None
    if _header(before) != _header(after) or _rest(before) != _rest(after):
        return None
    old, new = _members(before), _members(after)
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
    # Of a module, what is called is its `forward`, whatever is done about it.
    unseen = {"__call__", "__init_subclass__"} if _is_module(after) else set[str]()
    if any(_is_called_unnamed(name) for name in changed - unseen - {INIT}):
        return None
    return frozenset(changed - unseen)


def attributes(statement: ast.AST) -> Iterator[str]:
    """The names of the attributes in some code, and whether it has a `forward`."""
    for node in ast.walk(statement):
        match node:
            case ast.FunctionDef(name="forward"):
                yield FORWARD
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
    return [sense_of(each) for each in cls.body if _name(each) is None]


def _members(cls: ast.ClassDef) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in cls.body:
        name = _name(each)
        if name is not None:
            found.setdefault(name, []).append(sense_of(each))
    return found


def _name(statement: ast.stmt) -> str | None:
    """The member that a statement of a class makes, if it is one that has to be named.

    A field that every object has is not: it may be a parameter of the constructor.
    """
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return name
        case ast.Assign([ast.Name(name)]):
            return name
        case ast.AnnAssign(ast.Name(name), ast.Subscript(ast.Name("ClassVar"))):
            return name
    return None
