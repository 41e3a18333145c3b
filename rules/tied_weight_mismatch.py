"""Two modules are made to share a weight that they need in different sizes.

## Why

`self.head.weight = self.embed.weight` puts one weight in the place of the other and
looks at no size. An embedding's weight has the shape (number, width), a linear layer's
(out, in): the two fit where the layer goes from the width to as many outputs as the
embedding has rows. If they do not, the layer is no longer what it was made to be. It
raises when it is called, or its bias does; or, worse, it works with other widths than
the constructor says.

## Bad

```python
class Model(nn.Module):
    def __init__(self, vocab, dim):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.rnn = nn.LSTM(dim, 2 * dim, batch_first=True)
        self.head = nn.Linear(2 * dim, vocab)
        self.head.weight = self.embed.weight

    def forward(self, ids):
        return self.head(self.rnn(self.embed(ids))[0])
```

## Good

```python
class Model(nn.Module):
    def __init__(self, vocab, dim):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.rnn = nn.LSTM(dim, 2 * dim, batch_first=True)
        self.down, self.head = nn.Linear(2 * dim, dim), nn.Linear(dim, vocab)
        self.head.weight = self.embed.weight

    def forward(self, ids):
        return self.head(self.down(self.rnn(self.embed(ids))[0]))
```

## Not flagged

A copy, a transposed weight, `.data`. Sizes that are not known. Settings whose defaults,
or a check, make both the same; two that nothing makes equal are a warning.

## Seen in

awd-lstm-lm issue 58: the decoder is made for the hidden width and shares the weight of
a narrower embedding; the check for it is commented out. Issue 47 of
RNN-Time-series-Anomaly-Detection raises for the same reason, and in rnng-pytorch issue
3 the width that a layer is made for makes no difference at all.
"""

from collections.abc import Iterator

from blocklint.analysis import Block
from blocklint.analysis.ties import Unlike, unlike_ties
from blocklint.claims import doubt, size_of
from blocklint.graph import Call, Dim
from blocklint.rule import Claim, Related, Severity, rule
from blocklint.wording import place_of


@rule("BL406", Severity.ERROR)
def check(block: Block) -> Iterator[Claim]:
    """Claim that a weight takes the place of one of another size."""
    for found in unlike_ties(block.default.shapes):
        if found.tie.place.chunk is block.statement.chunk:
            severity = None if found.certain else Severity.WARNING
            related = tuple(
                Related(made.place, "made here")
                for made in (found.tie.one, found.tie.other)
                if made.place is not None
            )
            message = _message(block, found)
            yield Claim(found.tie.place, message, related, None, severity)


def _message(block: Block, found: Unlike) -> str:
    tie = found.tie

    def told(name: str, attribute: str, sizes: tuple[Dim, ...], made: Call) -> str:
        shape = ", ".join(size_of(block, size) for size in sizes)
        line = place_of(made.place, tie.place)
        return f"{name}.{attribute} is ({shape})" + (f" ({line})" if line else "")

    one = told(tie.one_name, tie.attribute, found.one, tie.one)
    two = told(tie.other_name, tie.other_attribute, found.other, tie.other)
    return f"{one}, {two}{doubt(found.certain, found.defaults)}"
