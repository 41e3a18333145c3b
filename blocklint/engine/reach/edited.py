"""What changed between two texts of a file: names, and members of classes."""

import ast
from collections.abc import Iterable, Iterator

from blocklint.engine.reach.units import member_of
from blocklint.frozen import dataclass
from blocklint.outline import parse
from blocklint.sense import agree


@dataclass(frozen=True, eq=False)
class Statement:
    """A statement at the top of a file or of a class, and the names that it binds."""

    binds: frozenset[str]
    node: ast.stmt
    lines: list[str]  # of the whole file

    @property
    def text(self) -> str:
        """The lines of the statement; of an import, that of its one name."""
        decorators = getattr(self.node, "decorator_list", [])
        first = min([self.node.lineno, *(d.lineno for d in decorators)])
        return "\n".join(self.lines[first - 1 : self.node.end_lineno])


@dataclass(frozen=True)
class Edited:
    """The names that are bound otherwise, and of some classes the changed members."""

    names: frozenset[str] = frozenset()
    members: tuple[tuple[str, frozenset[str]], ...] = ()


def edited(old: Iterable[Statement], new: Iterable[Statement]) -> Edited:
    """Compare the statements of two texts, without formatting, docstrings and hints."""
    before, now = _by_name(old), _by_name(new)
    names: set[str] = set()
    members: list[tuple[str, frozenset[str]]] = []
    for name in before.keys() | now.keys():
        each, other = before.get(name, []), now.get(name, [])
        match each, other:
            case [Statement(_, ast.ClassDef() as one)], [
                Statement(_, ast.ClassDef() as two)
            ] if _alike(one, two):
                members.append((name, _changed_members(each[0], other[0])))
            case _ if not _agree(each, other):
                names.add(name)
    return Edited(frozenset(names), tuple(each for each in members if each[1]))


def _agree(one: list[Statement], two: list[Statement]) -> bool:
    if [each.text for each in one] == [each.text for each in two]:
        return True
    return agree([each.node for each in one], [each.node for each in two])


def statements_of(text: str | None) -> list[Statement]:
    """The statements at the top of a file; none, if it is not there or no Python."""
    if not text:
        return []
    try:
        body = parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    lines = text.splitlines()
    found: list[Statement] = []
    for statement in _plain(body):
        if isinstance(statement, ast.Import | ast.ImportFrom):
            found += _imports(statement)
        else:
            found.append(Statement(frozenset(_bound(statement)), statement, lines))
    return found


def _by_name(statements: Iterable[Statement]) -> dict[str, list[Statement]]:
    found: dict[str, list[Statement]] = {}
    for statement in statements:
        for name in statement.binds:
            found.setdefault(name, []).append(statement)
    return found


def _alike(one: ast.ClassDef, two: ast.ClassDef) -> bool:
    """Whether two classes say the same outside of their members."""
    return agree([_header(one)], [_header(two)]) and agree(_rest(one), _rest(two))


def _header(cls: ast.ClassDef) -> ast.ClassDef:
    return ast.ClassDef(cls.name, cls.bases, cls.keywords, [], cls.decorator_list)


def _rest(cls: ast.ClassDef) -> list[ast.stmt]:
    return [each for each in cls.body if member_of(each) is None]


def _changed_members(one: Statement, two: Statement) -> frozenset[str]:
    if one.text == two.text:
        return frozenset()
    before, now = _by_name(_members(one)), _by_name(_members(two))
    return frozenset(
        name
        for name in before.keys() | now.keys()
        if not _agree(before.get(name, []), now.get(name, []))
    )


def _members(cls: Statement) -> Iterator[Statement]:
    assert isinstance(cls.node, ast.ClassDef), "only classes have members"
    for each in cls.node.body:
        name = member_of(each)
        if name is not None:
            yield Statement(frozenset([name]), each, cls.lines)


def _imports(statement: ast.Import | ast.ImportFrom) -> Iterator[Statement]:
    """An import, name by name: one more does not stir the others."""
    module = getattr(statement, "module", "") or ""
    level = getattr(statement, "level", 0)
    for alias in statement.names:
        name = alias.asname or alias.name.partition(".")[0]
        said = f"{level} {module} {alias.name}"
        single: ast.stmt = ast.Import([alias], lineno=1, end_lineno=1)
        if isinstance(statement, ast.ImportFrom):
            single = ast.ImportFrom(
                statement.module, [alias], statement.level, lineno=1, end_lineno=1
            )
        yield Statement(frozenset([name]), single, [said])


def _plain(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements, those inside of an `if` or `try` too: which arm runs is not asked."""
    for statement in body:
        match statement:
            case ast.If() | ast.Try() | ast.With() | ast.For():
                yield from _plain(_nested(statement))
            case _:
                yield statement


def _nested(statement: ast.stmt) -> Iterator[ast.stmt]:
    for child in ast.iter_child_nodes(statement):
        if isinstance(child, ast.ExceptHandler):
            yield from child.body
        elif isinstance(child, ast.stmt):
            yield child


def _bound(statement: ast.stmt) -> Iterator[str]:
    """The names that a statement binds."""
    match statement:
        case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
            yield statement.name
        case _:
            for node in ast.walk(statement):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    yield node.id
