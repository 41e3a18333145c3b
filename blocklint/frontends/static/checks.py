"""What a check says of numbers: `assert d % h == 0`, `if a != b: raise`."""

from collections.abc import Iterator

from blocklint import cst
from blocklint.frontends.static.arguments import number
from blocklint.frontends.static.machine import Frame, Machine
from blocklint.frontends.static.sizes import size
from blocklint.frontends.static.values import (
    Known,
    Sequence,
    Sizes,
    Tensor,
    Value,
)
from blocklint.graph import Dim, Size
from blocklint.graph.dims import product

Pair = tuple[cst.BaseExpression, cst.BaseExpression]
_ZERO = cst.Integer("0")
_RANKS = frozenset(["dim", "ndimension"])
_MOST_AXES = 5  # of values whose shapes are said to be the same


def learn(m: Machine, test: cst.BaseExpression, holds: bool, frame: Frame) -> None:
    """Note what a test says that holds, or fails, wherever the module works.

    What is worked out for it leaves no trace in the graph.
    """
    if not m.noted.always(m.guards):
        return
    equal, ordered = list(equalities(test, holds)), list(_limits(test, holds))
    if not equal and not ordered:
        return
    with m.aside() as known:
        for left, right in equal:
            _equality(m, left, right, known, frame)
        for small, large in ordered:
            one, two = (number(m.evaluate(m, side, frame)) for side in (small, large))
            if one is not None and two is not None and _stay(one, two, known):
                m.noted.limit(one, two)


def refuses(body: cst.BaseSuite) -> bool:
    """Whether a piece of code does nothing but raise in the end."""
    last = body.body[-1] if body.body else None
    if type(last) is cst.SimpleStatementLine:
        last = last.body[-1]
    return type(last) is cst.Raise


def equalities(test: cst.BaseExpression, holds: bool) -> Iterator[Pair]:
    """The pairs that a test says are equal, when it holds or when it fails."""
    for said, so in _said(test, holds):
        match said:
            case cst.Comparison(left, links) if so or len(links) == 1:
                for link in links:
                    if isinstance(link.operator, cst.Equal if so else cst.NotEqual):
                        yield left, link.comparator
                    left = link.comparator
            case cst.BinaryOperation(operator=cst.Modulo()) if not so:
                yield said, _ZERO


def _limits(test: cst.BaseExpression, holds: bool) -> Iterator[Pair]:
    """The pairs of which a test says that the first is no larger than the second."""
    for said, so in _said(test, holds):
        match said:
            case cst.Comparison(left, [cst.ComparisonTarget(operator, right)]):
                if isinstance(operator, cst.LessThanEqual if so else cst.GreaterThan):
                    yield left, right
                if isinstance(operator, cst.GreaterThanEqual if so else cst.LessThan):
                    yield right, left


def _said(
    test: cst.BaseExpression, holds: bool
) -> Iterator[tuple[cst.BaseExpression, bool]]:
    """The single tests that a test is made of, and whether each of them holds."""
    match test:
        case cst.UnaryOperation(cst.Not(), inner):
            yield from _said(inner, not holds)
        case cst.BooleanOperation(left, operator, right):
            if isinstance(operator, cst.And if holds else cst.Or):
                yield from _said(left, holds)
                yield from _said(right, holds)
        case _:
            yield test, holds


def _equality(
    m: Machine,
    left: cst.BaseExpression,
    right: cst.BaseExpression,
    known: int,
    frame: Frame,
) -> None:
    """Note `left == right`; `known` is how many nodes the graph has."""
    other = m.evaluate(m, right, frame)
    if isinstance(other, Known) and _rank(m, left, other.value, known, frame):
        return
    match left:
        case cst.BinaryOperation(whole, cst.Modulo(), part):
            if isinstance(other, Known) and other.value == 0:
                one = number(m.evaluate(m, whole, frame))
                two = number(m.evaluate(m, part, frame))
                if _stay(one, two, known) and one is not None and two is not None:
                    m.noted.multiple(one, two)
            return
    value = m.evaluate(m, left, frame)
    for one_value, two_value in _paired(m, value, other):
        one, two = number(one_value), number(two_value)
        if one is None or two is None or not _stay(one, two, known):
            continue
        m.noted.same(one, two)
        if one == two:
            _shares(m, left, known, frame)
            _shares(m, right, known, frame)


