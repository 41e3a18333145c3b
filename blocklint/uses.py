"""Which attributes a piece of code reads.

Worked out by the standard library's parser, and only for code that somebody asks
about. What cannot be told apart counts as read: the question is whether an attribute
is certainly idle.
"""

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field
from typing import Any, TypeAlias

from blocklint.frozen import dataclass
from blocklint.regex import Regex

Parts: TypeAlias = Sequence[ast.AST]

_WORD = re.compile(r"[A-Za-z_]\w*")
_FILLS = frozenset(["append", "extend", "insert", "add_module", "register_module"])
_LISTS_CHILDREN = frozenset(["children", "named_children", "get_submodule"])
_WHOLE = frozenset(["_modules", "__dict__"])
_BUILDS = Regex(r"init|reset|build|setup|make|create", re.IGNORECASE)
_TAKES_SELF = frozenset(
    ["super", "isinstance", "hasattr", "getattr", "setattr", "delattr", "type", "id"]
)
_SIGNS = frozenset(["ctx", "op", "ops"])  # nodes that read nothing


@dataclass(frozen=True)
class Uses:
    """What one statement reads: attributes of `self`, attributes of anything else.

    `building` are attributes of `self` that only a constructor reads. `words` are the
    names that strings hold, `affixes` what stands around the holes of the strings that
    are put together at run time. `names` are plain names, `documented` the words of
    docstrings. `opaque` says that `self`,
    or all that is stored on it, is handed on whole.
    """

    own: frozenset[str]
    building: frozenset[str]
    others: frozenset[str]
    words: frozenset[str]
    affixes: frozenset[tuple[str, str]]
    names: frozenset[str]
    documented: frozenset[str]
    opaque: bool

    def may_name(self, attribute: str) -> bool:
        """Whether code may get at an attribute of something that is not `self`."""
        return (
            attribute in self.others
            or attribute in self.words
            or attribute.rstrip("0123456789").rstrip("_") in self.words
            or any(
                attribute.startswith(before) and attribute.endswith(after)
                for before, after in self.affixes
            )
        )


_NONE = frozenset[str]()
# What a class may read that does not parse: its objects may be handed on whole.
UNKNOWN = Uses(_NONE, _NONE, _NONE, _NONE, frozenset(), _NONE, _NONE, opaque=True)


def uses_of(code: ast.Module) -> Uses:
    """What a piece of code reads."""
    found = _Finder()
    found.look_at(code)
    return Uses(
        frozenset(found.own),
        frozenset(found.building),
        frozenset(found.others),
        frozenset(found.words),
        frozenset(found.affixes),
        frozenset(found.names),
        frozenset(found.documented),
        found.opaque,
    )


