"""Whether two symbolic numbers are equal: always, never, or only by some choice.

Settings and sizes stand for whole numbers from one upwards, and quotients are exact. So
`d` and `4*d` are never equal; `d/h` and `d` are for one head only.
"""

from enum import Enum
from functools import lru_cache
from math import gcd

from blocklint.frozen import dataclass
from blocklint.graph.dims import Atom, Dim, Sum
from blocklint.graph.facts import Facts

_LARGEST = 40  # terms of a difference that is looked into


class Relation(Enum):
    """What is known of two numbers that the code makes equal."""

    EQUAL = "equal"
    NEVER = "never equal"
    DIFFERENT = "equal for some settings only, which nothing in the code demands"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Comparison:
    """A relation; `defaults` are the settings whose defaults speak against equality."""

    relation: Relation
    defaults: tuple[tuple[str, int | float], ...] = ()


_EQUAL = Comparison(Relation.EQUAL)
_NEVER = Comparison(Relation.NEVER)
_UNKNOWN = Comparison(Relation.UNKNOWN)


def compared(one: Dim, two: Dim, facts: Facts) -> Comparison:
    """Whether two numbers are equal, given what the code demands of its settings."""
    if one == two:
        return _EQUAL
    if _is_rounded(one) or _is_rounded(two) or any(map(_is_unset, (one, two))):
        return _UNKNOWN
    difference = difference_of(_known(one, facts), _known(two, facts))
    if difference is None or len(difference.terms) > _LARGEST:
        return _UNKNOWN
    if not difference.terms or _is_demanded(difference, facts):
        return _EQUAL
    if any(facts.defaults.get(str(atom), 1) <= 0 for atom in difference.atoms):
        return _UNKNOWN  # `skip=0`: what is for whole numbers from one says nothing
    if _has_no_root(difference):
        return _NEVER
    return _by_defaults(one, two, difference, facts)


def has_one(one: Dim, two: Dim, facts: Facts) -> bool:
    """Whether one of two numbers is 1, so that it is stretched to the other."""
    return any(_known(number, facts).constant == 1 for number in (one, two))


def _is_unset(number: Dim) -> bool:
    """Whether a size is a number that none can be: -1 stands for one to be set."""
    return number.constant is not None and number.constant < 0


def _is_rounded(number: Dim) -> bool:
    """Whether a quotient in it is not exact: `(k + 1) / 2` next to `k / 2`."""
    return any(not p and factor.denominator != 1 for p, factor in number.terms)


def _known(number: Dim, facts: Facts) -> Dim:
    """A number with the settings written out that the code demands to be another."""
    for one, two in facts.equal:
        for atom, other in ((_bare(one), two), (_bare(two), one)):
            if atom in number.atoms and atom is not None and atom not in other.atoms:
                number = number.replaced({atom: other}) or number
                break
    return number


def _bare(number: Dim) -> Atom | None:
    """The atom that a number is and no more."""
    return next((atom for atom in number.atoms if number == Dim.of(atom)), None)


@lru_cache(maxsize=4096)
def difference_of(one: Dim, two: Dim) -> Dim | None:
    """The difference, times what it takes for whole terms without a common factor.

    None where it has roots, or divisors inside of divisors.
    """
    difference = one - two
    while sums := {a for p, _ in difference.terms for a, _ in p if isinstance(a, Sum)}:
        for atom in sums:
            difference = _times(difference, atom)
        if len(difference.terms) > _LARGEST:
            return None
    whole = all(p.denominator == 1 for t, _ in difference.terms for _, p in t)
    return difference.factored()[1] if whole else None


def _times(number: Dim, divisor: Sum) -> Dim:
    """A number times a sum as often as it is divided by it."""
    powers = [dict(powers).get(divisor, 0) for powers, _ in number.terms]
    total = Dim(frozenset())
    lowest = min(powers)
    for power, term in zip(powers, number.terms, strict=True):
        rest = frozenset(pair for pair in term[0] if pair[0] != divisor)
        made = Dim(frozenset([(rest, term[1])]))
        for _ in range(int(power - lowest)):
            made = made * divisor.total
        total = total + made
    return total


