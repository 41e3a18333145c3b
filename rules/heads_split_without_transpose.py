"""Heads are split off in front of the tokens without a transpose.

## Why

A reshape keeps the order of the numbers in memory. In `(batch, tokens, width)` the
heads are part of the width, the last axis; a reshape to `(batch, heads, tokens, d)` or
`(batch * heads, tokens, d)` does not bring them in front of the tokens: it cuts the
sequence into pieces and calls each piece a head. A "head" then holds a few whole tokens
instead of a slice of each, causal masks hide the wrong things, and attention mixes
tokens that it should not see. The shapes fit, so training passes.

## Bad

```python
class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads, self.d = heads, dim // heads
        self.q, self.k = nn.Linear(dim, dim), nn.Linear(dim, dim)

    def forward(self, x):
        b, n, _ = x.shape
        q = self.q(x).view(b, self.heads, n, self.d)
        k = self.k(x).view(b, n, self.heads, self.d).transpose(1, 2)
        return (q @ k.transpose(-2, -1)).softmax(dim=-1)
```

## Good

```python
class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads, self.d = heads, dim // heads
        self.q, self.k = nn.Linear(dim, dim), nn.Linear(dim, dim)

    def forward(self, x):
        b, n, _ = x.shape
        q = self.q(x).view(b, n, self.heads, self.d).transpose(1, 2)
        k = self.k(x).view(b, n, self.heads, self.d).transpose(1, 2)
        return (q @ k.transpose(-2, -1)).softmax(dim=-1)
```

## Not flagged

Inputs with the tokens first, `(tokens, batch * heads, d)`. Values whose heads were
brought to the front before, by a transpose or a permutation. Windows, groups and
chunks of the sequence, which are meant to be pieces of it. The skewing of relative
positions. Anything whose shape the code does not tell.

## Seen in

FuxiCTR issue 30, Chinese-Text-Classification-Pytorch issue 10, opacus issue 825.
"""

from collections.abc import Iterator

from blocklint.analysis import Block
from blocklint.analysis.shapes import Scrambled, scrambled
from blocklint.graph import Node
from blocklint.rule import Claim, Edit, Fix, Severity, rule

RANK = 4  # batch, heads, tokens, width of a head


@rule("BL301", Severity.WARNING)
def check(block: Block) -> Iterator[Claim]:
    """Claim that a reshape brings heads in front of the tokens."""
    shapes = block.default.shapes
    for node in block.default.graph.nodes:
        found = scrambled(shapes, node) if node.is_own else None
        if found is not None and found.splits:
            seen = f"{shapes.shown(found.before)} as {shapes.shown(found.after)}"
            message = f"{node.name} splits heads off in front of the tokens: {seen}"
            yield Claim(node, message, fix=_fix(node, found))


def _fix(node: Node, found: Scrambled) -> Fix | None:
    """Split behind the tokens, then transpose; only for four sizes written out."""
    one, two = found.new_axis - 1, found.new_axis
    if node.place is None or found.after.rank != RANK or found.axis != one:
        return None
    import libcst

    match node.place.original:
        case libcst.Call(func=libcst.Attribute(), args=args) as call if (
            len(args) == RANK
        ):
            sizes = [arg.value for arg in args]
            sizes[one], sizes[two] = sizes[two], sizes[one]
            swapped = [
                arg.with_changes(value=size)
                for arg, size in zip(args, sizes, strict=True)
            ]
            turned = libcst.Attribute(
                call.with_changes(args=swapped), libcst.Name("transpose")
            )
            axes = [libcst.Arg(libcst.Integer(str(axis))) for axis in (one, two)]
            made = libcst.Call(turned, axes)
            message = "split the heads off behind the tokens, then transpose"
            return Fix(message, (Edit.to(node.place, made),), safe=False)
    return None
