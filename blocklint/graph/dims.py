"""Symbolic numbers: the sizes of axes, and the factors that values are scaled by.

A `Dim` is a sum of products of powers of atoms, `2*d_model/n_heads + 1`. An atom is a
setting of the constructor, by the text that names it, the run-time size of one axis
of one value, or a sum that something is divided by. `//` is taken as exact:
`n * (d // n)` is `d`.

The same few numbers are put together again and again, in one module as in the next. So
the results of the latest operations are kept.
"""

from fractions import Fraction
from functools import lru_cache, reduce
from math import gcd, isfinite, lcm
from typing import NamedTuple

from blocklint.frozen import dataclass
from blocklint.lazy import cached_property


class Size(NamedTuple):
    """The run-time size of an axis of a node; a negative axis counts from the end."""

    node: int
    axis: int

    def __str__(self) -> str:
        return f"%{self.node}.shape[{self.axis}]"


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum of several terms without a common factor, as the divisor of something."""

    total: "Dim"

    def __str__(self) -> str:
        return f"({self.total})"


Atom = str | Size | Sum
Number = int | Fraction  # whole numbers as int, which is many times faster
Powers = frozenset[tuple[Atom, Number]]
_ONE: Powers = frozenset()
_HIGHEST = 4  # power of a sum that is multiplied out
_remembered = lru_cache(maxsize=8192)


@dataclass(frozen=True, eq=False)
class Dim:
    """A symbolic number, in normal form: equal numbers are equal objects."""

    terms: frozenset[tuple[Powers, Number]]

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Dim) and self.terms == other.terms)

    def __hash__(self) -> int:
        return hash(self.terms)

    @staticmethod
    @_remembered
    def of(value: int | float | Atom) -> "Dim":
        """A constant, a setting or a size. Raises ValueError for NaN and infinity."""
        match value:
            case str() | Size() | Sum():
                return Dim(frozenset([(frozenset([(value, 1)]), 1)]))
            case _ if not isfinite(value):
                raise ValueError(f"{value} is no size")
        return Dim(frozenset([(_ONE, _number(value))] if value else []))

    @cached_property
    def constant(self) -> Number | None:
        """The number that this is, if it holds no atom."""
        if not self.terms:
            return 0
        (powers, factor), *rest = self.terms
        return factor if not rest and powers == _ONE else None

    @cached_property
    def bare(self) -> Atom | None:
        """The setting or the size that this is, if it is that and no more."""
        ((powers, factor), *rest) = self.terms or {(_ONE, 0)}
        ((atom, power), *others) = powers or {(None, 0)}
        return atom if (factor, power) == (1, 1) and not (rest or others) else None

    @cached_property
    def atoms(self) -> frozenset[Atom]:
        """The settings and sizes in it, those that sums are made of included."""
        found: set[Atom] = set()
        for powers, _ in self.terms:
            for atom, _ in powers:
                found |= atom.total.atoms if isinstance(atom, Sum) else {atom}
        return frozenset(found)

    @cached_property
    def is_fixed(self) -> bool:
        """Whether it is known once the module is constructed."""
        return not any(isinstance(atom, Size) for atom in self.atoms)

    def power_of(self, atom: Atom) -> Number | None:
        """The exponent of an atom in a single product, zero if it is not in it."""
        if len(self.terms) != 1:
            return None
        ((powers, _),) = self.terms
        return dict(powers).get(atom, 0)

    def __add__(self, other: "Dim") -> "Dim":
        return _sum(self, other)

    def __sub__(self, other: "Dim") -> "Dim":
        return _sum(self, other * Dim.of(-1))

    def __mul__(self, other: "Dim") -> "Dim":
        return _product(self, other)

    def __truediv__(self, other: "Dim") -> "Dim | None":
        """The quotient; None where the other one is zero, or a root of a sum."""
        return _quotient(self, other)

    def __pow__(self, exponent: float | Number) -> "Dim | None":
        """A power; None for roots of sums and of what is negative, and for 1/0."""
        return _raised(self, exponent)

    def multiple(self) -> "tuple[Dim, Dim]":
        """The number in front of a product, and the product; `1` before a sum."""
        if len(self.terms) != 1:
            return Dim.of(1), self
        ((powers, factor),) = self.terms
        times = Dim(frozenset([(_ONE, factor)]))
        return times, Dim(frozenset([(powers, 1)]))

    def factored(self) -> "tuple[Dim, Dim]":
        """What all terms have in common, and the sum that is left: `d * (h + 1)`.

        What is left has whole coefficients without a common factor and no divisor, and
        its first term is positive.
        """
        return _factored(self)

    def replaced(self, known: "dict[Atom, Dim]") -> "Dim | None":
        """The same number with some atoms written out; None if that is no sum."""
        inside = [(atom, known[atom]) for atom in self.atoms if atom in known]
        return _replaced(self, frozenset(inside)) if inside else self

    def __str__(self) -> str:
        shown = sorted(map(_shown, self.terms))
        return " + ".join(shown).replace("+ -", "- ") or "0"


def product(dims: "list[Dim] | tuple[Dim, ...]") -> Dim:
    """The product of some sizes; one if there are none."""
    return reduce(_product, dims, Dim.of(1))


@_remembered
def _sum(one: Dim, two: Dim) -> Dim:
    return _collected([*one.terms, *two.terms])


@_remembered
def _product(one: Dim, two: Dim) -> Dim:
    return _collected(
        [
            (_multiplied(powers, other), factor * other_factor)
            for powers, factor in one.terms
            for other, other_factor in two.terms
        ]
    )


@_remembered
def _quotient(one: Dim, two: Dim) -> Dim | None:
    if not two.terms:
        return None
    if len(two.terms) == 1:
        inverse = two**-1
        return one * inverse if inverse is not None else None
    factor, rest = one.factored()
    divisor, base = two.factored()
    if rest == base:
        return factor / divisor
    over = Dim(frozenset([(frozenset([(Sum(base), -1)]), 1)]))
    whole = one / divisor
    return whole * over if whole is not None else None


@_remembered
def _raised(base: Dim, exponent: float | Number) -> Dim | None:
    times = _number(exponent)
    if len(base.terms) != 1:
        if times.denominator != 1 or not 0 <= times <= _HIGHEST:
            return None
        return product([base] * times.numerator)
    ((powers, factor),) = base.terms
    if factor < 0 and times.denominator != 1:
        return None
    raised = frozenset((atom, power * times) for atom, power in powers if times)
    return Dim(frozenset([(raised, _power_of(factor, times))]))


@_remembered
def _factored(number: Dim) -> tuple[Dim, Dim]:
    if not number.terms:
        return Dim.of(1), number
    if len(number.terms) == 1:
        return number, Dim.of(1)
    each = [dict(powers) for powers, _ in number.terms]
    atoms = {atom for powers in each for atom in powers}
    lowest = {a: min(powers.get(a, 0) for powers in each) for a in atoms}
    factors = [factor for _, factor in number.terms]
    above = gcd(*(f.numerator for f in factors))
    common = _number(Fraction(above, lcm(*(f.denominator for f in factors))))
    if min(factors) < 0:
        first = min(number.terms, key=_shown)
        common = -common if first[1] < 0 else common
    powers = frozenset((a, power) for a, power in lowest.items() if power)
    shared = Dim(frozenset([(powers, common)]))
    inverse = shared**-1
    assert inverse is not None, "a product of atoms is not zero"
    return shared, number * inverse


@_remembered
def _replaced(number: Dim, inside: frozenset[tuple[Atom, Dim]]) -> Dim | None:
    """A number with these atoms of it written out."""
    known = dict(inside)
    total = Dim(frozenset())
    for powers, factor in number.terms:
        found = Dim(frozenset([(_ONE, factor)]))
        for atom, power in powers:
            raised = _substituted(atom, power, known)
            if raised is None:
                return None
            found = found * raised
        total = total + found
    return total


def _substituted(atom: Atom, power: Number, known: dict[Atom, Dim]) -> Dim | None:
    """A power of an atom, written out."""
    match atom:
        case Sum(total):
            found = total.replaced(known)
        case _:
            found = known.get(atom, Dim.of(atom))
    if found is None:
        return None
    if power < 0 and len(found.terms) > 1:
        below = found**-power
        return Dim.of(1) / below if below is not None else None
    return found**power if found.terms or power > 0 else None


def _collected(terms: list[tuple[Powers, Number]]) -> Dim:
    found: dict[Powers, Number] = {}
    for powers, factor in terms:
        found[powers] = found.get(powers, 0) + factor
    return Dim(frozenset((p, f) for p, f in found.items() if f))


def _multiplied(one: Powers, two: Powers) -> Powers:
    found = dict(one)
    for atom, power in two:
        found[atom] = found.get(atom, 0) + power
    return frozenset((atom, power) for atom, power in found.items() if power)


def _power_of(factor: Number, times: Number) -> Number:
    if factor == 1:
        return 1
    if times.denominator == 1:
        return _number(Fraction(factor) ** times.numerator)
    raised = Fraction(float(factor) ** float(times))
    return _number(raised.limit_denominator(10**9))


def _number(value: float | Fraction) -> Number:
    """A number as the integer that it is, or else as a fraction."""
    exact = value if isinstance(value, int) else Fraction(value)
    return int(exact) if exact.denominator == 1 else exact


def _shown(term: tuple[Powers, Number]) -> str:
    powers, factor = term
    above = [_power(a, p) for a, p in powers if p > 0]
    below = [_power(a, -p) for a, p in powers if p < 0]
    if factor.numerator != 1 or not above:
        above.append(str(factor.numerator))
    if factor.denominator != 1:
        below.append(str(factor.denominator))
    over = "".join(f" / {each}" for each in sorted(below))
    return " * ".join(sorted(above)) + over


def _power(atom: Atom, power: Number) -> str:
    shown = str(atom)
    shown = f"({shown})" if " " in shown else shown
    return shown if power == 1 else f"{shown}**{power}"
