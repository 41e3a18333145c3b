"""Heads are merged while they still stand in front of the tokens.

## Why

After attention the heads stand in front of the tokens, `(batch, heads, tokens, d)`. A
reshape to `(batch, tokens, heads * d)` keeps the order in memory, so what becomes one
token's row is a run of several tokens of one head. Every token's output is then made of
other tokens, later ones too, which a causal mask was to hide. The shapes fit and the
loss falls, which is how it stayed unnoticed for years in a widely read tutorial.

## Bad

```python
class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads, self.d = heads, dim // heads
        self.to_qkv, self.out = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)

    def forward(self, x):
        b, n, dim = x.shape
        q, k, v = self.to_qkv(x).chunk(3, dim=-1)
        q, k, v = (t.view(b, n, self.heads, self.d).transpose(1, 2) for t in (q, k, v))
        y = F.scaled_dot_product_attention(q, k, v)
        return self.out(y.reshape(b, n, self.heads * self.d))
```

## Good

```python
class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads, self.d = heads, dim // heads
        self.to_qkv, self.out = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)

    def forward(self, x):
        b, n, dim = x.shape
        q, k, v = self.to_qkv(x).chunk(3, dim=-1)
        q, k, v = (t.view(b, n, self.heads, self.d).transpose(1, 2) for t in (q, k, v))
        y = F.scaled_dot_product_attention(q, k, v)
        return self.out(y.transpose(1, 2).reshape(b, n, self.heads * self.d))
```

## Not flagged

Heads that stand behind the tokens, as after `einsum("bhqk,bkhd->bqhd", ...)`. A reshape
that only merges heads and batch. Pieces of a sequence that are put together again.
Anything whose shape the code does not tell.

## Seen in

transformer-from-scratch issue 6 and QAnet-pytorch issue 2.
"""

from collections.abc import Iterator

from blocklint import cst
from blocklint.analysis import Block
from blocklint.analysis.shapes import Scrambled, scrambled
from blocklint.graph import Node
from blocklint.rule import Claim, Edit, Fix, Severity, rule

RANK = 4  # batch, heads, tokens, width of a head


@rule("BL302", Severity.WARNING)
def check(block: Block) -> Iterator[Claim]:
    """Claim that a reshape merges heads across the tokens behind them."""
    shapes = block.default.shapes
    for node in block.default.graph.nodes:
        found = scrambled(shapes, node) if node.is_own else None
        if found is not None and not found.splits:
            seen = f"{shapes.shown(found.before)} as {shapes.shown(found.after)}"
            message = f"{node.name} merges heads in front of the tokens: {seen}"
            yield Claim(node, message, fix=_fix(node, found))


def _fix(node: Node, found: Scrambled) -> Fix | None:
    """Transpose heads and tokens before the reshape; only for four axes."""
    one, two = found.axis - 1, found.axis
    if node.place is None or len(found.before.axes) != RANK or found.new_axis != one:
        return None
    import libcst

    match node.place.syntax:
        case cst.Call(cst.Attribute(owner, cst.Name("view" | "reshape"))):
            call, start = node.place.original, node.place.chunk.original(_plain(owner))
            assert isinstance(start, libcst.BaseExpression)
            comma = libcst.Comma(whitespace_after=libcst.SimpleWhitespace(" "))
            turned = libcst.Call(
                libcst.Attribute(start, libcst.Name("transpose")),
                [
                    libcst.Arg(libcst.Integer(str(one)), comma=comma),
                    libcst.Arg(libcst.Integer(str(two))),
                ],
            )
            func = libcst.Attribute(turned, libcst.Name("reshape"))
            message = "transpose heads and tokens before they are merged"
            edit = Edit.to(node.place, call.with_changes(func=func))
            return Fix(message, (edit,), safe=False)
    return None


def _plain(owner: cst.BaseExpression) -> cst.BaseExpression:
    """What is reshaped, without a `contiguous()` that the transpose undoes."""
    match owner:
        case cst.Call(cst.Attribute(inner, cst.Name("contiguous"))):
            return _plain(inner)
    return owner
