"""What a rule is, and what it says.

A rule is a generator over a Block that yields Claims. A Claim is about a place, with
its evidence. The engine turns it into a Finding, which has a severity and a verdict.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from blocklint.analysis import Block, Site
from blocklint.graph import Node
from blocklint.source import Place, Span


class Severity(Enum):
    """How much a finding should worry its reader."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Verdict(Enum):
    """What a trace says of a finding."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    UNTESTED = "untested"


@dataclass(frozen=True)
class Related:
    """Another place that a claim speaks of: the norm, the add, the sub-layer."""

    place: Place
    label: str


def parts_of(*sites: Site) -> tuple[Related, ...]:
    """The sub-layer, the addition and the norms of some sites, as places to mark."""
    parts: dict[tuple[str, Span], Related] = {}
    for site in sites:
        marked = [
            (site.sublayer_place, "the sub-layer"),
            (site.add.place, "the addition"),
        ]
        marked += [(norm.place, "the norm") for norm in site.norms]
        for place, label in marked:
            if place is not None:
                parts.setdefault((place.path, place.span), Related(place, label))
    return tuple(parts.values())


@dataclass(frozen=True)
class Claim:
    """What one rule says about one node, or about one place."""

    about: Node | Place
    message: str
    related: tuple[Related, ...] = ()


@dataclass(frozen=True)
class Policy:
    """What a project has decided about placements.

    `allow` lists placements that are accepted beside the wanted one; `placement` is
    the one that is wanted, or None where the project has not decided.
    """

    placement: str | None = None
    allow: frozenset[str] = frozenset()


Check = Callable[[Block, Policy], Iterator[Claim]]


@dataclass(frozen=True)
class Rule:
    """One file in `rules/`: its name and its docs are the file's own."""

    code: str
    name: str
    severity: Severity
    doc: str = field(repr=False)
    check: Check = field(repr=False)

    @property
    def summary(self) -> str:
        """The first line of the rule's documentation."""
        return self.doc.strip().split("\n", 1)[0]


def rule(
    code: str, severity: Severity
) -> Callable[[Callable[..., Iterator[Claim]]], Rule]:
    """Turn a check into the rule of the file that it stands in.

    A check takes the block, and the project's policy too if it asks for one.
    """

    def of(check: Callable[..., Iterator[Claim]]) -> Rule:
        module = sys.modules[check.__module__]
        name = module.__name__.rpartition(".")[2].replace("_", "-")
        return Rule(code, name, severity, module.__doc__ or "", _with_policy(check))

    return of


def _with_policy(check: Callable[..., Iterator[Claim]]) -> Check:
    if check.__code__.co_argcount > 1:
        return check

    def without(block: Block, policy: Policy) -> Iterator[Claim]:
        return check(block)

    return without


@dataclass(frozen=True)
class RelatedSpan:
    """A related place once it is a place in a file."""

    path: str
    span: Span
    label: str


@dataclass(frozen=True)
class Finding:
    """A claim with its place in a file, its weight, and what a trace said of it."""

    path: str
    span: Span
    rule: str
    code: str
    severity: Severity
    message: str
    class_name: str | None = None
    verdict: Verdict = Verdict.UNTESTED
    related: tuple[RelatedSpan, ...] = ()
    fix: dict[str, Any] | None = None
