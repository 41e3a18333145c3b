"""Which classes a change may have reached: what was edited, and all that names it.

Reading a class takes a thousand times as long as to see that its code is the same. So
statements are compared first, without comments, docstrings, formatting and the hints
that say of a value that it is a tensor. A name is *stirred* if a statement that defines
it changed, or names something that is stirred. Modules are known by the last part of
their name alone, so that rather too much is read than too little.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from blocklint.engine.edited import attributes, edited_members
from blocklint.engine.reach import Bound, Name, Named, reached_by
from blocklint.outline import parse
from blocklint.sense import ENTRY, parameters, sense_of


@dataclass(frozen=True)
class Survey:
    """One file: the names that changed in it, and what its statements name.

    Of the `edited` classes only these members changed.
    """

    changed: frozenset[Name] = frozenset()
    edited: tuple[tuple[Name, frozenset[str]], ...] = ()
    statements: tuple[Named, ...] = ()


def module_of(key: str) -> str:
    """What an import calls a file: its name, or its folder's."""
    folder, _, name = key.rpartition("/")
    stem = name.partition(".")[0]
    return folder.rpartition("/")[2] if stem == "__init__" else stem


def surveyed(key: str, old: str | None, new: str | None) -> Survey:
    """What changed in a file, by its texts; None stands for a file that is not there.

    One that is no Python has changed nothing: files that differ are looked at anyway.
    """
    module, after = module_of(key), _statements(new)
    imports = _imported(key, after)
    own = {name for binds, _, _ in after for name in binds}
    listed = tuple(
        Named(
            frozenset((module, name) for name in binds),
            frozenset(_meant(each, module, own, imports)),
            frozenset(_inherited(each, module, own, imports)),
            frozenset(attributes(each)),
        )
        for binds, each, _ in after
    )
    if old == new:
        return Survey(statements=listed)
    before, now = _by_name(_statements(old)), _by_name(after)
    changed: set[Name] = set()
    edited: list[tuple[Name, frozenset[str]]] = []
    for name in before.keys() | now.keys():
        each, other = before.get(name, []), now.get(name, [])
        if not _agree(each, other):
            methods = _edited(each, other)
            if methods is None:
                changed.add((module, name))
            elif methods:
                edited.append(((module, name), methods))
    return Survey(frozenset(changed), tuple(edited), listed)


def stirred(surveys: Iterable[Survey]) -> frozenset[Name]:
    """The names that a change may have reached, in whatever file they are bound."""
    changed: set[Name] = set()
    edited: dict[Name, frozenset[str]] = {}
    bound = Bound()
    for survey in surveys:
        changed |= survey.changed
        for name, members in survey.edited:
            edited[name] = edited.get(name, frozenset()) | members
        for statement in survey.statements:
            bound.add(statement)
    return reached_by(changed, edited, bound)


def _imported(key: str, statements: "list[_Statement]") -> dict[str, Name]:
    """What each name that a file imports stands for."""
    found: dict[str, Name] = {}
    for binds, statement, _ in statements:
        match statement:
            case ast.ImportFrom(module, [alias], level):
                home = (module or "").rpartition(".")[2]
                if not home:
                    home = "/".join(["", *key.split("/")][: -(level or 0)])
                    home = home.rpartition("/")[2]
                found.update(dict.fromkeys(binds, (home, alias.name)))
            case ast.Import([alias]):
                module = alias.name.rpartition(".")[2]
                found.update(dict.fromkeys(binds, (module, "")))
    return found


def _meant(
    statement: ast.stmt, module: str, own: set[str], imports: dict[str, Name]
) -> Iterator[Name]:
    """The names of modules that a statement names."""
    if isinstance(statement, ast.Import | ast.ImportFrom):
        for name in _bound(statement):
            yield imports.get(name, (module, name))
        return
    for owner, attribute in _named(statement):
        if owner in imports and attribute:
            home, name = imports[owner]
            yield name or home, attribute
        if owner in own:
            yield module, owner


