"""The quick outline of an imported file: the parser's own, or none; and its faults."""

import re
import sys
from pathlib import Path
from textwrap import indent

import pytest
from hypothesis import given, settings, strategies as st

from blocklint.chunk import Chunk
from blocklint.outline import Stretch, parse, stretches
from blocklint.skim import skimmed, skimmed_and_parsed
from blocklint.source import Source

HOME = Path(__file__).parents[1]
# From Python 3.12 on, an f-string with one of these may end elsewhere than it seems to.
ODD_HOLE = re.compile(r"""\bf["'].*\{[^}\n]*["'#]""")
BOTTOM = [  # simple statements, each of which is easy to take for something else
    "x = 1",
    "x: int",
    "x: 'A' = 3",
    "x = y = {'a': [1, 2]}",
    "x, (y, *z) = 1, (2, 3)",
    "x.y = z[0] = 1",
    "x += 1",
    "x = (\n1,\n    2)",
    "x = [i for i in y]",
    "x = f'{[i for i in y]}'",
    'x = rf"""{(a := 1)}"""',
    "print(a := 1)",
    "x = 1; import y",
    "x = 1; y = (\n2); z = 3;",
    "x = a \\\n    if b else c",
    "x = f(\ny=1)",
    "x = (a\n@b)",
    "x = (a\nif b\nelse c)",
    "x = '''\nclass A:\n    pass\n'''",
    "x = \"'\" + '\"'",
    "x = 'a\\\nb'",
    "x = '\\'' # '",
    'x = """a\\"""b"""',
    "x = ''  ''",
    "x = r'\\' '",
    "'''doc'''",
    '"""doc\n\ndef f(): pass\n"""',
    "import a.b as c, d.e",
    "from . import a",
    "from .a import (b, c as d,  # why\n    e,\n)",
    "from .a import (\nb,\n c\n)",
    "from a import *",
    "from a import b, c",
    "pass",
    "lambda: 0",
    "match = case = type = 1",
    "print(x, '}', file=y)",
]
HEADS = [  # of compound statements; what follows is at the same indent
    ("class A:", ""),
    ("class A(b.C, D[e], metaclass=F):", ""),
    ("class A(\n    B,  # (\n    C,\n):", ""),
    ("class A(B(')')):", ""),
    ("@d\nclass A(B):", ""),
    ("@d.e(\n1,\n)\n\n# so\n@(f)\nclass A:", ""),
    ("def f(x, *, y: 'int' = (1)):", ""),
    ("def f(\nx\n) -> {1: 2}:", ""),
    ("@d\n@e(')')\nasync def f():", ""),
    ("if x:", "else:"),
    ("if (x\n):", "elif y:"),
    ("try:", "except (A,\nB):"),
    ("try:", "finally:  # at last"),
    ("for x in y:", "else:"),
    ("while x:", ""),
    ("with a as b, c:", ""),
    ("with (\na as b\n):", ""),
]
BETWEEN = ["", "", "", "\n", "# '''\n", "    \n", "        # (\n", "  # \\\n"]


def body(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Compound statements around others."""

    def made(head: tuple[str, str], first: str, second: str, tab: str) -> str:
        opening, more = head
        text = f"{opening}\n{indent(first, tab)}"
        return f"{text}{more}\n{indent(second, tab)}" if more else text

    tabs = st.sampled_from(["    ", "  ", "\t"])
    return st.builds(made, st.sampled_from(HEADS), inner, inner, tabs)


def several(statement: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Statements with blank lines and comments between them."""
    one = st.builds(
        lambda before, text, after: (
            f"{before}{text}" + ("" if text.endswith("\n") else f"{after}\n")
        ),
        st.sampled_from(BETWEEN),
        statement,
        st.sampled_from(["", "", "  ", "  # '", ";"]),
    )
    return st.lists(one, min_size=1, max_size=4).map("".join)


CODE = several(
    st.recursive(
        st.sampled_from(BOTTOM), lambda inner: body(several(inner)), max_leaves=6
    )
)
PIECES = st.sampled_from(
    [
        *("class A:", "def f(x):", "@d", "return x", "x = 1", "else:", "if x:", "f'"),
        *('"""', "'''", '"', "'", "(", ")", "{", "}", "\\", ";", "#", ":=", "for"),
        *("\n", "\n", "\n    ", "\n    ", "\f", "\t", "\u00e9", "\u2028", " ", "="),
    ]
)


@given(CODE)
def test_a_quick_outline_is_that_of_the_parser(text: str) -> None:
    assert_alike(text)


@given(st.lists(PIECES).map("".join))
def test_any_text_has_the_outline_of_the_parser_or_none(text: str) -> None:
    assert_alike(text)


@pytest.mark.parametrize(
    "path", [*HOME.glob("blocklint/**/*.py"), *HOME.glob("tests/*.py")], ids=str
)
def test_files_have_a_quick_outline(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    may_be_unsure = sys.version_info >= (3, 12) and ODD_HOLE.search(text)
    assert skimmed(text) is not None or may_be_unsure
    assert_alike(text)


@settings(deadline=None)  # the first whole tree takes longer: it imports LibCST
@given(st.lists(PIECES).map("".join))
def test_what_does_not_parse_is_lost_and_nothing_fails(text: str) -> None:
    for stretch in skimmed(text) or ():
        chunk = Chunk(Source("any.py", ""), stretch, text, is_certain=False)

        everything = (chunk.text, chunk.tree, chunk.uses, chunk.spots, chunk.whole)

        assert all(each is not None for each in everything)
        assert chunk.is_lost != (parses(text[stretch.start : stretch.end] + "\n"))


def assert_alike(text: str) -> None:
    """The quick outlines of a text that parses are the parser's, if there are any."""
    if parses(text):
        for found in (skimmed(text), skimmed_and_parsed(text)):
            if found is not None:
                assert list(map(told, found)) == list(map(told, stretches(text)))


def told(found: Stretch) -> tuple[object, ...]:
    header = found.header and (found.header.bases, found.header.members)
    return found.first, found.last, found.names, header, found.start, found.end


def parses(text: str) -> bool:
    try:
        parse(text)
    except (SyntaxError, MemoryError):
        return False
    return True


@pytest.mark.parametrize(
    "text",
    [
        *BOTTOM,
        *(f"{head}\n    x = 1\n{more}\n    y = 2" for head, more in HEADS if more),
        *(f"{head}\n    x = 1\n\n# end" for head, more in HEADS if not more),
        "class A: pass",
        "class A: x = 1; y = 2",
        "class A:\n  '''\nclass B:\n'''\n  @d\n  def f(): 0\n  if x:\n    y = 2",
        "class A:\n\n    # why\n\n    x: int = (1,\n2)\n    class B(C): z = 1\n",
    ],
)
def test_odd_statements_have_the_outline_of_the_parser_or_none(text: str) -> None:
    for code in (text, f"\n\n{text}\n", f"# a\n{text}\ndef f(): 0\n\n{text}"):
        assert parses(code)
        assert_alike(code)


@pytest.mark.parametrize(
    "text",
    [
        *("(", ")", "'", '"""', "\fx = 1", "x = \\\n1", "  x = 1", "@d", "\\"),
        *("else:\n    1", "x = 1\n  y = 2", "class A(:\n    1", "@(\nd)\ndef f(): 0"),
    ],
)
def test_what_is_not_plain_is_left_to_the_parser(text: str) -> None:
    assert skimmed(text) is None
