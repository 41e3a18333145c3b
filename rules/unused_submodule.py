"""A module with weights is created and never used.

## Why

A layer that `__init__` builds and nothing reads is a step of the forward pass that the
author believes to be there: the output projection of an attention, the second layer of
an ffn. It is counted among the parameters and saved in every checkpoint, so nothing
looks wrong; only its gradient is missing, and distributed training stops on the unused
parameter (pytorch issue 57776).

## Bad

```python
class Attention(nn.Module):
    def __init__(self, dim, heads=8):
        super().__init__()
        self.heads = heads
        self.to_qkv = nn.Linear(dim, 3 * dim)
        self.to_out = nn.Linear(dim, dim)

    def forward(self, x):
        q, k, v = self.to_qkv(x).unflatten(-1, (3 * self.heads, -1)).chunk(3, dim=2)
        q, k, v = (t.transpose(1, 2) for t in (q, k, v))
        out = F.scaled_dot_product_attention(q, k, v)
        return out.transpose(1, 2).flatten(2)


class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm1, self.attn = nn.LayerNorm(dim), Attention(dim)
        self.norm2, self.mlp = nn.LayerNorm(dim), nn.Linear(dim, dim)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))
```

## Good

```python
class Attention(nn.Module):
    def __init__(self, dim, heads=8):
        super().__init__()
        self.heads = heads
        self.to_qkv = nn.Linear(dim, 3 * dim)
        self.to_out = nn.Linear(dim, dim)

    def forward(self, x):
        q, k, v = self.to_qkv(x).unflatten(-1, (3 * self.heads, -1)).chunk(3, dim=2)
        q, k, v = (t.transpose(1, 2) for t in (q, k, v))
        out = F.scaled_dot_product_attention(q, k, v)
        return self.to_out(out.transpose(1, 2).flatten(2))


class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm1, self.attn = nn.LayerNorm(dim), Attention(dim)
        self.norm2, self.mlp = nn.LayerNorm(dim), nn.Linear(dim, dim)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))
```

## Not flagged

Norms, which are `unused-norm`'s. Modules that any method of the class, a parent, a
child, other code of the file or a file that imports it reads: by attribute, by a string
that may name it, among all `children()`, or because `self` is handed on whole. Modules
without weights. Modules that a docstring speaks of, or that a comment says are kept for
a checkpoint. Classes with a parent whose code cannot be seen, and whole models, which
are no block and no part of another class: what is on them may be read by whoever trains
them.

## Seen in

LA_MIL issue 3 and PWC-Net issue 110. Published packages too: the output projection
`to_out` of fairseq's k-means self-attention.
"""

import re
from collections.abc import Iterator

from blocklint import cst
from blocklint.analysis import Block
from blocklint.graph import Member
from blocklint.regex import Regex
from blocklint.rule import Basis, Claim, Severity, rule

_EXCUSE = Regex(
    r"checkpoint|state.?dict|compat|legacy|deprecat|pretrain|load|unused(?!-)|not used|"
    r"never used|no longer|placeholder|reserved|noqa",
    re.IGNORECASE,
)
_PART = Regex(r"(attention|attn|mlp|ffn|feed_?forward|layer|block)$", re.IGNORECASE)


@rule("BL207", Severity.WARNING, Basis.WEIGHTS)
def check(block: Block) -> Iterator[Claim]:
    """Claim that a sub-layer stores a module that no code reads."""
    for member in block.unused_members:
        idle = member.has_weights and member.made and not member.is_norm
        if idle and _is_seen(block) and not _is_explained(member, block):
            message = f"self.{member.name} is created and never used"
            yield Claim(member.place, message)


def _is_seen(block: Block) -> bool:
    """Whether all code is known that could use what a sub-layer stores."""
    return block.returns and block.readers.complete and _is_inner(block)


def _is_inner(block: Block) -> bool:
    """Whether a class is a block, or by its name or its use a part of one."""
    named = _PART.search(block.name) or block.readers.named_by_class(block.name)
    return block.is_block or bool(named)


def _is_explained(member: Member, block: Block) -> bool:
    """Whether a docstring speaks of a module, or a comment says why it is kept."""
    import libcst

    for node in member.place.around():
        if isinstance(node, cst.SimpleStatementLine):
            line = member.place.chunk.original(node)
            assert isinstance(line, libcst.SimpleStatementLine)
            above = [blank.comment for blank in line.leading_lines]
            comments = [*above, line.trailing_whitespace.comment]
            said = "\n".join(comment.value for comment in comments if comment)
            return bool(_EXCUSE.search(said)) or block.readers.explain(member.name)
    return False
