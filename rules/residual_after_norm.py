"""A residual is taken after the norm instead of before it.

## Why

`x = norm(x); x = x + attn(x)` looks like pre-norm and is not: the value on the
identity path is the normed one, `y + F(y)` with `y = N(x)`, so the stream passes
through a norm at every site. Measured on stacks of 6, 12 and 24 layers, the gradient
of the last FFN weight is 0.489, 0.514 and 0.515 with this wiring, which is that of
post-norm (0.494, 0.516, 0.514); with pre-norm it falls as 1 / sqrt(L), to 0.258,
0.181 and 0.118. The author has post-norm, with its need for warm-up (Xiong et al.
2020, arXiv 2002.04745), and does not know it.

## Bad

```python
class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.attn, self.norm1 = nn.MultiheadAttention(d, 4), nn.LayerNorm(d)
        self.mlp, self.norm2 = nn.Linear(d, d), nn.LayerNorm(d)

    def forward(self, x):
        x = self.norm1(x)
        x = x + self.attn(x, x, x)[0]
        x = self.norm2(x)
        return x + self.mlp(x)
```

## Good

```python
class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.attn, self.norm1 = nn.MultiheadAttention(d, 4), nn.LayerNorm(d)
        self.mlp, self.norm2 = nn.Linear(d, d), nn.LayerNorm(d)

    def forward(self, x):
        y = self.norm1(x)
        x = x + self.attn(y, y, y)[0]
        return x + self.mlp(self.norm2(x))
```

## Not flagged

Post-norm blocks, in which the norm of the sum is meant to be the next stream value. A
stage change that projects the normed input to a new width (Hiera, MViT). A normed
stream that is weighed, as GLM does (`alpha * y + F(y)`). A norm of the embeddings
before the first block. A setting that asks for the normed residual, as long as its
default does not, and as long as it is not pre-norm by name. A norm after the last site.

## Seen in

pytorch issue 61165, the first version of `norm_first`; faster-trajectory-transformer
issue 3; RiNALMo issue 9; Compact-Transformers issue 25, where `src = norm1(src)`
overwrites the stream between two sites; burn issue 1056. Where pre-norm is asked for:
scGPT 0.2.4, with `norm_scheme == 'pre'`, in its encoder layer for FlashAttention;
RT-DETR and six of its heirs in transformers 5.23, with `normalize_before`.
"""

from collections.abc import Iterator, Set
from itertools import pairwise

from blocklint import cst
from blocklint.analysis import Block, Placement, Role, Site, Variant
from blocklint.graph import Node, Op
from blocklint.graph.residuals import same_value
from blocklint.regex import Regex
from blocklint.rule import Basis, Claim, Edit, Fix, Related, Severity, rule
from blocklint.source import Chunk, Place
from blocklint.syntax import body_around, free_name, reads
from blocklint.trees import find_all

# A setting that asks for pre-norm: `norm_first`, `scheme == 'pre'`, `pre_norm`.
_PRE_NORM = Regex(
    r"(?<!not )\b(\w+\.)*(\w*norm(alize)?_(first|before)|pre_?(ln|(layer)?norm)\w*)$"
    r"|== 'pre(_?(ln|norm))?'$"
)
_LEAVES = (cst.Break, cst.Continue, cst.Raise, cst.Yield)


@rule("BL103", Severity.WARNING, Basis.WIRING)
def check(block: Block) -> Iterator[Claim]:
    """Claim that a site adds to a normed copy of the stream."""
    yield from _claims(block.default)
    seen = {site.add.place for site in block.sites}
    for variant in block.variants[1:]:
        if _PRE_NORM.search(variant.when or ""):
            yield from _claims(variant, seen)


def _claims(variant: Variant, seen: Set[Place | None] = frozenset()) -> Iterator[Claim]:
    """The claims of one wiring, without those at places that were seen."""
    when = f" when {variant.when}" if seen else ""
    sites = [
        site
        for site in variant.sites
        if site.role not in (Role.CONV, Role.OTHER) and site.add.place not in seen
    ]
    for site in sites:
        normed = site.placement is Placement.NORMED_RESIDUAL and _is_own(site)
        if normed and not _is_of_a_sum(site.norms[-1], variant):
            yield _claim(site, site, when)
    for earlier, site in _overwritten(sites):
        yield _claim(site, earlier, when)


def _is_own(site: Site) -> bool:
    """Whether the norm stands in the code that adds, not at the end of a callee.

    Who weighs the normed stream, as GLM does, has thought of what is added.
    """
    norm = site.norms[-1]
    weighed = site.stream.kind == "scale"
    here = norm.scope.module is site.add.scope.module
    return here and norm.kind != "unit" and not weighed


def _is_of_a_sum(norm: Node, variant: Variant) -> bool:
    """Whether two inputs are added and normed: a site that the caller began."""
    sites = [site.add for site in variant.sites]
    sums = [value for value in same_value(norm.reads[0]) if value.op is Op.ADD]
    return any(
        value not in sites
        and any(end.op is Op.INPUT for read in value.reads for end in same_value(read))
        for value in sums
    )


