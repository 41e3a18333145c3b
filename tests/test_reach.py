"""Which classes are worth a look after a change: those that it may have reached."""

import pytest

from blocklint.engine.reach import Spread, reached as reached_by

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


def spread(before: dict[str, str], after: dict[str, str]) -> Spread:
    return reached_by(before, after, map)


def all_reached(old: dict[str, str], new: dict[str, str]) -> set[str]:
    """The classes of the heirs' file that what changed may have reached."""
    found = spread(old, new).whole
    return {name for key, name in found if key == "pkg/heirs.py"}


def reached(old: str, new: str) -> set[str]:
    """The same, where only the first file changed."""
    return all_reached(
        {"pkg/base.py": old, "pkg/heirs.py": HEIRS},
        {"pkg/base.py": new, "pkg/heirs.py": HEIRS},
    )


HEIRS_ALL = {"Middle", "Plain", "Splits"}


@pytest.mark.parametrize(
    ("was", "now", "expected"),
    [
        ("print(path)", "print(str(path))", set[str]()),
        ("x.chunk(2)", "x.chunk(3)", {"Splits"}),
        ("nn.Linear(d, d)", "nn.Linear(d, 2 * d)", HEIRS_ALL),
        ('kind = "plain"', 'kind = "other"', set[str]()),
        ('sort = "plain"', 'sort = "other"', {"Splits"}),
        ("class Base(nn.Module)", "class Base(Other)", HEIRS_ALL),
        ("def split(self, x)", "def split(self, x: Tensor) -> Tensor", set[str]()),
        ("def __init__(self, d)", "def __init__(self, d: Width)", set[str]()),
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
        "constructor's hint",
        "import",
    ],
)
def test_an_edited_base_reaches_those_whose_forward_gets_there(
    was: str, now: str, expected: set[str]
) -> None:
    assert reached(BASE, BASE.replace(was, now)) == expected


def test_what_a_base_calls_may_have_changed_in_its_heir() -> None:
    new = HEIRS.replace("return self.split(x)", "return x, self.split(x)")
    base = BASE.replace("return self.fc(x)", "return self.halves(x)")

    found = all_reached(
        {"pkg/base.py": base, "pkg/heirs.py": HEIRS},
        {"pkg/base.py": base, "pkg/heirs.py": new},
    )

    assert found == {"Middle", "Splits"}


def test_what_wraps_the_forward_of_a_module_reaches_nobody() -> None:
    old = f"{BASE}    def __call__(self, x):\n        return super().__call__(x)\n"
    new = old.replace("return super", "print(x)\n        return super")

    assert reached(old, new) == set()


NEAR = """
class Near(Base):
    def forward(self, x):
        return x
"""


def test_the_constructor_of_machinery_reaches_classes_of_its_own_file_alone() -> None:
    old = BASE.replace("    def forward(self, x):\n        return self.fc(x)\n", "")
    old += NEAR
    new = old.replace("super().__init__()", "super().__init__(d)")

    found = names({"pkg/base.py": old, "pkg/heirs.py": FAR}, {"pkg/base.py": new})

    assert found == {"Near"}


FAR = """
from pkg.base import Base

class Far(Base):
    def __init__(self, d):
        super().__init__(d)
    def forward(self, x):
        return x
"""
PARTS = """
from torch import nn

class Mlp(nn.Module):
    def __init__(self, d, bias=True):
        super().__init__()
        self.fc = nn.Linear(d, d, bias=bias)
    def forward(self, x):
        return act(self.fc(x))

class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.mlp = Mlp(d)
    def forward(self, x):
        return x + self.mlp(x)

class Model(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.block = Block(d)
    def forward(self, x):
        return self.block(x)

def act(x):
    return x.relu()
"""


def names(before: dict[str, str], changed: dict[str, str]) -> set[str]:
    """The classes in any file that a change of some texts reaches."""
    after = {**before, **changed}
    found = spread(before, after)
    return {name for _, name in found.whole if name[0].isupper()}


def test_a_class_that_was_edited_reaches_who_makes_it() -> None:
    new = PARTS.replace("bias=True", "bias=False")

    assert names({"m.py": PARTS}, {"m.py": new}) == {"Mlp", "Block"}


def test_one_that_is_reached_itself_reaches_others_once_it_is_known_to_differ() -> None:
    new = PARTS.replace("x.relu()", "x.gelu()")

    found = spread({"m.py": PARTS}, {"m.py": new})

    assert found.whole == {("m.py", "act"), ("m.py", "Mlp")}
    assert found.beyond([("m.py", "Mlp")]) == {("m.py", "Block")}
    assert found.beyond([("m.py", "Block")]) == {("m.py", "Model")}
    assert found.beyond([("m.py", "Model")]) == set()


CONFIG = """
class Base:
    def __post_init__(self):
        check(self)

class Config(Base):
    width: int = 64
    @property
    def inner(self):
        return 4 * self.width

def check(config):
    return config.width > 0
"""
HINTED = """
from torch import nn
from pkg.config import Config

class Mlp(nn.Module):
    def __init__(self, config: Config):
        super().__init__()
        self.fc = nn.Linear(config.width, config.WIDTH)
    def forward(self, x):
        return self.fc(x)
"""


