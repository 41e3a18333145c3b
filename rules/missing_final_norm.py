"""A pre-norm stack reaches the read-out without a norm.

## Why

Where no norm touches the stream, every layer adds to it: the mean square of the
stream after 6, 12 and 24 pre-norm layers is 4.8, 10.7 and 24.5, while it is 1.0 after
any number of post-norm layers. A read-out that gets this stream starts with logits
that are too large. Measured against ln V = 6.91, the initial loss without a final
norm is 7.84, 8.97 and 11.28 for those depths, and 7.1 with one. So the architecture
needs one norm after the last block (Xiong et al. 2020, arXiv 2002.04745). The same
holds for norms on the branch output, where the stream grows to 47.7.

## Bad

```python
class Classifier(nn.Module):
    def __init__(self, d, heads, depth, classes):
        super().__init__()
        layer = nn.TransformerEncoderLayer(d, heads, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, depth)
        self.head = nn.Linear(d, classes)

    def forward(self, x):
        return self.head(self.encoder(x))
```

## Good

```python
class Classifier(nn.Module):
    def __init__(self, d, heads, depth, classes):
        super().__init__()
        layer = nn.TransformerEncoderLayer(d, heads, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, depth, norm=nn.LayerNorm(d))
        self.head = nn.Linear(d, classes)

    def forward(self, x):
        return self.head(self.encoder(x))
```

## Not flagged

A stack that hands its stream to a caller, which may norm it. A head that starts with
a norm, and a projection for a module that cannot be seen. A norm after pooling, or one
that the builder passes in. Post-norm stacks, and stacks whose layers end in a norm,
like Conformer.

## Seen in

NeMo issue 2197, marian issue 719 and xformers issue 665.
`nn.TransformerEncoder(layer, n)` has no final norm unless `norm=` is given, whatever
`norm_first` says.
"""

import re
from collections.abc import Iterator

from blocklint.analysis import Block, Variant
from blocklint.analysis.stacks import Stacks
from blocklint.rule import Claim, Related, Severity, rule


@rule("BL104", Severity.WARNING)
def check(block: Block) -> Iterator[Claim]:
    """Claim that a read-out takes a stream that no norm has touched."""
    for variant in block.variants:
        if _asks_for_it(variant):
            continue
        for stack, head in Stacks(variant.graph, block.callee).read_outs():
            if stack.leaves_stream_clean:
                kinds = " or ".join(sorted(each.value for each in stack.last))
                when = "" if variant is block.default else f" when {variant.when}"
                yield Claim(
                    stack.place or stack.end,
                    f"no norm between the last {kinds} block and the read-out "
                    f"{head.name}{when}",
                    (Related(head.place, "the read-out"),) if head.place else (),
                )
                return


def _asks_for_it(variant: Variant) -> bool:
    """Whether the setting that makes this wiring is about the norm itself."""
    return re.search(r"norm|(^|_)ln(_|\b)", variant.when or "") is not None
