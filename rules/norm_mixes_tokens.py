"""A norm makes the result of one token depend on the others.

## Why

The norms of a Transformer run over the width of each token on its own. One that takes
its statistics over the tokens as well (`nn.LayerNorm((seq, d))`,
`nn.LayerNorm(x.shape[1:])`) couples them outside of attention: no mask holds it back,
padding changes the result, and the length is fixed. The probe nudges one token where
the norm reads it and looks at what the norm gives for the others.

## Bad

```python
class Block(nn.Module):
    def __init__(self, d=32):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(d, d), nn.GELU(), nn.Linear(d, d))

    def forward(self, x):
        return x + self.mlp(F.layer_norm(x, x.shape[1:]))
```

## Good

```python
class Block(nn.Module):
    def __init__(self, d=32):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(d, d), nn.GELU(), nn.Linear(d, d))

    def forward(self, x):
        return x + self.mlp(F.layer_norm(x, x.shape[-1:]))
```

## Not flagged

Group norms and instance norms of images, which have no tokens. Attention, which is
there to mix them.

## Seen in

geometric-algebra-transformer issue 8 and FuxiCTR issue 23.
"""

from collections.abc import Iterator

from blocklint.analysis import Block
from blocklint.analysis.run import Run
from blocklint.rule import Claim, Severity, rule


@rule("BL505", Severity.WARNING)
def check(block: Block, run: Run) -> Iterator[Claim]:
    """Claim that a nudge of a token moved what a norm gives for another."""
    if run.probes.get("norm-mixes-tokens"):
        message = "a nudge of one token moves what a norm gives for the others"
        yield Claim(block.place, f"{block.name}: {message}")
