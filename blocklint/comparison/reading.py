"""Whether two codes read the same, whatever they look like."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from blocklint.outline import parse
from blocklint.sense import ENTRY, parameters, sense_of

Parameter = tuple[str, str]


@dataclass(frozen=True)
class Said:
    """What some code says: its statements, and the hints that constructors have.

    Hints are kept apart by class and parameter. One that came or went says nothing of
    what the code does; another one leads to other defaults.
    """

    statements: tuple[str, ...]
    hints: tuple[tuple[Parameter, str], ...]

    def agrees(self, other: "Said") -> bool:
        """Whether both say the same."""
        if self.statements != other.statements:
            return False
        ours, theirs = dict(self.hints), dict(other.hints)
        return all(ours[each] == theirs[each] for each in ours.keys() & theirs.keys())


def said_by(texts: Iterable[str]) -> Said:
    """What the code of some top-level statements says, in whatever order they stand."""
    trees = [parse(text) for text in texts]
    hints = [hint for tree in trees for hint in _unhinted(tree)]
    return Said(tuple(sorted(map(sense_of, trees))), tuple(hints))


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
