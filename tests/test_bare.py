"""Bare trees are LibCST's own, up to what stands between the parts of the code."""

import sys
from collections.abc import Iterator
from pathlib import Path

import libcst
import pytest
from expectations import ROOT
from libcst.metadata import CodePosition, MetadataWrapper, PositionProvider

from blocklint import cst
from blocklint.bare import bare
from blocklint.outline import parse
from blocklint.regex import Regex
from blocklint.source import Chunk, Source, read
from blocklint.trees import Later, nodes_of, pairs_of

SYNTAX = r'''
x[(a),], x[(a,)], x[((a),)], x[(a), (b)], x[(a), b], x[a, (b)], x[(a, b)]
x[((a), (b))], x[()], x[(a, b), c], x[((a, b), c)], x[*a], x[*a, b], x[(a := 1)]
x[a:b, ...], x[::2], x[:], x[(i for i in j)], x[(a, b):c]
del (a, b); del a[0], b.c
if x: a; b
if x:
    pass
else:
    if y: pass
if x: pass
elif y:
    pass
else: z
a = "x" 'y' R"z" + f"{a}" "b" f'{c!r:>{d}}' + ("a" # why
  "b" \
  'c') + b'"' + """d
"e" \""" 'f' """ ""
0x10 + 1_000 + 1.5e3 + 2j + 0o7 + None + True + ...
a < b <= c != d is not e not in f is g in h == i > j >= k
a or b or c and d and not e, (a or b) or c, a or (b or c)
f(*a, k=1, *b, **c), f(k=1, *a), f(x for x in y), f((x for x in y))
class A(B, *c, k=1, **d): pass
class A((B), metaclass=(M)): x: int; y: int = 1
@a.b(1)
@c
class D: """One."""; "two"
lambda: 0, lambda a, /, b=1, *, c, d=2, **e: a, lambda *a: a
async def f():
    async with a as b, c as (d, e): pass
    async for x in y: await z
    return [x async for x in y if a if b for z in x], {a for b in c}, {a: b for c in d}
with (a as b, c): pass
with (a, b): pass
with (a): pass
try: a
except* (B, C) as e: pass
try:
    a
except D: pass
except: pass
else: b
finally: c
from .. import a as b, c
from . x import *
from ...x.y import (a, b,)
import a.b.c as d, e
def f(a, b: int = 1, *args: int, c, d: "x" = "x", **kw: dict) -> None:
    global a, b
    yield from x
    y = yield
    return *a, b
def g(a=(1, 2), /, *, b):
    def inner(): nonlocal b
    raise A from B
for x in *a, b: continue
else: pass
while a: break
else: pass
a.b: "c" = d
a = b = c, *d = *e, f
[*a, b], {*a}, {**a, 1: 2}, {}, [], (), (a,)
a if b else c if d else e
-a ** -b @ ~c // +d % e << f >> g & h | i ^ j - k / l
assert a, (b, c)
x @= 1; x += 1; x -= 1; x *= 1; x /= 1; x //= 1; x %= 1; x **= 1
x <<= 1; x >>= 1; x &= 1; x |= 1; x ^= 1
(a
 .b
 .c)
z = (y := 3)
é = "ü" 'a'; "²" "x"  # ²
'''
ODD = {
    "comment behind a slice": "x[(a  # why\n), b]\n",
    "comment before a slice": "x[(  # why\na), b]\n",
    "one target and a comma": "del a,\n",
    "line that goes on": "a; b; \\\n c\n",
    "body on a line that goes on": "if x: \\\n  a\n",
    "match": "match x:\n    case 1: pass\n",
    "name in another spelling": "\N{MICRO SIGN} = 2\n",
}


def differences(ours: object, theirs: object, at: str) -> Iterator[str]:
    """Where two trees are not the same, looking only at what the code means."""
    match ours, theirs:
        case cst.CSTNode(), libcst.CSTNode() if named(ours) == named(theirs):
            for name in ours.__match_args__:
                one, two = getattr(ours, name), getattr(theirs, name)
                yield from differences(one, two, f"{at}.{name}")
        case tuple() | Later(), tuple() if len(ours) == len(theirs):
            for number, one in enumerate(ours):
                yield from differences(one, theirs[number], f"{at}[{number}]")
        case None, libcst.MaybeSentinel.DEFAULT:
            pass
        case _:
            if ours != theirs:
                yield f"{at}: {ours!r}, and not {theirs!r}"


def named(value: object) -> str:
    return type(value).__name__


def chunks(*folders: str) -> Iterator[Chunk]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            match read(path):
                case Source(outline=outline):
                    yield from outline


@pytest.mark.parametrize("folder", ["fixtures", "rules", "blocklint", "examples"])
def test_bare_trees_of_files_are_those_of_libcst(folder: str) -> None:
    for chunk in chunks(folder):
        at = f"{Path(chunk.source.path).name}:{chunk.first_line}"

        assert not list(differences(chunk.tree, chunk.whole, at))


@pytest.mark.parametrize(
    "chunk", Source("syntax.py", SYNTAX).outline, ids=lambda c: f"line {c.first_line}"
)
def test_all_syntax_has_the_tree_of_libcst(chunk: Chunk) -> None:
    found = bare(chunk.text, parse(chunk.text))

    assert found is not None, chunk.text
    whole = libcst.parse_module(chunk.text)
    assert not list(differences(found.tree, whole, chunk.text))


