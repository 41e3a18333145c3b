"""One block normalises its sites in different places.

## Why

After a pre-norm site, `x + F(N(x))`, the stream keeps growing and nothing rescales
it; after a post-norm site, `N(x + F(x))`, the whole stream is rescaled. A block with
one of each undoes at one site what the other relies on: the clean identity path of
pre-norm is cut once a layer. Pre-norm and post-norm stacks also differ in the size of
their gradients by a factor that grows with depth (Xiong et al. 2020, arXiv
2002.04745), so they want different warm-up and learning rates. Such a block still
trains, only worse, and nothing reports it.

## Bad

```python
class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.attn, self.norm1 = Attention(d), nn.LayerNorm(d)
        self.mlp, self.norm2 = MLP(d), nn.LayerNorm(d)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
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

Designs that mix on purpose: HybridNorm (norms on query, key and value, then
post-norm), and a closing norm after the last site, as in Conformer. Branches without
any norm are the subject of `unnormalised-branch`, a stream overwritten by a norm that
of `residual-after-norm`. Parallel blocks, adaptive norms and position encodings by
convolution are not mixtures.

## Seen in

NeMo issue 4350: the post-norm branch of a configurable layer computes a norm but
leaves the stream un-normed, so that its sites no longer agree.
"""

from collections.abc import Iterator

from blocklint.analysis import Block, Placement, Role, Site
from blocklint.rule import Basis, Claim, Severity, parts_of, rule

_CLEAN = frozenset([Placement.PRE, Placement.PERI, Placement.OUTPUT])
# A convolution beside them has its own BatchNorm, whatever the others do.
_ROLES = frozenset([Role.ATTENTION, Role.CROSS_ATTENTION, Role.FFN, Role.MIXER])


@rule("BL102", Severity.WARNING, Basis.WIRING)
def check(block: Block) -> Iterator[Claim]:
    """Claim that a site differs from the first, where the two do not go together."""
    sites = [site for site in block.sites if site.role in _ROLES]
    if not sites:
        return
    first = sites[0]
    for site in sites[1:]:
        if _clash(first, site):
            message = (
                f"{site.placement.value}: {site.placement.formula} here, "
                f"{first.placement.value}: {first.placement.formula} at the first site"
            )
            yield Claim(site.add, message, parts_of(first, site))
            return


def _clash(first: Site, other: Site) -> bool:
    """A stream that is clean at one site and normed after another."""
    pair = {first.placement, other.placement}
    if pair == {Placement.PRE, Placement.OUTPUT}:
        # A BatchNorm behind the last convolution belongs to it and is folded into it.
        norms = (*first.norms, *other.norms)
        return not any(norm.kind.startswith("BatchNorm") for norm in norms)
    return Placement.POST in pair and bool(pair & _CLEAN)
