"""The result of `masked_fill`, or of another call out of place, is dropped.

## Why

`scores.masked_fill(mask, -inf)` returns a new tensor and leaves `scores` as it was; it
is `masked_fill_` that writes into it. As a statement of its own the call does nothing:
attention goes on without its mask, a decoder sees the future, and training looks
better than ever. The same goes for `x.transpose(1, 2)`, `x.view(...)`, `torch.add(x,
y)` and their like.

## Bad

```python
class Attention(nn.Module):
    def forward(self, q, k, v, mask):
        scores = q @ k.transpose(-2, -1)
        scores.masked_fill(mask, float("-inf"))
        return scores.softmax(dim=-1) @ v
```

## Good

```python
class Attention(nn.Module):
    def forward(self, q, k, v, mask):
        scores = q @ k.transpose(-2, -1)
        scores = scores.masked_fill(mask, float("-inf"))
        return scores.softmax(dim=-1) @ v
```

## Not flagged

Calls that write in place: `masked_fill_`, `out=`, `inplace=True`. Methods of the same
name of an object that is no tensor, and of one that may be none, unless only tensors
have such a method. A call inside `try`, which asks whether it can be done.

## Seen in

fairseq 0.12.2: `HubertUnitExtractor` in the speech-to-speech benchmark ends its loop
with `torch.cat(feat, 1).squeeze(0)` and goes on with the list `feat`.
"""

from collections.abc import Iterator

from blocklint import cst
from blocklint.analysis import Block
from blocklint.graph import Node, Op
from blocklint.regex import Regex
from blocklint.rule import Claim, Edit, Fix, Severity, rule
from blocklint.source import Place
from blocklint.trees import find_all

# Only tensors have methods of these names; arrays of NumPy work in the same way.
_OF_TENSORS = Regex(
    r"^(masked_(fill|scatter|select)|index_(fill|select|add|copy)|(un)?squeeze|permute|"
    r"transpose|view|reshape|(log_)?softmax|clamp(_min|_max)?|expand_as|view_as|"
    r"contiguous|matmul|bmm|tril|triu|scatter_add|type_as|swapaxes|movedim)$"
)
# Other objects have methods of these names too.
_ALSO_OF_OTHERS = Regex(
    r"^(add|sub|mul|div|pow|to|float|half|double|long|bool|detach|clone|flatten|"
    r"expand|repeat|repeat_interleave|flip|roll|relu|sigmoid|tanh|exp|log|sqrt|sum|mean|"
    r"t|scatter|gather|chunk|split|where|masked|cuda|cpu)$"
)
_WITH_INPLACE = Regex(r"^(relu6?|gelu|silu|mish|elu|selu|leaky_relu|hardtanh)$")
_FUNCTIONS = Regex(
    r"^(dropout|cat|stack|where|layer_norm|linear|normalize|pad|einsum|add|sub|mul|div)$"
)
_MADE = ("linear", "matmul", "conv", "embedding")
_FILLS = ("masked_fill", "masked_scatter", "index_fill")
_RATE_AND_MODE = 3  # what a dropout can be given before `inplace`


@rule("BL311", Severity.ERROR)
def check(block: Block) -> Iterator[Claim]:
    """Claim that a statement computes a tensor and drops it."""
    for variant in block.variants:
        for node in block.own_nodes(variant.graph):
            if node.op is Op.OUTPUT or variant.graph.readers(node):
                continue
            match node.place:
                case Place(chunk, cst.Call() as call) as place if _is_pure(node, call):
                    outer, *others = chunk.around(call)
                    tried = any(isinstance(each, cst.Try) for each in others)
                    if isinstance(outer, cst.Expr) and not tried:
                        yield _claim(place, call)


def _is_pure(node: Node, call: cst.Call) -> bool:
    """Whether a call does nothing but give a new tensor."""
    keywords = {arg.keyword.value for arg in call.args if arg.keyword}
    if keywords & {"out", "inplace"} or any(arg.star for arg in call.args):
        return False
    name = _name(call)
    if _is_function(node, call):
        if _WITH_INPLACE.search(name):
            return len(call.args) == 1
        short = name != "dropout" or len(call.args) <= _RATE_AND_MODE
        return short and any(
            each.search(name) for each in (_FUNCTIONS, _OF_TENSORS, _ALSO_OF_OTHERS)
        )
    owner = _owner(node, call)
    if owner is None:
        return False
    if _OF_TENSORS.search(name):
        return owner.op is not Op.OPAQUE
    return bool(_ALSO_OF_OTHERS.search(name)) and _is_computed(owner)


def _is_function(node: Node, call: cst.Call) -> bool:
    """Whether a function of torch is called, not a method.

    What is sent to other processes, `torch.distributed.gather`, is not dropped.
    """
    if node.call.path.startswith("torch.distributed."):
        return False
    root = call.func
    while isinstance(root, cst.Attribute):
        root = root.value
    named = isinstance(root, cst.Name) and root.value in ("torch", "F")
    return bool(node.call.of_torch) or (named and not node.call.path)


def _owner(node: Node, call: cst.Call) -> Node | None:
    """The tensor whose method is called; None if it is a module that is given one."""
    given = node.call.positional
    plain = [arg for arg in call.args if arg.keyword is None]
    if node.op is Op.OPAQUE or len(given) != len(plain) + 1:
        return None
    return given[0] if isinstance(given[0], Node) else None


def _is_computed(owner: Node) -> bool:
    """Whether a value is surely a tensor: torch itself made it."""
    pending, seen = [owner], {owner.index}
    while pending:
        node = pending.pop()
        if node.op in (Op.PARAM, Op.ADD) or node.kind in _MADE:
            return True
        if node.op is Op.VIEW and node.kind in ("reshape", "softmax", "scale"):
            pending += [read for read in node.reads if read.index not in seen]
            seen |= {read.index for read in node.reads}
    return False


def _name(call: cst.Call) -> str:
    match call.func:
        case cst.Attribute(attr=cst.Name(name)) | cst.Name(name):
            return name
    return ""


def _claim(place: Place, call: cst.Call) -> Claim:
    name = _name(call)
    message = f"the result of {name} is dropped: it changes nothing in place"
    fix: Fix | None = None
    match call.func:
        case cst.Attribute(cst.Name(owner)) if _is_local(owner, place):
            code = f"{owner} = {place.chunk.code(call)}"
            edits = (Edit(place, code),)
            fix = Fix(f"assign the result to {owner}", edits, safe=name in _FILLS)
    return Claim(place, message, fix=fix)


def _is_local(name: str, place: Place) -> bool:
    """Whether a name is bound in the function around a place."""
    for outer in place.chunk.around(place.syntax):
        match outer:
            case cst.FunctionDef(params=parameters, body=body):
                given = find_all(parameters, cst.Param)
                bound = find_all(body, cst.AssignTarget, cst.Element)
                return any(_bound_by(each) == name for each in (*given, *bound))
    return False


def _bound_by(node: cst.CSTNode) -> str | None:
    """The name that a parameter, or a target, or an item of one, is."""
    match node:
        case (
            cst.Param(cst.Name(name))
            | cst.AssignTarget(cst.Name(name))
            | cst.Element(cst.Name(name))
        ):
            return name
    return None
