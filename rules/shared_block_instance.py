"""Several layers of a stack are one and the same module.

## Why

`[Block(d)] * n` makes one block and lists it n times; so does a comprehension that
names a block made before it. All layers then have one set of weights: a stack of twelve
has the parameters of one, and every layer's gradient pulls at the same weights.
Training works, loss falls, nothing looks wrong. The same happens in part where each
layer is new but all are given one ffn or one attention.

## Bad

```python
class Encoder(nn.Module):
    def __init__(self, d, depth):
        super().__init__()
        layers = [nn.TransformerEncoderLayer(d, 8)] * depth
        self.layers = nn.ModuleList(layers)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x
```

## Good

```python
class Encoder(nn.Module):
    def __init__(self, d, depth):
        super().__init__()
        layers = [nn.TransformerEncoderLayer(d, 8) for _ in range(depth)]
        self.layers = nn.ModuleList(layers)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x
```

## Not flagged

Modules without weights, numbers and functions. One module called in a loop, without a
list (ALBERT, Universal Transformer). A module that is also stored under a name of its
own, or that a condition, a name or a comment says to share: that is meant. Heads and
embeddings made before a loop and used in all of its rounds, as detection models do with
their box heads; of modules with a name, only blocks, attentions and ffns are looked at.
Deep copies. A shared module that only some of the layers are given.

## Seen in

ddsp_pytorch issue 37, pytorch-vq-vae issue 2, and encodecmae issue 3, where all layers
are given one ffn. Published packages too: `convs` of the parallel MaxxViT block in
`timm`.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from blocklint import cst
from blocklint.analysis import Block
from blocklint.graph import Sharing
from blocklint.regex import Regex
from blocklint.rule import Claim, Edit, Fix, Severity, rule
from blocklint.source import Place
from blocklint.trees import find_all

if TYPE_CHECKING:
    import libcst

_MEANT = Regex(
    r"shar(e|es|ed|ing)?(?![a-z-])|tied?(?![a-z])|tying|re-?us|recur|universal",
    re.IGNORECASE,
)


@rule("BL210", Severity.WARNING)
def check(block: Block) -> Iterator[Claim]:
    """Claim that a list holds one module in the place of several."""
    for member in block.members:
        for sharing in member.sharings:
            if _is_mistake(sharing) and not _is_meant(sharing.place, block):
                message = _message(sharing, member.name)
                yield Claim(sharing.place, message, fix=_fix(sharing.place))


def _is_mistake(sharing: Sharing) -> bool:
    match sharing.place.syntax:
        case cst.BinaryOperation() as product if _made_in(product):
            return True
    if not sharing.of_blocks or any(_conditions(sharing.place)):
        return False
    return not sharing.part or (bool(sharing.role) and _is_given_to_all(sharing))


def _is_meant(place: Place, block: Block) -> bool:
    """Whether a name, a comment or a condition at a list says that it shares."""
    said = [block.name, *_conditions(place)]
    for node in place.around():
        match node:
            case cst.SimpleStatementLine():
                said.append(place.chunk.code(node))
            case cst.FunctionDef(cst.Name(name)):
                said.append(name)
    return any(_MEANT.search(text) for text in said)


def _message(sharing: Sharing, name: str) -> str:
    if sharing.part:
        return f"all layers of self.{name} are given one {sharing.role}: {sharing.part}"
    return f"the layers of self.{name} are one module, with one set of weights"


def _conditions(place: Place) -> Iterator[str]:
    """The tests that decide whether the code at a place runs."""
    for node in place.around():
        if isinstance(node, cst.If | cst.IfExp | cst.CompIf):
            yield place.chunk.code(node.test)


def _made_in(product: cst.BinaryOperation) -> cst.List | None:
    """The list of a product that makes the modules in it: `[Block(d)] * n`."""
    for side in (product.left, product.right):
        match side:
            case cst.List([cst.Element(cst.Call()), *_]):
                return side
    return None


def _is_given_to_all(sharing: Sharing) -> bool:
    """Whether a module is an argument or an item as such, not by a choice."""
    names = [n for n in sharing.place.find(cst.Name) if n.value == sharing.part]
    given: list[cst.CSTNode | None] = []
    for each in sharing.place.find(cst.Arg, cst.Element):
        match each:
            case cst.Arg(value, keyword):
                given += [value, keyword]
            case cst.Element(value):
                given.append(value)
    return all(any(name is each for each in given) for name in names)


def _fix(place: Place) -> Fix | None:
    """A comprehension, which makes a module for each layer."""
    match place.syntax:
        case cst.BinaryOperation() as product if made := _made_in(product):
            times = product.right if made is product.left else product.left
            new = _comprehension(
                place.chunk.original(made), place.chunk.original(times)
            )
            plain = len(made.elements) == 1 and all(
                n.value != "_" for n in find_all(made, cst.Name)
            )
            if plain and _comments(new) == _comments(place.original):
                edit = Edit.to(place, new)
                return Fix("make a module for each layer", (edit,), safe=True)
    return None


def _comprehension(
    made: "libcst.CSTNode", times: "libcst.CSTNode"
) -> "libcst.ListComp":
    """`[Block(d) for _ in range(n)]` out of `[Block(d)]` and `n`."""
    import libcst

    assert isinstance(made, libcst.List)
    assert isinstance(times, libcst.BaseExpression)
    count = libcst.Arg(times.with_changes(lpar=(), rpar=()))
    over = libcst.Call(libcst.Name("range"), [count])
    return libcst.ListComp(
        made.elements[0].value,
        libcst.CompFor(libcst.Name("_"), over),
        lbracket=made.lbracket,
        rbracket=made.rbracket,
    )


def _comments(syntax: "libcst.CSTNode") -> int:
    """How many there are; LibCST's own children are also those between the parts."""
    import libcst

    is_one = isinstance(syntax, libcst.Comment)
    return is_one + sum(map(_comments, syntax.children))
