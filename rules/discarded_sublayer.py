"""A sub-layer is computed and its result is used nowhere.

## Why

`x = self.attn(x)` followed by `x = self.mlp(h)` computes attention and throws it away:
the name was overwritten before anything read it. The block then runs without that
sub-layer, its weights get no gradient, and distributed training stops on unused
parameters. Mostly a name was mistyped: the norm's result is bound to `y` and the next
line reads `x`.

## Bad

```python
class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.attn, self.norm1 = Attention(d), nn.LayerNorm(d)
        self.mlp, self.norm2 = MLP(d), nn.LayerNorm(d)

    def forward(self, x):
        h = self.norm1(x)
        y = self.attn(h)
        y = self.mlp(self.norm2(h))
        return x + y
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

A result that a condition, an assertion or a print reads. One that is stored on the
module, in a cache or in a list, or handed to code that cannot be seen. A call in a
statement of its own, which may be made for its effects. Results bound to a name that
begins with an underscore, and pieces of a tuple of which another piece is used.

## Seen in

No issue of this very form is known to us. A published package has it: UniSpeech's model
for pre-training in `transformers` computes `ctc_proj` for nothing. (The attention of
transformer-tensorflow2.0 issue 14 is lost by another way, which `stale-residual`
finds.)"""

from collections.abc import Iterator

from blocklint import cst
from blocklint.analysis import Block
from blocklint.analysis.wiring import Wiring, modules_of, place_in_class
from blocklint.graph import Node
from blocklint.rule import Claim, Severity, rule
from blocklint.source import Place
from blocklint.syntax import Bindings


@rule("BL205", Severity.WARNING)
def check(block: Block) -> Iterator[Claim]:
    """Claim that what a call computes is bound to a name that nothing reads."""
    found: dict[cst.CSTNode | None, Claim] = {}
    for variant in block.variants:
        for node in Wiring(variant.graph).unused_calls():
            place = place_in_class(node)
            if place is None:
                continue
            bindings = Bindings(place)
            name = _idle_name(bindings)
            if name is not None:  # of calls inside each other, the last says it all
                found[bindings.statement] = _claim(node, place, name)
    yield from found.values()


def _idle_name(bindings: Bindings) -> str | None:
    """The name that a result is bound to, if nothing reads it from there."""
    names = [name for target in bindings.targets for name in _names(target)]
    if not names or not bindings.has_result:
        return None  # without a result, a forward is there for its effects
    if names[0] is None or names[0].startswith("_"):
        return None
    if any(n is None or bindings.is_read_later(n) for n in names):
        return None
    return names[0]


def _names(target: cst.BaseExpression) -> list[str | None]:
    """The names of a target; None for what is no name."""
    match target:
        case cst.Name(name):
            return [name]
        case cst.Tuple(elements) | cst.List(elements):
            return [name for each in elements for name in _names(each.value)]
    return [None]


def _claim(node: Node, place: Place, name: str) -> Claim:
    inner = modules_of(node)[1:]
    source = inner[0].name if inner else node.name
    return Claim(place, f"the result of {source} is bound to {name} and never used")
