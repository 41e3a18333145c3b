"""Attention weights are masked after the softmax instead of before it.

## Why

The softmax shares a weight of one among all keys. Zeroing some of them afterwards
leaves sums below one: what is masked has taken its share from what is not, so padding
still changes the result, and scores of the future still leak into the past. Filling
in minus infinity afterwards is worse: it is multiplied with the values.

## Bad

```python
class Attention(nn.Module):
    def forward(self, q, k, v, mask):
        scores = q @ k.transpose(-2, -1) * q.size(-1) ** -0.5
        weights = scores.softmax(dim=-1)
        weights = weights.masked_fill(mask == 0, 0.0)
        return weights @ v
```

## Good

```python
class Attention(nn.Module):
    def forward(self, q, k, v, mask):
        scores = q @ k.transpose(-2, -1) * q.size(-1) ** -0.5
        scores = scores.masked_fill(mask == 0, float("-inf"))
        return scores.softmax(dim=-1) @ v
```

## Not flagged

Zeroing what was masked before the softmax too, which cleans rows that are masked as a
whole. Weights that are divided by their sum afterwards. Masks of heads, of dropout and
of queries. Weights that are not multiplied with values: those of a router, or scores
that a top-k or another softmax reads.

## Seen in

No issue of a published package; it is a common mistake of code written from scratch.
"""

import re
from collections.abc import Iterator

from blocklint import cst
from blocklint.analysis import Block
from blocklint.graph import BlockGraph, Node, Op
from blocklint.regex import Regex
from blocklint.rule import Claim, Related, Severity, rule

_KEPT = ("dropout", "reshape")
_BEFORE = ("scale", "+", "reshape", "dropout", "arithmetic", "slice", "activation")
_FILLS = ("masked_fill", "masked_fill_")
_MASK = Regex(r"mask|pad|causal|tril", re.IGNORECASE)
_OTHER_MASK = Regex(
    r"head|drop|quer|\bq_|row|nan|isinf|unsqueeze\(\s*(dim=)?-1|None\s*\]|expert|rand"
)
_LOWEST = Regex(
    r"-\s*\(?(float\(.inf|(math|np|numpy|torch)\.inf|torch\.finfo|1e\+?\d|\d{4,}|\d+\.?0*e\+?\d)"
    r"|float\(.-inf|finfo\(.*\)\.min"
)


@rule("BL310", Severity.WARNING)
def check(block: Block) -> Iterator[Claim]:
    """Claim that weights that attend were masked after the softmax."""
    for variant in block.variants:
        graph = variant.graph
        for softmax in block.own_nodes(graph):
            if _is_softmax(softmax) and _of_scores(softmax):
                for masked in _after(softmax, graph):
                    if what := _mistake(masked, softmax):
                        yield _claim(masked, softmax, what)


def _is_softmax(node: Node) -> bool:
    made = node.call.made.of_torch if node.call.made else ""
    return (node.kind, node.name) == ("softmax", "softmax") or made == "Softmax"


def _of_scores(softmax: Node) -> bool:
    """Whether a softmax is over products of queries and keys."""
    return any(node.kind == "matmul" for node in _sources(softmax))


def _sources(softmax: Node) -> list[Node]:
    """What scores are made of, back to the matrix product."""
    found: list[Node] = []
    pending = list(softmax.reads[:1])
    while pending:
        node = pending.pop()
        if node in found:
            continue
        found.append(node)
        transparent = node.op is Op.VIEW and node.kind in _BEFORE
        if transparent or node.op in (Op.ADD, Op.JOIN, Op.LOOP):
            pending.extend(node.reads)
    return found


def _after(softmax: Node, graph: BlockGraph) -> Iterator[Node]:
    """The masks laid over the result of a softmax on its way to the values."""
    pending, seen = [softmax], set[int]()
    while pending:
        node = pending.pop()
        for reader in graph.readers(node):
            if reader.index in seen:
                continue
            seen.add(reader.index)
            plain = reader.op is Op.JOIN or (
                reader.op is Op.VIEW and reader.kind in _KEPT
            )
            if _masks(reader, node):
                if _reaches_values(reader, graph):
                    yield reader
            elif plain:
                pending.append(reader)


def _masks(node: Node, weights: Node) -> bool:
    """A fill, a product or a sum of these weights with something else."""
    if node.name in _FILLS:
        return node.reads[:1] == (weights,)
    return node.op is Op.ADD or node.kind == "scale"


def _reaches_values(masked: Node, graph: BlockGraph) -> bool:
    """Whether masked weights go, as they are, into a matrix product and no sum."""
    attends = False
    pending, seen = [masked], {masked.index}
    while pending:
        for reader in graph.readers(pending.pop()):
            if reader.index in seen:
                continue
            seen.add(reader.index)
            if reader.name in ("sum", "where", "scatter") or reader.op is Op.NORM:
                return False
            attends = attends or reader.kind == "matmul"
            if reader.op is Op.JOIN or (
                reader.op is Op.VIEW and reader.kind in (*_KEPT, "scale")
            ):
                pending.append(reader)
    return attends


def _mistake(masked: Node, softmax: Node) -> str:
    """What is wrong with a mask after the softmax; nothing if it may be right."""
    if masked.place is None:
        return ""
    text = masked.place.code
    match masked.place.syntax:
        case cst.Call(args=[*_, cst.Arg(value=value)]) if masked.name in _FILLS:
            value_text = masked.place.chunk.code(value)
            if _LOWEST.search(value_text):
                return "is filled with minus infinity"
            zero = masked.call.get(2, "value") in (0, 0.0)
            return "is set to zero" if zero and _hides(text, softmax) else ""
        case cst.BinaryOperation() | cst.AugAssign() | cst.Call() if (
            masked.name not in _FILLS
        ):
            what = "is added" if masked.op is Op.ADD else "is set to zero"
            return what if _hides(text, softmax) else ""
    return ""


def _hides(text: str, softmax: Node) -> bool:
    """Whether a mask over keys stands in some code, and in none before the softmax."""
    if not _MASK.search(text) or _OTHER_MASK.search(text):
        return False
    return not any(
        node.op in (Op.ADD, Op.OPAQUE, Op.INPUT)
        or node.name in (*_FILLS, "where", "scatter", "gate", "+", "masked_scatter")
        for node in _sources(softmax)
    )


def _claim(masked: Node, softmax: Node, what: str) -> Claim:
    subject = "a mask" if what == "is added" else "what the mask hides"
    message = f"{subject} {what} after the softmax, not hidden before it"
    related = (Related(softmax.place, "the softmax"),) if softmax.place else ()
    return Claim(masked, message, related)
