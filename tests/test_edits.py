"""An edit of a syntax node becomes a stretch of text; a text with edits, a new one."""

import json
from collections.abc import Callable

import libcst
import libcst.matchers as m
import pytest
from hypothesis import given, strategies as st

from blocklint import cst
from blocklint.analysis import Block
from blocklint.engine.answers import Answer, digest_of
from blocklint.engine.collection import Collection
from blocklint.engine.discover import File
from blocklint.engine.fixing import fixed
from blocklint.engine.place import place
from blocklint.report import Report
from blocklint.reporters import full, json as json_format
from blocklint.rule import (
    Claim,
    Edit,
    Finding,
    Fix,
    PlacedFix,
    Replacement,
    Rule,
    Severity,
)
from blocklint.source import Place, Source, Span
from blocklint.syntax import body_around, free_name, reads
from blocklint.trees import nodes_of

CODE = """\
import torch


class Block:
    # above
    @property
    def width(self):
        return (
            first  # one
            + second
        )

    def forward(self, x):
        if self.training:
            x = self.drop(x)  # behind
        a = 1; b = 2
        return call(
            x,  # the value
            old=(x),
        )
"""
RULE = Rule("BL199", "the-rule", Severity.WARNING, "", lambda *given: iter(()))


def placed(matcher: m.BaseMatcherNode, source: Source | None = None) -> Place:
    """The first node of a source that a matcher means."""
    for chunk in (source or Source("model.py", CODE)).outline:
        for node in nodes_of(chunk.tree):
            if m.matches(chunk.original(node), matcher):
                return Place(chunk, node)
    raise LookupError(matcher)


def named(name: str) -> Place:
    return placed(m.Name(name))


def fix_of(*edits: Edit) -> PlacedFix | None:
    """What the engine makes of a claim with these edits."""
    about = edits[0].place
    whole = Place(about.chunk, about.chunk.tree)
    block = Block("Block", about.chunk.source, about, whole, (), lambda node: None)
    claim = Claim(about, "wrong", fix=Fix("mend it", edits, safe=True))
    return place(claim, RULE, block).fix


def after(*edits: Edit) -> str:
    found = fix_of(*edits)
    assert found is not None
    return fixed(CODE, [found])[0]


def test_an_edit_replaces_the_text_of_a_node_only() -> None:
    edit = Edit(named("second"), "third")

    assert after(edit) == CODE.replace("second", "third")


def test_parentheses_and_comments_around_a_node_stay() -> None:
    argument = placed(m.Arg(keyword=m.Name("old")))
    assert isinstance(argument.syntax, cst.Arg)
    new = libcst.Name("y")

    edits = (
        Edit.to(Place(argument.chunk, argument.syntax.value), new),
        Edit.to(Place(argument.chunk, argument.syntax), libcst.Arg(new)),
    )

    assert after(edits[0]) == CODE.replace("old=(x)", "old=(y)")
    assert after(edits[1]) == CODE.replace("old=(x)", "y")


def test_a_node_keeps_its_inner_comments_and_indentation() -> None:
    call = placed(m.Call(func=m.Name("call")))

    edit = Edit.to(call, call.original.with_changes(func=libcst.Name("other")))

    assert after(edit) == CODE.replace("return call(", "return other(")


def test_a_statement_keeps_what_stands_above_and_behind_it() -> None:
    line = placed(m.SimpleStatementLine([m.Assign(value=m.Call())]))

    edit = Edit.to(line, libcst.parse_statement("x = 0  # lost"))

    assert after(edit) == CODE.replace("x = self.drop(x)", "x = 0")


def test_a_node_that_would_change_its_surroundings_is_refused() -> None:
    method = placed(m.FunctionDef(name=m.Name("width")))

    with pytest.raises(ValueError, match="changes more than its own text"):
        Edit.to(method, method.original.with_changes(decorators=()))