def _is_demanded(difference: Dim, facts: Facts) -> bool:
    """Whether the code makes sure that this difference is zero."""
    for one, two in facts.equal:
        demanded = difference_of(one, two)
        if demanded is not None and difference in (demanded, demanded * Dim.of(-1)):
            return True
    return False


def _has_no_root(difference: Dim) -> bool:
    """Whether a sum of products is zero for no whole numbers from one upwards."""
    factors = dict(difference.terms)
    constant = factors.pop(frozenset(), 0)
    if not factors:
        return constant != 0
    if constant and constant % gcd(*(int(f) for f in factors.values())):
        return True
    shifted = difference.replaced(
        {atom: Dim.of(atom) + Dim.of(1) for atom in difference.atoms}
    )
    if shifted is None:
        return False
    signs = [factor > 0 for _, factor in shifted.terms]
    least = dict(shifted.terms).get(frozenset())
    return least is not None and len(set(signs)) == 1


@lru_cache(maxsize=4096)
def is_at_least(one: Dim, two: Dim) -> bool:
    """Whether a number is never smaller than another one."""
    common, rest = (one - two).factored()
    raised = rest.replaced({atom: Dim.of(atom) + Dim.of(1) for atom in rest.atoms})
    if raised is None or any(p < 0 for t, _ in raised.terms for _, p in t):
        return False
    sign = all(factor > 0 for _, factor in common.terms)
    return all((factor > 0) == sign for _, factor in raised.terms)


def exceeded(table: Dim, count: Dim, facts: Facts) -> Comparison:
    """Whether a count is more than a table holds: always, or by the defaults."""
    over = count - table
    if is_at_least(over, Dim.of(1)):
        return _NEVER
    given = {str(a): facts.defaults[str(a)] for a in over.atoms & facts.defaults.keys()}
    values: dict[Atom, Dim] = {name: Dim.of(value) for name, value in given.items()}
    at_defaults = over.replaced(values)
    constant = at_defaults.constant if at_defaults is not None else None
    if constant is None or constant <= 0:
        return _UNKNOWN
    return Comparison(Relation.DIFFERENT, tuple(sorted(given.items())))


def _by_defaults(one: Dim, two: Dim, difference: Dim, facts: Facts) -> Comparison:
    """Whether the defaults make two numbers equal; silence on sizes of a run."""
    settings = [atom for atom in difference.atoms if isinstance(atom, str)]
    if len(settings) < len(difference.atoms) or not all(map(is_setting, settings)):
        return _UNKNOWN
    given = {name: facts.defaults[name] for name in settings if name in facts.defaults}
    if len(given) < len(settings):
        chosen = all(name.isidentifier() for name in settings)
        alone = len(settings) == 1 and settings[0] in facts.unseen
        chosen = chosen or (alone and bool(one.atoms and two.atoms))
        chosen = chosen or _is_multiple(one, two) or bool(facts.given & set(settings))
        return Comparison(Relation.DIFFERENT) if chosen else _UNKNOWN
    values: dict[Atom, Dim] = {name: Dim.of(given[name]) for name in given}
    at_defaults = difference.replaced(values)
    if at_defaults is None or not at_defaults.terms:
        return _UNKNOWN
    return Comparison(Relation.DIFFERENT, tuple(sorted(given.items())))


def _is_multiple(one: Dim, two: Dim) -> bool:
    """Whether settings have to be one for two numbers to be equal: `h`, and `h*k`."""
    ratio = one / two
    if not one.atoms & two.atoms or ratio is None or len(ratio.terms) != 1:
        return False
    ((powers, _),) = ratio.terms
    return len({power > 0 for _, power in powers}) == 1


def is_setting(text: str) -> bool:
    """Whether a text names one setting, `d_model` or `config.n_embd`, no formula."""
    return all(part.isidentifier() for part in text.split("."))
