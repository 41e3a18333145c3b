"""Attention scores are scaled twice.

## Why

`F.scaled_dot_product_attention` divides the scores by sqrt(d_head) itself. A query that
was multiplied with `d_head ** -0.5` before leaves scores that are too small by another
sqrt(d_head), eight times for heads of 64: every softmax starts nearly uniform. It comes
from replacing written-out attention by the function and keeping the scale. The same
happens where both query and scores are scaled by hand.

## Bad

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
        q = self.q(x).view(b, n, self.heads, self.d).transpose(1, 2) * self.scale
        k = self.k(x).view(b, n, self.heads, self.d).transpose(1, 2)
        v = self.v(x).view(b, n, self.heads, self.d).transpose(1, 2)
        return F.scaled_dot_product_attention(q, k, v)
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
        q = self.q(x).view(b, n, self.heads, self.d).transpose(1, 2) * self.scale
        k = self.k(x).view(b, n, self.heads, self.d).transpose(1, 2)
        v = self.v(x).view(b, n, self.heads, self.d).transpose(1, 2)
        return F.scaled_dot_product_attention(q, k, v, scale=1.0)
```

## Not flagged

A call with a `scale` of its own, query and key scaled by `d_head ** -0.25` each, a
single 1 / d (maximal update parametrisation), a factor that undoes the function's own,
norms and learned temperatures, and factors that cannot be worked out.

## Seen in

Ports of written-out attention to torch's function, whose documentation
(torch.nn.functional.scaled_dot_product_attention, `scale`) says that it scales by
1 / sqrt(d_head) unless told otherwise.
"""

from collections.abc import Iterator

from blocklint.analysis import Attention, Block
from blocklint.graph import Dim
from blocklint.rule import Claim, Related, Severity, rule

TWICE = 2


@rule("BL306", Severity.WARNING)
def check(block: Block) -> Iterator[Claim]:
    """Claim that two factors of 1 / sqrt(d_head) meet at the scores."""
    for attention in block.default.attentions:
        at = attention.scores or attention.mix
        if at.is_own and _is_twice(attention):
            places = [node.place for node in attention.scaling.nodes if node.place]
            related = tuple(Related(place, "scaled here") for place in places)
            whose = "by hand and by the function" if at is attention.mix else "twice"
            yield Claim(at, f"the scores of this attention are scaled {whose}", related)


def _is_twice(attention: Attention) -> bool:
    factor, head = attention.scaling.factor, attention.head_width
    if factor is None or head is None or not head.terms:
        return False
    once = head**-0.5
    if attention.scores is not None:  # written out: both factors stand in the code
        both = once * once if once is not None else None
        return factor == both and len(attention.scaling.nodes) == TWICE
    own = attention.mix.call.get(6, "scale", None) is None
    return own and factor == once and factor != Dim.of(1)
