"""Attention scores are not scaled.

## Why

The product of a query and a key of width d has a variance of d where theirs is one. A
softmax of such scores is nearly one-hot from the start, and its gradient nearly zero;
hence the factor 1 / sqrt(d) of Vaswani et al. 2017 (arXiv 1706.03762). Some models
leave it out on purpose and make up for it in the initialisation of the query's weights;
then say so with a suppression.

## Bad

```python
class Attention(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.q, self.k = nn.Linear(dim, 64), nn.Linear(dim, 64)
        self.v = nn.Linear(dim, 64)

    def forward(self, x):
        q, k, v = self.q(x), self.k(x), self.v(x)
        return torch.softmax(q @ k.transpose(-2, -1), dim=-1) @ v
```

## Good

```python
class Attention(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.scale = 64 ** -0.5
        self.q, self.k = nn.Linear(dim, 64), nn.Linear(dim, 64)
        self.v = nn.Linear(dim, 64)

    def forward(self, x):
        q, k, v = self.q(x), self.k(x), self.v(x)
        return torch.softmax(q @ k.transpose(-2, -1) * self.scale, dim=-1) @ v
```

## Not flagged

Attention over feature maps, whose queries and keys are convolutions, and that of
recurrent decoders. Queries or keys that are scaled or normed instead of the scores, a
learned temperature, torch's own attention function (which scales), scores that are
added up from several products, queries that are no output of a linear layer, heads of
width one, and everything that goes through code which cannot be seen. Scores to which
something else than a mask is added: models with a learned bias of positions (T5) have
the scale in the initialisation of the query's weights.

## Seen in

tiny-transformers issue 71.
"""

from collections.abc import Iterator

from blocklint.analysis import Attention, Block
from blocklint.analysis.attention import projection
from blocklint.graph import Dim, Node, Op
from blocklint.graph.residuals import same_value
from blocklint.rule import Claim, Severity, rule

QUERY_KEY = 2


@rule("BL304", Severity.WARNING)
def check(block: Block) -> Iterator[Claim]:
    """Claim that nothing is multiplied with scores, query or key."""
    for attention in block.default.attentions:
        scores, scaling = attention.scores, attention.scaling
        if scores is None or not scores.is_own or scaling.nodes:
            continue
        if scaling.factor != Dim.of(1) or not _is_of_linear_layers(attention):
            continue
        if not _is_made_up_for(attention):
            yield Claim(scores, "the scores of this attention reach softmax unscaled")


def _is_of_linear_layers(attention: Attention) -> bool:
    """Whether queries, keys and values are projected as a Transformer does.

    Attention over feature maps, by convolutions, and the dot product of a recurrent
    decoder with its encoder's states are unscaled by design.
    """
    mixed = [attention.query, attention.key, *attention.mix.reads]
    made = [layer.call.made for value in mixed if (layer := projection(value))]
    return sum(call is not None and call.name == "Linear" for call in made) > QUERY_KEY


def _is_made_up_for(attention: Attention) -> bool:
    """Whether the scores may be small anyhow, or get a bias that was learned so."""
    width = attention.head_width
    wide = width is None or (width.is_fixed and width != Dim.of(1))
    return not wide or any(not _is_mask(node) for node in attention.added)


def _is_mask(node: Node) -> bool:
    """Whether what is added to the scores is a mask that was given, or made of one."""
    ends = [value for value in same_value(node) if value.op is Op.INPUT]
    return bool(ends) and all("mask" in value.name for value in ends)
