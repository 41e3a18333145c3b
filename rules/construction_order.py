"""Layers are built in one order and unpacked in another.

## Why

A row of modules in an `nn.ModuleList` has no names: what `for attn, ff in self.layers`
calls `attn` is whatever stands first. If the constructor put the ffn there, both run,
for both map a width to itself, and the block computes something else than its code
says: the ffn before the attention, one after another where they should alternate, a
norm or a mask given to the wrong one.

## Bad

```python
class Transformer(nn.Module):
    def __init__(self, dim, depth):
        super().__init__()
        self.layers = nn.ModuleList([])
        for _ in range(depth):
            attn, ff = Attention(dim), FeedForward(dim)
            self.layers.append(nn.ModuleList([ff, attn]))

    def forward(self, x):
        for attn, ff in self.layers:
            x = attn(x) + x
            x = ff(x) + x
        return x
```

## Good

```python
class Transformer(nn.Module):
    def __init__(self, dim, depth):
        super().__init__()
        self.layers = nn.ModuleList([])
        for _ in range(depth):
            attn, ff = Attention(dim), FeedForward(dim)
            self.layers.append(nn.ModuleList([attn, ff]))

    def forward(self, x):
        for attn, ff in self.layers:
            x = attn(x) + x
            x = ff(x) + x
        return x
```

## Not flagged

Names that say nothing of what they hold (`f`, `g`, `block1`), and rows in which only
one name is at odds with its module: it may be a name for something wider. Rows whose
modules are all of one kind. Modules that are stored under attributes of their own.

## Seen in

`vit_pytorch`, in the transformer of its ScalableViT: `ssa, ff1, peg, iwsa, ff2` are
unpacked from a row that holds the second ffn before the windowed attention.
"""

from collections.abc import Iterator
from itertools import combinations

from blocklint import cst
from blocklint.analysis import Block, Role
from blocklint.analysis.ownership import child_of
from blocklint.analysis.roles import role_named
from blocklint.frozen import dataclass
from blocklint.graph import Node
from blocklint.regex import Regex
from blocklint.rule import Claim, Related, Severity, rule
from blocklint.source import Place
from blocklint.trees import find_all

_OVER_OWN = Regex(r"in\s+(enumerate\()?self\.")
_UNPACKS = Regex(rf"\bfor\b.*,.*\b{_OVER_OWN.pattern}")


@dataclass(frozen=True)
class _Called:
    """A module that was taken from a row: its name there, and what it is."""

    name: str
    classes: tuple[str, ...]
    place: Place | None

    @property
    def role(self) -> Role | None:
        """What it computes, by its classes from the outermost inwards."""
        roles = (role_named(name) for name in self.classes)
        return next((role for role in roles if role), None)

    @property
    def kind(self) -> str:
        """The class that says what it is: the one inside a wrapper, if need be."""
        telling = (name for name in self.classes if role_named(name))
        return next(telling, self.classes[0])

    def fits(self, name: str) -> bool:
        """Whether a name says what this module is: its role, or its initials."""
        stem = name.rstrip("0123456789").rstrip("_")
        initials = {"".join(filter(str.isupper, c)).lower() for c in self.classes}
        return stem in initials or (
            self.role is not None and role_named(name) is self.role
        )


@rule("BL212", Severity.WARNING)
def check(block: Block) -> Iterator[Claim]:
    """Claim that two modules of a row go by each other's name."""
    code = block.statement.chunk.text
    if not (_OVER_OWN.search(code) and _UNPACKS.search(code)):
        return
    called = list(_called(block))
    for attribute, target in _unpacked(block.statement):
        place = Place(block.statement.chunk, target)
        names = _names(target)
        row = [each for each in called if each.name in names]
        swapped = next((p for p in combinations(row, 2) if _are_swapped(*p)), None)
        rows = _built(block.statement, attribute)
        built = [row for row in rows if sorted(row) == sorted(names)]
        if swapped is not None:
            yield _claim(place, *swapped)
        elif built and names not in built:
            message = f"the rows of self.{attribute} are built as {', '.join(built[0])}"
            yield Claim(place, message)


def _are_swapped(one: _Called, two: _Called) -> bool:
    crossed = one.fits(two.name) and two.fits(one.name)
    return crossed and not one.fits(one.name) and not two.fits(two.name)


def _claim(target: Place, one: _Called, two: _Called) -> Claim:
    message = (
        f"{one.name} is the {one.kind} and {two.name} the {two.kind}: "
        "the row is built in another order"
    )
    marked = [(each.place, f"{each.kind} runs here") for each in (one, two)]
    return Claim(target, message, tuple(Related(p, text) for p, text in marked if p))


def _called(block: Block) -> Iterator[_Called]:
    """The modules of rows that the default wiring calls."""
    inside: dict[str, list[Node]] = {}
    for node in block.default.graph.nodes:
        scope = child_of(node)
        if scope is not None and scope.of_list:
            inside.setdefault(scope.name, []).append(node)
    for name, nodes in inside.items():
        scopes = [scope for node in nodes for scope in node.scope.chain[1:]]
        classes = tuple(dict.fromkeys(s.owner for s in scopes if s.owner))
        if classes:
            yield _Called(name, classes, nodes[0].scope.chain[1].place)


def _unpacked(code: Place) -> Iterator[tuple[str, cst.Tuple]]:
    """The targets of loops over rows of modules, and the attribute that holds them."""
    for node in code.find(cst.For, cst.CompFor):
        match node:
            case (
                cst.For(target=target, iter=rows)
                | cst.CompFor(target=target, iter=rows)
            ):
                match target, rows:
                    case cst.Tuple(), cst.Attribute(cst.Name("self"), cst.Name(name)):
                        yield name, target
                    case (
                        cst.Tuple([_, cst.Element(cst.Tuple() as row)]),
                        cst.Call(
                            cst.Name("enumerate"),
                            [cst.Arg(cst.Attribute(cst.Name("self"), cst.Name(name)))],
                        ),
                    ):
                        yield name, row


def _built(code: Place, attribute: str) -> list[list[str]]:
    """The rows that a class puts into an attribute, where they are only names."""
    rows: list[cst.List | cst.Tuple] = []
    for put in code.find(cst.Call, cst.Assign):
        if _filled(put) == attribute:
            rows += find_all(put, cst.List, cst.Tuple)
    return [names for names in map(_names, rows) if len(names) > 1]


def _filled(node: cst.CSTNode) -> str | None:
    """The attribute that `self.rows = ` or `self.rows.append(...)` puts rows into."""
    match node:
        case cst.Assign([cst.AssignTarget(own)]) | cst.Call(
            cst.Attribute(own, cst.Name("append"))
        ):
            match own:
                case cst.Attribute(cst.Name("self"), cst.Name(name)):
                    return name
    return None


def _names(row: cst.List | cst.Tuple) -> list[str]:
    """The names in a row; none if anything else stands in it."""
    values = [element.value for element in row.elements]
    names = [value.value for value in values if isinstance(value, cst.Name)]
    return names if len(names) == len(values) else []
