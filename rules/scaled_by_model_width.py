"""Attention scores are scaled by the model's width instead of a head's.

## Why

Scores are sums over the width of one head, so their spread is undone by
1 / sqrt(d_head). With 1 / sqrt(d_model) they are too small by sqrt(heads): with eight
heads every softmax starts nearly three times flatter than meant, and the model must
learn larger queries and keys to make up for it. It trains, only worse.

## Bad

```python
class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads, self.d = heads, dim // heads
        self.scale = dim ** -0.5
        self.q, self.k = nn.Linear(dim, dim), nn.Linear(dim, dim)
        self.v = nn.Linear(dim, dim)

    def forward(self, x):
        b, n, _ = x.shape
        q = self.q(x).view(b, n, self.heads, self.d).transpose(1, 2)
        k = self.k(x).view(b, n, self.heads, self.d).transpose(1, 2)
        v = self.v(x).view(b, n, self.heads, self.d).transpose(1, 2)
        return (q @ k.transpose(-2, -1) * self.scale).softmax(dim=-1) @ v
```

## Good

```python
class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads, self.d = heads, dim // heads
        self.scale = self.d ** -0.5
        self.q, self.k = nn.Linear(dim, dim), nn.Linear(dim, dim)
        self.v = nn.Linear(dim, dim)

    def forward(self, x):
        b, n, _ = x.shape
        q = self.q(x).view(b, n, self.heads, self.d).transpose(1, 2)
        k = self.k(x).view(b, n, self.heads, self.d).transpose(1, 2)
        v = self.v(x).view(b, n, self.heads, self.d).transpose(1, 2)
        return (q @ k.transpose(-2, -1) * self.scale).softmax(dim=-1) @ v
```

## Not flagged

Attention with a single head, whose width is the model's. A head width that is given on
its own. The 1 / d of maximal update parametrisation. Factors that cannot be worked out.

## Seen in

vit-pytorch issue 65.
"""

from collections.abc import Iterator

from blocklint.analysis import Attention, Block
from blocklint.analysis.attention import projection
from blocklint.graph import Dim
from blocklint.rule import Claim, Related, Severity, rule


@rule("BL305", Severity.WARNING)
def check(block: Block) -> Iterator[Claim]:
    """Claim that the factor on the scores is that of all heads together."""
    for attention in block.default.attentions:
        scores = attention.scores
        width = _scaled_for(attention)
        if scores is None or not scores.is_own or width is None:
            continue
        head = attention.head_width
        if head is not None and head.is_fixed and width in _widths(attention, head):
            shapes = attention.shapes
            message = (
                f"the scores are scaled for a width of {shapes.named(width)}, "
                f"a head has {shapes.named(head)}"
            )
            places = [node.place for node in attention.scaling.nodes if node.place]
            related = tuple(Related(place, "the factor") for place in places)
            yield Claim(scores, message, related)


def _scaled_for(attention: Attention) -> Dim | None:
    """The width d whose 1 / sqrt(d) the scores are multiplied with."""
    factor = attention.scaling.factor
    return factor**-2 if factor is not None and factor.terms else None


def _widths(attention: Attention, head: Dim) -> set[Dim]:
    """The widths of all heads together, and of what the query is projected from."""
    projected = projection(attention.query)
    wide = {attention.heads * head} if attention.heads is not None else set()
    if projected is not None and projected.call.made is not None:
        made = projected.call.made
        read = attention.shapes.dim(made.get(0, "in_features"))
        wide |= {read} if read is not None else set()
    return {width for width in wide if _is_several(width, head)}


def _is_several(width: Dim, head: Dim) -> bool:
    """Whether a width is some number of heads, and not certainly of one."""
    ratio = width / head if head.terms else None
    return ratio is not None and ratio != Dim.of(1) and ratio.is_fixed
