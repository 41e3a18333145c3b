"""One norm instance serves two sites of a block, or all layers of a loop.

## Why

The gain and bias of a norm are learnt for the value that passes through it. Attention
and ffn read different values of the stream, so one instance at both sites must
compromise, and its gradient is the sum of both. Nearly always the second norm was
forgotten, or the wrong name was typed. Weights saved from a block with two norms then
have no place to go, or leave one norm unused. The same holds where a loop goes over
sub-layers of their own for each layer, and norms what all of them read by one norm.

## Bad

```python
class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.norm = nn.LayerNorm(d)
        self.attn, self.mlp = Attention(d), MLP(d)

    def forward(self, x):
        x = x + self.attn(self.norm(x))
        return x + self.mlp(self.norm(x))
```

## Good

```python
class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.attn, self.mlp = Attention(d), MLP(d)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))
```

## Not flagged

Parallel blocks, in which attention and ffn read the same normed value (GPT-J, PaLM,
Falcon). Layers shared over depth (ALBERT, Universal Transformer). Norms without
weights, and functional ones. One norm in two arms of a condition, of which only one
runs. One norm for the query and the context of a single cross-attention.

## Seen in

OLMo issue 222 and mmdit issue 4. Megatron-Bridge issue 4200: the norm behind attention
takes the place of the one before the ffn, and the initial loss is 22.6 where ln V is
12.5.
"""

from collections.abc import Iterator

from blocklint import cst
from blocklint.analysis import Block, Site
from blocklint.graph import Node, Op
from blocklint.rule import Basis, Claim, Related, Severity, rule
from blocklint.source import Place
from blocklint.trees import find_all


@rule("BL107", Severity.WARNING, Basis.WIRING)
def check(block: Block) -> Iterator[Claim]:
    """Claim that two sites of a block norm with the same weights."""
    seen: dict[int, tuple[Site, Node]] = {}
    repeats = any(block.default.graph.of(Op.LOOP))
    for site in block.sites:
        for norm in site.norms:
            if norm.member in seen:
                first, earlier = seen[norm.member]
                if _is_mistake(first, site, block):
                    yield _claim(norm, earlier, first, site)
            elif norm.member:
                seen[norm.member] = site, norm
                if repeats and _is_of_every_round(norm, site):
                    yield _claim_of_loop(norm, site)


def _is_mistake(first: Site, site: Site, block: Block) -> bool:
    """Two additions, one after the other, whose sub-layers are not shared as well."""
    layers = first.sublayer, site.sublayer
    tied = all(layers) and len({layer.member for layer in layers if layer}) == 1
    follows = block.default.graph.reaches(first.add, site.stream)
    return _place(first) != _place(site) and follows and not tied


def _is_of_every_round(norm: Node, site: Site) -> bool:
    """Whether a loop over several sub-layers takes one norm for all of them."""
    match norm.place, site.sublayer_place:
        case Place(_, cst.Call(cst.Attribute(cst.Name("self")))) as one, Place(
            _, cst.Call(func=cst.Name() | cst.Subscript() as called)
        ) as other:
            loops = [each for each in other.around() if isinstance(each, cst.For)]
            own = [each for each in one.around() if isinstance(each, cst.For)]
            return loops[:1] == own[:1] != [] and _is_taken(called, loops[0])
    return False


def _is_taken(called: cst.Name | cst.Subscript, loop: cst.For) -> bool:
    """Whether a module is another one in each round of a loop."""
    names = {name.value for name in find_all(loop.target, cst.Name)}
    if isinstance(called, cst.Subscript):
        return any(name.value in names for name in find_all(called, cst.Name))
    return called.value in names


def _claim_of_loop(norm: Node, site: Site) -> Claim:
    message = f"{norm.name} is the norm of this {site.role.value} in every round"
    marked = [(site.sublayer_place, "the sub-layer"), (site.add.place, "the addition")]
    return Claim(norm, message, tuple(Related(p, text) for p, text in marked if p))


def _place(site: Site) -> object:
    """Where a site adds: two rounds of one loop are one place."""
    return site.add.place.syntax if site.add.place else site.add


def _claim(norm: Node, earlier: Node, first: Site, site: Site) -> Claim:
    message = (
        f"{norm.name} is the norm of this {site.role.value} "
        f"and of the {first.role.value} before it"
    )
    marked = [
        (earlier.place, "first used here"),
        (site.sublayer_place, "the sub-layer"),
        (site.add.place, "the addition"),
    ]
    return Claim(norm, message, tuple(Related(p, text) for p, text in marked if p))