def test_lines_are_put_above_a_statement_and_its_decorators() -> None:
    edits = (
        Edit.before(placed(m.Assign(value=m.Call())), "y = x\nz = y"),
        Edit.before(placed(m.FunctionDef(name=m.Name("width"))), "size = 3"),
    )

    assert after(*edits) == CODE.replace(
        "            x = self",
        "            y = x\n            z = y\n            x = self",
    ).replace("    @property", "    size = 3\n    @property")


def test_a_statement_is_taken_out_with_its_lines() -> None:
    edit = Edit.without(placed(m.Return(m.Call())))

    assert after(edit) == CODE[: CODE.index("        return call")]


def test_a_block_of_code_is_not_left_empty() -> None:
    edit = Edit.without(placed(m.Assign(value=m.Call())))

    assert after(edit) == CODE.replace("x = self.drop(x)  #", "pass  #")


@pytest.mark.parametrize("make", [Edit.without, lambda at: Edit.before(at, "y = 3")])
def test_lines_with_several_statements_have_no_room(
    make: Callable[[Place], Edit],
) -> None:
    second = placed(m.Assign([m.AssignTarget(m.Name("b"))]))

    assert fix_of(make(second)) is None


def test_edits_within_one_another_are_no_fix() -> None:
    whole, part = placed(m.Call(func=m.Name("call"))), named("old")

    assert fix_of(Edit(whole, "y"), Edit(part, "new")) is None
    assert fix_of(Edit(part, "new"), Edit(part, "new")) is not None


def test_edits_of_two_files_are_no_fix() -> None:
    other = placed(m.Name("y"), Source("other.py", "y = 1\n"))

    assert fix_of(Edit(named("second"), "third"), Edit(other, "z")) is None


def test_a_fix_of_a_file_that_nobody_asked_about_is_dropped() -> None:
    edits = (Replacement(Span(1, 0, 1, 1), "z"),)
    findings = [
        Finding("a.py", Span(line, 0, line, 1), "r", "BL199", Severity.NOTE, "m", fix=f)
        for line, f in enumerate(
            (PlacedFix("b.py", "", edits, True), PlacedFix("c.py", "", edits, True)), 1
        )
    ]
    files = [File("a.py"), File("b.py")]

    collection = Collection(files)
    collection.add(Answer("a.py", digest_of("x\n"), tuple(findings)))

    kept = [finding.fix for finding in collection.of(files[0])[1]]
    assert kept == [findings[0].fix, None]


LINES = st.lists(
    st.tuples(
        st.text("ab \t\f\u2028\u6f22", min_size=1, max_size=6),
        st.sampled_from(["\n", "\r\n", "\r"]),
    ),
    min_size=1,
    max_size=8,
)


@given(LINES, st.data())
def test_text_outside_the_edits_is_unchanged(
    lines: list[tuple[str, str]], data: st.DataObject
) -> None:
    text = "".join(content + end for content, end in lines)
    places: dict[tuple[int, int], int] = {}
    offset = 0
    for number, (content, end) in enumerate(lines, start=1):
        for column in range(len(content) + 1):
            places[number, column] = offset + column
        offset += len(content) + len(end)
    cuts = sorted(data.draw(st.sets(st.sampled_from(sorted(places)))))
    pairs = list(zip(cuts[::2], cuts[1::2], strict=False))
    fixes = [
        PlacedFix("f", "", (Replacement(Span(*a, *b), data.draw(st.text("XY"))),), True)
        for a, b in pairs
    ]

    new, taken = fixed(text, data.draw(st.permutations(fixes)))

    expected, done = "", 0
    for (a, b), each in zip(pairs, fixes, strict=True):
        expected += text[done : places[a]] + each.edits[0].text
        done = places[b]
    assert new == expected + text[done:]
    assert set(taken) == set(fixes)


def one(line: int, start: int, end: int, text: str, path: str = "f") -> PlacedFix:
    return PlacedFix(path, "", (Replacement(Span(line, start, line, end), text),), True)


