"""DeepNorm's factor scales the branch where the stream is meant.

## Why

DeepNorm is `N(alpha * x + F(x))` with alpha greater than one: the stream is made
heavier, so that each update of a post-norm block stays small, and a thousand layers can
be trained (arXiv 2203.00555). `N(x + alpha * F(x))` does the opposite. It makes the
branch heavier than in plain post-norm, and the norm hides it.

## Bad

```python
class Block(nn.Module):
    def __init__(self, d, alpha):
        super().__init__()
        self.attn, self.norm1 = Attention(d), nn.LayerNorm(d)
        self.mlp, self.norm2 = MLP(d), nn.LayerNorm(d)
        self.alpha = alpha

    def forward(self, x):
        x = self.norm1(x + self.alpha * self.attn(x))
        return self.norm2(x + self.alpha * self.mlp(x))
```

## Good

```python
class Block(nn.Module):
    def __init__(self, d, alpha):
        super().__init__()
        self.attn, self.norm1 = Attention(d), nn.LayerNorm(d)
        self.mlp, self.norm2 = MLP(d), nn.LayerNorm(d)
        self.alpha = alpha

    def forward(self, x):
        x = self.norm1(self.alpha * x + self.attn(x))
        return self.norm2(self.alpha * x + self.mlp(x))
```

## Not flagged

A factor that is learnt, as in LayerScale, or smaller than one, as in a half-step.
Multipliers of the branches of pre-norm blocks. A factor that neither its name nor the
text of its class connects with DeepNorm.

## Seen in

The `DeepNorm` of `labml_nn`, whose docstring says that alpha scales the stream.
"""

import re
from collections.abc import Iterator

from blocklint import cst
from blocklint.analysis import Block, Placement, Site
from blocklint.graph import Node, Op
from blocklint.regex import Regex
from blocklint.rule import Claim, Related, Severity, rule
from blocklint.source import Place
from blocklint.trees import find_all

_POST = frozenset([Placement.POST, Placement.PREPOST])
_NAMED = Regex(r"alpha|deep_?norm", re.IGNORECASE)
_DOCUMENTED = Regex(r"deep[ _-]?norm", re.IGNORECASE)


@rule("BL214", Severity.NOTE)
def check(block: Block) -> Iterator[Claim]:
    """Claim that a factor for the stream of a post-norm site is on its branch."""
    seen: set[cst.CSTNode] = set()
    for variant in block.variants:
        for site in variant.sites:
            scaled = _scaled(site)
            if scaled is None or scaled.place is None or scaled.place.syntax in seen:
                continue
            seen.add(scaled.place.syntax)
            message = (
                f"self.{_factor(scaled.place)} scales the branch, where DeepNorm "
                "scales the stream: N(alpha * x + F(x))"
            )
            added = site.add.place
            related = (Related(added, "the addition"),) if added else ()
            yield Claim(scaled, message, related)


def _scaled(site: Site) -> Node | None:
    """The product that ends the branch of a post-norm site, if its factor is meant."""
    node = site.branch
    while node.op is Op.VIEW and node.kind != "scale" and len(node.reads) == 1:
        node = node.reads[0]
    if site.placement not in _POST or node.kind != "scale" or len(node.reads) != 1:
        return None
    place = node.place
    return node if place is not None and _is_meant(place) else None


def _factor(place: Place) -> str | None:
    """The attribute of `self` that a product has on one side."""
    match place.syntax:
        case cst.BinaryOperation(left, cst.Multiply(), right):
            for side in (left, right):
                match side:
                    case cst.Attribute(cst.Name("self"), cst.Name(name)):
                        return name
    return None


def _is_meant(place: Place) -> bool:
    """Whether a factor comes from outside, or is above one, and is that of DeepNorm."""
    name, text = _factor(place), place.chunk.text
    if name is None or not (_NAMED.search(name) or _DOCUMENTED.search(text)):
        return False
    tree = place.chunk.tree
    stored = [a for a in find_all(tree, cst.Assign) if _attribute(a) == name]
    return bool(stored) and all(_is_large(each.value, tree) for each in stored)


def _attribute(assign: cst.Assign) -> str | None:
    """The attribute of `self` that a statement assigns to, and to nothing else."""
    match assign.targets:
        case [cst.AssignTarget(cst.Attribute(cst.Name("self"), cst.Name(name)))]:
            return name
    return None


def _is_large(value: cst.BaseExpression, tree: cst.Module) -> bool:
    """Whether a value is given, or a root, and not a number that is at most one."""
    match value:
        case cst.Float() | cst.Integer():
            return float(value.evaluated_value) > 1
        case cst.Name(name):
            given = find_all(tree, cst.Param)
            found = [each.default for each in given if each.name.value == name]
            return bool(found) and all(d is None or _is_large(d, tree) for d in found)
        case cst.BinaryOperation(operator=cst.Power()):
            return True
    return False