def _stay(one: Dim | None, two: Dim | None, known: int) -> bool:
    """Whether two numbers speak only of nodes that the graph had before."""
    atoms = (one.atoms if one else frozenset()) | (two.atoms if two else frozenset())
    return all(a.node < known for a in atoms if isinstance(a, Size))


def _paired(m: Machine, one: Value, two: Value) -> Iterator[tuple[Value, Value]]:
    """The numbers that are equal if two values are: sizes, item by item."""
    match one, two:
        case Sizes(node, 0, None), Sizes(other, 0, None):
            for axis in range(-_MOST_AXES, 0):
                yield size(node, axis), size(other, axis)
        case Sizes(), Sequence(items) if not two.repeated:
            yield from _of_sizes(m, one, items)
        case Sequence(items), Sizes() if not one.repeated:
            yield from _of_sizes(m, two, items)
        case Sequence(items), Sequence(others) if len(items) == len(others):
            yield from zip(items, others, strict=True)
        case _:
            yield one, two


def _of_sizes(
    m: Machine, sizes: Sizes, items: list[Value]
) -> Iterator[tuple[Value, Value]]:
    if sizes.stop is not None and sizes.stop >= 0:
        return
    if any(isinstance(item, Sizes) for item in items):
        return
    if sizes.start >= 0:
        rank = sizes.start + len(items) - (sizes.stop or 0)
        m.ranks.setdefault(sizes.node.index, rank)
    for i, item in enumerate(items):
        yield size(sizes.node, sizes.start + i), item


def _rank(
    m: Machine, left: cst.BaseExpression, count: object, known: int, frame: Frame
) -> bool:
    """Note how many axes a tensor has, `x.dim() == 3`; says whether it is that."""
    match left:
        case cst.Call(cst.Attribute(owner, cst.Name(name)), []) if name in _RANKS:
            pass
        case cst.Attribute(owner, cst.Name("ndim")):
            pass
        case cst.Call(
            cst.Name("len"), [cst.Arg(cst.Attribute(owner, cst.Name("shape")))]
        ):
            pass
        case _:
            return False
    match m.evaluate(m, owner, frame), count:
        case Tensor(node), int() if node.index < known:
            m.ranks.setdefault(node.index, count)
    return True


def _shares(m: Machine, side: cst.BaseExpression, known: int, frame: Frame) -> None:
    """`head_dim * heads == d` with `head_dim = d // heads` says that heads divides d.

    The two sides are the same number only because a quotient is taken as exact.
    """
    match side:
        case cst.BinaryOperation(left, cst.Multiply(), right):
            _shares(m, left, known, frame)
            _shares(m, right, known, frame)
        case _:
            factor = number(m.evaluate(m, side, frame))
            if factor is not None and _stay(factor, None, known):
                for whole, part in _quotient(factor):
                    m.noted.multiple(whole, part)


def _quotient(number: Dim) -> Iterator[tuple[Dim, Dim]]:
    """The two sides of a fraction."""
    if len(number.terms) != 1:
        return
    ((powers, factor),) = number.terms
    above = [Dim.of(atom) ** power for atom, power in powers if power > 0]
    below = [Dim.of(atom) ** -power for atom, power in powers if power < 0]
    whole = product([Dim.of(factor.numerator), *filter(None, above)])
    part = product([Dim.of(factor.denominator), *filter(None, below)])
    if part.constant != 1:
        yield whole, part
