"""A norm is created and never used.

## Why

A norm that `__init__` builds and nothing calls is a norm that the author believes to be
there. The branch it was meant for runs un-normed, or another norm is used in its place.
The checkpoint holds its weights and the parameter count includes them, so nothing looks
wrong; only its gradient is missing, and distributed training stops on the unused
parameter (pytorch issue 57776).

## Bad

```python
class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.attn, self.norm1 = Attention(d), nn.LayerNorm(d)
        self.mlp, self.norm2 = MLP(d), nn.LayerNorm(d)

    def forward(self, x):
        x = x + self.attn(x)
        return x + self.mlp(self.norm2(x))
```

## Good

```python
class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.attn, self.norm1 = Attention(d), nn.LayerNorm(d)
        self.mlp, self.norm2 = MLP(d), nn.LayerNorm(d)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))
```

## Not flagged

Norms that any method of the class, a parent, a child, other code of the file or a file
that imports it uses: by attribute, by index, by `getattr` with a computed name, through
their `weight`, among all `children()`, or as part of an `nn.Sequential` they were
handed to. `nn.Identity` in the place of a norm.

## Seen in

LA_MIL issue 3 and PWC-Net issue 110. Published packages too: `norm_self_attn` in the
fast-weights layer and `norm` in the diffusion U-Net's `AttentionBlock` of `labml_nn`,
and the final norm of fairseq's `ConvTransformerEncoder`.
"""

from collections.abc import Iterator

from blocklint.analysis import Block
from blocklint.rule import Basis, Claim, Severity, rule


@rule("BL106", Severity.WARNING, Basis.WEIGHTS)
def check(block: Block) -> Iterator[Claim]:
    """Claim that a norm is stored and that no code that knows of it reads it."""
    for member in block.unused_members:
        if member.is_norm:
            message = f"self.{member.name} is created and never applied"
            yield Claim(member.place, message)
