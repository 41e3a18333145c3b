"""One branch of an otherwise normed block has no norm.

## Why

A pre-norm stream grows with depth: its mean square is 4.8 after 6 layers and 24.5
after 24. A branch that reads it without a norm sees inputs whose scale depends on the
layer, beside neighbours whose input has unit scale. Its output grows along and
dominates the sum, which feeds the growth. Attention suffers first, for its logits
grow with the square of the input. Where norms stand on the branch output instead, the
un-normed branch is the only one whose contribution is not bounded.

## Bad

```python
class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.attn, self.norm1 = nn.MultiheadAttention(d, 4), nn.LayerNorm(d)
        self.mlp = nn.Linear(d, d)

    def forward(self, x):
        y = self.norm1(x)
        x = x + self.attn(y, y, y)[0]
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

Blocks without any norm (ReZero, Fixup). A sub-layer that norms its own input. A
convolution that encodes positions on the stream, and the norm inside a ConvNeXt
branch. HybridNorm, whose ffn reads a normed stream. The first layer after normed
embeddings, where a setting leaves the norm out.

## Seen in

The fast-weights layer of `labml_nn`, which builds `norm_self_attn` and runs its
attention on the raw stream beside a pre-norm ffn.
"""

from collections.abc import Iterator

from blocklint.analysis import Block, Placement, Role, Site
from blocklint.graph import BlockGraph, Op
from blocklint.graph.residuals import Residuals, same_value
from blocklint.rule import Basis, Claim, Severity, parts_of, rule

_NORMED = frozenset([Placement.PRE, Placement.OUTPUT, Placement.PERI])
_ROLES = frozenset([Role.ATTENTION, Role.CROSS_ATTENTION, Role.FFN])


@rule("BL108", Severity.WARNING, Basis.WIRING)
def check(block: Block) -> Iterator[Claim]:
    """Claim that one site has no norm while its siblings have one."""
    graph = block.default.graph
    bare = [
        site
        for site in block.sites
        if site.placement is Placement.NONE
        and site.role in _ROLES
        and "norm-off" not in site.modifiers
    ]
    others = [site for site in block.sites if site not in bare]
    if len(bare) != 1 or not others or _is_otherwise_normed(graph, bare[0]):
        return
    if any(_is_inside(graph, bare[0], other) for other in others):
        return
    others = [each for each in others if _share_a_stream(graph, bare[0], each)]
    if others and all(site.placement in _NORMED for site in others):
        site, sibling = bare[0], others[0]
        usual = sibling.placement
        yield Claim(
            site.add,
            f"this {site.role.value} is never normed: {site.placement.formula}, "
            f"its siblings {usual.value}: {usual.formula}",
            parts_of(site, sibling),
        )


def _is_otherwise_normed(graph: BlockGraph, site: Site) -> bool:
    """Whether a norm is in the branch all the same, or a whole network is.

    What reads the raw stream may be a bias of the scores, or a learned query of a
    context that is normed. A convolution in front may be one with a norm behind it
    (ConvNeXt).
    """
    inside = graph.between(site.stream, site.branch)
    first = next((node for node in inside if node.op is Op.LAYER), site.branch)
    values = set(same_value(site.stream))
    norms = [norm for norm in graph.of(Op.NORM) if norm.reads]
    read = (n for n in norms if n in inside and values & set(same_value(n.reads[0])))
    own = (norm for norm in norms if norm.is_own)
    return (
        first.kind == "conv"
        or any(True for _ in read)
        or any(node.op is Op.EXIT and node.is_own for node in (*inside, site.branch))
        or any(
            graph.reaches(norm, site.branch) and not graph.reaches(norm, site.stream)
            for norm in own
        )
    )


def _share_a_stream(graph: BlockGraph, site: Site, other: Site) -> bool:
    """Whether one of two sites adds to what the other one gave."""
    earlier, later = sorted((site, other), key=lambda each: each.add.index)
    line, _ = graph.once(Residuals).lineage(later.stream)
    return earlier.add.index in line


def _is_inside(graph: BlockGraph, site: Site, other: Site) -> bool:
    """Whether a site is part of another one's branch."""
    reaches = graph.reaches(site.add, other.branch)
    return reaches and not graph.reaches(site.add, other.stream)
