"""Whatever the bytes of a file are, reading it gives a value and no exception."""

import ast
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, strategies as st

from blocklint.engine.comments import (
    Comments,
    code_of,
    suppressions_in,
    suppressions_of,
)
from blocklint.outline import check_syntax, parse, parse_once
from blocklint.source import Broken, Source, decode, lines_of

PIECES = [
    *("class A:", "def f(x):", "@d\n", "return x", "x = 1", '"""', "(", ")", "\\"),
    *("\n", "\r\n", "\f", "\t", "    ", "\u2028"),
    *("# blocklint: ignore[", "# noqa: BL101"),
]
CODE = st.lists(st.sampled_from(PIECES)).map("".join)


@given(st.binary())
def test_any_bytes_are_a_source_or_broken(data: bytes) -> None:
    read = decode(data, "any.py")

    assert isinstance(read, Source | Broken)


@given(CODE)
def test_comments_of_any_source_can_be_read(text: str) -> None:
    read = decode(text.encode(), "any.py")

    if isinstance(read, Source):
        assert all(s.first <= s.last for s in suppressions_in(read).suppressions)


STATEMENTS = [
    "x = 1  # noqa\n",
    "y = '''a\n# noqa: BL1\n# blocklint: ignore'''\n",
    "z = (  # blocklint: ignore[a]\n    1,\n\n    # noqa\n)\n",
    "class A:\n    # blocklint: ignore[b]\n    x = 1\n    # blocklint: ignore[c]\n",
    "class B(\n    A,  # noqa\n):\n    x = 1\n\n    @d\n    def f(self): ...  # noqa\n",
    "@d  # blocklint: ignore[d]\ndef f(x):\n    return x\n",
    "# blocklint: ignore[e]\n",
    "    # noqa\n",
    "if x: pass\nelse:  # noqa\n    pass; y = 1\n",
    "x = 1; y = \\\n    2\n",
    "x = 1\n",
    "\n",
    "\f\r\n",
]


@given(st.lists(st.sampled_from(STATEMENTS)).map("".join))
def test_suppressions_are_found_wherever_they_stand(text: str) -> None:
    found = suppressions_in(Source("any.py", text))

    assert found == Comments(tuple(suppressions_of(code_of(text))))


@given(st.text())
def test_a_suppression_in_a_string_is_none(text: str) -> None:
    source = Source("any.py", f"x = {f'# blocklint: ignore {text}'!r}\n")

    comments = suppressions_in(source)

    assert comments.suppressions == ()


@given(CODE)
def test_statements_are_the_lines_that_they_stand_on(text: str) -> None:
    read = decode(text.encode(), "any.py")

    for chunk in read.outline if isinstance(read, Source) else ():
        lines = lines_of(text)[chunk.first_line - 1 : chunk.last_line]
        assert chunk.text == "".join(f"{line}\n" for line in lines)


@given(CODE)
def test_the_syntax_is_that_of_the_parser(text: str) -> None:
    faults = [fault_in(text, parse), fault_in(text, check_syntax)]

    assert faults[0] == faults[1]


def test_what_only_a_compiler_refuses_is_no_fault() -> None:
    check_syntax("def f(a, a):\n    return a\nreturn 1\n'\\d'\n")


def fault_in(text: str, read: Callable[[str], object]) -> tuple[object, ...] | None:
    try:
        read(text)
    except (SyntaxError, ValueError) as error:
        return type(error), error.args
    return None


def test_only_line_ends_end_a_line() -> None:
    lines = lines_of("a\fb\u2028c\r\nd\re\n")

    assert lines == ("a\fb\u2028c", "d", "e", "")


@pytest.mark.parametrize(
    "decorator", ["@(\n    a\n)", "@a(\n)\n@b", "@(  # why\n\n    a.b\n)", "@ a"]
)
def test_a_decorator_may_stand_on_several_lines(decorator: str) -> None:
    text = f"x = 1\n{decorator}\nclass A(B):\n    def f(self): pass\n"

    source = Source("model.py", text)

    assert [chunk.text for chunk in source.outline] == ["x = 1\n", text[6:]]


def test_threads_share_the_trees_of_the_latest_texts() -> None:
    texts = [f"x{number} = [{'1, ' * 9_000}]\n" for number in range(12)]

    with ThreadPoolExecutor(4) as threads:
        trees = list(threads.map(parse_once, 5 * texts))

    assert list(map(ast.dump, trees)) == [ast.dump(ast.parse(t)) for t in 5 * texts]
    assert parse_once(texts[-1]) is parse_once(texts[-1])