@pytest.mark.parametrize(
    ("read", "was", "now", "expected"),
    [
        ("width", "= 64", "= 32", {"Config", "Mlp"}),
        ("width", "> 0", "> 1", set[str]()),
        ("width", "4 *", "3 *", set[str]()),
        ("inner", "4 *", "3 *", {"Mlp"}),
        ("width", "check(self)", "check(self, True)", {"Mlp"}),
    ],
    ids=["default", "check", "idle property", "property", "said"],
)
def test_a_hint_shows_what_a_config_says_and_not_what_it_does(
    read: str, was: str, now: str, expected: set[str]
) -> None:
    model = HINTED.replace("WIDTH", read)
    new = CONFIG.replace(was, now)

    found = names({"pkg/config.py": CONFIG, "m.py": model}, {"pkg/config.py": new})

    assert found == expected


def test_a_name_is_that_of_the_file_that_it_is_imported_from() -> None:
    model = PARTS.replace("def act", "def other") + "\nfrom .ops import act\n"
    ops = "def act(x):\n    return x.relu()\n"
    files = {"a/m.py": model, "a/ops.py": ops, "b/m.py": model, "b/ops.py": ops}
    new = ops.replace("relu", "gelu")

    found = spread(files, {**files, "b/ops.py": new})

    assert found.whole == {("b/ops.py", "act"), ("b/m.py", "Mlp")}


@pytest.mark.parametrize(
    ("imported", "called"),
    [
        ("from pkg.ops import act", "act"),
        ("from pkg.ops import act as f", "f"),
        ("from pkg import ops", "ops.act"),
        ("from pkg.ops import *", "act"),
        ("from pkg import act", "act"),
        ("import pkg.ops", "pkg.ops.act"),
        ("from . import ops", "ops.act"),
    ],
)
def test_names_are_followed_through_imports(imported: str, called: str) -> None:
    model = PARTS.replace("def act", "def other").replace("act(", f"{called}(")
    files = {
        "pkg/__init__.py": "from .ops import act\n",
        "pkg/ops.py": "def act(x):\n    return x.relu()\n",
        "pkg/m.py": f"{imported}\n{model}",
    }

    found = names(files, {"pkg/ops.py": files["pkg/ops.py"].replace("relu", "gelu")})

    assert "Mlp" in found


TABLE = """
class Table:
    known = {"plain": plain}
    def pick(self, name):
        return name
    def fetch(self, name):
        return self.known[name]

TABLES = Table()

def plain(x):
    return x.relu()
"""


@pytest.mark.parametrize(
    ("method", "expected"), [("pick", set[str]()), ("fetch", {"Mlp"})]
)
def test_a_table_reaches_who_reads_it(method: str, expected: set[str]) -> None:
    model = PARTS.replace("return act(", f"return TABLES.{method}('plain')(")
    model += "\nfrom pkg.table import TABLES\n"
    new = TABLE.replace("relu", "gelu")

    found = names({"pkg/table.py": TABLE, "m.py": model}, {"pkg/table.py": new})

    assert found == expected


CACHE = """
class Cache:
    def update(self, x):
        return store(x)
    def to(self, device):
        return store(device)

def store(x):
    return x
"""


def test_an_object_that_is_made_above_may_be_used_below() -> None:
    model = PARTS.replace("return self.block(x)", "return self.block(x, Cache())")
    model = model.replace("self.mlp(x)", "self.mlp(x, cache)")
    model = model.replace("act(self.fc(x))", "cache.update(self.fc(x))")
    model += "\nfrom pkg.cache import Cache\n"
    new = CACHE.replace("return x", "return x.relu()")

    found = names({"pkg/cache.py": CACHE, "m.py": model}, {"pkg/cache.py": new})

    assert found == {"Model"}


def test_to_move_a_tensor_reaches_nobody() -> None:
    model = PARTS.replace("return self.block(x)", "return self.block(x.to(Cache))")
    model += "\nfrom pkg.cache import Cache\n"
    new = CACHE.replace("store(device)", "store(device, True)")

    found = names({"pkg/cache.py": CACHE, "m.py": model}, {"pkg/cache.py": new})

    assert found == set()


def test_what_is_gone_reaches_who_names_it() -> None:
    model = f"from pkg.base import Base, helper\n{FAR}".replace("return x", "HERE")
    base = f"{BASE}\ndef helper(x):\n    return x\n"
    called = model.replace("HERE", "return helper(self.split(x))")
    new = BASE.replace("    def split(self, x):\n        return x.chunk(2)\n", "")

    found = names({"pkg/base.py": base, "m.py": called}, {"pkg/base.py": new})

    assert found == {"Far"}


def test_what_only_sets_weights_reaches_nobody() -> None:
    model = PARTS.replace("self.mlp = Mlp(d)", "init_weights(self.mlp)")
    old = f"{model}\ndef init_weights(module):\n    return module\n"

    assert names({"m.py": old}, {"m.py": f"{old}    print(1)\n"}) == set()
