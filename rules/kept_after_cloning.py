"""A layer is kept beside the stack that copied it.

## Why

`nn.TransformerEncoder`, `nn.TransformerDecoder` and `copy.deepcopy` copy the layer that
they are given. If the layer itself is stored on `self` too, it is a module of its own
that nothing calls: one more layer in the parameter count, in the optimizer and in every
checkpoint. Its gradients stay empty, and distributed training stops on the unused
parameters.

## Bad

```python
class Model(nn.Module):
    def __init__(self, d_model, nhead, num_layers):
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(d_model, nhead)
        self.encoder = nn.TransformerEncoder(self.layer, num_layers)

    def forward(self, src):
        return self.encoder(src)
```

## Good

```python
class Model(nn.Module):
    def __init__(self, d_model, nhead, num_layers):
        super().__init__()
        layer = nn.TransformerEncoderLayer(d_model, nhead)
        self.encoder = nn.TransformerEncoder(layer, num_layers)

    def forward(self, src):
        return self.encoder(src)
```

## Not flagged

A layer that is called as well, or read by any method but the constructor, by a child or
by other code. A layer in a local variable. A layer that is handed over without a copy.
A layer that came in from outside, which is not ours to drop. A single copy, as of a
teacher.

## Seen in

pytorch issue 39629.
"""

from collections.abc import Iterator

from blocklint.analysis import Block
from blocklint.rule import Basis, Claim, Severity, rule


@rule("BL208", Severity.WARNING, Basis.WEIGHTS)
def check(block: Block) -> Iterator[Claim]:
    """Claim that a layer is stored only to be copied."""
    called = {node.name for variant in block.variants for node in variant.graph.nodes}
    for member in block.members:
        idle = member.made and member.has_weights and member.name not in called
        if idle and member.copied_in and not block.readers.read_later(member.name):
            message = (
                f"self.{member.name} is never called: "
                f"self.{member.copied_in} holds copies of it"
            )
            yield Claim(member.place, message)
