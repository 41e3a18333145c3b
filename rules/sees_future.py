"""A causal block looks at later tokens.

## Why

A language model is trained to predict the next token from those before it. If a token's
result depends on a later one, the answer is in the question: the training loss is far
too good, and generation, where there is nothing to look at, is far too bad. No shape
shows it. The probe nudges one token by a finite amount and looks at the results of
those before it.

## Bad

```python
class CausalBlock(nn.Module):
    def __init__(self, d=32, heads=4):
        super().__init__()
        self.heads, self.norm = heads, nn.LayerNorm(d)
        self.qkv, self.proj = nn.Linear(d, 3 * d), nn.Linear(d, d)

    def forward(self, x):
        b, t, d = x.shape
        split = self.qkv(self.norm(x)).view(b, t, 3, self.heads, d // self.heads)
        q, k, v = split.permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v)
        return x + self.proj(y.transpose(1, 2).reshape(b, t, d))
```

## Good

```python
class CausalBlock(nn.Module):
    def __init__(self, d=32, heads=4):
        super().__init__()
        self.heads, self.norm = heads, nn.LayerNorm(d)
        self.qkv, self.proj = nn.Linear(d, 3 * d), nn.Linear(d, d)

    def forward(self, x):
        b, t, d = x.shape
        split = self.qkv(self.norm(x)).view(b, t, 3, self.heads, d // self.heads)
        q, k, v = split.permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return x + self.proj(y.transpose(1, 2).reshape(b, t, d))
```

## Not flagged

Blocks that nothing says are causal: neither a name, nor a mask, nor a setting.
Encoders, and blocks whose mask the caller gives.

## Seen in

transformer-from-scratch issue 6 (heads merged without transposing back: found after
years), transformers issue 48745 and keras issue 23038 (the mask lost on one path), avex
issue 26 and pytorch's docs, issue 114083 (a mask with the meaning turned round).
"""

from collections.abc import Iterator

from blocklint.analysis import Block
from blocklint.analysis.run import Run
from blocklint.rule import Claim, Severity, rule


@rule("BL504", Severity.WARNING)
def check(block: Block, run: Run) -> Iterator[Claim]:
    """Claim that a nudge of a token moved the result of an earlier one."""
    if run.causal and run.probes.get("sees-future"):
        message = "and a nudge of one token moves the results before it"
        yield Claim(block.place, f"{run.causal}, {message}")
