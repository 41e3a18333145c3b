"""An operation in place changes the residual that is added later.

## Why

After `residual = x` both names hold one tensor. `x += attn(norm(x))` changes it, so a
later `x + residual` does not add the value from before the sub-layer, but the changed
one: the residual is gone, and what was added in place is added twice. `x = x + ...`
makes a new tensor and leaves the residual alone.

## Bad

```python
class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.attn, self.norm1 = Attention(d), nn.LayerNorm(d)
        self.mlp, self.norm2 = MLP(d), nn.LayerNorm(d)

    def forward(self, x):
        residual = x
        x += self.attn(self.norm1(x))
        return residual + self.mlp(self.norm2(x))
```

## Good

```python
class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.attn, self.norm1 = Attention(d), nn.LayerNorm(d)
        self.mlp, self.norm2 = MLP(d), nn.LayerNorm(d)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))
```

## Not flagged

An operation in place on a value that nothing reads afterwards, an argument of `forward`
too. A residual that was cloned, cast or computed anew. An operation that only runs
under a condition that is known at run time.

## Seen in

vllm issue 24500 and Multimodal-Transformer issue 30.
"""

from collections.abc import Iterator

from blocklint import cst
from blocklint.analysis import Block
from blocklint.graph import BlockGraph, Node, Op
from blocklint.graph.residuals import SUBSTANCE
from blocklint.rule import Claim, Related, Severity, rule
from blocklint.syntax import changed_in_place


@rule("BL209", Severity.WARNING)
def check(block: Block) -> Iterator[Claim]:
    """Claim that a sum reads a tensor that was changed in place since it was named."""
    seen: set[cst.CSTNode] = set()
    for variant in block.variants:
        graph = variant.graph
        for change in graph.of(Op.ADD, Op.VIEW):
            if change.scope.parent is not None or not change.reads:
                continue
            name = changed_in_place(change.place)
            if name is None:
                continue
            total = _sum_with_old(graph, change)
            if total is None or change.place is None or total.place is None:
                continue
            if change.place.syntax not in seen:
                seen.add(change.place.syntax)
                message = f"{name} is changed in place, and with it the residual"
                related = (Related(total.place, "the residual is added here"),)
                yield Claim(change, message, related)


def _sum_with_old(graph: BlockGraph, change: Node) -> Node | None:
    """A later sum of the tensor as it was and of what became of it."""
    old = change.reads[0]
    for reader in graph.readers(old):
        later = reader.op is Op.ADD and reader.index > change.index
        if not later or not set(change.guards) <= set(reader.guards):
            continue
        others = [read for read in reader.reads if read is not old]
        if any(_is_computed(graph, old, change, other) for other in others):
            return reader
    return None


def _is_computed(graph: BlockGraph, old: Node, change: Node, value: Node) -> bool:
    """Whether a value comes of the changed tensor, with a sub-layer on the way."""
    inside = (*graph.between(old, value), value)
    return graph.reaches(change, value) and any(n.op in SUBSTANCE for n in inside)
