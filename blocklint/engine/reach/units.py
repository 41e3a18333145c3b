"""The pieces of a file that are entered as a whole, and what each of them names."""

import ast
from collections.abc import Collection, Iterable, Iterator
from dataclasses import field

from blocklint.frontends.upkeep import is_moving, is_upkeep
from blocklint.frozen import dataclass
from blocklint.sense import ENTRY, parameters

HEADER = ""  # what a class says outside of its members: fields, and what is in an `if`

Ref = tuple[str, str]  # a name, and an attribute that is read by way of it or ""


@dataclass(frozen=True)
class Unit:
    """A function, a method, an assignment, or what else stands in a class.

    `binds` is what the statement at the top of the file binds, `member` what this is of
    a class, `names` what it names, `own` the attributes that it reads of the object
    that it is a method of, and `attributes` those that it reads of anything else.
    `hints` are the names in the hints of a constructor's parameters. `makes` is what it
    binds another name to, or an object of: `X = C` or `X = C()`.
    """

    binds: str
    names: frozenset[Ref] = frozenset()
    attributes: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()
    member: str | None = None  # None for what is no class
    hints: frozenset[Ref] = frozenset()
    makes: Ref | None = None


def units_of(binds: Iterable[str], statement: ast.stmt) -> Iterator[Unit]:
    """The units of a statement that binds these names at the top of a file."""
    for name in binds:
        if isinstance(statement, ast.ClassDef):
            yield from _of_class(name, statement)
        else:
            yield _unit(name, [statement], makes=_made(statement))


def _of_class(name: str, statement: ast.ClassDef) -> Iterator[Unit]:
    rest: list[ast.AST] = [keyword.value for keyword in statement.keywords]
    for each in statement.body:
        member = member_of(each)
        if member is None:
            rest.append(each)
        else:
            yield _unit(name, [each], member)
    yield _unit(name, rest, HEADER)


def member_of(statement: ast.stmt) -> str | None:
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


def refs_of(expressions: Collection[ast.AST]) -> frozenset[Ref]:
    """The names in some expressions, each with the attribute that is read of it."""
    return _unit("", expressions).names


def _made(statement: ast.stmt) -> Ref | None:
    match statement:
        case ast.Assign([ast.Name()], value) | ast.AnnAssign(ast.Name(), value=value):
            made = value.func if isinstance(value, ast.Call) else value
            match made:
                case ast.Name(name):
                    return name, ""
                case ast.Attribute(ast.Name(owner), name):
                    return owner, name
    return None


def _unit(
    binds: str,
    code: Collection[ast.AST],
    member: str | None = None,
    makes: Ref | None = None,
) -> Unit:
    """Decorators are left out, and hints: they have no part in the wiring.

    A constructor's are kept by themselves, for they say which config is given.
    """
    found = _Read(binds)
    found.read(code)
    hints = [hint for each in code for hint in _hints(each)]
    return Unit(
        binds,
        frozenset(found.names),
        frozenset(found.attributes),
        frozenset(found.own),
        member,
        refs_of(hints) if hints else frozenset(),
        makes,
    )


@dataclass
class _Read:
    """What some code names and reads; `binds` is what it is bound to."""

    binds: str
    names: set[Ref] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    own: set[str] = field(default_factory=set)

    def read(self, code: Iterable[ast.AST]) -> None:
        """Note all that stands in some code."""
        pending = [*code]
        while pending:
            node = pending.pop()
            match node:
                case ast.Name(name):
                    self.names.add((name, ""))
                case ast.Attribute(owner, name):
                    self._attribute(owner, name)
                    pending += [] if isinstance(owner, ast.Name) else [owner]
                case ast.Constant(value):
                    if isinstance(value, str) and value.isidentifier():
                        self.attributes.add(value)  # `getattr(self, "name")`
                        self.own.add(value)
                case ast.Expr(ast.Call(called)) if is_upkeep(_last(called)):
                    pass
                case _:
                    pending += _parts(node)

    def _attribute(self, owner: ast.expr, name: str) -> None:
        if not is_moving(name):
            is_own = _is_self(owner, self.binds)
            (self.own if is_own else self.attributes).add(name)
        root = _root(owner)
        if root not in ("", "self"):
            self.names.add((root, name))
            self.names.add((root, ""))


def _root(owner: ast.expr) -> str:
    """The name that a chain of attributes begins with: `a` of `a.b.c`."""
    while isinstance(owner, ast.Attribute):
        owner = owner.value
    return owner.id if isinstance(owner, ast.Name) else ""


def _is_self(owner: ast.expr, cls: str) -> bool:
    """Whether an expression is the object or class that a method belongs to."""
    match owner:
        case ast.Name(name):
            return name in ("self", "cls", cls)
        case ast.Call(ast.Name("super")):
            return True
    return False


def _hints(code: ast.AST) -> list[ast.AST]:
    if isinstance(code, ast.FunctionDef) and code.name == ENTRY:
        return [p.annotation for p in parameters(code) if p.annotation]
    return []


def _parts(node: ast.AST) -> Iterable[ast.AST]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            found: list[ast.AST] = [*node.body, *node.args.defaults]
            found += [d for d in node.args.kw_defaults if d is not None]
            return found
        case ast.AnnAssign():
            return [node.target, *([node.value] if node.value else [])]
        case ast.ClassDef():
            return [*node.bases, *(k.value for k in node.keywords), *node.body]
        case ast.arg():
            return ()
    return _children(node)


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """What `ast.iter_child_nodes` gives, in half the time."""
    for part in vars(node).values():
        if isinstance(part, ast.AST):
            yield part
        elif isinstance(part, list):
            yield from (each for each in part if isinstance(each, ast.AST))


def _last(called: ast.expr) -> str:
    match called:
        case ast.Name(name) | ast.Attribute(attr=name):
            return name
    return ""
