"""A width is cut into heads or pieces that do not make it up.

## Why

A reshape keeps every element, so heads times the width of a head must be the width that
is split. It raises where they are not, as a `split` does whose sections have another
sum, and a `chunk` of which too many pieces are taken. With a number of heads that does
not divide the width, `d // heads` silently rounds down and the reshape raises.

## Bad

```python
class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads, self.d = heads, dim // heads
        self.qkv, self.out = nn.Linear(dim, 2 * dim), nn.Linear(dim, dim)

    def forward(self, x):
        b, n, _ = x.shape
        qkv = self.qkv(x).view(b, n, 3, self.heads, self.d).permute(2, 0, 3, 1, 4)
        q, k, v = qkv[0], qkv[1], qkv[2]
        y = F.scaled_dot_product_attention(q, k, v)
        return self.out(y.transpose(1, 2).flatten(2))
```

## Good

```python
class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads, self.d = heads, dim // heads
        self.qkv, self.out = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)

    def forward(self, x):
        b, n, _ = x.shape
        qkv = self.qkv(x).view(b, n, 3, self.heads, self.d).permute(2, 0, 3, 1, 4)
        q, k, v = qkv[0], qkv[1], qkv[2]
        y = F.scaled_dot_product_attention(q, k, v)
        return self.out(y.transpose(1, 2).flatten(2))
```

## Not flagged

`heads * (dim // heads)` for `dim`: that it divides is taken for granted, whether the
code checks it or not, unless the numbers are known and it does not. Sizes that only the
run knows: windows, patches of an image, a length cut into chunks. A `view` with one -1.
Settings that nothing makes equal, and whose defaults are not known, are a warning, as
is one that is None by default, and another one then, if nothing fits once it is given.

## Seen in

uvadlc_notebooks issue 51: heads are merged into the width of the input, where the
attention's own is another setting. LocalViT issue 1: tokens are split by the number of
features.
"""

from collections.abc import Iterator

from blocklint.analysis import Block
from blocklint.analysis.mismatches import Mismatch
from blocklint.analysis.shapes import Meets
from blocklint.claims import claim_of
from blocklint.rule import Basis, Claim, Severity, rule


@rule("BL404", Severity.ERROR, Basis.CRASH)
def check(block: Block) -> Iterator[Claim]:
    """Claim that a width and the pieces that it is cut into are not the same."""
    seen: set[int] = set()
    for found in block.mismatches(Meets.SPLIT):
        whole = found.node.reads[0].index if found.node.kind == "element" else None
        if whole is None or whole not in seen:
            yield claim_of(block, found, _text(block, found))
        if whole is not None:
            seen.add(whole)


def _text(block: Block, found: Mismatch) -> str:
    node = found.node
    if found.divides:
        return "{node} splits {given_size} into {wanted_size}, which does not divide it"
    if node.kind == "element":
        index, of = node.call.get(1, "index"), node.call.named.get("of")
        name = node.reads[0].name
        if of is not None and node.reads[0].kind != "pieces":
            return f"{of} values are unpacked from the first axis of {{given}}"
        if of is not None:
            return f"{of} pieces of {name} need {{wanted_size}}, gets {{given}}"
        return f"piece {index} of {name} needs {{wanted_size}}, gets {{given}}"
    shapes = block.default.shapes
    before = len(shapes.of(found.given.of).axes) if found.given.of else 0
    splits = node.kind == "pieces" or len(shapes.of(node).axes) > before
    verb = "splits" if splits else "turns"
    return f"{{node}} {verb} {{given}} into {{wanted_size}}"
