"""Our walk through a tree meets what LibCST's meets, in the same order."""

import weakref
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import libcst
import pytest
from expectations import ROOT
from libcst import matchers as m

from blocklint import cst
from blocklint.bare import taken
from blocklint.source import Source, read
from blocklint.trees import Later, children, find_all, nodes_of, pairs_of

# Every ninth fixture, but for those that are no Python on purpose.
CODE = [
    path
    for path in sorted((ROOT / "fixtures").rglob("*.py"))[::9]
    if isinstance(read(path), Source)
]
SYNTAX = '''
"""A docstring."""
from . import (a as b, c)
from .. x import *
@first(1)
@second
class C(Base, metaclass=Meta):  # why
    x: int = 1
    async def f[T](self, a, /, b: int = 2, *c, d=3, **e) -> None:
        async with a as x, b:
            async for i, j in x:
                yield (i if j else -i)
                continue
        try:
            raise E from e
        except (A, B) as error:
            pass
        else:
            del a.b, c[1:2, ::3]
        finally:
            assert a < b <= c, f"{a!r:>{b}}" "more"
        try:
            return await (lambda q, *r: q)
        except* A:
            global y, z
        while not (n := f(*a, k=1, **b)):
            t[0] += [*u, {**v, 1: 2}, {w for w in x if w if not w}][0] @ a ** ~b
    def g(self, *, a): return {k: v for k, v in a for z in v} or (i for i in a) and ...
match x:
    case [A(1, b=2), *_] | {"k": v, **rest} if v: pass
    case None as n: pass
'''
SAID_BY_OTHERS = (libcst.Asynchronous, libcst.Dot, libcst.BitOr)  # that of a pattern


def stands_between(node: libcst.CSTNode) -> bool:
    """Whether a node of LibCST's is none of ours: a blank, a comma, a bracket."""
    is_ours = hasattr(cst, type(node).__name__)
    return not is_ours or isinstance(node, SAID_BY_OTHERS)


def shown(nodes: Iterable[libcst.CSTNode]) -> list[str]:
    return [f"{type(node).__name__} {id(node)}" for node in nodes]


@pytest.mark.parametrize(
    "code",
    [SYNTAX, *(path.read_text() for path in CODE)],
    ids=["syntax", *(path.relative_to(ROOT).as_posix() for path in CODE)],
)
def test_children_are_those_of_libcst_without_what_stands_between(code: str) -> None:
    whole = libcst.parse_module(code)
    tree = taken.module(whole)
    originals = dict(pairs_of(tree, whole))

    for node in nodes_of(tree):
        ours = shown(originals[child] for child in children(node))
        children_of_theirs = originals[node].children
        theirs = [each for each in children_of_theirs if not stands_between(each)]
        found = [line for line in ours if not line.startswith("BitOr ")]
        assert found == shown(theirs), type(node).__name__


@pytest.mark.parametrize(
    ("kinds", "pattern"),
    [
        ((cst.Name,), m.Name()),
        ((cst.Call,), m.Call()),
        ((cst.Assign, cst.AugAssign, cst.For), m.Assign() | m.AugAssign() | m.For()),
        ((cst.Arg, cst.Element), m.Arg() | m.Element()),
        ((cst.Module, cst.Return), m.Module() | m.Return()),
    ],
    ids=["name", "call", "one of", "items", "top"],
)
def test_a_search_finds_what_that_of_libcst_finds(
    kinds: tuple[type[cst.CSTNode], ...], pattern: m.BaseMatcherNode
) -> None:
    code = Path(ROOT, "fixtures/readme/gpt.py").read_text()

    for whole in (libcst.parse_module(code), libcst.parse_module(SYNTAX)):
        tree = taken.module(whole)
        originals = dict(pairs_of(tree, whole))
        ours = shown(originals[node] for node in find_all(tree, *kinds))
        assert ours == shown(m.findall(whole, pattern))


def test_parts_made_later_let_go_of_what_they_are_made_of() -> None:
    class Parsed:
        parts = (cst.Pass(),)

    parsed = Parsed()
    held = weakref.ref(parsed)
    body = Later(partial(getattr, parsed, "parts"))
    del parsed

    assert held() is not None
    assert list(body) == list(Parsed.parts)
    assert held() is None
