"""A post-norm stack is followed by one more norm.

## Why

The last thing that a post-norm block does is `N(x + F(x))`: its output is normed. A
final norm directly after it normalises what is normalised already. It cannot restore
anything, its gain and bias duplicate those of the last block, and a model that was
trained without it does not load. The final norm belongs to pre-norm stacks, where
nothing else rescales the stream (Xiong et al. 2020, arXiv 2002.04745); beside a
post-norm stack it is usually left over from a change of placement, or a sign that the
layers were meant to be pre-norm.

## Bad

```python
class Encoder(nn.Module):
    def __init__(self, d, heads, depth):
        super().__init__()
        layer = nn.TransformerEncoderLayer(d, heads)
        self.encoder = nn.TransformerEncoder(layer, depth, norm=nn.LayerNorm(d))

    def forward(self, x):
        return self.encoder(x)
```

## Good

```python
class Encoder(nn.Module):
    def __init__(self, d, heads, depth):
        super().__init__()
        layer = nn.TransformerEncoderLayer(d, heads, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, depth, norm=nn.LayerNorm(d))

    def forward(self, x):
        return self.encoder(x)
```

## Not flagged

The final norm of a stack whose blocks leave the stream clean. A norm of the
embeddings before the first block. A norm behind a projection or inside a read-out
head. A final norm that is built only where the layers are pre-norm.

## Seen in

pytorch issues 24930 and 74092: `nn.Transformer` gives its post-norm stacks a final
norm each. ConditionalDETR issue 11.
"""

from collections.abc import Iterator

from blocklint.analysis import Block, Placement
from blocklint.analysis.stacks import Stacks
from blocklint.rule import Claim, Related, Severity, rule


@rule("BL105", Severity.WARNING)
def check(block: Block) -> Iterator[Claim]:
    """Claim that a norm follows the norm that every block already ends in."""
    for stack, norm in Stacks(block.default.graph, block.callee).final_norms():
        if stack.last == {Placement.POST}:
            stock = next((s.place for s in norm.scope.chain[1:] if s.helper), None)
            own = stack.place if stock is None else None
            yield Claim(
                stock or norm,
                f"{norm.name} norms a stream that the last block has just normed",
                (Related(own, "the post-norm stack"),) if own else (),
            )