def _overwritten(sites: list[Site]) -> Iterator[tuple[Site, Site]]:
    """Each site whose stream is a norm that was meant for its branch alone.

    After a pre-norm site the stream is normed before each of the others, and the last
    has no norm behind it: there is a norm for each branch.
    """
    chain: list[Site] = []
    for site in sites:
        if chain and site.placement is Placement.POST:
            chain.append(site)
            continue
        bare = site.placement is Placement.NONE
        if chain and bare and not site.modifiers & {"norm-off"}:
            yield from pairwise([*chain, site])
        chain = [site] if site.placement is Placement.PREPOST else []


def _claim(site: Site, normed: Site, when: str) -> Claim:
    norm = normed.norms[-1]
    message = (
        f"the residual of this {site.role.value} is taken after {norm.name}: "
        f"{Placement.NORMED_RESIDUAL.formula}{when}"
    )
    marked = [
        (norm.place, "the stream is normed here"),
        (site.sublayer_place, "the sub-layer"),
    ]
    related = tuple(Related(place, label) for place, label in marked if place)
    at = site.add.place if when and site.add.place else site.add
    return Claim(at, message, related, _fix(norm.place, site.add.place))


def _fix(norm: Place | None, add: Place | None) -> Fix | None:
    """Give the norm's result a name of its own, so that the sum reads the stream.

    Certain only within one straight line of code: `x = norm(x)`, then statements that
    at most read x, then `x = x + ...`, `x += ...` or `return x + ...`, after which
    nobody can ask for the norm's result any more.
    """
    body = body_around(add) if norm and add else None
    if norm is None or add is None or body is None:
        return None
    first, last = body.index(norm.syntax), body.index(add.syntax)
    if first is None or last is None or not first < last:
        return None
    target = _normed(body.statements[first], norm.syntax)
    between = body.statements[first + 1 : last]
    if target is None or any(find_all(each, *_LEAVES) for each in between):
        return None
    stream = target.value
    found = [reads(each, stream) for each in between]
    found.append(_branch_reads(body.statements[last], add, stream))
    renamed = [name for names in found for name in names or ()]
    if None in found or not renamed:
        return None
    fresh = free_name(add, "normed", f"normed_{stream}")
    edits = [Edit(Place(add.chunk, name), fresh) for name in (target, *renamed)]
    edits += _plain_sum(add, stream)
    message = f"call the result of the norm `{fresh}`, and add to `{stream}` itself"
    return Fix(message, tuple(edits), safe=False)


def _normed(statement: cst.CSTNode, norm: cst.CSTNode) -> cst.Name | None:
    """The name x in `x = norm(x)`, if the statement is that and nothing else."""
    match statement:
        case cst.SimpleStatementLine(
            [cst.Assign([cst.AssignTarget(cst.Name() as target)], cst.Call() as call)]
        ) if call is norm:
            given = [a for a in call.args if _is_named(a.value, target.value)]
            return target if len(given) == 1 else None
    return None


def _branch_reads(
    statement: cst.CSTNode, add: Place, stream: str
) -> list[cst.Name] | None:
    """Where a sum reads x beside the one operand that is x; None for other forms."""
    match statement:
        case cst.SimpleStatementLine(
            [cst.AugAssign(target=cst.Name(name)) as small]
        ) if small is add.syntax and name == stream and _is_plain(small, add.chunk):
            return reads(small.value, stream)
        case cst.SimpleStatementLine(
            [cst.Assign([cst.AssignTarget(cst.Name(name))], value)]
        ) if value is add.syntax and name == stream:
            pass
        case cst.SimpleStatementLine([cst.Return(cst.BaseExpression() as value)]) if (
            value is add.syntax
        ):
            pass
        case _:
            return None
    summands = list(_summands(value))
    branch = [each for each in summands if not _is_named(each, stream)]
    found = [reads(each, stream) for each in branch]
    if len(branch) != len(summands) - 1 or None in found:
        return None
    return [name for names in found for name in names or ()]


def _is_plain(statement: cst.AugAssign, chunk: Chunk) -> bool:
    return isinstance(statement.operator, cst.AddAssign) and (
        _is_tight(statement.value) or chunk.is_in_parentheses(statement.value)
    )


def _is_tight(value: cst.BaseExpression) -> bool:
    """Whether it binds tighter than `+`, so that `x += f` may become `x = x + f`."""
    match value:
        case cst.Call() | cst.Name() | cst.Attribute() | cst.Subscript():
            return True
        case cst.BinaryOperation(
            operator=cst.Multiply() | cst.MatrixMultiply() | cst.Divide()
        ):
            return True
    return False


def _is_named(value: cst.BaseExpression, name: str) -> bool:
    return isinstance(value, cst.Name) and value.value == name


def _summands(value: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    match value:
        case cst.BinaryOperation(left, cst.Add(), right):
            yield from _summands(left)
            yield from _summands(right)
        case _:
            yield value


def _plain_sum(add: Place, stream: str) -> Iterator[Edit]:
    """Write `x += f` as `x = x + f`: in place, it would spoil what the norm read."""
    match add.syntax:
        case cst.AugAssign(operator=operator):
            yield Edit(Place(add.chunk, operator), f"= {stream} +")
