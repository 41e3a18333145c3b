"""The wirings of a block: what each of its construction-time settings changes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Generic, Protocol, TypeVar

from blocklint.analysis.block import Rewired, Site, Variant
from blocklint.analysis.placement import Placement
from blocklint.analysis.shapes import Signatures, no_signature
from blocklint.analysis.sites import sites_of
from blocklint.analysis.stacks import Stacks
from blocklint.frozen import dataclass
from blocklint.graph import BlockGraph, Op
from blocklint.lazy import cached_property

RUNS = 48  # how often one class is followed at most
VARIANTS = 12

A = TypeVar("A")


class Question(Protocol[A]):
    """A setting that a condition asked for: the answer taken, and the others."""

    @property
    def answer(self) -> A: ...
    @property
    def instead(self) -> list[A]: ...
    @property
    def matters(self) -> bool: ...
    @property
    def joins(self) -> bool: ...
    @property
    def own(self) -> bool: ...
    @property
    def others(self) -> list[A]: ...
    @property
    def guessed(self) -> bool: ...


class Followed(Protocol[A]):
    """A class followed under some answers."""

    @property
    def graph(self) -> BlockGraph: ...
    @property
    def refused(self) -> bool: ...
    @property
    def asked(self) -> Mapping[str, Question[A]]: ...


@dataclass(frozen=True, eq=False)
class _Found(Generic[A]):
    given: dict[str, A]
    followed: Followed[A]
    sites: tuple[Site, ...]

    @cached_property
    def signature(self) -> tuple[object, ...]:
        """What tells wirings apart: the sites; in a model, what a read-out takes."""
        if all(site.placement is Placement.UNKNOWN for site in self.sites):
            return tuple(head.name for _, head in self.stacks.read_outs())
        return tuple(
            (s.role, s.placement, s.optional, "parallel" in s.modifiers)
            for s in self.sites
        )

    @property
    def stacks(self) -> Stacks:
        return Stacks(self.followed.graph, lambda node: None)


def variants_of(
    follow: Callable[[dict[str, A]], Followed[A]],
    describe: Callable[[str, A, list[A]], str],
    signature: Signatures = no_signature,
) -> tuple[Variant, ...]:
    """The distinct wirings, the default first, each named by its condition.

    `signature` looks up what the classes do to shapes that are called as a whole.
    """
    default = _found(follow, {})
    found = {default.signature: default}
    pending, telling, tried = [default], set[str](), [default.given]
    if not any(default.followed.graph.of(Op.ADD)):
        pending = []  # Nothing is joined here, so no setting can move a norm.
    while pending and len(found) < VARIANTS:
        start = pending.pop(0)
        for name, answer in _flips(start, default, telling):
            given = {**start.given, name: answer}
            if given in tried or len(tried) >= RUNS:
                continue
            tried.append(given)
            same = _is_taken_anyway(given, default.followed)
            other = default if same else _found(follow, given)
            if other.followed.refused:
                pending.append(other)  # what it asked on the way may be answered else
                continue
            if other.signature != start.signature:
                telling.add(name)
            if other.signature not in found:
                found[other.signature] = other
                pending.append(other)
    named = _named(list(found.values()), telling, describe)
    return tuple(replace(variant, signature=signature) for variant in named)


def rewired(follow: Callable[[dict[str, A]], Followed[A]]) -> Iterator[Rewired]:
    """The wiring under each answer that is not the default's, one at a time.

    Other than for variants, any setting counts that a condition asked for: one that
    decides on a projection only, too. Of such, all are answered otherwise at last.
    """
    asked = follow({}).asked
    flips = [{name: other} for name, each in asked.items() for other in each.others]
    idle = {name: each.others[-1] for name, each in asked.items() if not each.instead}
    for given in [*flips[:RUNS], *([idle] if len(idle) > 1 else [])]:
        other = follow(given)
        if not other.refused:
            as_likely = all(asked[name].guessed for name in given)
            special = tuple(name for name, each in given.items() if _is_number(each))
            yield Rewired(other.graph, as_likely, special, tuple(given))


def with_values(
    follow: Callable[[dict[str, A]], Followed[A]], code: str
) -> Iterator[tuple[str, BlockGraph]]:
    """Each setting that is None by default, with the wiring where it has a value.

    Only those that the code of the class itself names: others are its parts' to ask.
    """
    for name, each in follow({}).asked.items():
        if each.answer is None and name.rpartition(".")[2] in code:
            other = follow({name: each.others[0]})
            if not other.refused:
                yield name, other.graph


def _is_number(answer: object) -> bool:
    return isinstance(answer, int | float) and not isinstance(answer, bool)


def remembered(
    follow: Callable[[dict[str, A]], Followed[A]],
) -> Callable[[dict[str, A]], Followed[A]]:
    """The same, following a class only once under the same answers."""
    known: dict[frozenset[tuple[str, type, A]], Followed[A]] = {}

    def again(given: dict[str, A]) -> Followed[A]:
        key = frozenset((name, type(each), each) for name, each in given.items())
        if key not in known:
            known[key] = follow(given)
        return known[key]

    return again


def _found(
    follow: Callable[[dict[str, A]], Followed[A]], given: dict[str, A]
) -> _Found[A]:
    followed = follow(given)
    return _Found(given, followed, sites_of(followed.graph))


def _is_taken_anyway(given: dict[str, A], default: Followed[A]) -> bool:
    """Whether these are answers of the default: so is where they lead."""
    taken = ((default.asked.get(name), answer) for name, answer in given.items())
    return all(
        each is not None and (type(each.answer), each.answer) == (type(answer), answer)
        for each, answer in taken
    )


def _flips(
    start: _Found[A], default: _Found[A], telling: set[str]
) -> list[tuple[str, A]]:
    """The other answers worth trying from here, one at a time.

    Where nothing joins a stream or reads a stack out, only those that may have to do
    with norms and sums: of the class itself if none of its own code adds anything, for
    what is wired otherwise inside of its parts is theirs to show.
    """
    adds = any(node.is_own for node in start.followed.graph.of(Op.ADD))
    flips: list[tuple[str, A]] = []
    for name, question in start.followed.asked.items():
        known = start is not default and name in default.followed.asked
        idle = known and name not in telling and name not in start.given
        if start.signature:
            relevant = question.matters
        else:
            relevant = question.joins if adds else question.own
        if relevant and not idle:
            flips.extend((name, answer) for answer in question.instead)
    return sorted(flips, key=lambda flip: flip[0] in start.given)  # new ones first


def _named(
    found: list[_Found[A]],
    telling: set[str],
    describe: Callable[[str, A, list[A]], str],
) -> tuple[Variant, ...]:
    kept = [each for each in found if each.sites] or found
    if len(kept) == 1:
        return (Variant(None, kept[0].followed.graph, kept[0].sites),)
    return tuple(
        Variant(_when(each, telling, describe), each.followed.graph, each.sites)
        for each in kept
    )


def _when(
    found: _Found[A], telling: set[str], describe: Callable[[str, A, list[A]], str]
) -> str:
    """The condition of a variant; that of the default names what could change it."""
    asked = found.followed.asked
    names = list(found.given) or [name for name in asked if name in telling]
    return " and ".join(
        describe(name, asked[name].answer, asked[name].instead)
        for name in names
        if name in asked
    )
