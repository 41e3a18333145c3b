"""One of query, key and value is computed by the projection of another.

## Why

`query = self.key(query)` has the right shape, runs, and trains: one projection serves
two purposes and another is never used. What attention can tell apart shrinks, and the
weights of the forgotten projection stay as they were drawn.

## Bad

```python
class Attention(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.query, self.key = nn.Linear(d, d), nn.Linear(d, d)
        self.value = nn.Linear(d, d)

    def forward(self, query, key, value):
        query = self.key(query)
        key = self.key(key)
        value = self.value(value)
        return F.scaled_dot_product_attention(query, key, value)
```

## Good

```python
class Attention(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.query, self.key = nn.Linear(d, d), nn.Linear(d, d)
        self.value = nn.Linear(d, d)

    def forward(self, query, key, value):
        query = self.query(query)
        key = self.key(key)
        value = self.value(value)
        return F.scaled_dot_product_attention(query, key, value)
```

## Not flagged

A projection that is shared because there is no other: in the Reformer queries and keys
have one. A function that computes the same role by its own projection too, in another
arm, another direction, or another round.

## Seen in

Transformer-from-scratch issue 1: `query = self.key(query)`.
"""

from collections.abc import Iterator
from functools import lru_cache

from blocklint import cst
from blocklint.analysis import Block
from blocklint.frozen import dataclass
from blocklint.regex import Regex
from blocklint.rule import Claim, Severity, rule
from blocklint.source import Place
from blocklint.trees import find_all

_ROLE = Regex(
    r"(?:^|_)(?P<long>query|key|value)(?=_|\d|$)"
    r"|(?:^|_)(?P<many>queries|keys|values)(?=_|\d|$)"
    r"|(?:^|_)(?P<short>[qkvQKV])(?=_|\d|$)|^[wW]_?(?P<weight>[qkvQKV])(?=_|\d|$)"
)
_OTHERWISE = Regex(r"mask|len|pos|past|cache|size|dim|head|norm|id(x|s|_|$)|name")


@dataclass(frozen=True)
class _Role:
    """Which of the three a name speaks of, and the name without it."""

    letter: str
    family: tuple[str, str]


@dataclass(frozen=True)
class _Projection:
    """`target = self.attribute(...)`, both named after a role."""

    target: str
    wanted: _Role
    attribute: str
    used: _Role
    call: cst.Call


@rule("BL314", Severity.WARNING)
def check(block: Block) -> Iterator[Claim]:
    """Claim that a projection is used for the role of another one."""
    members = {member.name: _role(member.name) for member in block.members}
    roles = {name: role for name, role in members.items() if role}
    chunk = block.statement.chunk
    for function in _methods(block) if len(roles) > 1 else ():
        found = list(_projections(function, roles))
        right = {p.used for p in found if p.wanted.letter == p.used.letter}
        for each in found:
            wanted = _Role(each.wanted.letter, each.used.family)
            others = [name for name, role in roles.items() if role == wanted]
            if wanted != each.used and others and wanted not in right:
                message = (
                    f"{each.target} is computed by self.{each.attribute}, "
                    f"and not by self.{others[0]}"
                )
                yield Claim(Place(chunk, each.call), message)


def _methods(block: Block) -> Iterator[cst.FunctionDef]:
    statement = block.statement.syntax
    assert isinstance(statement, cst.ClassDef)
    for each in statement.body.body:
        if isinstance(each, cst.FunctionDef) and each.name.value != "__init__":
            yield each


@lru_cache(maxsize=1024)
def _role(name: str) -> _Role | None:
    """The role that a name speaks of, if it is exactly one."""
    found = list(_ROLE.compiled.finditer(name))
    if len(found) != 1 or _OTHERWISE.search(name):
        return None
    style, word = next((k, v) for k, v in found[0].groupdict().items() if v)
    start, end = found[0].span(style)
    return _Role(word[0].lower(), (style, f"{name[:start]}*{name[end:]}"))


def _projections(
    function: cst.FunctionDef, roles: dict[str, _Role]
) -> Iterator[_Projection]:
    for node in find_all(function, cst.Assign):
        match node:
            case cst.Assign([cst.AssignTarget(target)], value):
                for name, given in _pairs(target, value):
                    wanted, call = _role(name), _innermost(given)
                    attribute = _attribute(call) if call else ""
                    if wanted and call and attribute in roles:
                        used = roles[attribute]
                        yield _Projection(name, wanted, attribute, used, call)


def _pairs(
    target: cst.BaseExpression, value: cst.BaseExpression
) -> Iterator[tuple[str, cst.BaseExpression]]:
    """Each name that is assigned, with its value."""
    match target, value:
        case cst.Name(name), _:
            yield name, value
        case cst.Tuple(targets), cst.Tuple(values) if len(targets) == len(values):
            for one, other in zip(targets, values, strict=True):
                yield from _pairs(one.value, other.value)


def _innermost(value: cst.BaseExpression) -> cst.Call | None:
    """The first call in a chain: `self.key(x)` in `split(self.key(x).view(...))`."""
    while True:
        match value:
            case cst.Call(func=cst.Attribute(value=cst.Call() as inner)):
                value = inner
            case cst.Call(args=[cst.Arg(value=cst.Call() as inner), *_]) if not (
                _ROLE.search(_attribute(value))
            ):
                value = inner
            case cst.Call():
                return value
            case _:
                return None


def _attribute(call: cst.BaseExpression) -> str:
    match call:
        case cst.Call(func=cst.Attribute(cst.Name("self"), cst.Name(name))):
            return name
    return ""