@pytest.mark.parametrize("code", ODD.values(), ids=ODD)
def test_what_cannot_be_told_is_left_to_libcst(code: str) -> None:
    assert bare(code, parse(code)) is None


def test_hardly_any_model_code_is_left_to_libcst() -> None:
    found = [bare(c.text, parse(c.text)) for c in chunks("fixtures")]

    assert found.count(None) < len(found) / 1000


METHODS = """
class Plain(Module):
    def one(self): return self.size

    def none(self):
        @(
            wraps(f)
        )
        def kept(): pass
        match kept:
            case 1: pass

    @property
    def two(
        self,
        text: str = "a: b",
    ) -> "dict[str, int]":
        # a comment
        @wraps(f)

        def inner(x):
            return x
        return inner(
    self.size,
  text)  # behind

    async   def three(self) -> None:
        x = 1
        match x:
            case 1: pass
            case [*_]:
                return None
        del (a, b)  # the end

    class Inner:
        def four(self):
            a; b = yield; raise ValueError(f"{x}" "y"
  f"z")
"""


def test_bodies_of_functions_are_made_when_they_are_read() -> None:
    (chunk,) = Source("methods.py", METHODS).outline

    later = [
        node.name.value
        for node in nodes_of(chunk.tree)
        if isinstance(node, cst.FunctionDef) and isinstance(node.body.body, Later)
    ]

    assert later == ["none", "two", "inner", "three", "four"]
    assert not list(differences(chunk.tree, chunk.whole, "methods.py"))


@pytest.mark.skipif(sys.version_info < (3, 12), reason="strings end at their quotes")
def test_strings_may_hold_their_own_quotes() -> None:
    code = 'class A:\n    def f(self):\n        return f"{x["a"]}" + f"{"b{"}"\n'
    (chunk,) = Source("methods.py", code).outline

    assert not list(differences(chunk.tree, chunk.whole, "methods.py"))


def test_the_text_of_a_bare_tree_is_that_of_the_file() -> None:
    (chunk,) = Source("model.py", "x = (a + b) * c  # why\n").outline

    assert chunk.code(chunk.tree) == chunk.text


def test_places_and_texts_of_bare_nodes_are_those_of_the_whole_tree() -> None:
    (chunk,) = Source(
        "model.py", "\n\n@a\ndef f(x: (int)):\n    return (x), [y]\n"
    ).outline
    where = MetadataWrapper(chunk.whole, unsafe_skip_copy=True)
    places = where.resolve(PositionProvider)

    pairs = dict(pairs_of(chunk.tree, chunk.whole))

    for ours in nodes_of(chunk.tree):
        theirs = pairs[ours]
        span, place = chunk.span(ours), places[theirs]
        assert (span.line - 2, span.column) == (place.start.line, place.start.column)
        assert (span.end_line - 2, span.end_column) == (
            place.end.line,
            place.end.column,
        )
        assert chunk.original(ours) is theirs
    names = [node for node in nodes_of(chunk.tree) if isinstance(node, cst.Name)]
    texts = [chunk.code(node) for node in names]
    assert texts == ["a", "f", "x", "(int)", "(x)", "y"]


@pytest.mark.parametrize("folder", ["fixtures/facts", "rules", "SYNTAX"])
def test_spots_that_the_standard_parser_tells_are_those_of_libcst(folder: str) -> None:
    outline = Source("syntax.py", SYNTAX).outline

    for chunk in outline if folder == "SYNTAX" else chunks(folder):
        where = MetadataWrapper(chunk.whole, unsafe_skip_copy=True)
        places = where.resolve(PositionProvider)
        for node, spot in chunk.spots.items():
            place, at = places[chunk.original(node)], f"{chunk.source.path}: {spot}"
            told = (spot.line, spot.column, spot.end_line, spot.end_column)
            assert told == (*_pair(place.start), *_pair(place.end)), at
            if spot.alone:
                whole = chunk.whole.code_for_node(chunk.original(node))
                assert chunk.code(node) == whole, at


def _pair(place: CodePosition) -> tuple[int, int]:
    return place.line, place.column


CONDITIONS = """
def f(self, norm_first):
    if self.a:  # the norm
        x = 1
        # no residual
    # of this function: skip
    elif (self.b  # a shortcut
    ) or (
        # ln
        self.c
    ):
        @norm
        def g(): pass
    else: y = norm(x) if (
        # residual
        z
    ) else "skip"; w = a if b else c
    if d and e and f_norm: pass
    else:
        # shortcut
        pass
    if g == "#":  # residual
        pass
            # ln

      # skip
    # norm
    # shortcut
    else:  # self
        pass
    # norm
    if h("#", (
        # skip
        i if j else k
    )):
        pass
    return norm
"""


@pytest.mark.parametrize("word", ["norm", "residual", "skip", "shortcut", "ln", "self"])
def test_words_are_found_in_the_text_of_a_condition(word: str) -> None:
    words = Regex(rf"(?<![a-z]){word}")
    of_fixtures = [c for c in chunks("fixtures/rules") if word in c.text]

    for chunk in (*Source("conditions.py", CONDITIONS).outline, *of_fixtures):
        for node in nodes_of(chunk.tree):
            match node:
                case cst.If(test, body, orelse) | cst.IfExp(test, body, orelse):
                    arms = [test, body, orelse]
                case cst.BooleanOperation(left, _, right):
                    arms = [left, right]
                case _:
                    arms = []
            for arm in filter(None, arms):
                found = bool(words.search(chunk.code(arm)))
                assert chunk.mentions(arm, words) == found, chunk.code(arm)
