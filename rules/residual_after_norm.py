"""A residual is taken after the norm instead of before it.

## Why

`x = norm(x); x = x + attn(x)` looks like pre-norm and is not: the value on the
identity path is the normed one, `y + F(y)` with `y = N(x)`, so the stream passes
through a norm at every site. Measured on stacks of 6, 12 and 24 layers, the gradient
of the last FFN weight is 0.489, 0.514 and 0.515 with this wiring, which is that of
post-norm (0.494, 0.516, 0.514); with pre-norm it falls as 1 / sqrt(L), to 0.258,
0.181 and 0.118. The author has post-norm, with its need for warm-up (Xiong et al.
2020, arXiv 2002.04745), and does not know it.

## Bad

```python
class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.attn, self.norm1 = nn.MultiheadAttention(d, 4), nn.LayerNorm(d)
        self.mlp, self.norm2 = nn.Linear(d, d), nn.LayerNorm(d)

    def forward(self, x):
        x = self.norm1(x)
        x = x + self.attn(x, x, x)[0]
        x = self.norm2(x)
        return x + self.mlp(x)
```

## Good

```python
class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.attn, self.norm1 = nn.MultiheadAttention(d, 4), nn.LayerNorm(d)
        self.mlp, self.norm2 = nn.Linear(d, d), nn.LayerNorm(d)

    def forward(self, x):
        y = self.norm1(x)
        x = x + self.attn(y, y, y)[0]
        return x + self.mlp(self.norm2(x))
```

## Not flagged

Post-norm blocks, in which the norm of the sum is meant to be the next stream value.
A stage change that projects the normed input to a new width (Hiera, MViT). A normed
stream that is weighed, as GLM does (`alpha * y + F(y)`). A norm of the embeddings before
the first block. A setting that asks for the normed residual, as long as its default
does not. A norm after the last site.

## Seen in

pytorch issue 61165, the first version of `norm_first`; faster-trajectory-transformer
issue 3; RiNALMo issue 9; Compact-Transformers issue 25, where `src = norm1(src)`
overwrites the stream between two sites; burn issue 1056.
"""

from collections.abc import Iterator

from blocklint.analysis import Block, Placement, Role, Site
from blocklint.rule import Claim, Related, Severity, rule


@rule("BL103", Severity.WARNING)
def check(block: Block) -> Iterator[Claim]:
    """Claim that a site adds to a normed copy of the stream."""
    earlier: Site | None = None
    for site in block.sites:
        if site.role in (Role.CONV, Role.OTHER):
            continue
        if site.placement is Placement.NORMED_RESIDUAL:
            if _is_own(site):
                yield _claim(site, site)
        elif earlier is not None and _is_overwritten(earlier, site):
            yield _claim(site, earlier)
        earlier = site


def _is_own(site: Site) -> bool:
    """Whether the norm stands in the code that adds, not at the end of a callee.

    Who weighs the normed stream, as GLM does, has thought of what is added.
    """
    norm = site.norms[-1]
    weighed = site.stream.kind == "scale"
    here = norm.scope.module is site.add.scope.module
    return here and norm.kind != "unit" and not weighed


def _is_overwritten(earlier: Site, site: Site) -> bool:
    """A pre-norm site, then a norm on the stream that was meant for the next branch."""
    return (
        earlier.placement is Placement.PREPOST
        and site.placement is Placement.NONE
        and not site.modifiers & {"norm-off"}
    )


def _claim(site: Site, normed: Site) -> Claim:
    norm = normed.norms[-1]
    message = (
        f"the residual of this {site.role.value} is taken after {norm.name}: "
        f"{Placement.NORMED_RESIDUAL.formula}"
    )
    marked = [
        (norm.place, "the stream is normed here"),
        (site.sublayer_place, "the sub-layer"),
    ]
    return Claim(site.add, message, tuple(Related(p, text) for p, text in marked if p))
