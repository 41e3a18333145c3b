"""The two sides of an addition have different widths.

## Why

A residual is added to what its branch gives, so the branch must end as wide as the
stream is. If it does not, the addition raises, or it stretches an axis of size one and
adds the same number everywhere. The same holds for what is multiplied: a gate and what
passes through it.

## Bad

```python
class Block(nn.Module):
    def __init__(self, d_model):
        super().__init__()
        self.norm = nn.LayerNorm(d_model)
        self.up = nn.Linear(d_model, 4 * d_model)

    def forward(self, x):
        return x + F.gelu(self.up(self.norm(x)))
```

## Good

```python
class Block(nn.Module):
    def __init__(self, d_model):
        super().__init__()
        self.norm = nn.LayerNorm(d_model)
        self.up = nn.Linear(d_model, 4 * d_model)
        self.down = nn.Linear(4 * d_model, d_model)

    def forward(self, x):
        return x + self.down(F.gelu(self.up(self.norm(x))))
```

## Not flagged

Axes of size one, which are meant to be stretched: a gate for each head, a scale for
each token. A shortcut that is a projection where the widths differ and nothing where
they do not. Lengths and other sizes that only the run knows. Settings whose defaults,
or an `assert`, make both widths the same; two that nothing makes equal are a warning.

## Seen in

happy-llm issue 199: the output projection of an attention ends at one setting's width,
the residual has another's. Equal defaults hide it until one of them is changed.
"""

from collections.abc import Iterator

from blocklint.analysis import Block
from blocklint.analysis.shapes import Meets
from blocklint.claims import claim_of
from blocklint.graph import Op
from blocklint.rule import Basis, Claim, Severity, rule

_VERBS = {"scale": "is multiplied by", "+": "is added to"}


@rule("BL402", Severity.ERROR, Basis.CRASH)
def check(block: Block) -> Iterator[Claim]:
    """Claim that two values are added whose sizes cannot be equal."""
    for found in block.mismatches(Meets.ADDED):
        verb = _VERBS.get(found.node.kind, "meets")
        verb = "is added to" if found.node.op is Op.ADD else verb
        yield claim_of(block, found, f"{{wanted}} {verb} {{given}}")
