"""One file looked over: what it binds and names, and what changed in it."""

import ast
from collections.abc import Iterator
from dataclasses import field

from blocklint.engine.reach.edited import Edited, Statement, edited, statements_of
from blocklint.engine.reach.units import Ref, Unit, refs_of, units_of
from blocklint.frozen import dataclass


@dataclass(frozen=True)
class Import:
    """What a file imports under a name: a module, or a name of one.

    `level` counts the dots in front of the module, as in a relative import.
    """

    binds: str
    module: str
    level: int = 0
    name: str | None = None  # `*` for all of them, None for the module itself


@dataclass(frozen=True)
class Survey:
    """One file: its units, its imports, the bases of its classes, and what changed."""

    key: str
    units: tuple[Unit, ...] = ()
    imports: tuple[Import, ...] = ()
    bases: tuple[tuple[str, frozenset[Ref]], ...] = ()
    edited: Edited = field(default_factory=Edited)


def survey(key: str, old: str | None, new: str | None) -> Survey:
    """Look over a file, by its texts; None stands for a file that is not there.

    One that is no Python has changed nothing: files that differ are looked at anyway.
    """
    after = statements_of(new if new is not None else old)
    units = tuple(u for each in after for u in units_of(each.binds, each.node))
    bases = tuple(_bases(after))
    changed = Edited()
    if old != new:  # Last, as comparing takes the hints out of the statements.
        changed = edited(statements_of(old), after if new is not None else [])
    return Survey(key, units, tuple(_imports(after)), bases, changed)


def _bases(statements: list[Statement]) -> Iterator[tuple[str, frozenset[Ref]]]:
    for statement in statements:
        if isinstance(statement.node, ast.ClassDef):
            for name in statement.binds:
                yield name, refs_of(statement.node.bases)


def _imports(statements: list[Statement]) -> Iterator[Import]:
    for statement in statements:
        for name in statement.binds:
            match statement.node:
                case ast.ImportFrom(module, [alias], level):
                    yield Import(name, module or "", level or 0, alias.name)
                case ast.Import([alias]):
                    yield Import(name, alias.name)
