"""One sub-layer of a block has no residual, while its siblings do.

## Why

In `x = x + attn(norm1(x)); x = mlp(norm2(x))` the mlp's result takes the place of the
stream: whatever the blocks before have added is gone, but for what the mlp passes on.
The gradient has no identity path through the block, so a deep stack trains poorly or
not at all. A sum that was forgotten shows in no shape and in no error.

## Bad

```python
class Encoder(nn.Module):
    def __init__(self, d, depth):
        super().__init__()
        self.layers = nn.ModuleList([])
        for _ in range(depth):
            attn = nn.MultiheadAttention(d, 4, batch_first=True)
            ff = nn.Sequential(nn.Linear(d, 4 * d), nn.GELU(), nn.Linear(4 * d, d))
            norms = nn.LayerNorm(d), nn.LayerNorm(d)
            self.layers.append(nn.ModuleList([norms[0], attn, norms[1], ff]))
        self.norm = nn.LayerNorm(d)

    def forward(self, x):
        for norm1, attn, norm2, ff in self.layers:
            y = norm1(x)
            x = x + attn(y, y, y)[0]
            x = ff(norm2(x))
        return self.norm(x)
```

## Good

```python
class Encoder(nn.Module):
    def __init__(self, d, depth):
        super().__init__()
        self.layers = nn.ModuleList([])
        for _ in range(depth):
            attn = nn.MultiheadAttention(d, 4, batch_first=True)
            ff = nn.Sequential(nn.Linear(d, 4 * d), nn.GELU(), nn.Linear(4 * d, d))
            norms = nn.LayerNorm(d), nn.LayerNorm(d)
            self.layers.append(nn.ModuleList([norms[0], attn, norms[1], ff]))
        self.norm = nn.LayerNorm(d)

    def forward(self, x):
        for norm1, attn, norm2, ff in self.layers:
            y = norm1(x)
            x = x + attn(y, y, y)[0]
            x = x + ff(norm2(x))
        return self.norm(x)
```

## Not flagged

A head, a projection or a pooling before the first site or after the last one. A stage
change. A sub-layer whose own code adds its input, or whose code cannot be seen. A block
that is not known to stand in a row of its like, unless the sub-layer stands between two
sites, or is torch's own attention of the stream to itself.

## Seen in

BitNet issue 32, where the sum that was written has the result on both sides; that form
of it is found by `self-addition`.
"""

from collections.abc import Iterator

from blocklint import cst
from blocklint.analysis import Block, Placement, Role, Site, Variant
from blocklint.analysis.spine import Run, Spine
from blocklint.analysis.wiring import modules_of, place_in_class
from blocklint.graph import Op
from blocklint.rule import Basis, Claim, Related, Severity, rule

_ATTENDS = frozenset([Role.ATTENTION, Role.CROSS_ATTENTION, Role.MIXER])
_NORMED = frozenset([Placement.PRE, Placement.PERI, Placement.OUTPUT])


@rule("BL201", Severity.WARNING, Basis.WIRING)
def check(block: Block) -> Iterator[Claim]:
    """Claim that the stream passes through a sub-layer that nothing joins to it."""
    seen: set[cst.CSTNode] = set()
    for variant in block.variants:
        for run in Spine(variant.graph).runs() if variant.sites else ():
            sibling = _sibling(run, variant)
            place = place_in_class(run.end)
            if sibling is None or place is None or place.syntax in seen:
                continue
            if _has_one_width(run, block):
                seen.add(place.syntax)
                joined = sibling.add.place
                related = (Related(joined, "joined here"),) if joined else ()
                message = (
                    f"this {run.role.value} has no residual: its result takes the "
                    f"place of the stream, which the {sibling.role.value} joins"
                )
                yield Claim(place, message, related)


def _sibling(run: Run, variant: Variant) -> Site | None:
    """A site of the other kind that norms as this sub-layer would."""
    for site in variant.sites:
        if site.optional or len(modules_of(site.add)) > 2:  # noqa: PLR2004
            continue
        differs = (site.role in _ATTENDS) != (run.role in _ATTENDS)
        if differs and site.role in (*_ATTENDS, Role.FFN) and _norms_alike(run, site):
            return site
    return None


def _norms_alike(run: Run, site: Site) -> bool:
    normed = bool(run.norms)
    return normed if site.placement in _NORMED else site.placement is Placement.POST


def _has_one_width(run: Run, block: Block) -> bool:
    """Whether the sub-layer certainly gives what could be added to the stream."""
    between = run.sums > 0 and run.source.op is Op.ADD
    is_first = run.source.op in (Op.INPUT, Op.ADD)
    return (
        run.in_loop or between or (is_first and (run.keeps_width or block.is_repeated))
    )
