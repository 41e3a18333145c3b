"""Dropout is applied in eval mode as well.

## Why

`F.scaled_dot_product_attention` drops attention weights whenever its `dropout_p` is
not zero, and `F.dropout` has `training=True` as its default: neither knows of
`model.eval()`. A rate that is handed over as it is makes validation and inference
random and worse, and nothing fails. The module `nn.Dropout` asks `self.training`; the
functions must be told.

## Bad

```python
class Attention(nn.Module):
    def __init__(self, d, p=0.1):
        super().__init__()
        self.p, self.qkv = p, nn.Linear(d, 3 * d)

    def forward(self, x):
        q, k, v = self.qkv(x).chunk(3, dim=-1)
        y = F.scaled_dot_product_attention(q, k, v, dropout_p=self.p)
        return F.dropout(y, self.p)
```

## Good

```python
class Attention(nn.Module):
    def __init__(self, d, p=0.1):
        super().__init__()
        self.p, self.qkv = p, nn.Linear(d, 3 * d)

    def forward(self, x):
        q, k, v = self.qkv(x).chunk(3, dim=-1)
        p = self.p if self.training else 0.0
        y = F.scaled_dot_product_attention(q, k, v, dropout_p=p)
        return F.dropout(y, self.p, training=self.training)
```

## Not flagged

A rate that depends on `self.training` in any way: by a condition, a product, a
property, an `if` around the call, an early return, an overridden `train()`. A rate
that the caller of `forward` passes, and one that is zero. `training=True` written
out, as Monte Carlo dropout does, or a comment at the call that says that dropout is
always on, as in the prenet of Tacotron 2. Functions outside of a class.

## Seen in

timm issue 1978, torchtune issue 1791, wenet issue 2699 and pytorch issue 124464:
each passed a rate to `scaled_dot_product_attention` without asking `self.training`
(timm 0.9.7, torchtune 0.2.1), as the attention of `vivit` in `vit_pytorch` still does.
"""

import re
from collections.abc import Iterator

from blocklint import cst
from blocklint.analysis import Block
from blocklint.graph import Argument, Dim, Node
from blocklint.regex import Regex
from blocklint.rule import Claim, Edit, Fix, Severity, rule
from blocklint.source import Place

_ATTENTION = "scaled_dot_product_attention"
_DROPOUT = Regex(r"functional\.dropout(1d|2d|3d)?$")
_MODE = Regex(r"train|eval|infer|determin|test|mode", re.IGNORECASE)
_ON_PURPOSE = Regex(
    r"always|purpose|intention|inference|monte.carlo|bayes|stochastic|determinist",
    re.IGNORECASE,
)
_EVEN_IN_EVAL = Regex(
    r"dropout[^.]{0,80}\b(eval|inference|test time|always)|alway\w* [^.]{0,30}dropout",
    re.IGNORECASE,
)


@rule("BL307", Severity.WARNING)
def check(block: Block) -> Iterator[Claim]:
    """Claim that dropout has a rate and nothing turns it off."""
    every = [n for v in block.variants for n in block.own_nodes(v.graph) if _drops(n)]
    found = [node for node in every if not (_is_gated(node) or _is_meant(node))]
    if found and not block.readers.define("train", "eval"):
        for node in found:
            yield from _claims(node)


def _drops(node: Node) -> bool:
    """A call of a function that drops, with a rate and no word about training."""
    call = node.call
    if call.of_torch == _ATTENTION:
        return _is_rate(call.get(4, "dropout_p", 0.0))
    if _DROPOUT.search(call.path):
        silent = call.get(2, "training", None) is None
        return silent and _is_rate(call.get(1, "p", 0.5))
    return False


def _is_rate(value: Argument) -> bool:
    """Whether a rate is set once and for all, and not to zero."""
    match value:
        case Dim():
            return value.is_fixed and bool(value.terms)
        case float() | int():
            return value > 0
    return False


def _is_gated(node: Node) -> bool:
    """Whether a condition around the call asks what mode the module is in."""
    if any(_MODE.search(guard.on) for guard in node.guards) or node.place is None:
        return True
    chunk, inner = node.place.chunk, node.place.syntax
    for outer in chunk.around(inner):
        match outer:
            case cst.If(test) | cst.IfExp(test):
                if inner is not test and _MODE.search(chunk.code(test)):
                    return True
        inner = outer
    return False


def _is_meant(node: Node) -> bool:
    """Whether a comment beside the call, or the docstring, says that it is meant."""
    if node.place is None or _EVEN_IN_EVAL.search(_docstring(node.place)):
        return True
    span, lines = node.place.span, node.place.chunk.source.lines
    above = next(iter(lines[span.line - 2 : span.line - 1]), "").strip()
    near = [above] if above.startswith("#") else []
    comments = [line.partition("#")[2] for line in lines[span.line - 1 : span.end_line]]
    return any(_ON_PURPOSE.search(comment) for comment in (*near, *comments))


def _docstring(place: Place) -> str:
    """What the class around a call says of itself."""
    for around in place.around():
        match around:
            case cst.ClassDef(body=cst.IndentedBlock([first, *_])):
                return place.chunk.code(first) if _is_text(first) else ""
    return ""


def _is_text(statement: cst.CSTNode) -> bool:
    match statement:
        case cst.SimpleStatementLine([cst.Expr(cst.BaseString()), *_]):
            return True
    return False


def _claims(node: Node) -> Iterator[Claim]:
    match node.place:
        case Place(chunk, cst.Call(args=[*_, last] as args) as call):
            if node.call.of_torch == _ATTENTION:
                for arg in [a for i, a in enumerate(args) if _is_dropout(i, a)][:1]:
                    yield _attention(Place(chunk, arg), arg.value)
            else:
                message = f"{chunk.code(call.func)} has no training=: it drops "
                message += "in eval mode as well"
                place = Place(chunk, last)
                edit = Edit(place, f"{_alone(place)}, training=self.training")
                fix = Fix("drop only while training", (edit,), safe=True)
                here = fix if _has_self(node.place) else None
                yield Claim(node.place, message, fix=here)


def _alone(last: Place) -> str:
    """The last argument of a call without the comma and the blanks behind it."""
    import libcst

    written = last.original.with_changes(
        comma=libcst.MaybeSentinel.DEFAULT,
        whitespace_after_arg=libcst.SimpleWhitespace(""),
    )
    return last.chunk.code(written)


def _is_dropout(position: int, arg: cst.Arg) -> bool:
    if arg.keyword is not None:
        return arg.keyword.value == "dropout_p"
    return position == 4  # noqa: PLR2004


def _attention(place: Place, value: cst.BaseExpression) -> Claim:
    chunk = place.chunk
    code = chunk.code(value)
    message = f"attention weights are dropped in eval mode as well: dropout_p={code}"
    plain = isinstance(value, cst.Name | cst.Attribute | cst.Float)
    code = code if plain or chunk.is_in_parentheses(value) else f"({code})"
    edit = Edit(Place(chunk, value), f"{code} if self.training else 0.0")
    fix = Fix("drop only while training", (edit,), safe=True)
    return Claim(place, message, fix=fix if _has_self(place) else None)


def _has_self(place: Place) -> bool:
    """Whether the module is at hand, under its usual name."""
    for outer in place.chunk.around(place.syntax):
        match outer:
            case cst.FunctionDef(params=cst.Parameters(params=[first, *_])):
                if first.name.value == "self":
                    return True
    return False
