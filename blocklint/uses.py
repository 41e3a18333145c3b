"""Which attributes a piece of code reads.

Worked out by the standard library's parser, and only for code that somebody asks
about. What cannot be told apart counts as read: the question is whether an attribute
is certainly idle.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import field

from blocklint.frozen import dataclass
from blocklint.regex import Regex

_WORD = re.compile(r"[A-Za-z_]\w*")
_FILLS = frozenset(["append", "extend", "insert", "add_module", "register_module"])
_LISTS_CHILDREN = frozenset(["children", "named_children", "get_submodule"])
_WHOLE = frozenset(["_modules", "__dict__"])
_BUILDS = Regex(r"init|reset|build|setup|make|create", re.IGNORECASE)
_TAKES_SELF = frozenset(
    ["super", "isinstance", "hasattr", "getattr", "setattr", "delattr", "type", "id"]
)


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
    found.visit(code)
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
class _Finder(ast.NodeVisitor):
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

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for each in (*node.decorator_list, *node.bases, *node.keywords):
            self.visit(each)
        outer, self._of_class = self._of_class, True
        self._visit_body(node.body)
        self._of_class = outer

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for each in (*node.decorator_list, node.args):
            self.visit(each)
        before = self._method, self._self, self._of_class
        if self._of_class:
            first = [*node.args.posonlyargs, *node.args.args][:1]
            self._self = first[0].arg if first else "self"
            self._method, self._of_class = node.name, False
        self._visit_body(node.body)
        self._method, self._self, self._of_class = before

    visit_AsyncFunctionDef = visit_FunctionDef

    def _visit_body(self, body: Iterable[ast.stmt]) -> None:
        for statement in body:
            self.visit(statement)

    def visit_Expr(self, node: ast.Expr) -> None:
        match node.value:
            case ast.Constant(str() as text):  # a docstring reads nothing
                self.documented.update(_WORD.findall(text))
            case value:
                self.visit(value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.visit(node.target)
        if node.value is not None:
            self.visit(node.value)

    def visit_arg(self, node: ast.arg) -> None:
        """An annotation names a class and makes none."""

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if not self._is_self(node.value):
            if not isinstance(node.ctx, ast.Store):
                self.others.add(node.attr)
            self.visit(node.value)
        elif isinstance(node.ctx, ast.Store):
            pass
        elif node.attr in _WHOLE:
            self.opaque = True
        elif self._method == "__init__":
            self.building.add(node.attr)
        else:
            self.own.add(node.attr)

    def visit_Name(self, node: ast.Name) -> None:
        if self._is_self(node):
            self.opaque = True
        elif isinstance(node.ctx, ast.Load):
            self.names.add(node.id)

    def visit_Compare(self, node: ast.Compare) -> None:
        for each in (node.left, *node.comparators):
            if not self._is_self(each):
                self.visit(each)

    def visit_Return(self, node: ast.Return) -> None:
        if node.value is not None and not self._is_self(node.value):
            self.visit(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        match node.func:
            case ast.Attribute(ast.Attribute(owner, _), method) if (
                method in _FILLS and self._is_self(owner)
            ):
                pass  # `self.layers.append(...)` fills a list, and reads nothing
            case ast.Attribute(owner, method) if (
                method in _LISTS_CHILDREN and self._is_self(owner)
            ):
                if not _BUILDS.search(self._method):
                    self.opaque = True
            case func:
                self.visit(func)
        harmless = _takes_self(node.func)
        if harmless == "getattr" and len(node.args) > 1:
            self._by_name(*node.args[:2])
        for arg in node.args:
            if not (harmless and self._is_self(arg)):
                self.visit(arg)
        for keyword in node.keywords:
            self.visit(keyword.value)

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

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and " " not in node.value:
            self.words.update(_WORD.findall(node.value))

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        self.affixes.update(_affixes(node))
        self.generic_visit(node)

    def _is_self(self, node: ast.expr) -> bool:
        return (
            isinstance(node, ast.Name)
            and bool(self._method)
            and (node.id == self._self)
        )


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