def test_a_fix_between_the_edits_of_another_waits() -> None:
    outer = PlacedFix(
        "f", "", (*one(1, 0, 1, "A").edits, *one(3, 0, 1, "C").edits), True
    )
    inner, behind = one(2, 0, 1, "B"), one(4, 0, 1, "D")

    new, taken = fixed("a\nb\nc\nd\n", [inner, outer, behind])

    assert (new, taken) == ("A\nb\nC\nD\n", (outer, behind))


def test_of_two_fixes_that_insert_at_one_point_the_second_waits() -> None:
    first, second = one(1, 1, 1, "X"), one(1, 1, 1, "Y")

    assert fixed("ab\n", [first, second]) == ("aXb\n", (first,))


def test_a_fix_that_is_proposed_twice_is_applied_once() -> None:
    assert fixed("ab\n", [one(1, 1, 1, "X"), one(1, 1, 1, "X")])[0] == "aXb\n"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_new_lines_end_as_the_lines_around_them(end: str) -> None:
    other = "\r\n" if end == "\n" else "\n"
    text = f"first{other}second{end}last"

    assert fixed(text, [one(2, 0, 0, "new\n")])[0] == (
        f"first{other}new{end}second{end}last"
    )
    assert fixed(text, [one(3, 0, 0, "new\n")])[0] == (
        f"first{other}second{end}new{other}last"
    )


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_a_missing_final_line_end_stays_missing(end: str) -> None:
    whole = Replacement(Span(2, 0, 3, 0), "")

    assert fixed(f"a{end}b", [PlacedFix("f", "", (whole,), True)])[0] == "a"
    assert fixed(f"a{end}b{end}", [PlacedFix("f", "", (whole,), True)])[0] == f"a{end}"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("y = x + f(x, x=x).x", 3),
        ("y = [g(x) for z in x]", 2),
        ("y = lambda: x", 1),
        ("y = 1", 0),
        ("x = 1", None),
        ("x.data = y", None),
        ("x[0] = y", None),
        ("x += y", None),
        ("x.add_(y)", None),
        ("del x", None),
        ("y = (x := 2)", None),
        ("for x in y: pass", None),
        ("with y as x: pass", None),
        ("import x", None),
        ("y = lambda x: x", None),
        ("y = [x for x in z]", None),
        ("def x(): pass", None),
        ("global x", None),
    ],
)
def test_reads_of_a_variable(code: str, expected: int | None) -> None:
    (chunk,) = Source("model.py", code).outline

    found = reads(chunk.tree, "x")

    assert (None if found is None else len(found)) == expected


def test_the_body_around_a_place_is_the_innermost() -> None:
    body = body_around(placed(m.Assign(value=m.Call())))

    assert body is not None
    assert len(body.statements) == 1


def test_a_free_name_is_used_nowhere_around() -> None:
    at = named("first")

    assert free_name(at, "fresh") == "fresh"
    assert free_name(at, "first", "fresh") == "fresh"
    assert free_name(at, "first") == "first_2"


def test_reports_say_what_a_fix_does() -> None:
    unsafe = PlacedFix("a.py", "swap them", one(2, 4, 6, "b\n").edits, safe=False)
    finding = Finding(
        "a.py", Span(2, 4, 2, 6), "r", "BL199", Severity.NOTE, "m", fix=unsafe
    )
    report = Report((finding,), 1)

    (listed,) = json.loads(json_format.render(report))

    assert "  = fix: swap them (unsafe)\n" in full.render(report)
    assert report.fixable == (0, 1)
    assert listed["fix"] == {
        "message": "swap them",
        "applicability": "unsafe",
        "edits": [
            {
                "path": "a.py",
                "cell": None,
                "line": 2,
                "column": 5,
                "end_line": 2,
                "end_column": 7,
                "content": "b\n",
            }
        ],
    }
