"""Which classes are worth a look after a change: those that it may have reached."""

import pytest

from blocklint.engine.stirred import stirred, surveyed

BASE = """
from torch import nn

class Base(nn.Module):
    kind = "plain"
    sort = "plain"
    def __init__(self, d):
        super().__init__()
        self.make(d)
    def make(self, d):
        self.fc = nn.Linear(d, d)
    def forward(self, x):
        return self.fc(x)
    def save(self, path):
        self.write(path)
    def write(self, path):
        print(path)
    def split(self, x):
        return x.chunk(2)
"""
HEIRS = """
from pkg.base import Base

class Middle(Base):
    def halves(self, x):
        return self.split(x)

class Plain(Base):
    def forward(self, x):
        return x + self.fc(x)

class Splits(Middle):
    def forward(self, x):
        return x + self.halves(x)[0 if self.sort == "plain" else 1]

class User:
    def run(self, d):
        return Plain(d)
"""


def reached(old: str, new: str) -> set[str]:
    """The classes of the other file that a change of the first one may have reached."""
    surveys = [
        surveyed("pkg/base.py", old, new),
        surveyed("pkg/heirs.py", HEIRS, HEIRS),
    ]
    return {name for module, name in stirred(surveys) if module == "heirs"}


EVERYTHING = {"Base", "Middle", "Plain", "Splits", "User"}


@pytest.mark.parametrize(
    ("was", "now", "expected"),
    [
        ("print(path)", "print(str(path))", set[str]()),
        ("x.chunk(2)", "x.chunk(3)", {"Middle", "Splits"}),
        ("nn.Linear(d, d)", "nn.Linear(d, 2 * d)", EVERYTHING),
        ('kind = "plain"', 'kind = "other"', set[str]()),
        ('sort = "plain"', 'sort = "other"', {"Splits"}),
        ("class Base(nn.Module)", "class Base(Other)", EVERYTHING),
        ("def split(self, x)", "def split(self, x: Tensor) -> Tensor", set[str]()),
        ("import nn", "import nn, Tensor", set[str]()),
    ],
    ids=[
        "unseen",
        "named",
        "by init",
        "idle attribute",
        "attribute",
        "base",
        "hint",
        "import",
    ],
)
def test_an_edited_base_reaches_those_who_name_what_changed(
    was: str, now: str, expected: set[str]
) -> None:
    assert reached(BASE, BASE.replace(was, now)) == expected


def test_what_a_base_calls_may_have_changed_in_its_heir() -> None:
    new = HEIRS.replace("return self.split(x)", "return x, self.split(x)")
    base = f"{BASE}    def forward(self, x):\n        return self.halves(x)\n"

    surveys = [
        surveyed("pkg/base.py", base, base),
        surveyed("pkg/heirs.py", HEIRS, new),
    ]

    found = stirred(surveys)
    assert {("heirs", "Middle"), ("heirs", "Splits")} <= found
    assert ("heirs", "Plain") not in found


def test_what_wraps_the_forward_of_a_module_reaches_nobody() -> None:
    old = f"{BASE}    def __call__(self, x):\n        return super().__call__(x)\n"
    new = old.replace("return super", "print(x)\n        return super")

    assert reached(old, new) == set()


def test_the_constructor_of_machinery_reaches_classes_of_its_own_file_alone() -> None:
    old = BASE.replace("    def forward(self, x):\n        return self.fc(x)\n", "")
    old += "\nclass Near(Base):\n    pass\n"
    new = old.replace("super().__init__()", "super().__init__(d)")

    surveys = [
        surveyed("pkg/base.py", old, new),
        surveyed("pkg/heirs.py", HEIRS, HEIRS),
    ]

    assert stirred(surveys) == {("base", "Near")}
