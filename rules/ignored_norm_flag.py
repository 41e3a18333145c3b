"""A flag that should choose the placement has no effect.

## Why

A constructor that takes `normalize_before`, `norm_first` or `pre_norm` promises both
wirings. If the value is never read, or not passed on to the layers, the caller gets
one wiring whatever was asked for, and an experiment that compares the two compares a
model with itself. The two differ where it hurts: post-norm needs a warm-up, 8.45 BLEU
without and about 34 with one on IWSLT14 (Xiong et al. 2020, arXiv 2002.04745), and
pre-norm needs a final norm.

## Bad

```python
class Block(nn.Module):
    def __init__(self, d, norm_first=True):
        super().__init__()
        self.attn, self.norm1 = Attention(d), nn.LayerNorm(d)
        self.mlp, self.norm2 = MLP(d), nn.LayerNorm(d)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))
```

## Good

```python
class Block(nn.Module):
    def __init__(self, d, norm_first=True):
        super().__init__()
        self.norm_first = norm_first
        self.attn, self.norm1 = Attention(d), nn.LayerNorm(d)
        self.mlp, self.norm2 = MLP(d), nn.LayerNorm(d)

    def forward(self, x):
        if self.norm_first:
            x = x + self.attn(self.norm1(x))
            return x + self.mlp(self.norm2(x))
        x = self.norm1(x + self.attn(x))
        return self.norm2(x + self.mlp(x))
```

## Not flagged

A flag that is passed on by position, by keyword or with `**kwargs`, that chooses
layers in `__init__`, that is checked and refused, or that a parent, a child or the
model around the class reads.

## Seen in

snowfall issue 184: `normalize_before` is accepted and not passed on to the layers.
"""

from collections.abc import Iterator

from blocklint import cst
from blocklint.analysis import Block
from blocklint.regex import Regex
from blocklint.rule import Claim, Severity, rule
from blocklint.source import Place
from blocklint.trees import find_all

_FLAG = Regex(
    r"^(do_)?(normali[sz]e|layer_?norm|norm)_(before|first)$|^(use_)?pre_?(layer)?_?norm$"
)
_ENDS = (
    Regex(r"norm(ali[sz]e)?_(before|first)"),
    Regex(r"pre_?(layer)?_?norm"),
)


@rule("BL109", Severity.WARNING)
def check(block: Block) -> Iterator[Claim]:
    """Claim that a flag that chooses where to normalise is taken and never read."""
    chunk = block.statement.chunk
    if not any(end.search(chunk.text) for end in _ENDS):
        return
    init = _constructor(block)
    if init is None:
        return
    for parameter in (*init.params.params, *init.params.kwonly_params):
        name = parameter.name.value
        if _FLAG.search(name) and not _loads(init.body, name):
            yield Claim(Place(chunk, parameter), f"{name} is taken and never used")
    for target, name, flag in _stored(init):
        if not block.reads(name) and not _decides(init, flag):
            yield Claim(Place(chunk, target), f"self.{name} is stored and never read")


def _constructor(block: Block) -> cst.FunctionDef | None:
    statement = block.statement.syntax
    assert isinstance(statement, cst.ClassDef)
    for each in statement.body.body:
        match each:
            case cst.FunctionDef(cst.Name("__init__")):
                return each
    return None


def _loads(body: cst.CSTNode, name: str) -> bool:
    """Whether a body uses a name, or hands on all its names at once."""
    own = {id(argument.keyword) for argument in find_all(body, cst.Arg)}
    stored = {id(attribute.attr) for attribute in find_all(body, cst.Attribute)}
    found = (each for each in find_all(body, cst.Name) if each.value == name)
    return any(id(each) not in own | stored for each in found) or any(
        map(_takes_all, find_all(body, cst.Call))
    )


def _takes_all(call: cst.Call) -> bool:
    match call.func:
        case cst.Name("locals" | "vars"):
            return True
    return False


def _decides(init: cst.FunctionDef, flag: str) -> bool:
    """Whether the constructor reads the flag beside the one time that it stores it."""
    mentions = sum(n.value == flag for n in find_all(init.body, cst.Name))
    attributes = sum(a.attr.value == flag for a in find_all(init.body, cst.Attribute))
    assigned: list[cst.Assign | cst.AnnAssign]
    assigned = find_all(init.body, cst.Assign, cst.AnnAssign)
    values = [each.value for each in assigned]
    stores = sum(isinstance(v, cst.Name) and v.value == flag for v in values)
    return mentions > attributes + stores


def _stored(init: cst.FunctionDef) -> Iterator[tuple[cst.CSTNode, str, str]]:
    """The attributes that hold a flag and nothing else."""
    for node in find_all(init.body, cst.Assign, cst.AnnAssign):
        match node:
            case cst.Assign([cst.AssignTarget(target)], value):
                yield from _flag(target, value)
            case cst.AnnAssign(target, _, cst.BaseExpression() as value):
                yield from _flag(target, value)


def _flag(
    target: cst.BaseExpression, value: cst.BaseExpression
) -> Iterator[tuple[cst.CSTNode, str, str]]:
    match target, value:
        case (
            cst.Attribute(cst.Name("self"), cst.Name(name)),
            cst.Name(flag) | cst.Attribute(attr=cst.Name(flag)),
        ) if _FLAG.search(flag):
            yield target, name, flag
