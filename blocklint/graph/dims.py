"""Symbolic numbers: the sizes of axes, and the factors that values are scaled by.

A `Dim` is a sum of products of powers of atoms, `2*d_model/n_heads + 1`. An atom is a
setting of the constructor, by the text that names it, the run-time size of one axis
of one value, or a sum that something is divided by. `//` is taken as exact:
`n * (d // n)` is `d`.
"""

from fractions import Fraction
from functools import cached_property, reduce
from math import gcd, isfinite, lcm

from blocklint.frozen import dataclass


@dataclass(frozen=True)
class Size:
    """The run-time size of an axis of a node; a negative axis counts from the end."""

    node: int
    axis: int

    def __str__(self) -> str:
        return f"%{self.node}.shape[{self.axis}]"


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class Dim:
    """A symbolic number, in normal form: equal numbers are equal objects."""

    terms: frozenset[tuple[Powers, Number]]

    @staticmethod
    def of(value: int | float | Atom) -> "Dim":
        """A constant, a setting or a size. Raises ValueError for NaN and infinity."""
        match value:
            case str() | Size() | Sum():
                return Dim(frozenset([(frozenset([(value, 1)]), 1)]))
            case _ if not isfinite(value):
                raise ValueError(f"{value} is no size")
        return Dim(frozenset([(_ONE, _number(value))] if value else []))

    @property
    def constant(self) -> Number | None:
        """The number that this is, if it holds no atom."""
        if not self.terms:
            return 0
        (powers, factor), *rest = self.terms
        return factor if not rest and powers == _ONE else None

    @cached_property
    def atoms(self) -> frozenset[Atom]:
        """The settings and sizes in it, those that sums are made of included."""
        found: set[Atom] = set()
        for powers, _ in self.terms:
            for atom, _ in powers:
                found |= atom.total.atoms if isinstance(atom, Sum) else {atom}
        return frozenset(found)

    @property
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
        return _collected([*self.terms, *other.terms])

    def __sub__(self, other: "Dim") -> "Dim":
        return self + other * Dim.of(-1)

    def __mul__(self, other: "Dim") -> "Dim":
        return _collected(
            [
                (_multiplied(one, two), factor * other_factor)
                for one, factor in self.terms
                for two, other_factor in other.terms
            ]
        )

    def __truediv__(self, other: "Dim") -> "Dim | None":
        """The quotient; None where the other one is zero, or a root of a sum."""
        if not other.terms:
            return None
        if len(other.terms) == 1:
            inverse = other**-1
            return self * inverse if inverse is not None else None
        factor, rest = self.factored()
        divisor, base = other.factored()
        if rest == base:
            return factor / divisor
        over = Dim(frozenset([(frozenset([(Sum(base), -1)]), 1)]))
        whole = self / divisor
        return whole * over if whole is not None else None

    def __pow__(self, exponent: float | Number) -> "Dim | None":
        """A power; None for roots of sums and of what is negative, and for 1/0."""
        times = _number(exponent)
        if len(self.terms) != 1:
            if times.denominator != 1 or not 0 <= times <= _HIGHEST:
                return None
            return product([self] * times.numerator)
        ((powers, factor),) = self.terms
        if factor < 0 and times.denominator != 1:
            return None
        raised = frozenset((atom, power * times) for atom, power in powers if times)
        return Dim(frozenset([(raised, _raised(factor, times))]))

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
        if not self.terms:
            return Dim.of(1), self
        each = [dict(powers) for powers, _ in self.terms]
        atoms = {atom for powers in each for atom in powers}
        lowest = {a: min(powers.get(a, 0) for powers in each) for a in atoms}
        factors = [factor for _, factor in self.terms]
        above = gcd(*(f.numerator for f in factors))
        common = _number(Fraction(above, lcm(*(f.denominator for f in factors))))
        first = min(self.terms, key=lambda term: str(Dim(frozenset([term]))))
        common = -common if first[1] < 0 else common
        powers = frozenset((a, power) for a, power in lowest.items() if power)
        shared = Dim(frozenset([(powers, common)]))
        inverse = shared**-1
        assert inverse is not None, "a product of atoms is not zero"
        return shared, self * inverse

    def replaced(self, known: "dict[Atom, Dim]") -> "Dim | None":
        """The same number with some atoms written out; None if that is no sum."""
        if not self.atoms & known.keys():
            return self
        total = Dim(frozenset())
        for powers, factor in self.terms:
            product: Dim | None = Dim.of(1) * Dim(frozenset([(_ONE, factor)]))
            for atom, power in powers:
                raised = _substituted(atom, power, known)
                if raised is None or product is None:
                    return None
                product = product * raised
            total = total + product if product else total
        return total

    def __str__(self) -> str:
        shown = sorted(map(_product, self.terms))
        return " + ".join(shown).replace("+ -", "- ") or "0"


def product(dims: "list[Dim] | tuple[Dim, ...]") -> Dim:
    """The product of some sizes; one if there are none."""
    return reduce(lambda one, two: one * two, dims, Dim.of(1))


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


def _raised(factor: Number, times: Number) -> Number:
    if times.denominator == 1:
        return _number(Fraction(factor) ** times.numerator)
    raised = Fraction(float(factor) ** float(times))
    return _number(raised.limit_denominator(10**9))


def _number(value: float | Fraction) -> Number:
    """A number as the integer that it is, or else as a fraction."""
    exact = value if isinstance(value, int) else Fraction(value)
    return int(exact) if exact.denominator == 1 else exact


def _product(term: tuple[Powers, Number]) -> str:
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
