"""Whether two codes read the same, whatever they look like.

Of a class that was followed only those members count that may have run: the forward and
the constructor, and what they name. Docstrings and hints say nothing of what code does,
and neither do the members of a framework's class that nothing was read from.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field

from blocklint.frozen import dataclass
from blocklint.outline import parse
from blocklint.sense import ENTRY, parameters, sense_of

Parameter = tuple[str, str]
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Piece:
    """A top-level statement that was followed.

    `ran` are the members that something was read from, if it is the class of a
    framework: its constructor is not followed.
    """

    text: str = field(repr=False)
    ran: frozenset[str] | None = None


@dataclass(frozen=True)
class Said:
    """What some code says: its statements, and the hints that constructors have.

    Hints are kept apart by class and parameter. One that came or went says nothing of
    what the code does; another one leads to other defaults.
    """

    statements: tuple[str, ...]
    hints: Mapping[Parameter, str]

    def agrees(self, other: "Said") -> bool:
        """Whether both say the same."""
        if self.statements != other.statements:
            return False
        both = self.hints.keys() & other.hints.keys()
        return all(self.hints[each] == other.hints[each] for each in both)


def said_by(pieces: Iterable[Piece]) -> Said:
    """What the code of some pieces says, in whatever order they stand."""
    trees = [(statement, p.ran) for p in pieces for statement in parse(p.text).body]
    hints = {k: v for tree, _ in trees for k, v in _unhinted(tree)}
    named = {name for tree, ran in trees if ran is None for name in _names(tree, ())}
    kept: dict[int, set[str]] = {}
    classes = [(t, ran) for t, ran in trees if isinstance(t, ast.ClassDef)]
    more = True
    while more:
        more = False
        for cls, ran in classes:
            found = kept.setdefault(id(cls), set(ran or ()))
            wanted = _wanted(cls, found, named if ran is None else None)
            if wanted - found:
                found |= wanted
                named |= set(_names(cls, found)) if ran is None else set()
                more = True
    said = [_sense(tree, kept.get(id(tree))) for tree, _ in trees]
    return Said(tuple(sorted(said)), hints)


def plain(text: str) -> str:
    """What a piece of code says, without what it looks like."""
    return sense_of(parse(text))


def _wanted(cls: ast.ClassDef, found: set[str], named: set[str] | None) -> set[str]:
    """The members that may run, as far as is known by now."""
    members = {name for each in cls.body for name in _bound(each)}
    if named is None:
        return members & set(_names(cls, found))
    return {name for name in members if name in named or _is_entry(name)}


def _is_entry(name: str) -> bool:
    return name == "forward" or (name.startswith("__") and name.endswith("__"))


def _bound(statement: ast.stmt) -> Iterator[str]:
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            yield name
        case ast.Assign(targets=targets):
            yield from (each.id for each in targets if isinstance(each, ast.Name))
        case ast.AnnAssign(target=ast.Name(name)):
            yield name


def _names(tree: ast.AST, members: Iterable[str]) -> Iterator[str]:
    """What a statement names; of a class, what these members do."""
    roots: list[ast.AST] = [tree]
    if isinstance(tree, ast.ClassDef):
        roots = [each for each in tree.body if set(_bound(each)) & set(members)]
    for root in roots:
        for node in ast.walk(root):
            match node:
                case ast.Attribute(attr=name) | ast.Name(id=name):
                    yield name
                case ast.Constant(str(name)) if name.isidentifier():
                    yield name  # `getattr(self, "name")`


def _sense(tree: ast.stmt, kept: set[str] | None) -> str:
    """What a statement says; of a class with methods, what is said of some members."""
    if isinstance(tree, ast.ClassDef) and kept is not None:
        methods = any(isinstance(each, _Function) for each in tree.body)
        tree.decorator_list = []
        if methods:
            told = (each for each in tree.body if _says(each))
            body = [each for each in told if not kept.isdisjoint(_bound(each))]
            tree.body = sorted(body, key=lambda each: sorted(_bound(each)))
    return sense_of(tree)


def _says(statement: ast.stmt) -> bool:
    """Whether a statement of a class is more than the hint of an attribute."""
    return not (isinstance(statement, ast.AnnAssign) and statement.value is None)


def _unhinted(tree: ast.AST) -> Iterator[tuple[Parameter, str]]:
    """The hints of the constructors in a tree, which are taken away."""
    classes = [each for each in ast.walk(tree) if isinstance(each, ast.ClassDef)]
    for cls in classes:
        for each in cls.body:
            if isinstance(each, ast.FunctionDef) and each.name == ENTRY:
                for parameter in parameters(each):
                    if parameter.annotation is not None:
                        name = cls.name, parameter.arg
                        yield name, ast.dump(parameter.annotation)
                        parameter.annotation = None