@dataclass
class _Finder:
    own: set[str] = field(default_factory=set)
    building: set[str] = field(default_factory=set)
    others: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    affixes: set[tuple[str, str]] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    documented: set[str] = field(default_factory=set)
    opaque: bool = False
    _method: str = ""  # the method of a class that we are in
    _self: str = "self"
    _of_class: bool = False

    def look_at(self, *code: ast.AST) -> None:
        """Note what some code reads: it is looked at in no order."""
        pending = [*code]
        while pending:
            node = pending.pop()
            read = _READS.get(type(node))
            if read is not None:
                pending += read(self, node)
                continue
            for name in _PARTS.get(type(node), ()):
                part = getattr(node, name)
                if type(part) is list:
                    pending += part
                else:
                    pending.append(part)

    def _in_class(self, node: ast.ClassDef) -> Parts:
        outer, self._of_class = self._of_class, True
        self.look_at(*node.body)
        self._of_class = outer
        return (*node.decorator_list, *node.bases, *node.keywords)

    def _in_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Parts:
        before = self._method, self._self, self._of_class
        if self._of_class:
            first = [*node.args.posonlyargs, *node.args.args][:1]
            self._self = first[0].arg if first else "self"
            self._method, self._of_class = node.name, False
        self.look_at(*node.body)
        self._method, self._self, self._of_class = before
        return (*node.decorator_list, node.args)

    def _in_expression(self, node: ast.Expr) -> Parts:
        match node.value:
            case ast.Constant(str() as text):  # a docstring reads nothing
                self.documented.update(_WORD.findall(text))
                return ()
        return (node.value,)

    def _in_attribute(self, node: ast.Attribute) -> Parts:
        stores = type(node.ctx) is ast.Store
        if not self._is_self(node.value):
            if not stores:
                self.others.add(node.attr)
            return (node.value,)
        if not stores:
            if node.attr in _WHOLE:
                self.opaque = True
            elif self._method == "__init__":
                self.building.add(node.attr)
            else:
                self.own.add(node.attr)
        return ()

    def _in_name(self, node: ast.Name) -> Parts:
        if self._is_self(node):
            self.opaque = True
        elif type(node.ctx) is ast.Load:
            self.names.add(node.id)
        return ()

    def _in_comparison(self, node: ast.Compare) -> Parts:
        return self._but_self(node.left, *node.comparators)

    def _in_return(self, node: ast.Return) -> Parts:
        return () if node.value is None else self._but_self(node.value)

    def _but_self(self, *nodes: ast.expr) -> Parts:
        return [each for each in nodes if not self._is_self(each)]

    def _in_call(self, node: ast.Call) -> Parts:
        harmless = _takes_self(node.func)
        if harmless == "getattr" and len(node.args) > 1:
            self._by_name(*node.args[:2])
        given = self._but_self(*node.args) if harmless else node.args
        return (*self._called(node.func), *given, *(k.value for k in node.keywords))

    def _called(self, func: ast.expr) -> Parts:
        match func:
            case ast.Attribute(ast.Attribute(owner, _), method) if (
                method in _FILLS and self._is_self(owner)
            ):
                return ()  # `self.layers.append(...)` fills a list, and reads nothing
            case ast.Attribute(owner, method) if (
                method in _LISTS_CHILDREN and self._is_self(owner)
            ):
                self.opaque = self.opaque or not _BUILDS.search(self._method)
                return ()
        return (func,)

    def _by_name(self, owner: ast.expr, name: ast.expr) -> None:
        """`getattr(self, kind + "_attn")`: any attribute that the strings may be of."""
        if isinstance(name, ast.Constant):
            return
        texts = [
            each.value for each in ast.walk(name) if isinstance(each, ast.Constant)
        ]
        parts = [
            p for text in texts if isinstance(text, str) for p in _WORD.findall(text)
        ]
        self.affixes.update((part, "") for part in parts)
        self.affixes.update(("", part) for part in parts)
        self.opaque = self.opaque or (not parts and self._is_self(owner))

    def _in_constant(self, node: ast.Constant) -> Parts:
        if isinstance(node.value, str) and " " not in node.value:
            self.words.update(_WORD.findall(node.value))
        return ()

    def _in_formatted(self, node: ast.JoinedStr) -> Parts:
        self.affixes.update(_affixes(node))
        return node.values

    def _is_self(self, node: ast.expr) -> bool:
        # Asked of each name: `type` is faster than `isinstance`, and says the same.
        return type(node) is ast.Name and node.id == self._self and bool(self._method)


_READS: dict[type[ast.AST], Callable[[_Finder, Any], Parts]] = {
    ast.AnnAssign: lambda _, node: [e for e in (node.target, node.value) if e],
    ast.AsyncFunctionDef: _Finder._in_function,
    ast.Attribute: _Finder._in_attribute,
    ast.Call: _Finder._in_call,
    ast.ClassDef: _Finder._in_class,
    ast.Compare: _Finder._in_comparison,
    ast.Constant: _Finder._in_constant,
    ast.Expr: _Finder._in_expression,
    ast.FunctionDef: _Finder._in_function,
    ast.JoinedStr: _Finder._in_formatted,
    ast.Name: _Finder._in_name,
    ast.Return: _Finder._in_return,
    ast.arg: lambda _, node: (),  # An annotation names a class and makes none.
}


# The fields of each type of node that may hold others; a text has none.
_PARTS = {
    kind: tuple(name for name in kind._fields if name not in _SIGNS)
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}


def _takes_self(func: ast.expr) -> str:
    """The name of a function that may take `self` and reads nothing else of it."""
    match func:
        case ast.Name(name) if name in _TAKES_SELF:
            return name
        case ast.Attribute(_, "__init__"):
            return "__init__"
    return ""


def _affixes(node: ast.JoinedStr) -> Iterator[tuple[str, str]]:
    """What stands right before and right after each hole: `f"norm{i}"`."""
    parts = ["", *(_text(value) for value in node.values), ""]
    for before, hole, after in zip(parts, parts[1:], parts[2:], strict=False):
        if hole is None:
            start = re.search(r"\w*$", before or "")
            end = re.search(r"^\w*", after or "")
            found = (start[0] if start else "", end[0] if end else "")
            if any(found):
                yield found


def _text(value: ast.expr) -> str | None:
    match value:
        case ast.Constant(str() as text):
            return text
    return None
