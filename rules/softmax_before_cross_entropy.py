"""Probabilities are given to a cross entropy that expects logits.

## Why

`F.cross_entropy` and `nn.CrossEntropyLoss` apply log-softmax themselves. Of values
that a softmax has already pressed between 0 and 1, the second softmax makes a nearly
flat distribution: with ten classes a perfect prediction still costs 1.46 instead of 0.
Gradients are small everywhere, the model trains, slowly, and never gets confident.

## Bad

```python
class Classifier(nn.Module):
    def __init__(self, d, classes):
        super().__init__()
        self.fc = nn.Linear(d, classes)

    def forward(self, x, y):
        probs = self.fc(x).softmax(dim=-1)
        return F.cross_entropy(probs, y)
```

## Good

```python
class Classifier(nn.Module):
    def __init__(self, d, classes):
        super().__init__()
        self.fc = nn.Linear(d, classes)

    def forward(self, x, y):
        return F.cross_entropy(self.fc(x), y)
```

## Not flagged

Targets that are probabilities. Log-softmax, which a second log-softmax leaves as it
is. `F.nll_loss` and `nn.BCELoss`, which expect no logits. Probabilities that go
through another layer, a scale or a logarithm first. Losses passed in by the caller.

## Seen in

lightning-bolts issue 654: `forward` ends in a softmax, and `training_step` gives
`self(x)` to `F.cross_entropy` (lightning-bolts 0.3.2).
"""

from collections.abc import Iterator

from blocklint import cst
from blocklint.analysis import Block
from blocklint.graph import BlockGraph, Node, Op
from blocklint.regex import Regex
from blocklint.rule import Claim, Related, Severity, rule
from blocklint.source import Place
from blocklint.trees import find_all

_SAME = ("reshape", "slice")
_LOSS = Regex(r"^(F|functional|nn\.functional|torch\.nn\.functional)\.cross_entropy$")


@rule("BL315", Severity.WARNING)
def check(block: Block) -> Iterator[Claim]:
    """Claim that the input of a cross entropy comes out of a softmax."""
    for variant in block.variants:
        for node in block.own_nodes(variant.graph):
            if softmax := _softmax_of_loss(node):
                yield _claim(node, softmax)
    softmax = _last(block.default.graph)
    if softmax is not None and len(block.variants) == 1:
        for loss in _losses_of_own_output(block):
            yield _claim(Place(block.statement.chunk, loss), softmax)


def _softmax_of_loss(node: Node) -> Node | None:
    made = node.call.made
    loss = (node.call.of_torch, made.of_torch if made else "")
    if "cross_entropy" in loss or "CrossEntropyLoss" in loss:
        given = node.call.get(0, "input", None)
        return _softmax(given) if isinstance(given, Node) else None
    return None


def _softmax(value: Node) -> Node | None:
    """The softmax that a value is, up to its shape."""
    while value.op is Op.VIEW and value.kind in _SAME and len(value.reads) == 1:
        (value,) = value.reads
    made = value.call.made.of_torch if value.call.made else ""
    own = value.kind == "softmax" and value.name == "softmax"
    return value if own or made == "Softmax" else None


def _last(graph: BlockGraph) -> Node | None:
    """The softmax that a forward pass ends in, if it always does."""
    outputs = list(graph.of(Op.OUTPUT))
    return _softmax(outputs[0].reads[0]) if len(outputs) == 1 else None


def _claim(about: Node | Place, softmax: Node) -> Claim:
    message = "cross entropy expects logits, and is given the result of a softmax"
    related = (Related(softmax.place, "the softmax"),) if softmax.place else ()
    return Claim(about, message, related)


def _losses_of_own_output(block: Block) -> Iterator[cst.Call]:
    """The cross entropies of `self(x)` in the other methods of a class."""
    statement = block.statement.syntax
    assert isinstance(statement, cst.ClassDef)
    criteria = _criteria(block.statement)
    for method in statement.body.body:
        match method:
            case cst.FunctionDef(cst.Name(name)) if name != "forward":
                own = _names_of_own_output(method)
                for call in find_all(method, cst.Call):
                    match call:
                        case cst.Call(func, [cst.Arg(given), _, *_]):
                            called = block.statement.chunk.code(func)
                            loss = _LOSS.search(called) or called in criteria
                            if loss and (_is_own(given) or _name(given) in own):
                                yield call


def _criteria(place: Place) -> frozenset[str]:
    """The attributes that hold a cross entropy, as `self.criterion`."""
    found: list[str] = []
    for each in place.find(cst.Assign):
        match each:
            case cst.Assign(
                [cst.AssignTarget(cst.Attribute(cst.Name("self")) as target)],
                cst.Call(
                    cst.Name("CrossEntropyLoss")
                    | cst.Attribute(attr=cst.Name("CrossEntropyLoss"))
                ),
            ):
                found.append(place.chunk.code(target))
    return frozenset(found)


def _names_of_own_output(method: cst.FunctionDef) -> frozenset[str]:
    """The local names that hold `self(x)` and never anything else."""
    own: list[str] = []
    for each in find_all(method, cst.Assign):
        match each:
            case cst.Assign([cst.AssignTarget(cst.Name(name))], value) if _is_own(
                value
            ):
                own.append(name)
    binding: list[cst.AssignTarget | cst.AugAssign | cst.For | cst.NamedExpr]
    binding = find_all(method, cst.AssignTarget, cst.AugAssign, cst.For, cst.NamedExpr)
    names = [name.value for each in binding for name in find_all(each.target, cst.Name)]
    return frozenset(name for name in own if names.count(name) == own.count(name))


def _is_own(value: cst.BaseExpression) -> bool:
    match value:
        case cst.Call(func=cst.Name("self")):
            return True
        case cst.Call(func=cst.Attribute(cst.Name("self"), cst.Name("forward"))):
            return True
    return False


def _name(value: cst.BaseExpression) -> str:
    return value.value if isinstance(value, cst.Name) else ""
