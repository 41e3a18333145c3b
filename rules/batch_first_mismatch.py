"""Attention gets its batch and its sequence axis the wrong way round.

## Why

`nn.MultiheadAttention` and torch's Transformer layers expect (sequence, batch, width)
unless they are made with `batch_first=True`. Given (batch, sequence, width) they run,
return the right shape, and attend from one sample of the batch to the others, position
by position. Tokens of one sequence never meet, and results depend on what else is in
the batch.

## Bad

```python
class Classifier(nn.Module):
    def __init__(self, d, length):
        super().__init__()
        self.pos = nn.Parameter(torch.zeros(1, length, d))
        self.attn = nn.MultiheadAttention(d, 4)

    def forward(self, x):
        x = x + self.pos
        return self.attn(x, x, x)[0][:, 0]
```

## Good

```python
class Classifier(nn.Module):
    def __init__(self, d, length):
        super().__init__()
        self.pos = nn.Parameter(torch.zeros(1, length, d))
        self.attn = nn.MultiheadAttention(d, 4, batch_first=True)

    def forward(self, x):
        x = x + self.pos
        return self.attn(x, x, x)[0][:, 0]
```

## Not flagged

Values whose layout the code does not show: names such as `B, N, C = x.shape` are not
enough. What shows it: a position parameter of shape (1, n, d), `x[:, 0]` or
`x.mean(dim=1)`, `flatten(2).transpose(1, 2)`, a token put in front by `torch.cat(...,
dim=1)`, an einops pattern, a convolution over the sequence, an LSTM or another
attention with `batch_first=True`. Layouts that disagree.

## Seen in

OmDet issue 19, AEMatter issue 3, TabFormer issue 14 and TorchLeet issue 5. diffusers
too: the attention over condition tokens of `ControlNetUnionModel`.
"""

from collections.abc import Iterator

from blocklint import cst
from blocklint.analysis import Block
from blocklint.analysis.layouts import Sign, layouts_of, told_batch_first
from blocklint.graph import BlockGraph, Node, Op
from blocklint.regex import Regex
from blocklint.rule import Claim, Related, Severity, rule

_NAMED = Regex(r"MultiheadAttention|Transformer")


@rule("BL308", Severity.WARNING)
def check(block: Block) -> Iterator[Claim]:
    """Claim that the layout of a query contradicts `batch_first`."""
    for variant in block.variants:
        told = (_is_told(block, node) for node in variant.graph.of(Op.LAYER, Op.BLOCK))
        if any(told) and _NAMED.search(block.source.text):
            yield from _mismatches(block, variant.graph, None)


def _is_told(block: Block, node: Node) -> bool:
    """Whether a node is an attention that knows its layout, or calls one in its file.

    Of all that torch makes, nothing else can contradict what the code shows.
    """
    if told_batch_first(node) is not None:
        return True
    here = node.callee is not None and node.callee[0] == block.source.path
    callee = block.callee(node) if here else None
    inside = callee.default.graph.of(Op.LAYER, Op.BLOCK) if callee else ()
    return any(told_batch_first(each) is not None for each in inside)


def _mismatches(block: Block, graph: BlockGraph, given: Sign | None) -> Iterator[Claim]:
    """The claims about one graph, and about the blocks that it hands a layout to."""
    layouts = layouts_of(graph, given)
    for node in graph.of(Op.LAYER, Op.BLOCK):
        query = node.call.get(0, "query")
        found = layouts.of(query) if isinstance(query, Node) else None
        if found is None:
            continue
        batch_first, sign = found
        setting = told_batch_first(node)
        if setting is not None and setting is not batch_first and _is_here(node, block):
            yield _claim(node, batch_first, sign)
        callee = block.callee(node) if node.op is Op.BLOCK and given is None else None
        if callee is not None and callee.source is block.source:
            handed = Sign(batch_first, sign.node, sign.text)
            yield from _mismatches(block, callee.default.graph, handed)


def _is_here(node: Node, block: Block) -> bool:
    return node.place is not None and node.place.chunk.source is block.source


def _claim(node: Node, batch_first: bool, sign: Sign) -> Claim:
    expected = "(sequence, batch, width)" if batch_first else "(batch, sequence, width)"
    found = "(batch, sequence, width)" if batch_first else "(sequence, batch, width)"
    message = f"{_called(node)} expects {expected} and is given {found}"
    related = (Related(sign.node.place, sign.text),) if sign.node.place else ()
    return Claim(node, message, related)


def _called(node: Node) -> str:
    """What the code calls the attention, or the stock layer that holds it."""
    match node.place.syntax if node.place else None:
        case cst.Call(func=cst.Attribute(attr=cst.Name(name))):
            return name
    return node.name
