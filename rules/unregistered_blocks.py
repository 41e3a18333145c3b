"""Modules are kept in a plain list, where torch does not find them.

## Why

`nn.Module` registers what is assigned to it if it is a module. A list of modules is
none: `parameters()` leaves its layers out, so the optimizer never trains them,
`to(device)` does not move them, `state_dict()` does not save them, and `eval()` does
not reach their dropout. The forward pass works all the same, with the weights of the
first day.

## Bad

```python
class Encoder(nn.Module):
    def __init__(self, d, depth):
        super().__init__()
        self.layers = [nn.TransformerEncoderLayer(d, 8) for _ in range(depth)]

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x
```

## Good

```python
class Encoder(nn.Module):
    def __init__(self, d, depth):
        super().__init__()
        self.layers = nn.ModuleList(
            [nn.TransformerEncoderLayer(d, 8) for _ in range(depth)]
        )

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x
```

## Not flagged

Modules that are registered as well: by `add_module`, by `setattr`, as items of an
`nn.ModuleList`, an `nn.Sequential` or another module made from the list. Modules
without weights. Classes that are no `nn.Module`, as far as can be seen. Lists of one,
which is how a module is hidden on purpose; modules that came in from outside; what is
put into `self.__dict__`; frozen modules, in a class that speaks of `requires_grad`. A
list that is handed to a function, or that only the constructor reads. Classes with a
`parameters()` or `to()` of their own, or with a parent whose code cannot be seen.

## Seen in

pytorch_robotics_transformer issue 3.
"""

import re
from collections.abc import Iterator

from blocklint import cst
from blocklint.analysis import Block
from blocklint.graph import Member
from blocklint.regex import Regex
from blocklint.rule import Claim, Edit, Fix, Severity, rule
from blocklint.source import Place
from blocklint.trees import find_all, nodes_of

_FILLS = ("append", "extend", "insert")  # what nn.ModuleList does as a list does
_READS = ("len", "enumerate", "zip", "reversed", "iter")
_BUILTINS = (*_READS, "list", "tuple", "sorted", "map", "filter", "sum", "isinstance")

# The class may register the modules later, freeze them, or train them by its own means.
_TAKES_CARE = Regex(
    r"requires_grad|\b(add_module|register_module|setattr)\(|"
    r"def (parameters|named_parameters|to|_apply|state_dict)\b"
)


@rule("BL211", Severity.WARNING)
def check(block: Block) -> Iterator[Claim]:
    """Claim that torch does not get to know of modules that the class stores."""
    for member in block.members:
        idle = member.registered or not (member.made and member.has_weights)
        if not idle and _is_at_work(member.name, block):
            message = (
                f"self.{member.name} is a plain {member.container}: "
                "torch does not register the modules in it"
            )
            yield Claim(member.place, message, fix=_fix(member, block))


def _is_at_work(name: str, block: Block) -> bool:
    """Whether a module class uses the collection, and leaves it as it is."""
    readers = block.readers
    text = "".join(chunk.text for chunk in readers.family)
    if not readers.complete or readers.opaque or _TAKES_CARE.search(text):
        return False
    if "torch" not in block.source.text:  # other frameworks look into lists
        return False
    return readers.read_later(name) and not any(
        isinstance(use, cst.Arg) for use, _ in _uses(name, block)
    )


def _fix(member: Member, block: Block) -> Fix | None:
    """Wrap the list in an nn.ModuleList, if it is used as one."""
    wrapper = _wrapper(block)
    value = _assigned(member.place)
    suits = member.container == "list" and all(s for _, s in _uses(member.name, block))
    if wrapper is None or value is None or not suits:
        return None
    import libcst

    written = member.place.chunk.original(value)
    assert isinstance(written, libcst.BaseExpression)
    plain = written.with_changes(lpar=(), rpar=())
    made = libcst.Call(libcst.parse_expression(wrapper), [libcst.Arg(plain)])
    edit = Edit.to(Place(member.place.chunk, value), made)
    return Fix(f"wrap self.{member.name} in an {wrapper}", (edit,), safe=True)


def _wrapper(block: Block) -> str | None:
    """What the file calls nn.ModuleList."""
    for text in (chunk.text for chunk in block.source.outline if not chunk.header):
        if re.search(
            r"^\s*(from torch import .*\bnn\b|import torch\.nn as nn\b)", text
        ):
            return "nn.ModuleList"
    for text in (chunk.text for chunk in block.source.outline if not chunk.header):
        if re.search(r"^\s*import torch(\.nn)?\s*$", text):
            return "torch.nn.ModuleList"
    return None


def _assigned(target: Place) -> cst.BaseExpression | None:
    """The list that is assigned to an attribute, after `super().__init__()`."""
    value: cst.BaseExpression | None = None
    for node in target.around():
        match node:
            case cst.Assign([_], (cst.List() | cst.ListComp()) as value):
                pass
            case cst.FunctionDef(cst.Name("__init__"), body=body):
                return value if _is_initialised(body, value) else None
            case cst.ClassDef():
                return None
    return None


def _is_initialised(body: cst.BaseSuite, value: cst.CSTNode | None) -> bool:
    """Whether a constructor is done with that of nn.Module when it makes a value."""
    for statement in body.body:
        if any(map(_is_constructor, find_all(statement, cst.Call))):
            return True
        if value is not None and any(n is value for n in nodes_of(statement)):
            return False
    return False


def _is_constructor(call: cst.Call) -> bool:
    match call.func:
        case cst.Attribute(attr=cst.Name("__init__")):
            return True
    return False


def _own(name: str, tree: cst.Module) -> Iterator[cst.Attribute]:
    """Each `self.name` in a tree."""
    for each in find_all(tree, cst.Attribute):
        match each:
            case cst.Attribute(cst.Name("self"), cst.Name(found)) if found == name:
                yield each


def _uses(name: str, block: Block) -> Iterator[tuple[cst.CSTNode, bool]]:
    """What each use of an attribute stands in: a call, if it is handed to one.

    Beside it stands whether an nn.ModuleList would do there as well as a list. What is
    handed to a builtin function is not handed on.
    """
    for chunk in block.readers.family:
        for use in _own(name, chunk.tree):
            around = chunk.around(use)
            match next(around), next(around):
                case cst.AssignTarget() as target, _:
                    yield target, True
                case (cst.For(iter=rows) | cst.CompFor(iter=rows)) as loop, _:
                    yield loop, rows is use
                case cst.Attribute(attr=cst.Name(method)) as attribute, cst.Call():
                    yield attribute, method in _FILLS
                case cst.Arg(), cst.Call(cst.Name(function)) as call if (
                    function in _BUILTINS
                ):
                    yield call, function in _READS
                case cst.Subscript(slice=[cst.SubscriptElement(index)]) as item, _:
                    yield item, isinstance(index, cst.Index)
                case other, _:
                    yield other, False