def _inherited(
    statement: ast.stmt, module: str, own: set[str], imports: dict[str, Name]
) -> Iterator[Name]:
    """What a class inherits from, or what an import stands for."""
    match statement:
        case ast.ClassDef(bases=bases):
            for base in bases:
                yield from _meant(ast.Expr(base), module, own, imports)
        case ast.Import() | ast.ImportFrom():
            yield from _meant(statement, module, own, imports)


_Statement = tuple[frozenset[str], ast.stmt, str]


def _statements(text: str | None) -> list[_Statement]:
    """The statements at the top of a file: what they bind, and their text."""
    if not text:
        return []
    try:
        body = parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    lines = text.splitlines()
    found: list[_Statement] = []
    for statement in _plain(body):
        decorators = getattr(statement, "decorator_list", [])
        first = min([statement.lineno, *(d.lineno for d in decorators)])
        said = "\n".join(lines[first - 1 : statement.end_lineno])
        if isinstance(statement, ast.Import | ast.ImportFrom):
            found += _imports(statement)
        else:
            found.append((frozenset(_bound(statement)), statement, said))
    return found


def _imports(statement: ast.Import | ast.ImportFrom) -> Iterator[_Statement]:
    """An import, name by name: one more does not stir the others."""
    module = getattr(statement, "module", "") or ""
    level = getattr(statement, "level", 0)
    for alias in statement.names:
        name = alias.asname or alias.name.partition(".")[0]
        said = f"{level} {module} {alias.name}"
        single: ast.stmt = ast.Import([alias])
        if isinstance(statement, ast.ImportFrom):
            single = ast.ImportFrom(statement.module, [alias], statement.level)
        yield frozenset([name]), single, said


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
        case ast.Import() | ast.ImportFrom():
            yield from (a.asname or a.name.partition(".")[0] for a in statement.names)
        case _:
            for node in ast.walk(statement):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    yield node.id


def _by_name(statements: list[_Statement]) -> dict[str, list[tuple[str, ast.stmt]]]:
    found: dict[str, list[tuple[str, ast.stmt]]] = {}
    for binds, statement, said in statements:
        for name in binds:
            found.setdefault(name, []).append((said, statement))
    return found


def _agree(
    before: list[tuple[str, ast.stmt]], after: list[tuple[str, ast.stmt]]
) -> bool:
    """Whether a name is bound by the same statements, but for their looks."""
    if [said for said, _ in before] == [said for said, _ in after]:
        return True
    senses = (
        [sense_of(each) for _, each in before],
        [sense_of(each) for _, each in after],
    )
    return senses[0] == senses[1]


def _edited(
    before: list[tuple[str, ast.stmt]], after: list[tuple[str, ast.stmt]]
) -> frozenset[str] | None:
    """The members in which a class differs; None if it is no class, or more differs."""
    match before, after:
        case [(_, one)], [(_, other)]:
            return edited_members(one, other)
    return None


def _named(statement: ast.stmt) -> set[tuple[str, str]]:
    """The names in a statement, each with the attribute that is read of it, if any.

    Hints and decorators are left out: a cache that is a hint has no part in the wiring.
    """
    found: set[tuple[str, str]] = set()
    pending: list[ast.AST] = [statement]
    while pending:
        node = pending.pop()
        match node:
            case ast.Name():
                found.add((node.id, ""))
                continue
            case ast.Attribute(ast.Name(owner), name):
                found.add((owner, name))
                continue
            case ast.arg():
                continue
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                if node.name == ENTRY:
                    pending += [p.annotation for p in parameters(node) if p.annotation]
                pending += (*node.body, *node.args.defaults)
                pending += [d for d in node.args.kw_defaults if d is not None]
                continue
            case ast.AnnAssign():
                pending += [node.target, *([node.value] if node.value else [])]
                continue
            case ast.ClassDef():
                pending += (*node.bases, *(k.value for k in node.keywords), *node.body)
                continue
        pending += ast.iter_child_nodes(node)
    return found
