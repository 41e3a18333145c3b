"""A block normalises its stream after every addition.

## Why

In `N(x + F(x))` the stream itself passes through a norm at every site, so no identity
path leads from the output back to the input. At initialisation the gradient of the
last FFN weight is O(d sqrt(ln d)) whatever the depth L; with pre-norm it is
O(d sqrt(ln d / L)) (Xiong et al. 2020, arXiv 2002.04745). A post-norm stack therefore
needs a learning-rate warm-up: the same paper reports 8.45 BLEU on IWSLT14 without
one, and about 34 with it. A 30-layer pre-norm encoder beats a 6-layer post-norm one
(Wang et al. 2019, arXiv 1906.01787).

Post-norm is not a bug: BERT, DETR and DeepNorm (arXiv 2203.00555, 1000 layers) chose
it. This finding asks for the choice to be made knowingly. A project that has chosen
post-norm says so with `allow = ["post"]`.

## Bad

```python
class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.attn, self.norm1 = Attention(d), nn.LayerNorm(d)
        self.mlp, self.norm2 = MLP(d), nn.LayerNorm(d)

    def forward(self, x):
        x = self.norm1(x + self.attn(x))
        return self.norm2(x + self.mlp(x))
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

Norms on the branch output, `x + N(F(x))`, and on both sides of the branch,
`x + N2(F(N1(x)))`, which leave the stream clean. The closing norm of a Conformer
layer. The final norm of a stack. A norm of summed embeddings. Blocks in which a flag
chooses post-norm but the flag's default does not.

## Seen in

`nn.TransformerEncoderLayer` and `nn.TransformerDecoderLayer`, whose `norm_first` is
False by default: pytorch issue 61165 is about the flag that changes it. The question
whether a block is pre-norm or post-norm stands in the issue lists of a dozen
tutorials.
"""

from collections.abc import Iterator

from blocklint.analysis import Block, Placement
from blocklint.rule import Basis, Claim, Policy, Severity, parts_of, rule


@rule("BL101", Severity.WARNING, Basis.WIRING)
def check(block: Block, policy: Policy) -> Iterator[Claim]:
    """Claim that a block is post-norm, unless its project decided about placements."""
    decided = policy.placement is not None or Placement.POST.value in policy.allow
    if decided or block.default.placement != Placement.POST.value or block.is_part:
        return
    sites = block.sites
    norms = tuple(dict.fromkeys(norm for site in sites for norm in site.norms))
    roles = " and ".join(dict.fromkeys(site.role.value for site in sites))
    names = ", ".join(dict.fromkeys(norm.name for norm in norms))
    yield Claim(
        block.place,
        f"post: {Placement.POST.formula} at {roles}; the stream passes through {names}",
        parts_of(*sites),
    )
